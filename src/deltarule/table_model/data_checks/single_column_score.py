"""How well one column alone predicts the target, on rows that the prediction was not fitted to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MAX_BINS = 64
MIN_ROWS_PER_BIN = 10


def class_score(
    values: Array, classes: Array, count: int, weights: Array, *, ordered: bool
) -> tuple[float, float]:
    """Return the accuracy of a prediction from one column alone, and of the most frequent class.

    Half of the rows choose a class for each value, or bin of values if they are `ordered`; the other half
    is predicted, and the other way round. Ordered values are also predicted by their nearest value, and
    the better one counts. `values` (rows,) are NaN where missing.
    """
    right = np.zeros(2)
    for fit, other in _halves(len(values)):
        for i, bins in enumerate((_bins, _nearest) if ordered else (_bins, _bins)):
            of_fit, of_other = bins(values[fit], values[other], ordered)
            size = max(int(of_fit.max()), int(of_other.max())) + 1
            cells = of_fit * count + classes[fit]
            table = np.bincount(cells, weights=weights[fit], minlength=size * count)
            table = table.reshape(size, count)
            table = table + table.sum(axis=0) * 1e-9  # unseen values get the most frequent class
            is_right = table.argmax(axis=1)[of_other] == classes[other]
            right[i] += float(weights[other][is_right].sum())
    totals = np.bincount(classes, weights=weights, minlength=count)
    return float(right.max() / totals.sum()), float(totals.max() / totals.sum())


def number_score(values: Array, targets: Array, *, ordered: bool) -> float:
    """Return R² of a prediction from one column alone, fitted to the other half of the rows.

    The prediction is the mean of each value or bin, or for `ordered` values a line between the points of
    the other half, whichever is better. `values` (rows,) are NaN where missing.
    """
    by_bin = np.empty(len(values))
    by_line = np.empty(len(values))
    missing = np.isnan(values)
    for fit, other in _halves(len(values)):
        bins, bins_of_others = _bins(values[fit], values[other], ordered)
        rows = np.bincount(bins, minlength=int(bins_of_others.max()) + 1)
        sums = np.bincount(bins, weights=targets[fit], minlength=len(rows))
        means = np.where(rows > 0, sums / np.maximum(rows, 1), targets[fit].mean())
        by_bin[other] = means[bins_of_others]
        by_line[other] = by_bin[other]
        present = ~missing[fit]
        if ordered and present.any():
            points, place = np.unique(values[fit][present], return_inverse=True)
            heights = np.bincount(place, weights=targets[fit][present]) / np.bincount(place)
            there = np.arange(len(values))[other][~missing[other]]
            by_line[there] = np.interp(values[there], points, heights)
    spread = float(((targets - targets.mean()) ** 2).sum())
    left = min(float(((targets - line) ** 2).sum()) for line in (by_bin, by_line))
    if not (spread > 0 and np.isfinite(left / spread)):  # all targets are equal, or they overflow
        return 0.0
    return 1 - left / spread


def _halves(rows: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    even, odd = slice(0, rows, 2), slice(1, rows, 2)
    return (even, odd), (odd, even)


def _bins(fit: Array, other: Array, ordered: bool) -> tuple[Array, Array]:
    """Return the bin of each value of both halves; 0 where missing, and where an unordered is new."""
    present = np.sort(fit[~np.isnan(fit)])
    if len(present) == 0:
        return np.zeros(len(fit), np.int64), np.zeros(len(other), np.int64)
    distinct = present[np.concatenate([[True], present[1:] != present[:-1]])]
    if not ordered or len(distinct) <= MAX_BINS:
        return _places(distinct, fit), _places(distinct, other)
    count = min(MAX_BINS, max(len(present) // MIN_ROWS_PER_BIN, 2))
    edges = np.unique(present[np.arange(1, count) * len(present) // count])
    return _ranges(edges, fit), _ranges(edges, other)


def _nearest(fit: Array, other: Array, ordered: bool) -> tuple[Array, Array]:
    """Return for each value of both halves the place of the nearest value of `fit`; 0 where missing."""
    distinct = np.unique(fit[~np.isnan(fit)])
    if len(distinct) == 0:
        return _bins(fit, other, ordered)
    middles = distinct[:-1] + np.diff(distinct) / 2
    return _ranges(middles, fit), _ranges(middles, other)


def _places(distinct: Array, values: Array) -> Array:
    places = np.minimum(np.searchsorted(distinct, values), len(distinct) - 1)
    return np.where(distinct[places] == values, places + 1, 0)


def _ranges(edges: Array, values: Array) -> Array:
    return np.where(np.isnan(values), 0, np.searchsorted(edges, values) + 1)
