"""Reliability of predicted probabilities and intervals, measured on rows that were not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.table_model.prediction_intervals import ErrorQuantiles

Array = NDArray[Any]
MAX_GROUPS = 10
MIN_ROWS_PER_GROUP = 20
COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


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


def interval_coverage(errors: ErrorQuantiles, predictions: Array, truth: Array) -> ReliabilityCurve:
    """Compare the nominal coverage of central intervals with the share of rows inside them.

    Parameters
    ----------
    errors : ErrorQuantiles
        The model's error quantiles.
    predictions, truth : ndarray of shape (n_rows,)
        Predicted and true numbers.

    Returns
    -------
    ReliabilityCurve
        One point for each of `COVERAGES`.
    """
    nominal = np.array(COVERAGES)
    tails = (1 - nominal) / 2
    low, high = errors.at(predictions, tails), errors.at(predictions, 1 - tails)
    inside = (truth[:, None] >= low) & (truth[:, None] <= high)
    return ReliabilityCurve(nominal, inside.mean(axis=0), np.full(len(nominal), len(truth)))
