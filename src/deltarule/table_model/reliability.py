"""Reliability of predicted probabilities and intervals, measured on rows that were not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.table_model.prediction import Prediction

Array = NDArray[Any]
MAX_GROUPS = 10
MIN_ROWS_PER_GROUP = 20
COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
EXAMPLE_COVERAGE = 0.9
_LOW = tuple((1 - coverage) / 2 for coverage in COVERAGES)
_HIGH = tuple(1 - level for level in _LOW)
INTERVAL_LEVELS = (*_LOW, *_HIGH)
"""Levels of the ends of these intervals."""


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """Expected against observed shares of rows; equal where a model is perfectly calibrated.

    Parameters
    ----------
    expected : ndarray of shape (n_points,), dtype float64
        Mean predicted probability of a group of rows, or nominal coverage of an interval.
    observed : ndarray of shape (n_points,), dtype float64
        Accuracy in that group, or the share of rows inside the interval.
    rows : ndarray of shape (n_points,), dtype int64
        Number of rows of each point.
    """

    expected: Array
    observed: Array
    rows: Array


def reliability_curve(probabilities: Array, truth: Array) -> ReliabilityCurve:
    """Compare the probability of the predicted class with the accuracy, in groups of equal size.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes)
        Predicted class probabilities.
    truth : ndarray of shape (n_rows,), dtype int
        True class numbers.

    Returns
    -------
    ReliabilityCurve
        At most 10 groups of at least 20 rows, by increasing probability.
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == truth
    groups = int(np.clip(len(confidence) // MIN_ROWS_PER_GROUP, 1, MAX_GROUPS))
    parts = np.array_split(np.argsort(confidence, kind="stable"), groups)
    return ReliabilityCurve(
        np.array([confidence[part].mean() for part in parts]),
        np.array([correct[part].mean() for part in parts]),
        np.array([len(part) for part in parts]),
    )


def expected_calibration_error(curve: ReliabilityCurve) -> float:
    """Return the mean of |expected − observed|, weighted by rows (Guo et al. 2017, equation 3)."""
    return float(np.average(np.abs(curve.expected - curve.observed), weights=curve.rows))


@dataclass(frozen=True, eq=False)
class IntervalCoverage:
    """How often true numbers are inside the predicted intervals.

    Parameters
    ----------
    curve : ReliabilityCurve
        One point for each of `COVERAGES`.
    example : tuple of float
        The median of the predictions and the ends of its interval of `EXAMPLE_COVERAGE`.
    """

    curve: ReliabilityCurve
    example: tuple[float, float, float]


def interval_coverage(prediction: Prediction, truth: Array) -> IntervalCoverage | None:
    """Compare the nominal coverage of predicted central intervals with the share of rows inside them.

    Parameters
    ----------
    prediction : Prediction
        Predicted numbers, with quantiles at all `INTERVAL_LEVELS` or without any.
    truth : ndarray of shape (n_rows,)
        True numbers.

    Returns
    -------
    IntervalCoverage or None
        None without quantiles.
    """
    quantiles, values = prediction.quantiles, prediction.values
    if quantiles is None:
        return None
    ends = [
        [prediction.levels.index(level) for level in tails]
        for tails in zip(_LOW, _HIGH, strict=True)
    ]
    inside = np.array(
        [((truth >= quantiles[:, i]) & (truth <= quantiles[:, j])).mean() for i, j in ends]
    )
    curve = ReliabilityCurve(np.array(COVERAGES), inside, np.full(len(COVERAGES), len(truth)))
    row = int(np.argsort(values, kind="stable")[len(values) // 2])
    low, high = ends[COVERAGES.index(EXAMPLE_COVERAGE)]
    example = (float(values[row]), float(quantiles[row, low]), float(quantiles[row, high]))
    return IntervalCoverage(curve, example)
