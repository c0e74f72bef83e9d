"""Columns of Python values, as spreadsheets and databases give them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAX_EXACT = 2**53


def array_of_values(values: Sequence[Any]) -> NDArray[Any]:
    """Return a column for `read_table` of values of any kind, None where missing.

    Values of one kind keep it; values of several kinds become texts.
    """
    present = [value for value in values if value is not None]
    kinds = {_kind(value) for value in present}
    if not present:
        return np.full(len(values), np.nan)
    if kinds == {"number"}:
        exact = any(isinstance(value, int) and abs(value) > _MAX_EXACT for value in present)
        if exact and all(isinstance(value, int) for value in present):
            return _objects(values)
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if kinds == {"datetime"}:
        return np.array(values, dtype="datetime64[us]")
    if kinds == {"duration"}:
        return np.array(values, dtype="timedelta64[us]")
    if "blob" in kinds:
        return _objects([value if isinstance(value, bytes) else None for value in values])
    if len(kinds) == 1:
        return _objects(values)
    return _objects([None if value is None else spelled(value) for value in values])


def spelled(value: Any) -> str:
    """Return a value as it would be written in a text file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MAX_EXACT:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        return str(value / timedelta(hours=1))
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, date):  # datetime is a date
        return "datetime"
    if isinstance(value, time):
        return "time"
    if isinstance(value, bytes):
        return "blob"
    return "duration" if isinstance(value, timedelta) else "text"


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
