"""At which values of a column partial dependence is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Column

Array = NDArray[Any]
MAX_DISTINCT = 30
MAX_LEVELS = 12
MAX_VALUES = 64
_QUANTILES, _DISTINCT_QUANTILES = 25, 12
_TRIM = (0.01, 0.99)  # beyond these quantiles there are too few rows
_FREQUENT, _MIN_FREQUENT = 0.0025, 5  # share and number of rows of a value outside that is kept
_JUMP = 0.05  # share of the range of the means
_NEW_PER_ROUND = 10


@dataclass(frozen=True, eq=False)
class Grid:
    """Values of a column, in order, and how many rows have each or are closest to it.

    `is_discrete`: the rows have no other values, apart from levels that are too rare.
    """

    column: Column
    counts: Array
    is_discrete: bool


def first_grid(column: Column) -> Grid:
    """Return the grid of a column before it is refined.

    All values where there are at most 30. Otherwise quantiles of the rows from 1 % to 99 %, so that the
    grid is dense where the rows are; quantiles of the distinct values in that range, so that a column
    that is 0 in most rows has points elsewhere; and frequent values beyond, such as a maximum at which
    values were cut off.
    """
    present = column.values[~column.missing]
    values, counts = np.unique(present, return_counts=True)
    if column.kind in ("text", "boolean"):
        most = np.sort(np.argsort(-counts, kind="stable")[:MAX_LEVELS])
        return Grid(_with_values(column, values[most]), counts[most], True)
    if len(values) <= MAX_DISTINCT:
        return Grid(_with_values(column, values), counts, True)
    ends = np.cumsum(counts)
    low, high, *quantiles = values[
        np.searchsorted(
            ends, _rank(np.append(_TRIM, np.linspace(*_TRIM, _QUANTILES)), len(present)), "right"
        )
    ]
    inside = values[(values >= low) & (values <= high)]
    spread = inside[_rank(np.linspace(0, 1, _DISTINCT_QUANTILES), len(inside))]
    frequent = values[counts >= max(_FREQUENT * len(present), _MIN_FREQUENT)]
    outside = frequent[(frequent < low) | (frequent > high)]
    ends_outside = outside[[0, -1]] if len(outside) else outside
    return _with_counts(column, np.concatenate([np.array(quantiles), spread, ends_outside]))


def refined_values(grid: Grid, means: Array) -> Array:
    """Return new values between neighbors whose means, of shape (n_values, ...), differ much.

    The middle of each of the largest differences, rounded in a column of integers; none where the
    values are discrete.
    """
    values = grid.column.values
    room = min(_NEW_PER_ROUND, MAX_VALUES - len(values))
    if grid.is_discrete or room <= 0 or len(values) < 2:
        return values[:0]
    by_value = means.reshape(len(means), -1)
    jumps = np.abs(np.diff(by_value, axis=0)).max(axis=1)
    whole = float(np.ptp(by_value, axis=0).max())
    wide = np.flatnonzero(jumps > _JUMP * whole)
    wide = wide[np.argsort(-jumps[wide], kind="stable")[:room]]
    first, second = values[wide], values[wide + 1]
    # Halved, so that the difference of two huge numbers stays finite.
    middles = first + (second - first) // 2 if values.dtype.kind == "M" else first / 2 + second / 2
    if values.dtype.kind == "f" and (values == np.rint(values)).all():
        middles = np.rint(middles)
    return np.setdiff1d(middles.astype(values.dtype), values)


def with_more_values(grid: Grid, column: Column, more: Array) -> Grid:
    """Return the grid with `more` values; `column` has the rows that are counted."""
    return _with_counts(column, np.concatenate([grid.column.values, more]))


def _with_counts(column: Column, values: Array) -> Grid:
    """Return a grid in which each row of `column` counts for the nearest value."""
    values = np.unique(values.astype(column.values.dtype))
    stamps, rows = _numbers(values), _numbers(column.values[~column.missing])
    middles = stamps[1:] / 2 + stamps[:-1] / 2
    counts = np.bincount(np.searchsorted(middles, rows), minlength=len(values))
    return Grid(_with_values(column, values), counts, False)


def _with_values(column: Column, values: Array) -> Column:
    return Column(column.name, column.kind, values, column.levels)


def _rank(shares: Array, count: int) -> Array:
    return (shares * (count - 1)).round().astype(np.int64)


def _numbers(values: Array) -> Array:
    if values.dtype.kind == "M":
        return values.astype(np.int64).astype(np.float64)
    return values.astype(np.float64)
