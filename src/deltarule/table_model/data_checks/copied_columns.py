"""Columns that say the same as another: equal, a multiple, or the same categories under other names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.data import Column
from deltarule.table_model.data_checks.checked_table import (
    CheckedTable,
    as_numbers,
    evenly_spaced,
    first_few,
)

Array = NDArray[Any]
SAMPLE_ROWS = 500
MAX_COLUMNS = 1000
MIN_CORRELATION = 0.999999
MAX_LEVELS = 1000


def copy_notes(checked: CheckedTable) -> list[str]:
    """Return a note on columns that are copies or multiples of another column."""
    columns = [*checked.inputs()]
    rows = evenly_spaced(np.arange(checked.table.rows), SAMPLE_ROWS)
    samples = [column.take(rows) for column in columns]
    copies: dict[str, str] = {}
    for i, j in [*_same_lines(samples), *_same_categories(samples)]:
        name, other = columns[j].name, columns[i].name
        if name not in copies and other not in copies:
            relation = _relation(columns[i], columns[j])
            if relation:
                copies[name] = relation
    if not copies:
        return []
    name = next(iter(copies))
    if len(copies) == 1:
        return [f"Column {name!r} is {copies[name]}: to use only one of them, set `drop={name!r}`."]
    parts = [f"{name!r} is {relation}" for name, relation in copies.items()]
    return [
        f"{len(copies):,} columns say the same as another ({first_few(parts)}) and share its importance: "
        f"to leave one out, set `drop={name!r}`."
    ]


def _same_lines(columns: list[Column]) -> list[tuple[int, int]]:
    """Return pairs of columns that are a multiple of each other on these rows, first one first."""
    places = [i for i, column in enumerate(columns) if column.kind != "text"]
    if not 2 <= len(places) <= MAX_COLUMNS:
        return []
    values = np.stack([as_numbers(columns[i]) for i in places])
    missing = np.isnan(values)
    values = np.where(
        missing, np.nanmin(np.where(missing, np.inf, values), axis=1)[:, None], values
    )
    values = np.where(np.isfinite(values), values, 0.0)
    values -= values.mean(axis=1, keepdims=True)
    size = np.abs(values).max(axis=1, keepdims=True)
    values /= np.where(size > 0, size, 1)
    length = np.sqrt((values**2).sum(axis=1, keepdims=True))
    values /= np.where(length > 0, length, 1)
    alike = np.triu(np.abs(values @ values.T), k=1) >= MIN_CORRELATION
    return [(places[i], places[j]) for i, j in zip(*np.nonzero(alike), strict=True)]


def _same_categories(columns: list[Column]) -> list[tuple[int, int]]:
    """Return pairs of columns, one of texts, whose values part these rows alike."""
    if all(column.kind != "text" for column in columns):
        return []
    keys: dict[int, bytes | None] = {}
    sizes = set()
    for i, column in enumerate(columns):
        if column.kind == "text":
            keys[i] = _partition(as_numbers(column))
            sizes.add(_distinct(as_numbers(column)))
    for i, column in enumerate(columns):
        if column.kind in ("number", "boolean") and _distinct(as_numbers(column)) in sizes:
            keys[i] = _partition(as_numbers(column))
    seen: dict[bytes, int] = {}
    pairs = []
    for i, key in sorted(keys.items()):
        if key is None:
            continue
        first = seen.setdefault(key, i)
        if first != i and "text" in (columns[i].kind, columns[first].kind):
            pairs.append((first, i))
    return pairs


def _distinct(values: Array) -> int:
    """Return the number of distinct values; all missing values are one."""
    ordered = np.sort(values)
    missing = int(np.isnan(ordered).sum())
    present = ordered[: len(ordered) - missing]
    return int((present[1:] != present[:-1]).sum()) + bool(len(present)) + bool(missing)


def _partition(values: Array) -> bytes | None:
    """Return which values are equal, as numbers in order of appearance; None for too few or many.

    None too if all differ, as those of most columns do.
    """
    _, first, codes = np.unique(values, return_index=True, return_inverse=True)
    if not 2 <= len(first) <= min(MAX_LEVELS, len(values) - 1):
        return None
    order = np.argsort(np.argsort(first))
    return bytes(order[codes].astype(np.int32).tobytes())


def _relation(first: Column, second: Column) -> str:
    """Return what `second` is in terms of `first` in all rows; an empty string if nothing."""
    x, y = as_numbers(first), as_numbers(second)
    missing = np.isnan(x)
    if not np.array_equal(missing, np.isnan(y)):
        return ""
    name = repr(first.name)
    if "text" in (first.kind, second.kind):
        is_text = first.kind == second.kind == "text"
        if is_text and np.array_equal(first.texts(), second.texts()):
            return f"equal to {name}"
        same = _partition(x) is not None and _partition(x) == _partition(y)
        return f"{name} under other names" if same else ""
    x, y = x[~missing], y[~missing]
    if len(x) == 0:
        return ""
    if np.array_equal(x, y):
        return f"equal to {name}"
    low, high = int(x.argmin()), int(x.argmax())
    if x[low] == x[high]:
        return ""
    factor = (y[high] - y[low]) / (x[high] - x[low])
    shift = y[low] - factor * x[low]
    wrong = np.abs(y - (factor * x + shift)).max()
    if not wrong <= 1e-6 * (y.max() - y.min()):
        return ""
    if first.kind != "number" or second.kind != "number":
        return f"{name} in other units"
    if abs(shift) <= 1e-6 * np.abs(y).max():
        return f"{format_number(factor)} × {name}"
    sign = "+" if shift > 0 else "−"
    return f"{format_number(factor)} × {name} {sign} {format_number(abs(shift))}"
