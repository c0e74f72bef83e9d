"""NumPy arrays and pandas Series as columns: numbers directly, others in types that DuckDB reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.errors import DataError, ShapeError

_SMALL_INTEGER_BYTES = 2  # float32 holds them exactly


def number_column(name: str, values: Any, *, share: bool) -> Column | None:
    """Return the column of an array (n,) of numbers or booleans; None for anything else.

    With `share` the column may be a view of a contiguous array.
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


def as_duckdb_reads(series: Any) -> tuple[Any, str]:
    """Return a pandas Series in a type that DuckDB reads, and why it must be dropped, "" if it need not.

    A period becomes its start, an interval its text, a sparse column a dense one.
    """
    dtype = series.dtype
    kind = type(dtype).__name__
    if kind == "SparseDtype":
        return as_duckdb_reads(series.sparse.to_dense())
    if kind == "PeriodDtype":
        return series.dt.to_timestamp(), ""
    if kind == "IntervalDtype":
        return series.astype(object).map(str, na_action="ignore"), ""
    if kind == "CategoricalDtype" and type(dtype.categories.dtype).__name__ in (
        "IntervalDtype",
        "PeriodDtype",
    ):
        texts = [str(category) for category in dtype.categories]
        return series.cat.rename_categories(texts), ""
    if dtype.kind == "c":
        return series, f"it holds {dtype}, not a number, text or date"
    return series, ""


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if isinstance(value, float) and value != value else value
