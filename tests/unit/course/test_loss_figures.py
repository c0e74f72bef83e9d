"""Chapter 10: losses and slopes by hand, the mean over students, and lines of least error."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from deltarule.course import figure
from deltarule.course.chapters.chapter_10_loss import CHAPTER, values
from deltarule.course.figures.empirical_loss import students, untrained
from deltarule.course.figures.regression_losses import ABSOLUTE, SQUARED, STUDENTS
from deltarule.playground.prepared_data import prepare_data
from deltarule.playground.training_run import TrainingRun
from deltarule.playground.url_fragment import from_fragment


@pytest.mark.parametrize("p", [0.01, 0.1, 0.5, 0.99])
def test_losses_and_slopes_by_hand(p):
    shown = figure("prediction-loss", prediction=p, y="1")
    assert shown.losses == pytest.approx(
        {"cross-entropy": -math.log(p), "squared error": (1 - p) ** 2}
    )
    assert shown.slopes == pytest.approx({"cross-entropy": -1 / p, "squared error": -2 * (1 - p)})
    assert shown.gradients["cross-entropy"] == pytest.approx(p - 1)
    assert shown.gradients["squared error"] == pytest.approx(-2 * (1 - p) ** 2 * p)
    shown.set("y", "0")
    assert shown.losses["cross-entropy"] == pytest.approx(-math.log(1 - p))
    assert shown.slopes["cross-entropy"] == pytest.approx(1 / (1 - p))
    assert shown.gradients["cross-entropy"] == pytest.approx(p)


def test_a_dragged_prediction_stays_on_the_axis():
    shown = figure("prediction-loss")
    shown.move("prediction", *shown._plane().at(0.426, 3.0))
    assert shown.number("prediction") == 0.43
    shown.move("prediction", -1e4, 0)
    assert shown.number("prediction") == 0.01


@pytest.mark.parametrize("seed", range(10))
def test_the_untrained_network_predicts_one_tenth_for_the_student(seed):
    shown = figure("empirical-loss", seed=seed)
    assert shown.predictions[3] == pytest.approx(0.1)
    assert shown.losses[3] == pytest.approx(math.log(10))
    assert untrained(seed).parameters.weights[0].shape == (2, 3)


def test_the_empirical_loss_is_the_mean_of_all_students():
    shown = figure("empirical-loss")
    _, y = students()
    assert "passed" in shown.sentence()
    for _ in range(5):
        p = shown.predictions
        by_hand = [-math.log(a if b else 1 - a) for a, b in zip(p, y, strict=True)]
        assert shown.losses == pytest.approx(by_hand)
        records = shown.run.records["training_loss"]
        shown.step()
        # The record of an epoch of the full batch is the loss before its update.
        assert shown.run.records["training_loss"][len(records)] == pytest.approx(np.mean(by_hand))
    while shown.step():
        pass
    assert shown.losses.mean() < 0.2 * shown.first_loss
    shown.set("student", 12)
    assert shown.run.epoch == 160
    shown.set("rate", 1.0)
    assert shown.run.epoch == 0


def least_absolute(X, y):
    """Return slope and bias of the line of least absolute error: it goes through two of the points."""
    found = []
    for i, j in itertools.combinations(range(len(X)), 2):
        if X[i] != X[j]:
            slope = (y[j] - y[i]) / (X[j] - X[i])
            bias = y[i] - slope * X[i]
            found.append((np.abs(bias + slope * X - y).mean(), slope, bias))
    return min(found)


@pytest.mark.parametrize("outlier", [(13, 10), (0, 100), (15, 0), (7.5, 100), (15, 100), (0, 0)])
def test_both_lines_are_the_best(outlier):
    shown = figure("regression-losses", lectures=outlier[0], grade=outlier[1])
    X, y = np.array([*STUDENTS, outlier], float).T
    slope, bias = np.polyfit(X, y, 1)
    assert shown.lines[SQUARED] == pytest.approx((slope, bias), abs=1e-9)
    assert shown.losses(SQUARED).mean() == pytest.approx(((bias + slope * X - y) ** 2).mean())
    least, _, _ = least_absolute(X, y)
    assert least <= shown.losses(ABSOLUTE).mean() < 1.002 * least


def test_the_outlier_tilts_one_line_more():
    shown = figure("regression-losses")
    begin = {loss: line[0] for loss, line in shown.lines.items()}
    shown.move("outlier", *shown._plane().at(13, 83))  # where the other students are
    moved = {loss: abs(line[0] - begin[loss]) for loss, line in shown.lines.items()}
    assert moved[SQUARED] > 4 * moved[ABSOLUTE]


def test_answers_by_hand():
    found = values()
    assert found["three"] == pytest.approx(-math.log(0.9 * 0.8 * 0.5) / 3)
    assert found["half"] == pytest.approx(math.log(2))
    assert found["question_gradient"] == pytest.approx(-0.162)
    assert found["median"] == 72
    assert found["mean"] == pytest.approx((70 + 72 + 74 + 76 + 10) / 5)


def test_the_experiment_learns_faster_with_cross_entropy():
    def epochs(fragment):
        experiment = from_fragment(fragment)
        run = TrainingRun(experiment, prepare_data(experiment.data))
        run.train(200)
        return int(np.argmax(run.curve.records["training_score"] > 0.99))

    squared = CHAPTER.experiments["squared"]
    assert epochs(squared) > 2 * epochs(squared.replace("mean_squared_error", "auto")) > 0
