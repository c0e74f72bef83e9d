"""Chapter 17: losses of known curves, early stopping by hand, masks of dropout, slopes and penalties."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from deltarule import insight
from deltarule.course import figure
from deltarule.course.chapters.chapter_17_overfitting import end_of_patience, kept_output
from deltarule.course.figures.dropout_masks import UNITS, without_dropout
from deltarule.course.figures.weight_decay import PENALTIES, losses_of, steepest, weights_of
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


@pytest.fixture(scope="module")
def decays():
    """The figure of weight decay after training."""
    return finished("weight-decay")


def layers_of(run):
    """Return the weight matrices and biases of a run, in float64."""
    return list(zip(run.parameters.weights, run.parameters.biases, strict=True))


def squared_error(run, X, y, factor=1.0):
    """Return the mean squared error with all weights times a factor."""
    (w_1, b_1), (w_2, b_2), (w_3, b_3) = [(factor * w, b) for w, b in layers_of(run)]
    outputs = np.tanh(np.tanh(X @ w_1 + b_1) @ w_2 + b_2) @ w_3 + b_3
    return np.mean((outputs[:, 0] - y) ** 2)


def slope_by_hand(run, x):
    """Return dŷ/dx of tanh layers and a linear output by the chain rule."""
    (w_1, b_1), (w_2, b_2), (w_3, _) = layers_of(run)
    first = np.tanh(x * w_1[0] + b_1)
    second = np.tanh(first @ w_2 + b_2)
    return float((((w_1[0] * (1 - first**2)) @ w_2) * (1 - second**2)) @ w_3[:, 0])


def test_both_parts_of_the_loss_are_those_of_their_formulas(decays):
    X, y = insight.make_noisy_sine(12, 0.25, seed=8)
    X_other, y_other = insight.make_noisy_sine(60, 0.25, seed=9)
    for l2, run in zip(PENALTIES, decays.runs, strict=True):
        found = losses_of(run)
        assert found.data == pytest.approx(squared_error(run, X, y), rel=1e-9)
        assert found.validation == pytest.approx(squared_error(run, X_other, y_other), rel=1e-9)
        assert found.validation == pytest.approx(run.records["validation_loss"][-1], rel=1e-6)
        squares = sum(float((w**2).sum()) for w, _ in layers_of(run))
        assert found.penalty == pytest.approx(l2 * squares, rel=1e-9)
        assert len(weights_of(run)) == 32 + 32 * 32 + 32
        # The record of an epoch has the loss before its update: near the end it hardly moves.
        if l2:
            total = run.records["training_loss"][-1]
            assert found.data + found.penalty == pytest.approx(total, rel=0.02)


def test_the_steepest_slope_is_that_of_the_chain_rule_and_norms_bound_it(decays):
    for run in decays.runs:
        place, slope = steepest(run)
        assert slope == pytest.approx(slope_by_hand(run, place), rel=1e-5)
        slopes = [abs(slope_by_hand(run, x)) for x in np.linspace(-1, 1, 1001)]
        assert abs(slope) == pytest.approx(max(slopes), rel=0.01)
        norms = [np.linalg.norm(weights, 2) for weights, _ in layers_of(run)]
        assert max(slopes) <= np.prod(norms)


def test_a_larger_penalty_has_smaller_weights_a_flatter_curve_and_a_larger_data_loss(decays):
    squares = [float(np.square(weights_of(run)).sum()) for run in decays.runs]
    slopes = [abs(steepest(run)[1]) for run in decays.runs]
    for falling in (squares, slopes, [-losses.data for losses in decays.losses]):
        assert falling == sorted(falling, reverse=True)
    assert squares[0] > 100 * squares[-1]
    assert slopes[0] > 5 * np.pi > 5 * slopes[-1]  # sin(π x) is never steeper than π
    x = np.linspace(-1, 1, 101)
    curve = decays.runs[-1].trained.predict(x[:, None])[:, 0]
    assert np.corrcoef(x, curve)[0, 1] > 0.999  # almost a straight line


def test_the_validation_loss_falls_and_rises_with_the_penalty(decays):
    losses = [one.validation for one in decays.losses]
    best = int(np.argmin(losses))
    assert PENALTIES[best] == 0.001
    assert losses[best] < 0.6 * losses[0]
    assert losses[: best + 1] == sorted(losses[: best + 1], reverse=True)
    assert losses[best:] == sorted(losses[best:])
    assert losses[-1] > 3 * losses[0]


def test_at_a_minimum_the_penalty_pulls_as_strongly_as_the_data_push(decays):
    # All weights times s: J(s) = J_data(s w) + λ s² Σ w² has the slope 0 at s = 1.
    X, y = insight.make_noisy_sine(12, 0.25, seed=8)
    for i in (4, 5):
        run = decays.runs[i]
        squares = sum(float((w**2).sum()) for w, _ in layers_of(run))
        low, high = (squared_error(run, X, y, s) for s in (1 - 1e-4, 1 + 1e-4))
        assert (high - low) / 2e-4 == pytest.approx(-2 * PENALTIES[i] * squares, rel=0.02)


def test_the_slider_keeps_the_training_and_draws_the_chosen_network(decays):
    decays.set("penalty", 3)
    epochs = decays.runs[0].epoch
    sentence = decays.sentence()
    found = re.search(r"data loss ([\d.]+) \+ penalty ([\d.]+) = J ([\d.]+)\.", sentence)
    data, penalty, total = (round(1e4 * float(part)) for part in found.groups())
    assert data + penalty == total
    assert sentence.startswith("λ = 0.001. Epoch 1,000:")
    root = ElementTree.fromstring(decays.picture())
    bars = [
        e for e in root.iter("rect") if "loss-part" in e.get("class") and e.get("width") == "22"
    ]
    chosen = [bar for bar in bars if bar.get("class").endswith("chosen")]
    heights = [float(bar.get("height")) for bar in chosen]
    assert heights[1] / heights[0] == pytest.approx(penalty / data, rel=0.03)
    assert len(chosen) == 2
    decays.set("penalty", 0)
    assert decays.runs[0].epoch == epochs
    assert "dashed: no penalty" not in decays.picture()


def test_the_histogram_counts_every_weight():
    shown = figure("weight-decay")
    plane = shown._histogram()
    outline = ElementTree.fromstring(plane.content()).find("path[@class='weights']").get("d")
    corners = np.array([pair.split() for pair in outline[1:-1].split("L")], float)
    tops = plane.frame.y.inverse(corners[1:-1:2, 1])
    counts = np.where(tops > -0.3, 10**tops, 0)
    assert counts.sum() == pytest.approx(32 + 32 * 32 + 32, rel=0.01)
