"""Rows that occur more than once, and how many of them are in both the training and the test rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.data import Column
from deltarule.data.duckdb_connection import sql_name
from deltarule.table_model.data_checks.checked_table import CheckedTable, as_numbers

Array = NDArray[Any]
MIN_SHARE = 0.01
"""Fewer repeated rows than this share of the table are not worth a note."""
MIN_REPEATS = 3
MIN_COMBINATIONS_PER_ROW = 10
"""Columns with fewer combinations of values per row repeat by chance."""


def duplicate_notes(checked: CheckedTable) -> list[str]:
    """Return a note if many rows repeat another row; none without test rows."""
    columns = [*checked.inputs()]
    if not (columns and len(checked.test)):
        return []
    rows = checked.table.rows
    groups = _equal_rows(columns, checked.targets.astype(np.float64))
    repeats = rows - len(np.unique(groups))
    if repeats < max(MIN_SHARE * rows, MIN_REPEATS) or _few_combinations(columns, rows):
        return []
    crossing = int(np.isin(groups[checked.test], groups[checked.training]).sum())
    where, distinct = "", _distinct(checked)
    advice = f'set `query="SELECT {distinct} FROM source"`'
    if '"' in distinct:
        advice = f"set `query={f'SELECT {distinct} FROM source'!r}`"
    if checked.is_sample:  # a query on a streamed text table would need it in memory
        where = " in the sample"
        advice = f"read the file in a query without a source: SELECT {distinct} FROM 'file.csv'"
    return [
        f"{counted(repeats, 'row repeats', 'rows repeat')} another row{where}, and {crossing:,} of "
        f"{len(checked.test):,} test rows equal a training row, which raises the test scores: to use "
        f"each row once, {advice}."
    ]


def _distinct(checked: CheckedTable) -> str:
    """Return the SQL that selects one row of each set of rows with equal inputs and target."""
    compared = {*checked.used, checked.target.name}
    others = [c.name for c in checked.table.columns if c.name not in compared and _varies(c)]
    if not others:
        return "DISTINCT *"
    if len(others) <= len(compared):
        return f"DISTINCT ON (COLUMNS(* EXCLUDE ({', '.join(map(sql_name, others))}))) *"
    names = [c.name for c in checked.table.columns if c.name in compared]
    return f"DISTINCT ON ({', '.join(map(sql_name, names))}) *"


def _varies(column: Column) -> bool:
    """Whether a column has more than one value, missing cells included."""
    missing = column.missing
    values = column.values[~missing]
    return bool(missing.any() and len(values)) or bool(len(values) and (values != values[0]).any())


def _equal_rows(columns: list[Column], targets: Array) -> Array:
    """Return a number for each row, uint64 (rows,), which is the same for equal rows.

    It is a hash of 64 bits. More columns are only read of rows that are equal in the columns before.
    """
    keys = _mixed(targets, len(columns))
    rows = np.arange(len(targets))
    done = 0
    while done < len(columns) and len(rows):
        stop = max(2 * done, 16)
        for place, column in enumerate(columns[done:stop], start=done):
            keys[rows] ^= _mixed(as_numbers(column.take(rows)), place)
        done = stop
        _, group, counts = np.unique(keys[rows], return_inverse=True, return_counts=True)
        rows = rows[counts[group] > 1]
    return keys


def _mixed(values: Array, place: int) -> Array:
    """Return numbers as well-mixed bits (splitmix64); all missing values are equal."""
    bits = (values + 0.0).view(np.uint64)
    bits = np.where(np.isnan(values), np.uint64(0x7FF8000000000000), bits)
    with np.errstate(over="ignore"):
        bits = bits + np.uint64((place + 1) * 0x9E3779B97F4A7C15 % 2**64)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def _few_combinations(columns: list[Column], rows: int) -> bool:
    """Whether the columns have so few distinct values that equal rows are no surprise."""
    combinations = 1
    for column in columns:
        combinations *= max(len(np.unique(column.values[:10_000])), 1)
        if combinations > MIN_COMBINATIONS_PER_ROW * rows:
            return False
    return True
