"""Quantiles of a regression, estimated from the errors on out-of-fold rows.

Split conformal prediction (Lei et al. 2018, section 2.2) on signed errors, in groups by the predicted
number (Mondrian conformal prediction, Vovk et al. 2005, section 4.5), so that intervals are wider where
errors are larger. Between the groups, quantiles are interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.errors import ModelFileError, SettingError

Array = NDArray[Any]
ROWS_PER_GROUP = 200
MAX_GROUPS = 10
LEVELS = np.concatenate([[0.005], np.arange(1, 100) / 100, [0.995]])
_MAX_ERROR = float(np.finfo(np.float64).max) / 2  # the difference of two such errors is a number
"""Levels of the stored quantiles; levels between them are interpolated."""


@dataclass(frozen=True, eq=False, repr=False)
class ErrorQuantiles(NotebookDisplay):
    """Quantiles of true minus predicted number.

    Parameters
    ----------
    centers : ndarray of shape (n_groups,), dtype float64
        Median prediction of each group, ascending.
    errors : ndarray of shape (n_groups, 101), dtype float64
        Quantiles of the errors at `LEVELS`, in the target's units.
    """

    centers: Array
    errors: Array

    def _sentence(self) -> str:
        groups = counted(len(self.centers), "group")
        return f"{counted(self.errors.shape[1], 'quantile')} of the errors in {groups}"

    def at(self, predictions: Array, quantiles: Array) -> Array:
        """Return the predicted quantiles, float64 (rows, levels).

        Raises `SettingError` for levels outside 0.005 to 0.995.
        """
        quantiles = checked_levels(quantiles)
        by_group = np.stack([np.interp(quantiles, LEVELS, row) for row in self.errors])
        added = [np.interp(predictions, self.centers, column) for column in by_group.T]
        largest = np.finfo(np.float64).max
        with np.errstate(over="ignore"):
            sums = np.asarray(predictions, np.float64)[:, None] + np.stack(added, axis=1)
        return np.clip(sums, -largest, largest)

    def scaled(self, factors: Array) -> ErrorQuantiles:
        """Return the quantiles with each group (groups,) scaled by its factor around its median."""
        median = self.errors[:, LEVELS == 0.5]
        errors = median + factors[:, None] * (self.errors - median)
        return ErrorQuantiles(self.centers, np.maximum.accumulate(errors, axis=1))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a model file."""
        return {"errors.centers": self.centers, "errors.quantiles": self.errors}


