"""Whether what a model says of its own certainty is so, measured on rows it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.table_model.prediction_intervals import ErrorQuantiles

Array = NDArray[Any]
GROUPS = 10
ROWS_PER_GROUP = 20
COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


@dataclass(frozen=True, eq=False)
class Trust:
    """What was `promised` (steps,) beside what was `found` (steps,), both as shares of `rows` (steps,).

    Of classes: the mean probability of the class that was called, in groups of rows by it, and the share
    that was called rightly. Of numbers: the coverage that an interval promises, and the share of rows in
    it.
    """

    promised: Array
    found: Array
    rows: Array


def calibration(probabilities: Array, truth: Array) -> Trust:
    """Return how often classes were right, by how sure the model was: groups of equally many rows.

    `probabilities` (rows, classes), `truth` int (rows,); at least 20 rows in each of at most 10 groups.
    """
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    groups = int(np.clip(len(sure) // ROWS_PER_GROUP, 1, GROUPS))
    parts = np.array_split(np.argsort(sure, kind="stable"), groups)
    return Trust(
        np.array([sure[part].mean() for part in parts]),
        np.array([right[part].mean() for part in parts]),
        np.array([len(part) for part in parts]),
    )


def expected_calibration_error(trust: Trust) -> float:
    """Return the mean distance of promised and found, weighted by rows (Guo et al. 2017, equation 3)."""
    return float(np.average(np.abs(trust.promised - trust.found), weights=trust.rows))


def coverage(errors: ErrorQuantiles, predictions: Array, truth: Array) -> Trust:
    """Return the share of rows between the central quantiles, for each of `COVERAGES`."""
    promised = np.array(COVERAGES)
    tails = (1 - promised) / 2
    low, high = errors.at(predictions, tails), errors.at(predictions, 1 - tails)
    inside = (truth[:, None] >= low) & (truth[:, None] <= high)
    return Trust(promised, inside.mean(axis=0), np.full(len(promised), len(truth)))
