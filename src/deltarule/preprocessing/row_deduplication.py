"""Merge equal rows and add their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Table

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Merged:
    """Merged rows.

    `rows` (m,) has the index of one row of each group of equal rows, in an order that depends only
    on their content; `weights` (m,) has the sum of the weights of each group.
    """

    rows: NDArray[np.int64]
    weights: NDArray[np.float64]


def merge_equal_rows(table: Table, targets: Array, weights: Array) -> Merged:
    """Return the distinct rows of a table with `targets` (n,) and the sums of their `weights` (n,).

    Afterwards one row of weight 2 is the same as two equal rows of weight 1, and a row of weight 0 is the
    same as no row.
    """
    used = np.flatnonzero(weights > 0)
    keys = [_ordered(column.values[used]) for column in table.columns] + [_ordered(targets[used])]
    order = np.lexsort(keys)
    differs = np.zeros(len(used), bool)
    for key in keys:
        ranked = key[order]
        differs[1:] |= ranked[1:] != ranked[:-1]
    group = np.cumsum(differs)
    sums: Array = np.bincount(group, weights=weights[used][order], minlength=group[-1] + 1)
    first = np.flatnonzero(np.concatenate([[True], differs[1:]]))
    return Merged(used[order[first]].astype(np.int64), sums)


def _ordered(values: Array) -> Array:
    """Return numbers that are equal where the values are equal; all missing values are equal."""
    if values.dtype.kind == "M":
        return values.astype(np.int64)
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), np.inf, values)
    return values