@dataclass(frozen=True, eq=False)
class UnseenErrors:
    """Quantiles of true minus predicted number where one column has an unseen level.

    Parameters
    ----------
    places : ndarray of shape (n_columns,), dtype int64
        Places of the measured columns among those that the model uses.
    errors : ndarray of shape (n_columns, 101), dtype float64
        Quantiles of the errors at `LEVELS`, in the target's units.
    """

    places: Array
    errors: Array

    def widened(
        self, quantiles: Array, predictions: Array, levels: tuple[float, ...], place: int
    ) -> Array:
        """Return quantiles (rows, levels) that are at least as far from `predictions` as measured.

        `place` is the column with the unseen level.
        """
        chosen = np.array(levels)
        measured = predictions[:, None] + np.interp(chosen, LEVELS, self.of(place))
        lower, upper = np.minimum(quantiles, measured), np.maximum(quantiles, measured)
        return np.where(chosen < 0.5, lower, np.where(chosen > 0.5, upper, quantiles))

    def of(self, place: int) -> Array:
        """Return the quantiles of the errors of a column (101,); the widest if it was not measured."""
        found = np.flatnonzero(self.places == place)
        if len(found):
            return self.errors[found[0]]
        return np.where(LEVELS < 0.5, self.errors.min(axis=0), self.errors.max(axis=0))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a model file."""
        return {"errors.unseen_columns": self.places, "errors.unseen": self.errors}


def unseen_errors_from_arrays(arrays: dict[str, Array], where: str) -> UnseenErrors | None:
    """Remove what `UnseenErrors.arrays` wrote from `arrays` and return it; None if it is not there."""
    places, errors = (arrays.pop(f"errors.{n}", None) for n in ("unseen_columns", "unseen"))
    if places is None and errors is None:
        return None
    if (
        places is None
        or errors is None
        or places.dtype != np.int64
        or errors.dtype != np.float64
        or places.ndim != 1
        or not len(places)
        or errors.shape != (len(places), len(LEVELS))
        or not np.isfinite(errors).all()
        or (errors[:, 1:] < errors[:, :-1]).any()
    ):
        raise ModelFileError(
            f"{where} holds invalid errors of unseen levels: save the model again."
        )
    return UnseenErrors(places, errors)


def checked_levels(quantiles: Any) -> Array:
    """Return levels of quantiles as float64 (levels,); raise `SettingError` for impossible ones."""
    try:
        given = np.atleast_1d(np.asarray(quantiles))
    except ValueError:  # lists of different lengths
        given = np.array([""])
    shares = given.astype(np.float64) if given.dtype.kind in "iuf" else np.array([np.nan])
    if shares.ndim != 1 or not ((shares >= LEVELS[0]) & (shares <= LEVELS[-1])).all():
        raise SettingError(
            "quantiles",
            f"must be numbers from {LEVELS[0]} to {LEVELS[-1]}",
            quantiles,
            "Typical: 0.05, 0.5, 0.95.",
        )
    return shares


def fit_error_quantiles(
    predictions: Array, truth: Array, weights: Array | None = None
) -> ErrorQuantiles:
    """Return the error quantiles of out-of-fold predictions (rows,) and true numbers (rows,)."""
    order = np.argsort(predictions, kind="stable")
    groups = int(np.clip(len(order) // ROWS_PER_GROUP, 1, MAX_GROUPS))
    shares = np.ones(len(order)) if weights is None else weights.astype(np.float64)
    centers, errors = [], []
    for rows in np.array_split(order, groups):
        centers.append(float(np.median(predictions[rows])))
        with np.errstate(over="ignore"):
            wrong_by = np.clip(truth[rows] - predictions[rows], -_MAX_ERROR, _MAX_ERROR)
        errors.append(conformal_quantiles(wrong_by, shares[rows]))
    return ErrorQuantiles(np.array(centers), np.stack(errors))


def error_quantiles_from_arrays(arrays: dict[str, Array], where: str) -> ErrorQuantiles | None:
    """Remove what `ErrorQuantiles.arrays` wrote from `arrays` and return it; None if it is not there."""
    centers, errors = (arrays.pop(f"errors.{n}", None) for n in ("centers", "quantiles"))
    if centers is None and errors is None:
        return None
    if (
        centers is None
        or errors is None
        or centers.dtype != np.float64
        or errors.dtype != np.float64
        or centers.ndim != 1
        or errors.shape != (len(centers), len(LEVELS))
        or not (np.isfinite(centers).all() and np.isfinite(errors).all())
        or (centers[1:] < centers[:-1]).any()
        or (errors[:, 1:] < errors[:, :-1]).any()
    ):
        raise ModelFileError(f"{where} holds invalid error quantiles: save the model again.")
    return ErrorQuantiles(centers, errors)


def conformal_quantiles(errors: Array, weights: Array, count: int | None = None) -> Array:
    """Return the quantiles at `LEVELS`, slightly wider than the empirical ones.

    The k-th smallest of n errors bounds a new one from above with probability k / (n + 1): at level
    q ≥ ½ the ⌈(n + 1) q⌉-th smallest error is used, below ½ its mirror image. n is the number of errors,
    or `count` if they are not independent.
    """
    order = np.argsort(errors, kind="stable")
    ranked = errors[order]
    shares = np.cumsum(weights[order])
    last = len(errors) - 1
    count = count or len(errors)
    upper = np.minimum(np.maximum(LEVELS, 1 - LEVELS) * (count + 1) / count, 1.0)
    wanted = upper * shares[-1] * (1 - 1e-12)
    high = ranked[np.minimum(np.searchsorted(shares, wanted), last)]
    # The same from the other end.
    beyond = np.cumsum(weights[order][::-1])
    low = ranked[::-1][np.minimum(np.searchsorted(beyond, wanted), last)]
    quantiles = np.where(LEVELS >= 0.5, high, low)
    return np.maximum.accumulate(quantiles)
