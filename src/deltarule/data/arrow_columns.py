"""Columns of Arrow, also those of polars: numbers, booleans, texts and times without DuckDB."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.array_columns import category_column
from deltarule.data.raw_columns import (
    RawColumn,
    RawPart,
    integer_part,
    missing_column,
)
from deltarule.data.string_columns import FEW_ROWS, ROWS_OF_A_LEVEL
from deltarule.data.table import code_type
from deltarule.errors import DataError

_MICROSECONDS = {"s": 10**6, "ms": 10**3, "us": 1}
_DAY = 86_400 * 10**6
_MAX_MICROSECONDS = 10**17  # three thousand years; DuckDB knows the bounds and the infinite times


def arrow_column(name: str, column: Any) -> RawColumn | None:
    """Return the column of an Arrow array; None for rare types and for many distinct texts.

    Raises `DataError` for texts that are not valid Unicode.

    DuckDB knows the rare types, and needs less memory for many distinct texts.
    """
    types = import_module("pyarrow").types
    kind = column.type
    if types.is_null(kind):
        return missing_column(name, len(column))
    if types.is_dictionary(kind):
        return dictionary_column(name, column)
    if types.is_integer(kind):
        return RawColumn(name, (_integers(column),))
    if types.is_float32(kind) or types.is_float64(kind):
        numbers = _filled(column, np.nan).astype(np.float64)
        return RawColumn(name, (RawPart("number", numbers),))
    if types.is_boolean(kind):
        numbers = _filled(column.cast("uint8"), 0).astype(np.float64)
        numbers[_missing(column)] = np.nan
        return RawColumn(name, (RawPart("boolean", numbers),))
    if types.is_string(kind) or types.is_large_string(kind):
        return _texts(name, column)
    if types.is_date32(kind):
        return _times(name, column, "int32", _DAY)
    if types.is_timestamp(kind) and kind.unit in _MICROSECONDS:
        return _times(name, column, "int64", _MICROSECONDS[kind.unit])
    return None


def dictionary_column(name: str, column: Any) -> RawColumn:
    """Return the column of an Arrow dictionary."""
    texts, codes = _dictionary(column)
    return category_column(name, texts.to_pylist(), codes)


def _texts(name: str, column: Any) -> RawColumn | None:
    """Return the column of Arrow texts; None for many texts with many levels, which DuckDB is to read.

    Raises `DataError` for texts that are not valid Unicode.
    """
    _refuse_invalid_texts(name, column)
    texts, codes = _dictionary(column.dictionary_encode())
    if len(column) > FEW_ROWS and len(texts) * ROWS_OF_A_LEVEL > len(column):
        return None
    found = texts.to_pylist()
    order = sorted(range(len(found)), key=found.__getitem__)
    places = np.full(len(found) + 1, -1, code_type(len(found)))
    places[order] = np.arange(len(found))
    levels = tuple(found[i] for i in order)
    return RawColumn(name, (RawPart("text", places[codes], levels),))


def _dictionary(column: Any) -> tuple[Any, NDArray[np.signedinteger[Any]]]:
    """Return the values of an Arrow dictionary, and the index of each cell, -1 where it is missing."""
    one = column.unify_dictionaries() if hasattr(column, "unify_dictionaries") else column
    if hasattr(one, "combine_chunks"):
        one = one.combine_chunks()
    if hasattr(one, "chunks"):
        one = one.chunk(0)
    return one.dictionary, one.indices.fill_null(-1).to_numpy(zero_copy_only=False)


def _refuse_invalid_texts(name: str, column: Any) -> None:
    try:
        column.validate(full=True)
    except ValueError:  # ArrowInvalid
        raise DataError(
            f"Column {name!r} holds a text that is not valid Unicode: correct the cell or leave it empty."
        ) from None


def _integers(column: Any) -> RawPart:
    values, missing = _filled(column, 0), _missing(column)
    if values.dtype.itemsize == 8:
        return integer_part(values, missing)
    numbers = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
    numbers[missing] = np.nan
    return RawPart("number", numbers)


def _times(name: str, column: Any, integers: str, factor: int) -> RawColumn | None:
    values = _filled(column.cast(integers), 0).astype(np.int64)
    largest = _MAX_MICROSECONDS // factor
    if values.min(initial=0) < -largest or values.max(initial=0) > largest:
        return None
    stamps = (values * factor).view("datetime64[us]")
    stamps[_missing(column)] = np.datetime64("NaT")
    return RawColumn(name, (RawPart("datetime", stamps),))


def _filled(column: Any, value: Any) -> NDArray[Any]:
    """Return the values with `value` where they are missing."""
    present = column.fill_null(value) if column.null_count else column
    values: NDArray[Any] = present.to_numpy(zero_copy_only=False)
    return values


def _missing(column: Any) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = column.is_null().to_numpy(zero_copy_only=False)
    return missing
