"""Rows of small data frames as dicts of Python values, which take a tenth of the time of columns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

Row = dict[str, Any]
_PLAIN = frozenset({str, int, float, bool, datetime, type(None)})


def is_small_frame(source: Any, max_rows: int) -> bool:
    """Whether an object is a frame of pandas, polars or pyarrow with 1 to `max_rows` rows."""
    module, kind = type(source).__module__.partition(".")[0], type(source).__name__
    return (module, kind) in _READERS and 0 < len(source) <= max_rows


def frame_rows(frame: Any, names: Sequence[str]) -> list[Row] | None:
    """Return the named cells of each row of a small frame as the frame's package gives them.

    None for a frame that has to be read by columns: one without these columns, with names that are no
    texts or that occur twice, or with cells whose Python values are not those of the column.
    """
    module, kind = type(frame).__module__.partition(".")[0], type(frame).__name__
    return _READERS[module, kind](frame, names)


def plain_row(row: Row, names: Sequence[str]) -> Row | None:
    """Return the named cells with those of NumPy and pandas as Python values; None if none changes."""
    changed = {
        name: _plain(row[name])
        for name in names
        if name in row and (type(row[name]) not in _PLAIN or row[name] != row[name])
    }
    return row | changed if changed else None


def _plain(cell: Any) -> Any:
    """Return a scalar as the Python value with the same meaning, any other object as it is."""
    if isinstance(cell, np.generic) and cell.dtype.kind in "biufU":
        cell = cell.item()
    if type(cell) is float:
        return None if cell != cell else cell
    kind = type(cell).__name__
    if kind in ("NAType", "NaTType"):
        return None
    if kind == "Timestamp" and cell.nanosecond == 0:
        return cell.to_pydatetime()
    return cell


def _pandas_rows(frame: Any, names: Sequence[str]) -> list[Row] | None:
    labels = frame.columns.tolist()
    if not _has_all(labels, names):
        return None
    if len(labels) > 2 * len(names):
        frame, labels = frame[list(names)], names
    one = len(frame) == 1
    rows = [frame.iloc[0].tolist()] if one else frame.to_numpy(dtype=object).tolist()
    return [dict(zip(labels, cells, strict=True)) for cells in rows]


def _polars_rows(frame: Any, names: Sequence[str]) -> list[Row] | None:
    labels, polars = frame.columns, sys.modules["polars"]
    if not _has_all(labels, names):
        return None
    if len(labels) > 2 * len(names):
        frame, labels = frame.select(names), names
    dtypes = frame.dtypes
    if polars.Object in dtypes or polars.Datetime("ns") in dtypes:
        return None
    return [dict(zip(labels, cells, strict=True)) for cells in frame.rows()]


def _arrow_rows(table: Any, names: Sequence[str]) -> list[Row] | None:
    labels = table.schema.names
    if not _has_all(labels, names):
        return None
    columns = [table.column(labels.index(name)) for name in names]
    try:
        if len(table) == 1:
            return [{name: column[0].as_py() for name, column in zip(names, columns, strict=True)}]
        cells = [column.to_pylist() for column in columns]
    except ValueError:  # texts that are not valid Unicode, times that Python does not have
        return None
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


_READERS = {
    ("pandas", "DataFrame"): _pandas_rows,
    ("polars", "DataFrame"): _polars_rows,
    ("pyarrow", "Table"): _arrow_rows,
    ("pyarrow", "RecordBatch"): _arrow_rows,
}


def _has_all(labels: Sequence[Any], names: Sequence[str]) -> bool:
    """Whether labels are distinct texts, the names among them."""
    distinct = set(labels) if all(type(label) is str for label in labels) else set()
    return len(distinct) == len(labels) and distinct.issuperset(names)
