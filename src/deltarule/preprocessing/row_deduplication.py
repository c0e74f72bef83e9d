"""Equal rows made one, with the sum of their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Table

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Merged:
    """`rows` (m,): one row of each group of equal ones, in an order that only their content decides.
    `weights` float64 (m,): the sum of the group's."""

    rows: NDArray[np.int64]
    weights: NDArray[np.float64]


def merge_equal_rows(table: Table, targets: Array, weights: Array) -> Merged:
    """Return the different rows of a table with `targets` (n,) and the sums of `weights` (n,).

    A row with weight 2 and two equal rows with weight 1 then are the same to all that follows; so are
    a row with weight 0 and none.
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
    """Return numbers that are equal where the values are; missing ones are equal to each other."""
    if values.dtype.kind == "M":
        return values.astype(np.int64)
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), np.inf, values)
    return values
