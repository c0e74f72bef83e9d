"""Rows in the order of time, where a random split lets a model see the future."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.preprocessing import column_names
from deltarule.table_model.data_checks.checked_table import CheckedTable, as_numbers

Array = NDArray[Any]
MIN_TIMES = 20
MIN_ORDERED_SHARE = 0.99
MAX_NEIGHBOR_RATIO = 0.5
"""Upper bound on the mean squared difference of the targets of neighbors in time, over that of any two
rows."""


def time_notes(checked: CheckedTable) -> list[str]:
    """Return a note if rows are in the order of time, unless groups or a time were given."""
    if checked.is_by_time or checked.is_grouped:
        return []
    for column in checked.candidates():
        is_year = column.kind == "number" and column_names.words(column.name)[-1:] in (
            ["year"],
            ["yr"],
        )
        if column.kind != "datetime" and not is_year:
            continue
        values = as_numbers(column)
        values = values[~np.isnan(values)]
        if len(np.unique(values)) < (2 if is_year else MIN_TIMES):
            continue
        if np.mean(np.diff(values) >= 0) >= MIN_ORDERED_SHARE:
            found = "the rows are in the order of column"
        elif not is_year and _are_neighbors_alike(checked, as_numbers(column)):
            found = "neighboring rows are alike in the order of column"
        else:
            continue
        name = _counter(checked) or column.name if is_year else column.name
        rows, use = ("Test rows", "test") if len(checked.test) else ("Validation rows", "validate")
        return [
            f"{rows} are drawn at random, but {found} {column.name!r}: if predictions are for a later "
            f"time, set `time={name!r}` to {use} on the last rows."
        ]
    return []


def _counter(checked: CheckedTable) -> str | None:
    """Return the name of a dropped column of numbers that grow with the rows."""
    for column in checked.candidates():
        is_dropped = column.kind == "number" and column.name not in checked.used
        if is_dropped and len(column) > 1 and (np.diff(column.values) > 0).all():
            return column.name
    return None


def _are_neighbors_alike(checked: CheckedTable, times: Array) -> bool:
    """Whether the targets of rows that follow each other in time are alike."""
    rows = np.flatnonzero(~np.isnan(times))
    targets = checked.targets[rows[np.argsort(times[rows], kind="stable")]].astype(np.float64)
    if checked.target.classes:
        unlike = float(np.mean(np.diff(targets) != 0))
        shares = np.bincount(targets.astype(np.int64)) / len(targets)
        any_two = 1 - float((shares**2).sum())
    else:
        unlike = float(np.mean(np.diff(targets) ** 2))
        any_two = 2 * float(targets.var())
    return any_two > 0 and unlike <= MAX_NEIGHBOR_RATIO * any_two
