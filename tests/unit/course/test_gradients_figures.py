"""Chapter 11: the loss of the small network by hand, its gradients, and the order of both differences."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.course import figure
from deltarule.course.book import chapter
from deltarule.course.network_loss import NetworkLoss
from deltarule.insight import make_moons


def loss_by_hand(weights):
    """Return the mean cross-entropy of two tanh units and a sigmoid unit over the forty points."""
    X, y = make_moons(n_samples=40, noise=0.1)
    hidden = np.tanh(X @ np.reshape(weights[:4], (2, 2)) + weights[4:6])
    p = 1 / (1 + np.exp(-(hidden @ weights[6:8] + weights[8])))
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def test_the_loss_is_infinite_where_it_overflows_and_has_penalties():
    values = NetworkLoss(dr.Network([dr.Dense(1, l2=0.5)]), [[1.0], [2.0]], [1.0, 0.0])
    w, b = 0.5, 0.25
    errors = np.array([w + b - 1, 2 * w + b])
    assert values.gradient([w, b])[1] == pytest.approx(2 * errors.mean())
    assert values.along([w, b], [0, 1], [0.0, 1.0]) == pytest.approx(
        [np.mean(errors**2), np.mean((errors + 1) ** 2)]
    )
    assert values.loss([1e200, 0.0]) == np.inf


@pytest.mark.parametrize("place", range(9))
def test_the_curve_and_the_tangent_of_each_weight_by_hand(place):
    shown = figure("weight-slope", weight=str(place), w=0.75)
    assert shown.weights[place] == 0.75
    assert shown.loss == pytest.approx(loss_by_hand(shown.weights), rel=1e-12)
    moved = shown.weights.copy()
    moved[place] = shown._w[10]
    assert shown._loss[10] == pytest.approx(loss_by_hand(moved), rel=1e-12)
    up, down = shown.weights.copy(), shown.weights.copy()
    up[place] += 1e-5
    down[place] -= 1e-5
    assert shown.gradient == pytest.approx(
        (loss_by_hand(up) - loss_by_hand(down)) / 2e-5, rel=1e-6, abs=1e-9
    )


def test_the_errors_have_order_one_and_two_until_rounding():
    shown = figure("weight-slope")
    exponents = np.arange(-16, 0.01, 0.25)
    errors = {
        kind: dict(zip(exponents, found, strict=True)) for kind, found in shown.errors.items()
    }
    # Ten times less h: the forward error shrinks ten times, the central one a hundred times.
    assert errors["forward"][-2.0] / errors["forward"][-3.0] == pytest.approx(10, rel=0.05)
    assert errors["central"][-2.0] / errors["central"][-3.0] == pytest.approx(100, rel=0.05)
    # The forward error is h J″ / 2, with J″ by hand.
    up, down = shown.weights.copy(), shown.weights.copy()
    up[6] += 1e-3
    down[6] -= 1e-3
    curvature = (loss_by_hand(up) - 2 * loss_by_hand(shown.weights) + loss_by_hand(down)) / 1e-6
    assert errors["forward"][-3.0] == pytest.approx(curvature * 1e-3 / 2, rel=0.01)
    for kind, best in (("forward", -8), ("central", -5.25)):
        lowest = min(errors[kind], key=errors[kind].get)
        assert best - 1.5 <= lowest <= best + 1.5
        assert errors[kind][-15.0] > 1e4 * errors[kind][lowest]
    shown.set("h", -13)
    assert "rounding" in shown.sentence()


def test_another_weight_starts_at_its_own_value():
    shown = figure("weight-slope")
    shown.move("w", *shown._plane().at(2.0, 1.0))
    assert shown.number("w") == pytest.approx(2.0)
    shown.set("weight", "0")
    assert shown.number("w") == pytest.approx(1.1)
    assert shown.weights[6] == pytest.approx(-1.3)


def test_rings_approach_bars_and_an_update_uses_all_gradients():
    shown = figure("gradient-bars", h=-2)
    begin, gradient = shown.weights.copy(), shown.gradient.copy()
    assert np.abs(shown.measured - gradient).max() < 0.01
    shown.set("h", 0.5)
    assert np.abs(shown.measured - gradient).max() > 0.05
    moved = begin.copy()
    moved[3] += 10**0.5
    assert shown.measured[3] == pytest.approx(
        (loss_by_hand(moved) - loss_by_hand(begin)) / 10**0.5, rel=1e-9
    )
    shown.step()
    assert shown.weights == pytest.approx(begin - 0.5 * gradient)
    while shown.step():
        pass
    assert shown.updates == 40
    assert loss_by_hand(shown.weights) < 0.5 * loss_by_hand(begin)


def test_a_small_step_gains_what_the_gradient_predicts_and_a_large_one_does_not():
    shown = figure("gradient-step", rate=0.1)
    begin, after = shown.losses[0], shown.after
    assert begin - after == pytest.approx(0.1 * shown.squared_norm, rel=0.02)
    assert after == pytest.approx(loss_by_hand(shown.weights - 0.1 * shown.gradient), rel=1e-12)
    shown.step()
    assert shown.losses == pytest.approx([begin, after])
    large = figure("gradient-step", rate=15.0)
    assert large.after > large.losses[0]
    assert "too large" in large.sentence()


def test_its_numbers():
    found = chapter("gradients").values()
    assert found["digits_weights"] == f"{784 * 128 + 128 + 128 * 10 + 10:,}"
    assert found["after_large"] > found["loss"] > found["after"] > found["predicted"]
