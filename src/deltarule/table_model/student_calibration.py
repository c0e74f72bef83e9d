"""The calibration of students: that of their teacher, with intervals widened by how they differ from it.

Nothing is fitted to true targets again: the teacher was trained on most rows, and what students learned
of these rows from it would make their errors look smaller than they are on new rows.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.table_model.calibration import Calibration
from deltarule.table_model.prediction_intervals import (
    LEVELS,
    ErrorQuantiles,
    UnseenErrors,
    conformal_quantiles,
    fit_error_quantiles,
)

Array = NDArray[Any]
_MIDDLE = int(np.searchsorted(LEVELS, 0.5))
_LARGEST = float(np.finfo(np.float64).max) / 2


def student_calibration(teacher: Calibration, predicted: Array, expected: Array) -> Calibration:
    """Return the calibration of students that predict `predicted` (rows,) and their teacher `expected`.

    Students learn probabilities that are calibrated already, so that their temperature is 1; a threshold
    stays. The numbers of a regression come from validation rows; classes ignore them.
    """
    quantiles, unseen = teacher.error_quantiles, teacher.unseen_errors
    if quantiles is not None:
        differences = fit_error_quantiles(predicted, expected)
        at_centers = differences.at(quantiles.centers, LEVELS) - quantiles.centers[:, None]
        quantiles = ErrorQuantiles(quantiles.centers, added_errors(quantiles.errors, at_centers))
    if unseen is not None:
        everywhere = conformal_quantiles(expected - predicted, np.ones(len(expected)))
        unseen = UnseenErrors(unseen.places, added_errors(unseen.errors, everywhere[None]))
    return dataclasses.replace(
        teacher, temperature=1.0, error_quantiles=quantiles, unseen_errors=unseen
    )


def added_errors(errors: Array, others: Array) -> Array:
    """Return the quantiles of the sum of two independent errors from their quantiles at `LEVELS`.

    The medians are added, the distances from them are added as squares, which is exact for normal
    distributions.
    """
    middle, other = errors[:, _MIDDLE, None], others[:, _MIDDLE, None]
    with np.errstate(over="ignore"):
        apart = np.hypot(errors - middle, others - other)
        total = middle + other + np.where(LEVELS < 0.5, -apart, apart)
    return np.clip(np.nan_to_num(total), -_LARGEST, _LARGEST)
