"""Quantiles of a regression, estimated from the errors on out-of-fold rows.

Split conformal prediction on signed errors that are divided by their mean size near a predicted number
(locally weighted conformal prediction, Lei et al. 2018, sections 2.2 and 5.2), so that intervals are
wider where errors are larger. Size and shape of the errors are those of the rows with the next smaller
and larger predictions; a shape takes more rows than a size. Between the centers, quantiles are
interpolated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.errors import ModelFileError, SettingError

Array = NDArray[Any]
ROWS_PER_CENTER, MAX_CENTERS = 50, 12
MIN_ROWS_OF_SIZE, MIN_ROWS_OF_SHAPE = 100, 1000
SHARE_OF_ROWS = 1 / 8
"""Rows on each side of a center from which size and shape of the errors are estimated."""
LEVELS = np.concatenate([[0.005], np.arange(1, 100) / 100, [0.995]])
"""Levels of the stored quantiles; levels between them are interpolated."""
_MAX_ERROR = float(np.finfo(np.float64).max) / 2  # the difference of two such errors is a number


@dataclass(frozen=True, eq=False, repr=False)
class ErrorQuantiles(NotebookDisplay):
    """Quantiles of true minus predicted number.

    Parameters
    ----------
    centers : ndarray of shape (n_centers,), dtype float64
        Predicted numbers, ascending.
    errors : ndarray of shape (n_centers, 101), dtype float64
        Quantiles of the errors near each of them at `LEVELS`, in the target's units.
    """

    centers: Array
    errors: Array

    def _sentence(self) -> str:
        places = counted(len(self.centers), "predicted number")
        return f"{counted(self.errors.shape[1], 'quantile')} of the errors at {places}"

    def at(self, predictions: Array, quantiles: Array) -> Array:
        """Return the predicted quantiles, float64 (rows, levels).

        Raises `SettingError` for levels outside 0.005 to 0.995.
        """
        quantiles = checked_levels(quantiles)
        by_center = np.stack([np.interp(quantiles, LEVELS, row) for row in self.errors])
        added = [np.interp(predictions, self.centers, column) for column in by_center.T]
        largest = np.finfo(np.float64).max
        with np.errstate(over="ignore"):
            sums = np.asarray(predictions, np.float64)[:, None] + np.stack(added, axis=1)
        return np.clip(sums, -largest, largest)

    def scaled(self, factors: Array) -> ErrorQuantiles:
        """Return the quantiles with those of each center scaled around their median by its factor."""
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
    """Return the error quantiles of out-of-fold predictions (rows,) and true numbers (rows,).

    Rows without weight count nowhere; if no row has weight, all count the same.
    """
    order = np.argsort(predictions, kind="stable")
    if weights is not None and not (weights > 0).any():
        weights = None
    if weights is not None:
        order = order[weights[order] > 0]
    ascending = predictions[order].astype(np.float64)
    with np.errstate(over="ignore"):
        errors = np.clip(truth[order] - ascending, -_MAX_ERROR, _MAX_ERROR)
    shares = np.ones(len(order)) if weights is None else weights[order].astype(np.float64)
    ranks = _ranks(ascending)
    places = _places(ranks)
    unit = np.abs(errors).max() or 1.0  # in which sums of extreme errors are numbers
    near = _nearness(ranks, places, MIN_ROWS_OF_SIZE)
    sizes = np.array([np.average(np.abs(errors) / unit, weights=w * shares) for w in near])
    sizes = np.maximum(sizes, np.finfo(np.float64).eps)
    relative = errors / unit / np.interp(ranks, places, sizes)
    quantiles = []
    for size, w in zip(sizes, _nearness(ranks, places, MIN_ROWS_OF_SHAPE), strict=True):
        count = round(w.sum() ** 2 / (w**2).sum())  # effective sample size (Kish 1965)
        shape = conformal_quantiles(relative[w > 0], (w * shares)[w > 0], count)
        quantiles.append(np.clip(shape * size, -1.0, 1.0) * unit)
    return ErrorQuantiles(np.interp(places, ranks, ascending), np.stack(quantiles))


def _ranks(ascending: Array) -> Array:
    """Return the place of each row in ascending order, the mean of their places for equal numbers."""
    first = np.searchsorted(ascending, ascending, side="left")
    last = np.searchsorted(ascending, ascending, side="right") - 1
    return (first + last) / 2


def _places(ranks: Array) -> Array:
    """Return the ranks of the rows in the middles of equal parts: the centers."""
    count = int(np.clip(len(ranks) // ROWS_PER_CENTER, 1, MAX_CENTERS))
    middles = (np.arange(count) + 0.5) * (len(ranks) / count)
    return np.unique(ranks[middles.astype(int)])


def _nearness(ranks: Array, places: Array, at_least: int) -> Iterator[Array]:
    """Yield the weights (rows,) of the rows near each place: 1 at the place, falling to 0 linearly.

    A single place has all rows, with equal weights.
    """
    reach = max(at_least, len(ranks) * SHARE_OF_ROWS) if len(places) > 1 else np.inf
    for place in places:
        yield np.maximum(1 - np.abs(ranks - place) / reach, 0.0)


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
