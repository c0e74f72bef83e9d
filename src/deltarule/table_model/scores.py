"""How good predictions are on rows that training never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """Held-out results of a classifier; `confusion[i, j]`: rows of class i that were called class j."""

    rows: int
    accuracy: float
    balanced_accuracy: float  # mean over the classes that occur of the share found
    log_loss: float  # mean of −log(probability of the true class), in nats
    baseline_accuracy: float  # of always saying the most frequent training class
    confusion: Array  # (classes, classes) int64


@dataclass(frozen=True, eq=False)
class RegressionScores:
    """Held-out results of a regression, in the units of the target."""

    rows: int
    r2: float  # 1 − Σ (ŷ − y)² / Σ (y − ȳ)²; NaN where y does not vary
    rmse: float
    mae: float
    baseline_rmse: float  # of always saying the training mean


Scores = ClassificationScores | RegressionScores


def classification_scores(
    probabilities: Array, truth: Array, most_frequent: int
) -> ClassificationScores:
    """Score class probabilities (rows, classes) against class numbers (rows,)."""
    classes = probabilities.shape[1]
    guess = probabilities.argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (truth, guess), 1)
    counts = confusion.sum(axis=1)
    found = np.diagonal(confusion)[counts > 0] / counts[counts > 0]
    true_probability = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    return ClassificationScores(
        rows=len(truth),
        accuracy=float((guess == truth).mean()),
        balanced_accuracy=float(found.mean()),
        log_loss=float(-np.log(np.maximum(true_probability, 1e-15)).mean()),
        baseline_accuracy=float((truth == most_frequent).mean()),
        confusion=confusion,
    )


def regression_scores(predicted: Array, truth: Array, training_mean: float) -> RegressionScores:
    """Score predictions (rows,) against the truth (rows,)."""
    error = predicted.astype(np.float64) - truth
    spread = float(np.square(truth - truth.mean()).sum())
    return RegressionScores(
        rows=len(truth),
        r2=1 - float(np.square(error).sum()) / spread if spread > 0 else float("nan"),
        rmse=float(np.sqrt(np.square(error).mean())),
        mae=float(np.abs(error).mean()),
        baseline_rmse=float(np.sqrt(np.square(truth - training_mean).mean())),
    )
