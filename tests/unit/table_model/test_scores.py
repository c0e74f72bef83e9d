"""Scores by hand, and beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

import deltarule as dr
from deltarule._common.formatting import format_percent, format_score
from deltarule.table_model.scores import (
    PINBALL_LEVELS,
    classification_scores,
    regression_scores,
)
from deltarule.table_model.threshold_curve import threshold_curve


def test_classification_by_hand():
    # Three of four right; class 0 found 1 of 2, class 1 found 2 of 2.
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.5, 0.5 + 1e-12]])
    scores = classification_scores(probabilities, np.array([0, 0, 1, 1]), most_frequent=0)
    assert scores.accuracy == 0.75
    assert scores.balanced_accuracy == 0.75
    assert scores.baseline_accuracy == 0.5
    assert scores.log_loss == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.5]).mean())
    assert scores.confusion.tolist() == [[1, 1], [0, 2]]
    assert scores.f1 == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))
    assert scores.roc_auc == 0.75  # of four pairs, 0.6 against 0.5 is in the wrong order
    assert scores.brier == pytest.approx((0.1**2 + 0.6**2 + 0.2**2 + 0.5**2) / 4)


def test_a_class_without_test_rows_does_not_count():
    scores = classification_scores(np.eye(3)[[0, 1]], np.array([0, 1]), most_frequent=2)
    assert scores.balanced_accuracy == 1.0
    assert scores.baseline_accuracy == 0.0
    assert (scores.f1, scores.roc_auc, scores.average_precision) == (1.0, 1.0, 1.0)


def test_a_certain_mistake_has_a_finite_log_loss():
    scores = classification_scores(np.array([[1.0, 0.0]]), np.array([1]), most_frequent=0)
    assert scores.log_loss == pytest.approx(-np.log(1e-15))


def test_scores_that_one_class_does_not_define_are_nan():
    only_negative = classification_scores(np.array([[0.9, 0.1], [0.8, 0.2]]), np.zeros(2, int), 0)
    assert np.isnan(
        [only_negative.roc_auc, only_negative.average_precision, only_negative.f1]
    ).all()
    assert (only_negative.accuracy, only_negative.balanced_accuracy) == (1.0, 1.0)
    only_positive = classification_scores(np.array([[0.9, 0.1], [0.2, 0.8]]), np.ones(2, int), 0)
    assert np.isnan(only_positive.roc_auc)
    assert only_positive.f1 == pytest.approx(2 / 3)
    assert only_positive.average_precision == 1.0


def random_rows(classes: int, *, weighted: bool):
    """Return probabilities with many ties, class numbers and weights, some of them 0."""
    generator = np.random.default_rng(classes)
    probabilities = generator.integers(1, 6, (200, classes)) / 1.0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    truth = generator.integers(0, classes, 200)
    weights = generator.integers(0, 4, 200).astype(float) if weighted else None
    return probabilities, truth, weights


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("positive", [0, 1])
def test_two_classes_score_as_in_scikit_learn(weighted, positive):
    probabilities, truth, weights = random_rows(2, weighted=weighted)
    scores = classification_scores(probabilities, truth, 0, positive=positive, weights=weights)
    predicted, of_positive = probabilities.argmax(axis=1), probabilities[:, positive]
    shares = {"sample_weight": weights}
    is_positive = truth == positive
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted, **shares),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted, **shares),
        "f1": metrics.f1_score(truth, predicted, pos_label=positive, **shares),
        "roc_auc": metrics.roc_auc_score(is_positive, of_positive, **shares),
        "average_precision": metrics.average_precision_score(is_positive, of_positive, **shares),
        "log_loss": metrics.log_loss(truth, probabilities, **shares),
        "brier": metrics.brier_score_loss(is_positive, of_positive, **shares),
    }
    assert {name: getattr(scores, name) for name in expected} == pytest.approx(expected)
    assert scores.positive_class == positive
    assert scores.confusion.tolist() == metrics.confusion_matrix(truth, predicted).tolist()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("missing", [False, True])
def test_more_classes_score_as_in_scikit_learn(weighted, missing):
    probabilities, truth, weights = random_rows(4, weighted=weighted)
    if missing:  # the last class has no rows, but is predicted
        rows = truth < 3
        probabilities, truth = probabilities[rows], truth[rows]
        weights = None if weights is None else weights[rows]
    scores = classification_scores(probabilities, truth, 0, weights=weights)
    predicted, shares = probabilities.argmax(axis=1), {"sample_weight": weights}
    occurring = np.unique(truth).tolist()
    one_hot = np.eye(4)[truth]
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted, **shares),
        "f1": metrics.f1_score(truth, predicted, average="macro", zero_division=0, **shares),
        "roc_auc": metrics.roc_auc_score(
            one_hot[:, occurring], probabilities[:, occurring], average="macro", **shares
        ),
        "average_precision": metrics.average_precision_score(
            one_hot[:, occurring], probabilities[:, occurring], average="macro", **shares
        ),
        "log_loss": metrics.log_loss(truth, probabilities, labels=range(4), **shares),
        "brier": metrics.brier_score_loss(truth, probabilities, labels=range(4), **shares),
    }
    if not missing:  # scikit-learn warns of a class that is predicted and does not occur
        expected["balanced_accuracy"] = metrics.balanced_accuracy_score(truth, predicted, **shares)
    assert {name: getattr(scores, name) for name in expected} == pytest.approx(expected)
    assert scores.positive_class is None


def test_the_curve_is_that_of_scikit_learn():
    probabilities, truth, weights = random_rows(2, weighted=True)
    curve = threshold_curve(probabilities[:, 1], truth == 1, weights)
    false_rate, recall, thresholds = metrics.roc_curve(
        truth, probabilities[:, 1], drop_intermediate=False, sample_weight=weights
    )
    np.testing.assert_allclose(curve.false_positive_rate, false_rate)
    np.testing.assert_allclose(curve.recall, recall)
    np.testing.assert_allclose(curve.thresholds, thresholds)
    precision, recall, _ = metrics.precision_recall_curve(
        truth, probabilities[:, 1], sample_weight=weights
    )
    np.testing.assert_allclose(curve.precision[::-1], np.append(precision[:-1], 1.0))
    np.testing.assert_allclose(curve.recall[::-1], recall)


def test_a_thinned_curve_keeps_its_ends_and_its_area():
    generator = np.random.default_rng(0)
    truth = generator.random(20_000) < 0.1
    curve = threshold_curve(generator.normal(truth * 1.5), truth)
    thinned = curve.thinned()
    assert 100 < len(thinned.thresholds) <= 200
    assert thinned.thresholds[[0, -1]].tolist() == curve.thresholds[[0, -1]].tolist()
    assert thinned.roc_auc == pytest.approx(curve.roc_auc, abs=1e-3)
    small = threshold_curve(np.array([0.2, 0.7]), np.array([False, True]))
    assert small.thinned() is small


def test_regression_by_hand():
    scores = regression_scores(np.array([1.0, 2.0, 6.0]), np.array([1.0, 3.0, 5.0]), 3.0)
    assert scores.mae == pytest.approx(2 / 3)
    assert scores.rmse == pytest.approx(np.sqrt(2 / 3))
    assert scores.baseline_rmse == pytest.approx(np.sqrt(8 / 3))
    assert scores.r2 == pytest.approx(1 - 2 / 8)
    assert scores.median_absolute_error == 1.0
    assert np.isnan(scores.pinball)


@pytest.mark.parametrize("weighted", [False, True])
def test_regressions_score_as_in_scikit_learn(weighted):
    generator = np.random.default_rng(1)
    truth, predicted = generator.normal(size=(2, 101)).round(1)
    quantiles = predicted[:, None] + np.array([-1.0, 0.1, 1.0])
    weights = generator.integers(1, 4, 101).astype(float) if weighted else None
    scores = regression_scores(predicted, truth, 0.0, quantiles=quantiles, weights=weights)
    shares = {"sample_weight": weights}
    pinball = [
        metrics.mean_pinball_loss(truth, quantiles[:, i], alpha=level, **shares)
        for i, level in enumerate(PINBALL_LEVELS)
    ]
    expected = {
        "r2": metrics.r2_score(truth, predicted, **shares),
        "rmse": metrics.root_mean_squared_error(truth, predicted, **shares),
        "mae": metrics.mean_absolute_error(truth, predicted, **shares),
        "median_absolute_error": metrics.median_absolute_error(truth, predicted, **shares),
        "pinball": np.mean(pinball),
    }
    assert {name: getattr(scores, name) for name in expected} == pytest.approx(expected)


def test_a_row_of_weight_two_is_two_rows():
    generator = np.random.default_rng(2)
    truth, predicted = generator.normal(size=(2, 30))
    weights = generator.integers(1, 3, 30)
    rows = np.repeat(np.arange(30), weights)
    weighted = regression_scores(predicted, truth, 0.0, weights=weights)
    repeated = regression_scores(predicted[rows], truth[rows], 0.0)
    for name in ("r2", "rmse", "mae", "median_absolute_error"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name))


def test_r2_of_a_constant_truth_is_nan():
    assert np.isnan(regression_scores(np.ones(2), np.ones(2), 1.0).r2)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (48_996 / 49_011, "99.97%"),
        (1.0, "100%"),
        (0.0, "0%"),
        (0.9996, "99.96%"),
        (0.99951, "99.95%"),
        (1 - 1e-9, ">99.9999%"),
        (1e-9, "<0.0001%"),
        (0.0004, "0.04%"),
        (0.5, "50%"),
        (0.333, "33.3%"),
        (float("nan"), "–"),
    ],
)
def test_only_all_rows_are_100_percent(share, text):
    assert format_percent(share) == text


def test_a_share_without_decimals_is_not_rounded_to_all_or_none():
    assert [format_percent(share, 0) for share in (0.996, 0.004, 0.52)] == ["99.6%", "0.4%", "52%"]


@pytest.mark.parametrize(
    ("score", "text"),
    [(0.99996, "0.99996"), (1.0, "1"), (0.9612, "0.961"), (0.9999999, ">0.999999"), (-2.5, "−2.5")],
)
def test_only_a_perfect_score_is_1(score, text):
    assert format_score(score) == text


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 1e160, 2.0**1020])
def test_scores_of_numbers_whose_squares_overflow(unit: float) -> None:
    """Scores scale with the target, and R² does not depend on its unit."""
    truth, predicted = np.array([1.0, 2.0, 4.0, 5.0]), np.array([1.5, 2.0, 3.0, 5.5])
    expected = regression_scores(predicted, truth, 3.0)
    found = regression_scores(predicted * unit, truth * unit, 3.0 * unit)
    assert found.r2 == pytest.approx(expected.r2)
    for name in ("rmse", "mae", "median_absolute_error", "baseline_rmse"):
        assert getattr(found, name) == pytest.approx(
            getattr(expected, name) * unit, rel=1e-9, abs=0
        )


def test_a_model_of_an_extreme_target_can_be_saved(tmp_path) -> None:
    """The spread of such scores overflowed, and the file was refused after training."""
    rng = np.random.default_rng(0)
    table = {
        "x": rng.normal(size=60),
        "y": np.where(rng.random(60) < 0.1, 1.7e308, rng.normal(size=60)),
    }
    model = dr.train(table, "y", epochs=2, folds=2, hidden=(3,)).model
    model.save(tmp_path / "model")
    found = dr.load(tmp_path / "model").predict(table, quantiles=(0.05, 0.95))
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.quantiles).all()
