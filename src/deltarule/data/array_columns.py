"""NumPy arrays as columns: numbers are taken as they are, the rest is made ready for DuckDB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.errors import DataError, ShapeError

_SMALL_INTEGER_BYTES = 2  # float32 holds them exactly


def number_column(name: str, values: Any, *, share: bool) -> Column | None:
    """Return the column of an array (n,) of numbers or booleans; None for anything else.

    With `share` the column may be a view of the array where its numbers lie side by side.
    """
    if not isinstance(values, np.ndarray) or isinstance(values, np.ma.MaskedArray):
        return None
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        return None
    if values.dtype.kind == "b":
        return Column(name, "boolean", values.astype(np.float64))
    size = values.dtype.itemsize
    small = size <= 4 if values.dtype.kind == "f" else size <= _SMALL_INTEGER_BYTES
    with np.errstate(over="ignore"):  # a long double beyond float64 is refused as infinite later
        numbers = values.astype(np.float32 if small else np.float64, copy=not share)
    return Column(name, "number", np.ascontiguousarray(numbers))


def plain_array(name: str, values: Any) -> NDArray[Any]:
    """Return what somebody gave as a column as an array of one dimension that DuckDB reads.

    Raises `ShapeError` and `DataError` for what is no such column.
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
            f"Column {name!r} holds {array.dtype}, not numbers, texts or dates: convert it, or leave "
            "it out."
        )
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    if array.dtype.kind in "UO":
        # DuckDB tells objects apart by their Python types.
        objects = np.empty(len(array), dtype=object)
        objects[:] = [_plain_value(value) for value in array.tolist()]
        return objects
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if isinstance(value, float) and value != value else value
