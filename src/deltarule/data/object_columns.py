"""Columns of Python objects: cells by type, without a conversion that could change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any
from uuid import UUID

import numpy as np

from deltarule.data.raw_columns import (
    MAX_EXACT_INTEGER,
    PartKind,
    RawColumn,
    RawPart,
    codes_of,
    missing_column,
    text_part,
)

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_NAT = np.iinfo(np.int64).min
_MISSING_TYPES = ("NoneType", "NAType", "NaTType")


def object_column(name: str, cells: Sequence[Any]) -> RawColumn | str:
    """Return the column of Python objects, or why it cannot be used."""
    kinds: dict[type, PartKind | None] = {}
    for kind in set(map(type, cells)):
        if kind.__name__ not in _MISSING_TYPES:
            kinds[kind] = found = _kind_of(kind)
            if found is None:
                return f"it holds {kind.__name__}, not a number, text or date"
    if not kinds:
        return missing_column(name, len(cells))
    if list(kinds) == [str] or (
        kinds.keys() == {str, float} and all(c != c for c in cells if type(c) is float)
    ):
        texts = [cell if type(cell) is str else None for cell in cells]
        return RawColumn(name, (text_part(texts),))
    by_kind: dict[PartKind, list[Any]] = {}
    for part_kind in dict.fromkeys(k for k in kinds.values() if k is not None):
        by_kind[part_kind] = [
            cell if kinds.get(type(cell)) == part_kind and not _is_nan(cell) else None
            for cell in cells
        ]
    parts = tuple(_PARTS[k](values) for k, values in by_kind.items())
    present = tuple(part for part in parts if not part.missing.all())
    return RawColumn(name, present or parts[:1])


def cell_column(name: str, cell: Any) -> RawColumn | None:
    """Return the column of one plain text or number, None for any other object.

    The same as `object_column` returns, in a fraction of the time.
    """
    kind = type(cell)
    if kind is str:
        return RawColumn(name, (RawPart("text", np.zeros(1, np.int8), (cell,)),))
    if kind is float or (kind is int and -MAX_EXACT_INTEGER < cell < MAX_EXACT_INTEGER):
        return RawColumn(name, (RawPart("number", np.array((cell,), np.float64)),))
    return missing_column(name, 1) if cell is None else None


def is_cell(value: Any) -> bool:
    """Whether an object is one cell, not an array of cells."""
    kind = type(value)
    return (
        kind in (str, int, float)
        or kind.__name__ in _MISSING_TYPES
        or isinstance(value, np.generic)
        or _kind_of(kind) is not None
    )


def _kind_of(kind: type) -> PartKind | None:
    for types, found in _KINDS:
        if issubclass(kind, types):
            return found
    return None


def _is_nan(cell: Any) -> bool:
    return cell != cell


def _texts(cells: Sequence[Any]) -> RawPart:
    return text_part(None if cell is None else str(cell) for cell in cells)


def _numbers(cells: Sequence[Any]) -> RawPart:
    """Return numbers; if an integer is beyond 2⁵³ and all are integers, their digits."""
    numbers = np.array([np.nan if cell is None else _float(cell) for cell in cells], np.float64)
    beyond = np.nanmax(np.abs(numbers), initial=0.0) >= MAX_EXACT_INTEGER
    if beyond and all(cell is None or isinstance(cell, Integral) for cell in cells):
        texts = [None if cell is None else str(int(cell)) for cell in cells]
        levels = tuple(sorted({text for text in texts if text is not None}))
        return RawPart("number", codes_of(texts, levels), levels)
    return RawPart("number", numbers)


def _float(cell: Any) -> float:
    try:
        return float(cell)
    except OverflowError:  # an integer beyond 1.8e308
        return np.inf if cell > 0 else -np.inf


def _booleans(cells: Sequence[Any]) -> RawPart:
    return RawPart("boolean", np.array([np.nan if c is None else float(c) for c in cells]))


def _datetimes(cells: Sequence[Any]) -> RawPart:
    stamps = np.array([_NAT if cell is None else _microseconds(cell) for cell in cells], np.int64)
    return RawPart("datetime", stamps.view("datetime64[us]"))


def _microseconds(cell: Any) -> int:
    """Return microseconds since 1970 in UTC; a time without a zone is taken as it is."""
    if isinstance(cell, np.datetime64):
        return int(cell.astype("datetime64[us]").astype(np.int64))
    if not isinstance(cell, datetime):
        return int(np.datetime64(cell, "us").astype(np.int64))
    if cell.tzinfo is not None:
        cell = cell.astimezone(UTC).replace(tzinfo=None)
    return (cell - _EPOCH) // _MICROSECOND


def _times(cells: Sequence[Any]) -> RawPart:
    return RawPart("time", np.array([np.nan if c is None else _hours_of_day(c) for c in cells]))


def _hours_of_day(cell: time) -> float:
    seconds = 3600 * cell.hour + 60 * cell.minute + cell.second
    return (seconds + cell.microsecond / 1e6) / 3600


def _durations(cells: Sequence[Any]) -> RawPart:
    hours = [np.nan if cell is None else _hours(cell) for cell in cells]
    return RawPart("duration", np.array(hours))


def _hours(cell: Any) -> float:
    if isinstance(cell, np.timedelta64):
        return float(cell / np.timedelta64(1, "us")) / 3.6e9
    return float(cell / _MICROSECOND) / 3.6e9


_KINDS: tuple[tuple[tuple[type, ...], PartKind], ...] = (
    ((str, UUID), "text"),
    ((bool, np.bool_), "boolean"),
    ((np.timedelta64, timedelta), "duration"),
    ((Integral, Real, Decimal), "number"),
    ((date, np.datetime64), "datetime"),
    ((time,), "time"),
)
_PARTS: dict[PartKind, Callable[[Sequence[Any]], RawPart]] = {
    "text": _texts,
    "number": _numbers,
    "boolean": _booleans,
    "datetime": _datetimes,
    "time": _times,
    "duration": _durations,
}
