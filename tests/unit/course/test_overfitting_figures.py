"""Chapter 17: losses of known curves, the rule of early stopping by hand, and masks of dropout."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from deltarule import insight
from deltarule.course import figure
from deltarule.course.chapters.chapter_17_overfitting import end_of_patience, kept_output
from deltarule.course.figures.dropout_masks import UNITS, without_dropout
from deltarule.stopping import StopReason


def finished(name, **values):
    shown = figure(name, **values)
    while shown.step():
        pass
    return shown


def test_a_single_unit_underfits_and_a_large_network_overfits():
    losses = {}
    for layers in ("1", "3", "32-32"):
        run = finished("fit-capacity", layers=layers).run
        losses[layers] = (run.records["training_loss"][-1], run.records["validation_loss"][-1])
    variance = 0.25**2
    # One tanh unit is monotone, and sin(π x) is not: it misses the lower or the upper end of the curve.
    assert losses["1"][0] > variance
    assert losses["1"][1] > 2 * variance
    assert losses["32-32"][0] < 1e-4 < losses["3"][0]
    assert losses["3"][1] < 0.6 * min(losses["1"][1], losses["32-32"][1])


def test_the_truth_has_the_loss_of_the_noise():
    X, y = insight.make_noisy_sine(20_000, 0.25, seed=1)
    assert np.mean((y - np.sin(np.pi * X[:, 0])) ** 2) == pytest.approx(0.25**2, rel=0.03)


def test_more_points_are_a_remedy():
    few, many = (finished("fit-capacity", layers="32-32", points=n).run for n in (12, 80))
    assert many.records["validation_loss"][-1] < 0.6 * few.records["validation_loss"][-1]


@pytest.mark.parametrize("patience", [1, 5, 20])
def test_training_ends_with_the_patience_after_the_best_epoch(patience):
    shown = finished("early-stopping", patience=patience)
    losses = shown.run.records["validation_loss"]
    assert shown.run.reason is StopReason.NO_PROGRESS
    assert len(losses) == 1 + losses.argmin() + patience
    # No earlier epoch may have waited that long for a lower loss.
    best = np.minimum.accumulate(losses)
    waited = [e - int(losses[: e + 1].argmin()) for e in range(len(losses) - 1)]
    assert max(waited) < patience
    assert f"Best epoch: {1 + losses.argmin()}, with {best[-1]:.3g}" in shown.sentence()


def test_the_boundary_is_that_of_the_best_or_the_last_epoch():
    shown = finished("early-stopping")
    last = shown.picture()
    shown.set("show", "best")
    assert shown.picture() != last
    assert f">epoch {shown.run.best_epoch}<" in shown.picture()
    points, targets = insight.make_moons(200, 0.3, seed=5)
    outputs = shown.run.kept.predict(points)[:, 0]
    loss = -np.mean(np.where(targets == 1, np.log(outputs), np.log(1 - outputs)))
    assert loss == pytest.approx(shown.run.records["validation_loss"].min(), rel=1e-9)


def test_without_early_stopping_all_epochs_are_trained():
    shown = finished("early-stopping", all=True)
    assert shown.run.reason is StopReason.EPOCHS_DONE
    losses = shown.run.records["validation_loss"]
    assert losses[-1] > losses.min() + 0.05


def test_patience_by_hand():
    # 0.9, 0.7, 0.6 improve; 0.62, 0.61 and 0.65 do not, and three epochs are the patience.
    assert end_of_patience() == 6


def test_a_kept_output_is_divided_by_the_probability_to_be_kept():
    assert kept_output() == pytest.approx(1.5 / 0.8)


def test_masks_change_with_updates_and_predictions_keep_all():
    shown = figure("dropout-masks", rate=0.3)
    seen = []
    for _ in range(100):
        shown.step()
        first, *hidden = shown.masks
        assert first.all()
        seen.append(np.concatenate(hidden))
    # 2,400 draws with probability 0.7: four standard deviations are 0.037.
    assert np.mean(seen) == pytest.approx(0.7, abs=0.037)
    assert len({tuple(mask) for mask in seen}) > 90
    crossed = len(re.findall('class="cross"', shown.picture()))
    assert crossed == 2 * UNITS - seen[-1].sum()
    shown.set("show", "prediction")
    assert "12 of 12 and 12 of 12" in shown.sentence()
    assert 'class="cross"' not in shown.picture()


def test_the_mean_over_masks_is_the_prediction_of_a_linear_output():
    shown = finished("dropout-masks", rate=0.5)
    network = shown.run.trained
    hidden = insight.layer_outputs(network, [[0.5, 0.25]])[1][0]
    weights = network.parameters.weights[2][:, 0]
    rng = np.random.default_rng(0)
    kept = rng.random((200_000, UNITS)) < 0.5
    mean = (kept * 2 * hidden) @ weights
    spread = np.sqrt(np.sum((hidden * weights) ** 2))  # of one mask, as Var(2 kept) = 1
    assert mean.std() == pytest.approx(spread, rel=0.02)
    assert mean.mean() == pytest.approx(hidden @ weights, abs=5 * spread / np.sqrt(200_000))


def test_links_join_kept_units_only():
    shown = figure("dropout-masks")
    shown.step()
    masks = [*shown.masks, np.ones(1, bool)]
    parts = ElementTree.fromstring(shown._drawn_network()).iter()
    links = [part for part in parts if (part.get("class") or "").startswith("link ")]
    kept = [int(mask.sum()) for mask in masks]
    assert len(links) == kept[0] * kept[1] + kept[1] * kept[2] + kept[2]


def test_dropout_lowers_the_last_validation_loss():
    shown = finished("dropout-masks")
    assert shown.run.records["validation_loss"][-1] < 0.9 * without_dropout()["validation_loss"][-1]
