"""Scores on rows that were not used for training."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, format_percent, format_score
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.table_model.threshold_curve import threshold_curve

Array = NDArray[Any]
PINBALL_LEVELS = (0.05, 0.5, 0.95)
_MIN_PROBABILITY = 1e-15


@dataclass(frozen=True, eq=False, repr=False)
class ClassificationScores(NotebookDisplay):
    """Scores of a classifier.

    Scores of a single class (F1, ROC AUC, average precision) are those of the positive class where there
    are two classes, and else the mean over the classes that occur (macro average, each class against all
    others). A score that the rows do not define is NaN, such as the ROC AUC of rows of a single class.

    Parameters
    ----------
    rows : int
        Number of rows that were scored.
    accuracy : float
        Share of rows whose predicted class is the true one.
    balanced_accuracy : float
        Mean recall of the classes that occur.
    f1 : float
        2 · precision · recall / (precision + recall).
    roc_auc : float
        Area under the ROC curve: the probability that a row of the class has a higher predicted
        probability of it than a row of another class. 0.5 is chance, 1 is best.
    average_precision : float
        Mean precision over all levels of recall, the area under the precision-recall curve.
    log_loss : float
        Mean of −log(probability of the true class), in nats.
    brier : float
        Mean squared error of the probability of the positive class; with more classes the sum of the
        squared errors of all probabilities.
    baseline_accuracy : float
        Accuracy of always predicting `baseline_class`.
    confusion : ndarray of shape (n_classes, n_classes), dtype int64
        Number of rows of class i that were predicted as class j. Rows: actual; columns: predicted.
    baseline_class : int
        Number of the most frequent class of the training rows.
    positive_class : int or None
        Number of the positive class of two; None where there are more classes.
    notes : tuple of str, default ()
        What a user should know about the rows, one sentence each, as those of `Prediction`.
    """

    rows: int
    accuracy: float
    balanced_accuracy: float
    f1: float
    roc_auc: float
    average_precision: float
    log_loss: float
    brier: float
    baseline_accuracy: float
    confusion: Array
    baseline_class: int
    positive_class: int | None
    notes: tuple[str, ...] = ()

    def _sentence(self) -> str:
        baseline = format_percent(self.baseline_accuracy)
        return f"{_in_words(self)}; always the most frequent class: {baseline}"

    @property
    def correct_rows(self) -> int:
        """Number of rows whose predicted class is the true one."""
        return int(np.trace(self.confusion))

    @property
    def headline(self) -> str:
        """The accuracy in two words."""
        return f"accuracy {format_score(self.accuracy)}"

    @property
    def loss(self) -> float:
        """The score that comparisons use, lower is better: the log loss."""
        return self.log_loss

    def baseline_label(self, classes: tuple[str, ...]) -> str:
        """Return the class that the baseline always predicts."""
        return classes[self.baseline_class]


@dataclass(frozen=True, eq=False, repr=False)
class RegressionScores(NotebookDisplay):
    """Scores of a regression, in the units of the target.

    Parameters
    ----------
    rows : int
        Number of rows that were scored.
    r2 : float
        1 − Σ (ŷ − y)² / Σ (y − ȳ)²; NaN where y is constant.
    rmse : float
        Root mean squared error.
    mae : float
        Mean absolute error.
    median_absolute_error : float
        Median of the absolute errors.
    pinball : float
        Mean pinball loss of the predicted quantiles 0.05, 0.5 and 0.95; NaN without quantiles.
    baseline_rmse : float
        Root mean squared error of always predicting the mean of the training rows.
    notes : tuple of str, default ()
        What a user should know about the rows, one sentence each, as those of `Prediction`.
    """

    rows: int
    r2: float
    rmse: float
    mae: float
    median_absolute_error: float
    pinball: float
    baseline_rmse: float
    notes: tuple[str, ...] = ()

    def _sentence(self) -> str:
        return f"{_in_words(self)}; always the mean: RMSE {format_number(self.baseline_rmse)}"

    @property
    def headline(self) -> str:
        """The coefficient of determination in two words."""
        return f"R² {format_score(self.r2)}"

    @property
    def loss(self) -> float:
        """The score that comparisons use, lower is better: the root mean squared error."""
        return self.rmse

    def baseline_label(self, classes: tuple[str, ...]) -> str:
        """Return what the baseline always predicts; there are no `classes`."""
        return "the mean"


Scores = ClassificationScores | RegressionScores

LABELS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier": "Brier score",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "mean absolute error",
    "median_absolute_error": "median absolute error",
    "pinball": "pinball loss",
    "baseline_accuracy": "baseline accuracy",
    "baseline_rmse": "baseline RMSE",
}
"""What people read for the name of each score."""
AVERAGED_OVER_CLASSES = ("f1", "roc_auc", "average_precision")
"""Scores that are macro averages where there are more than two classes."""


def score_label(name: str, *, macro: bool = False) -> str:
    """Return the label of a score; `macro` if there are more than two classes."""
    label = LABELS.get(name, name.replace("_", " "))
    return f"macro {label}" if macro and name in AVERAGED_OVER_CLASSES else label


def format_named_score(name: str, value: float) -> str:
    """Return a score as people read it: accuracies in percent, others with three digits."""
    if name.endswith("accuracy"):
        return format_percent(value)
    if name in AVERAGED_OVER_CLASSES or name == "r2":
        return format_score(value)
    return format_number(value, 3 if name in ("log_loss", "brier") else 4)


def named_scores(scores: Scores) -> dict[str, float]:
    """Return the scores by name, without those of the baseline; NaN where undefined."""
    return {
        field.name: value
        for field in fields(scores)
        if isinstance(value := getattr(scores, field.name), float)
        and not field.name.startswith("baseline_")
    }


def _in_words(scores: Scores) -> str:
    """Return rows and scores in a line."""
    macro = isinstance(scores, ClassificationScores) and scores.positive_class is None
    parts = (
        f"{score_label(name, macro=macro)} {format_named_score(name, value)}"
        for name, value in named_scores(scores).items()
        if value == value
    )
    return f"{scores.rows:,} rows: {', '.join(parts)}"


def finite_scores(scores: Scores) -> dict[str, float]:
    """Return the number of rows and the finite scores by name, for the model file."""
    values = {name: getattr(scores, name) for name in (f.name for f in fields(scores))}
    return {
        name: value
        for name, value in values.items()
        if name == "rows" or (isinstance(value, float) and math.isfinite(value))
    }


def confusion_matrix(predicted: Array, truth: Array, classes: int) -> Array:
    """Return the number of rows of class i that were predicted as class j, int64 (classes, classes)."""
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    return confusion


def classification_scores(
    probabilities: Array,
    truth: Array,
    most_frequent: int,
    *,
    predicted: Array | None = None,
    positive: int = 1,
    weights: Array | None = None,
) -> ClassificationScores:
    """Score class probabilities (rows, classes) against class numbers (rows,).

    `predicted` (rows,) are class numbers, by default those of the most probable classes; `positive` is
    the positive class of two; `weights` (rows,) are sample weights, which do not change the confusion
    matrix.
    """
    classes = probabilities.shape[1]
    if predicted is None:
        predicted = probabilities.argmax(axis=1)
    shares = _row_shares(weights, len(truth))
    right = predicted == truth
    actual = np.bincount(truth, weights=shares, minlength=classes)
    called = np.bincount(predicted, weights=shares, minlength=classes)
    found = np.bincount(truth, weights=shares * right, minlength=classes)
    positives = [positive] if classes == 2 else np.flatnonzero(actual + called > 0).tolist()
    occur = actual > 0
    true_probability = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = (2 * found / (actual + called))[positives]
    curves = [
        threshold_curve(probabilities[:, k], truth == k, shares)
        for k in ([positive] if classes == 2 else np.flatnonzero(occur).tolist())
    ]
    return ClassificationScores(
        rows=len(truth),
        accuracy=float(np.average(right, weights=shares)),
        balanced_accuracy=float((found[occur] / actual[occur]).mean()),
        f1=float(np.mean(f1)),
        roc_auc=float(np.mean([curve.roc_auc for curve in curves])),
        average_precision=float(np.mean([curve.average_precision for curve in curves])),
        log_loss=float(
            np.average(-np.log(np.maximum(true_probability, _MIN_PROBABILITY)), weights=shares)
        ),
        brier=_brier(probabilities, truth, shares),
        baseline_accuracy=float(np.average(truth == most_frequent, weights=shares)),
        confusion=confusion_matrix(predicted, truth, classes),
        baseline_class=most_frequent,
        positive_class=positive if classes == 2 else None,
    )


def regression_scores(
    predicted: Array,
    truth: Array,
    training_mean: float,
    *,
    quantiles: Array | None = None,
    weights: Array | None = None,
) -> RegressionScores:
    """Score predictions (rows,) against true numbers (rows,).

    `quantiles` (rows, 3) are predicted at `PINBALL_LEVELS`; `weights` (rows,) are sample weights.
    """
    shares = _row_shares(weights, len(truth))
    predicted = np.nan_to_num(predicted.astype(np.float64), nan=np.nan)
    unit = unit_of_squares(predicted, truth)
    if unit != 1.0:  # of numbers beyond 1e±150 the squares are infinite or 0
        predicted, truth = predicted / unit, truth / unit
        quantiles = None if quantiles is None else quantiles / unit
    error = predicted - truth
    spread = float(np.sum(shares * np.square(truth - np.average(truth, weights=shares))))
    squared = shares * np.square(error)
    scores: dict[str, Any] = {
        "rmse": float(np.sqrt(squared.sum() / shares.sum())),
        "mae": float(np.average(np.abs(error), weights=shares)),
        "median_absolute_error": _weighted_median(np.abs(error), shares),
        "pinball": float("nan") if quantiles is None else _pinball(quantiles, truth, shares),
    }
    with np.errstate(over="ignore"):
        off = np.nan_to_num(truth - training_mean / unit)
    baseline = unit_of_squares(off)
    scores["baseline_rmse"] = baseline * float(
        np.sqrt(np.average(np.square(off / baseline), weights=shares))
    )
    return RegressionScores(
        rows=len(truth),
        r2=1 - float(squared.sum()) / spread if spread > 0 else float("nan"),
        **{name: min(score * unit, sys.float_info.max) for name, score in scores.items()},
    )


def unit_of_squares(*arrays: Array) -> float:
    """Return a unit in which very large or very small numbers can be squared; 1 for ordinary ones."""
    largest = max(float(np.abs(values).max(initial=0.0)) for values in arrays)
    return 1.0 if largest == 0 or 1e-150 < largest < 1e150 else largest


def mean_of(values: Array, weights: Array | None = None) -> float:
    """Return the mean, also of numbers whose sum overflows."""
    unit = unit_of_squares(values)
    return float(np.average(values / unit, weights=weights)) * unit


def _row_shares(weights: Array | None, rows: int) -> Array:
    """Return the weights, or 1 for each row where there are none or all are 0."""
    if weights is None or not weights.any():
        return np.ones(rows)
    return weights.astype(np.float64)


def _brier(probabilities: Array, truth: Array, shares: Array) -> float:
    """Return the Brier score: of one class where there are two, else summed over the classes."""
    squares = np.square(probabilities, dtype=np.float64).sum(axis=1)
    of_truth = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    score = float(np.average(squares - 2 * of_truth + 1, weights=shares))
    return max(score, 0.0) / (2 if probabilities.shape[1] == 2 else 1)


def _pinball(quantiles: Array, truth: Array, shares: Array) -> float:
    above = truth[:, None] - quantiles
    levels = np.array(PINBALL_LEVELS)
    return float(
        np.average(np.maximum(levels * above, (levels - 1) * above).mean(axis=1), weights=shares)
    )


def _weighted_median(values: Array, shares: Array) -> float:
    """Return the median; between two values their mean, so that weight 2 is the same as two rows."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(shares[order])
    half = below[-1] / 2
    last = len(values) - 1
    low = min(int(np.searchsorted(below, half * (1 - 1e-12))), last)
    high = min(int(np.searchsorted(below, half * (1 + 1e-12), side="right")), last)
    return float(values[order[low]] + values[order[high]]) / 2
