"""Chapter 16: the spread of batches by counting all of them, paths by hand, and equal visits."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from deltarule.course import figure
from deltarule.course.figures.gradient_cloud import batch_gradients, gradients_of_rows
from deltarule.course.figures.two_clocks import BATCHES
from deltarule.insight import make_two_clusters


def finished(shown):
    while shown.step():
        pass
    return shown


@pytest.mark.parametrize("replace", [True, False])
def test_the_closed_form_is_the_mean_over_all_possible_batches(replace, monkeypatch):
    shown = figure("gradient-cloud")
    rows = np.array([[1.0, 0.0], [0.0, 2.0], [-3.0, 1.0], [0.5, 0.5], [4.0, -1.0]])
    monkeypatch.setattr("deltarule.course.figures.gradient_cloud.ROWS", 5)
    shown._gradients, shown.full = rows, rows.mean(axis=0)
    every = product(range(5), repeat=3) if replace else combinations(range(5), 3)
    means = np.array([rows[list(batch)].mean(axis=0) for batch in every])
    expected = np.sqrt(np.square(means - rows.mean(axis=0)).sum(axis=1).mean())
    assert shown.spread(3, replace) == pytest.approx(expected)


def test_gradients_of_rows_are_those_of_the_sigmoid_unit():
    X, y = make_two_clusters(128, 1.2, seed=5)
    output = 1 / (1 + np.exp(-(X @ [-1.6, 2.6])))
    assert gradients_of_rows("start") == pytest.approx((output - y)[:, None] * X)
    assert np.abs(gradients_of_rows("minimum").mean(axis=0)).max() < 1e-12


@pytest.mark.parametrize("draws", ["with", "without"])
@pytest.mark.parametrize("size", [1, 8, 64])
def test_drawn_batches_have_the_spread_of_the_formula(draws, size):
    shown = figure("gradient-cloud", draws=draws, batch=size)
    assert len(shown.cloud) == 300
    assert shown.measured == pytest.approx(shown.spread(size, draws == "with"), rel=0.15)
    assert shown.cloud.mean(axis=0) == pytest.approx(shown.full, abs=0.06)


def test_without_replacement_no_row_occurs_twice():
    ones = batch_gradients(2.0 ** np.arange(16)[:, None], 5, False, 200)
    # A sum of different powers of two has exactly five bits.
    assert {round(float(5 * one[0])).bit_count() for one in ones} == {5}
    shown = figure("gradient-cloud", draws="without", batch=128)
    assert shown.measured == pytest.approx(0, abs=1e-12)
    assert "each once" in shown.sentence()


def test_equal_visits_are_different_numbers_of_updates():
    shown = figure("equal-row-visits", rate=0.5)
    for _ in range(5):
        shown.step()
    assert shown.visits == 160
    assert [shown.updates(i) for i in range(3)] == [160, 5, 1]
    X, y = make_two_clusters(128, 1.2, seed=5)
    w = np.array([-1.6, 2.6])
    for update in range(1, 4):  # all rows, by hand
        w = w - 0.5 * (1 / (1 + np.exp(-(X @ w))) - y) @ X / 128
        assert shown.points[2][update] == pytest.approx(w)
    output = 1 / (1 + np.exp(-(X @ w)))
    loss = -np.mean(y * np.log(output) + (1 - y) * np.log(1 - output))
    assert shown.losses[2][3] == pytest.approx(loss)
    assert "5 epochs" in finished(shown).sentence()


def test_an_update_is_worth_the_same_at_a_small_rate():
    shown = finished(figure("two-clocks", rate=-2.0))
    small, middle, full = (shown.losses(i) for i in range(3))
    per_epoch = [shown.updates_per_epoch(batch) for batch in BATCHES]
    assert per_epoch == [64, 8, 1]
    # Epoch 2 of batches of 4 has updates 64 to 127; batches of 32 have them in epochs 9 to 16.
    assert small[1] == pytest.approx(middle[8:16].mean(), rel=0.02)
    assert middle[5] == pytest.approx(full[40:48].mean(), rel=0.02)
    assert small[-1] < middle[-1] < full[-1]
    assert "6,400 updates" in shown.sentence()


def test_at_a_large_rate_the_noise_of_small_batches_stays():
    shown = finished(figure("two-clocks", rate=-0.5, noise=0.5))
    late = [shown.losses(i)[-20:].mean() for i in range(3)]
    assert late[0] > late[1] > late[2]
