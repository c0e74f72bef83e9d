"""NumPy arrays, lists and pandas Series as raw columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.object_columns import cell_column, object_column
from deltarule.data.raw_columns import RawColumn, RawPart, integer_part
from deltarule.data.table import code_type, spell
from deltarule.errors import DataError, ShapeError

_SMALL_INTEGER_BYTES = 2  # float32 holds them exactly
_PLAIN_NUMBERS = frozenset({int, float, bool, complex})


def list_column(name: str, values: Any, *, share: bool) -> RawColumn | str:
    """Return the column of a user's list or array, or why it cannot be used.

    Raises `ShapeError` for another number of dimensions than one, `DataError` for complex numbers, bytes
    and structures.
    """
    if isinstance(values, list | tuple):
        one = cell_column(name, values[0]) if len(values) == 1 else None
        if one is not None:
            return one
        if not set(map(type, values)) <= _PLAIN_NUMBERS:
            return object_column(name, values)
        values = np.asarray(values)
    array = plain_array(name, values)
    if isinstance(array, np.ma.MaskedArray):
        if array.dtype.kind in "iu":
            mask = np.ma.getmaskarray(array)
            return RawColumn(name, (integer_part(np.ma.getdata(array), mask),))
        return object_column(name, array.tolist())
    found = array_part(array, share=share)
    return object_column(name, array.tolist()) if found is None else RawColumn(name, (found,))


def array_part(values: NDArray[Any], *, share: bool) -> RawPart | None:
    """Return the part of an array (n,) of numbers, booleans, dates or durations; None for others.

    With `share` it may be a view of a contiguous array.
    """
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "b":
        return RawPart("boolean", values.astype(np.float64))
    if kind in "iu" and size > 4:
        return integer_part(values)
    if kind in "fiu":
        small = size <= 4 if kind == "f" else size <= _SMALL_INTEGER_BYTES
        with np.errstate(
            over="ignore"
        ):  # a long double beyond float64 is refused as infinite later
            numbers = values.astype(np.float32 if small else np.float64, copy=not share)
        return RawPart("number", np.ascontiguousarray(numbers))
    if kind == "M":
        return RawPart("datetime", values.astype("datetime64[us]"))
    if kind == "m":
        hours = values.astype("timedelta64[us]").astype(np.float64) / 3.6e9
        hours[np.isnat(values)] = np.nan
        return RawPart("duration", hours)
    return None


def category_column(name: str, categories: Sequence[Any], codes: NDArray[Any]) -> RawColumn:
    """Return the column of a categorical type; `codes` (n,) are -1 where missing."""
    levels = [_spelled(category) for category in categories]
    kept = tuple(sorted(set(levels)))
    place = {level: i for i, level in enumerate(kept)}
    mapped = np.array([*(place[level] for level in levels), -1], code_type(len(kept)))
    return RawColumn(name, (RawPart("text", mapped[codes], kept),), is_category=True)


def plain_array(name: str, values: Any) -> NDArray[Any]:
    """Return a user's column as a one-dimensional array that DuckDB reads.

    Raises `ShapeError` or `DataError` for other values.
    """
    if isinstance(values, list | tuple) and any(isinstance(v, list | tuple) for v in values):
        nested = np.empty(len(values), dtype=object)
        nested[:] = [list(v) if isinstance(v, tuple) else v for v in values]
        return nested
    array = np.ma.asarray(values) if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(
            f"Column {name!r} must be an array of one dimension, got the shape {array.shape}."
        )
    if array.dtype.kind in "cSV":
        raise DataError(
            f"Column {name!r} holds {array.dtype}, not numbers, texts or dates: convert it or "
            "remove it."
        )
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    if array.dtype.kind in "UO":
        # DuckDB distinguishes objects by their Python types.
        objects = np.empty(len(array), dtype=object)
        objects[:] = [_plain_value(value) for value in array.tolist()]
        return objects
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _spelled(category: Any) -> str:
    """Return the text of a category: 1.0 is "1"."""
    if isinstance(category, bool | np.bool_):
        return spell(category, "boolean")
    if isinstance(category, int | np.integer):
        return str(int(category))
    if isinstance(category, float | np.floating):
        return spell(float(category), "number")
    return str(category)


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if isinstance(value, float) and value != value else value
