"""Scores on rows that were not used for training, each with a baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """Scores of a classifier.

    Parameters
    ----------
    rows : int
        Number of rows that were scored.
    accuracy : float
        Share of rows whose predicted class is the true one.
    balanced_accuracy : float
        Mean recall of the classes that occur.
    log_loss : float
        Mean of −log(probability of the true class), in nats.
    baseline_accuracy : float
        Accuracy of always predicting `baseline_class`.
    confusion : ndarray of shape (n_classes, n_classes), dtype int64
        Number of rows of class i that were predicted as class j. Rows: actual; columns: predicted.
    baseline_class : int
        Number of the most frequent class of the training rows.
    """

    rows: int
    accuracy: float
    balanced_accuracy: float
    log_loss: float
    baseline_accuracy: float
    confusion: Array
    baseline_class: int

    @property
    def correct_rows(self) -> int:
        """Number of rows whose predicted class is the true one."""
        return int(np.trace(self.confusion))

    @property
    def beats_baseline(self) -> bool:
        """Whether the accuracy is higher than the baseline's."""
        return self.accuracy > self.baseline_accuracy

    @property
    def headline(self) -> str:
        """The accuracy in two words."""
        return f"accuracy {self.accuracy:.3g}"

    def baseline_label(self, classes: tuple[str, ...]) -> str:
        """Return the class that the baseline always predicts."""
        return classes[self.baseline_class]


@dataclass(frozen=True, eq=False)
class RegressionScores:
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
    baseline_rmse : float
        Root mean squared error of always predicting the mean of the training rows.
    """

    rows: int
    r2: float
    rmse: float
    mae: float
    baseline_rmse: float

    @property
    def beats_baseline(self) -> bool:
        """Whether the root mean squared error is lower than the baseline's."""
        return self.rmse < self.baseline_rmse

    @property
    def headline(self) -> str:
        """The coefficient of determination in two words."""
        return f"R² {self.r2:.3g}"

    def baseline_label(self, classes: tuple[str, ...]) -> str:
        """Return what the baseline always predicts; there are no `classes`."""
        return "the mean"


Scores = ClassificationScores | RegressionScores


def finite_scores(scores: Scores) -> dict[str, float]:
    """Return the number of rows and the finite scores by name, for the model file."""
    values = {name: getattr(scores, name) for name in (f.name for f in fields(scores))}
    return {
        name: value
        for name, value in values.items()
        if name == "rows" or (isinstance(value, float) and math.isfinite(value))
    }


def classification_scores(
    probabilities: Array, truth: Array, most_frequent: int
) -> ClassificationScores:
    """Score class probabilities (rows, classes) against class numbers (rows,)."""
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    counts = confusion.sum(axis=1)
    recall = np.diagonal(confusion)[counts > 0] / counts[counts > 0]
    true_probability = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    return ClassificationScores(
        rows=len(truth),
        accuracy=float((predicted == truth).mean()),
        balanced_accuracy=float(recall.mean()),
        log_loss=float(-np.log(np.maximum(true_probability, 1e-15)).mean()),
        baseline_accuracy=float((truth == most_frequent).mean()),
        confusion=confusion,
        baseline_class=most_frequent,
    )


def regression_scores(predicted: Array, truth: Array, training_mean: float) -> RegressionScores:
    """Score predictions (rows,) against true numbers (rows,)."""
    error = predicted.astype(np.float64) - truth
    spread = float(np.square(truth - truth.mean()).sum())
    return RegressionScores(
        rows=len(truth),
        r2=1 - float(np.square(error).sum()) / spread if spread > 0 else float("nan"),
        rmse=float(np.sqrt(np.square(error).mean())),
        mae=float(np.abs(error).mean()),
        baseline_rmse=float(np.sqrt(np.square(truth - training_mean).mean())),
    )
