"""Columns whose values each name several rows: persons, patients, machines with several measurements."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Column
from deltarule.preprocessing import column_names
from deltarule.table_model.data_checks.checked_table import (
    CheckedTable,
    as_numbers,
    evenly_spaced,
    first_few,
)

Array = NDArray[Any]
MIN_GROUPS = 20
MAX_ROWS_PER_GROUP = 100
MIN_REPEATED_SHARE = 0.5
"""Share of the rows whose value occurs more than once."""
MIN_DIGITS, MIN_PRECISE_SHARE = 5, 0.8
"""A measurement with at least five significant digits repeats only within a group."""
MAX_CORRELATION = 0.999
_DIGITS = re.compile(r"\d+")
_CODE = re.compile(r"(?=.*[^\W\d_])[\w/#-]*0[\w/#-]*")


def group_notes(checked: CheckedTable) -> list[str]:
    """Return a note if rows look grouped, unless groups or a time were given."""
    if checked.is_grouped or checked.is_by_time:
        return []
    found = []
    for column in _groups(checked):
        values = as_numbers(column)
        shared = np.isin(values[checked.test], values[checked.training]).sum()
        found.append((column.name, len(np.unique(values[~np.isnan(values)])), int(shared)))
    if not found:
        return []
    name, groups, shared = max(found, key=lambda group: column_names.is_identifier(group[0]))
    others = [repr(other) for other, _, _ in found if other != name]
    also = f" (so do {first_few(others)})" if others else ""
    crossing = ""
    if len(checked.test):
        crossing = (
            f", and {shared:,} of {len(checked.test):,} test rows share theirs with training rows"
        )
    return [
        f"The {groups:,} values of column {name!r} repeat{also}{crossing}: if predictions are for new "
        f"values, set `groups={name!r}` to keep the rows of each together."
    ]


def _groups(checked: CheckedTable) -> list[Column]:
    """Return the columns whose values each name several rows.

    At least 20 values, of at most 100 rows each on average, most of which repeat; and the column has the
    name of an identifier or of what is identified (patient, customer), or its texts are codes of one
    pattern such as p07, or two columns of precise numbers repeat in the same rows.
    """
    columns = [*checked.candidates()]
    named = [column for column in columns if _names_groups(column)]
    return named or _same_precise_numbers([c for c in columns if _is_precise(c)])


def _names_groups(column: Column) -> bool:
    if column_names.is_place(column.name):  # a type_id describes the row
        return False
    if column.kind == "text":
        codes = column.values[column.values >= 0]
        if not _repeats(np.bincount(codes, minlength=1)):
            return False
        return column_names.is_entity(column.name) or _are_codes(column)
    if column.kind != "number" or not column_names.is_entity(column.name):
        return False
    values = column.values[~column.missing]
    is_whole = bool((values == np.floor(values)).all())
    return is_whole and _repeats(np.unique(values, return_counts=True)[1])


def _repeats(counts: Array, share: float = MIN_REPEATED_SHARE) -> bool:
    """Whether the numbers of rows of each value are those of groups."""
    counts = counts[counts > 0]
    rows, groups = int(counts.sum()), len(counts)
    repeated = int(counts[counts > 1].sum())
    return (
        groups >= MIN_GROUPS
        and rows <= MAX_ROWS_PER_GROUP * groups
        and rows >= 1.25 * groups
        and repeated >= share * rows
    )


def _are_codes(column: Column) -> bool:
    """Whether the texts of a column are letters with a number, in one pattern such as p07."""
    patterns = {_DIGITS.sub("0", text) for text in column.levels[:1000]}
    return len(patterns) == 1 and _CODE.fullmatch(next(iter(patterns))) is not None


def _is_precise(column: Column) -> bool:
    """Whether most numbers have at least five significant digits and occur several times."""
    if column.kind != "number":
        return False
    values = column.values[~column.missing]
    some = evenly_spaced(values, 100).astype(np.float64)
    if len(some) == 0 or (some == np.floor(some)).all():
        return False
    ordered = np.sort(values)
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    if not _repeats(np.diff(starts, append=len(ordered)), share=0.9):
        return False
    texts = [_DIGITS.findall(f"{value:.9g}".partition("e")[0]) for value in some.tolist()]
    digits = np.array([len("".join(parts).strip("0")) for parts in texts])
    return bool(np.mean(digits >= MIN_DIGITS) >= MIN_PRECISE_SHARE)


def _same_precise_numbers(columns: list[Column]) -> list[Column]:
    """Return the columns that repeat in the same rows as another without being a multiple of it."""
    seen: dict[bytes, Column] = {}
    for column in columns:
        values = as_numbers(column)
        _, first, codes = np.unique(values, return_index=True, return_inverse=True)
        key = np.argsort(np.argsort(first))[codes].astype(np.int32).tobytes()
        other = seen.setdefault(key, column)
        if other is not column and abs(_correlation(as_numbers(other), values)) < MAX_CORRELATION:
            return [other]
    return []


def _correlation(x: Array, y: Array) -> float:
    present = ~(np.isnan(x) | np.isnan(y))
    return float(np.corrcoef(x[present], y[present])[0, 1])
