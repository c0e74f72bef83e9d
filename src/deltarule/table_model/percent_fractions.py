"""Columns that training wrote in percent, and numbers without the sign that may be fractions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule.data import Column
from deltarule.preprocessing import NumberTarget
from deltarule.schema import ColumnSchema, NumberFormat

Array = NDArray[Any]
MIN_HIGHEST_PERCENT = 1.5
"""A column whose numbers are all nearer to 0 may hold percentages below 1%: 0.2 is then one of them."""
MAX_BEYOND = 5
"""As fractions, the median number may be this many times the largest percentage of training."""


def holds_percentages(schema: ColumnSchema, edges: Array) -> bool:
    """Return whether a column was written in percent, with numbers that are mostly not within ±1.

    `edges` are the lowest value, the deciles and the highest value of the training rows.
    """
    is_percent = isinstance(schema.format, NumberFormat) and schema.format.is_percent
    return is_percent and _are_mostly_above_1(edges)


def is_fraction(cell: object) -> bool:
    """Return whether a cell is a number within ±1 that is not whole."""
    return isinstance(cell, int | float) and 0 < abs(cell) < 1


def likely_fractions(column: Column, values: Array, edges: Array) -> NDArray[np.bool_] | None:
    """Return which rows have a number without a percent sign where these seem to be fractions, else None.

    They seem to be if none is beyond ±1, some are not whole, and 100 times as much is an amount of
    training.
    """
    rows = column.without_percent_sign
    if rows is None or not _are_mostly_above_1(edges):
        return None
    numbers = np.abs(values[rows])
    numbers = numbers[~np.isnan(numbers) & (numbers > 0)]
    if not (numbers < 1).any() or (numbers > 1).any():
        return None
    if 100 * np.median(numbers) > MAX_BEYOND * np.abs(edges).max():
        return None
    return rows & ~np.isnan(values) & (values != 0)


def fraction_note(name: str, values: Array, rows: NDArray[np.bool_], edges: Array) -> str:
    """Return the note on the `rows` of a column that seem to have fractions."""
    low, high = format_number(float(edges[0])), format_number(float(edges[-1]))
    return _note(name, values, rows, f"{low} to {high}")


def target_note(column: Column, truth: Array, target: NumberTarget) -> str:
    """Return the note on a target that seems to have fractions, "" if it does not."""
    spread = np.array([-2, 0, 2]) * target.scale
    rows = likely_fractions(column, truth, target.mean + spread)
    if rows is None:
        return ""
    return _note(column.name, truth, rows, f"its mean is {format_number(target.mean)}")


def _note(name: str, values: Array, rows: NDArray[np.bool_], trained: str) -> str:
    example = next(float(value) for value in values[rows] if abs(value) < 1)
    shown, percent = format_number(example), format_number(100 * example)
    one = np.count_nonzero(rows) == 1
    have, are = ("has a number", "is") if one else ("have numbers", "are")
    return (
        f"Column {name!r} was written in percent in training ({trained}), but "
        f"{counted(int(np.count_nonzero(rows)), 'row')} {have} without a percent sign, such as {shown}, "
        f"which {are} read as {shown}%: write {percent}% or {percent} if fractions are meant."
    )


def _are_mostly_above_1(edges: Array) -> bool:
    sizes = np.abs(edges[edges != 0])
    return bool(len(sizes)) and bool(
        sizes.max() > MIN_HIGHEST_PERCENT and np.count_nonzero(sizes <= 1) <= len(sizes) / 2
    )
