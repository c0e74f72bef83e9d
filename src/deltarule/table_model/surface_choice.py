"""Over which two columns a decision surface is drawn: important ones whose values can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Column, Table
from deltarule.table_model.permutation_importance import ColumnImportance

Array = NDArray[Any]
# Least number of distinct values and largest share of the most frequent value, the best first.
_SPREADS = ((10, 0.5), (4, 0.8))
_MAX_CORRELATION = 0.98  # of the ranks: above, all rows lie on one line
_MAX_ROWS = 5000


def choose_surface_columns(
    importances: Sequence[ColumnImportance], table: Table
) -> tuple[str, ...]:
    """Return the two number columns of `table` for a surface, or fewer where there are fewer.

    Columns that matter and whose values are spread come first, each kind by importance: a column that is
    0 in most rows is a line of points. Columns whose increase of the loss is noise come last.
    """
    numbers = [one for one in importances if table[one.column].kind == "number"]
    ranked = sorted(numbers, key=lambda one: (one.is_noise, spread_class(table[one.column])))
    names = [one.column for one in ranked]
    if len(names) < 2:
        return tuple(names)
    first = names[0]
    apart = (
        name for name in names[1:] if _correlation(table[first], table[name]) < _MAX_CORRELATION
    )
    second = next(apart, names[1])
    # Like a map: west is on the left, south at the bottom.
    swapped = first.lower().startswith("lat") and second.lower().startswith("lon")
    return (second, first) if swapped else (first, second)


def spread_class(column: Column) -> int:
    """Return how well the values of a number column can be seen on an axis; 0 is best, 2 worst."""
    present = column.values[~column.missing]
    if len(present) == 0:
        return len(_SPREADS)
    _, counts = np.unique(present, return_counts=True)
    share = counts.max() / len(present)
    for i, (distinct, frequent) in enumerate(_SPREADS):
        if len(counts) >= distinct and share <= frequent:
            return i
    return len(_SPREADS)


def _correlation(a: Column, b: Column) -> float:
    """Return the absolute rank correlation over at most 5,000 rows (Spearman 1904)."""
    both = np.flatnonzero(~(a.missing | b.missing))
    both = both[:: max(1, len(both) // _MAX_ROWS)]
    if len(both) < 2:
        return 1.0
    ranks = [_ranks(column.values[both]) for column in (a, b)]
    spreads = [float(r.std()) for r in ranks]
    if not all(spreads):
        return 1.0
    products = (ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())
    return abs(float(products.mean())) / (spreads[0] * spreads[1])


def _ranks(values: Array) -> Array:
    """Return the ranks of values; equal ones share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
