"""Checks of the batches of rows that are written to a block file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common.number_arrays import plain_array
from deltarule.errors import DataError, SettingError, ShapeError
from deltarule.formats.block_layout import MAX_CODE
from deltarule.formats.block_writer import RowBatch

Array = NDArray[Any]


def checked_batches(
    batches: Iterable[tuple[ArrayLike, ...]], code_columns: tuple[int, ...]
) -> Iterator[RowBatch]:
    """Yield each batch as it is stored; raises `DataError` or `ShapeError` with the row, from 0."""
    first = 0
    form: tuple[Any, ...] | None = None
    for batch in batches:
        if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
            raise ShapeError("Each batch must be (X, y) or (X, y, weights).")
        checked = _checked(batch, code_columns, first)
        own = (
            checked.floats.shape[1],
            checked.targets.shape[1],
            checked.targets.dtype,
            checked.weights is None,
        )
        if form is not None and own != form:
            raise ShapeError(
                f"The batch from row {first} on does not have the columns, the kind of targets and the "
                "weights of those before it: give each batch the same form."
            )
        form = own
        first += len(checked.floats)
        yield checked


def _checked(batch: Any, code_columns: tuple[int, ...], first: int) -> RowBatch:
    X, y = (plain_array(given, name) for given, name in zip(batch[:2], "Xy", strict=True))
    if X.ndim != 2 or X.shape[1] == 0:
        raise ShapeError(f"X must have two dimensions (rows, columns), got shape {X.shape}.")
    if y.ndim not in (1, 2) or len(y) != len(X) or (y.ndim == 2 and y.shape[1] == 0):
        raise ShapeError(
            f"y must have shape ({len(X)},) or ({len(X)}, n_outputs), as X has {len(X)} rows; got "
            f"{y.shape}."
        )
    _check_code_columns(code_columns, X.shape[1])
    floats = np.delete(X, code_columns, axis=1) if code_columns else X
    codes = np.empty((len(X), 0), np.uint32)
    if code_columns:
        codes = _whole(X[:, code_columns], "The codes of X", first, MAX_CODE)
    if y.ndim == 1 and y.dtype.kind in "iub":
        advice = " Integers in y are class numbers: write other targets as floats."
        targets = _whole(y[:, None], "The class numbers of y", first, MAX_CODE, advice)
    else:
        advice = "turn labels into class numbers, the same ones in each batch."
        targets = _floats(y if y.ndim == 2 else y[:, None], "y", first, advice)
    weights = _weights(batch[2], len(X), first) if len(batch) == 3 else None
    advice = "encode text columns as codes, and give arrays of numbers."
    return RowBatch(_floats(floats, "X", first, advice), codes, targets, weights)


def _check_code_columns(code_columns: tuple[int, ...], columns: int) -> None:
    if len(set(code_columns)) != len(code_columns) or max(code_columns, default=0) >= columns:
        raise SettingError(
            "codes", f"must be different columns of X from 0 to {columns - 1}", list(code_columns)
        )


def _floats(values: Array, owner: str, first: int, advice: str) -> Array:
    if values.dtype.kind not in "fiub":
        raise DataError(f"{owner} must hold numbers, got {values.dtype}: {advice}")
    with np.errstate(over="ignore"):  # reported below
        floats = np.ascontiguousarray(values, np.float32)
    if not np.isfinite(floats).all():
        row = first + int(np.argwhere(~np.isfinite(floats))[0][0])
        raise DataError(
            f"{owner} has a value that is NaN or infinite or too large for float32, first in row {row}: "
            "fill or remove it."
        )
    return floats


def _whole(values: Array, owner: str, first: int, most: int, advice: str = "") -> Array:
    if values.dtype.kind not in "fiub":
        raise DataError(f"{owner} must be whole numbers from 0, got {values.dtype}.")
    fits = (values >= 0) & (values <= most)
    if values.dtype.kind == "f":
        fits &= np.floor(values) == values
    if not fits.all():
        row, column = np.argwhere(~fits)[0].tolist()
        raise DataError(
            f"{owner} must be whole numbers from 0 to {most}, got {values[row, column]} in row "
            f"{first + row}.{advice}"
        )
    return np.ascontiguousarray(values, np.uint32)


def _weights(given: ArrayLike, rows: int, first: int) -> Array:
    weights = plain_array(given, "weights")
    if weights.shape != (rows,):
        raise ShapeError(f"weights must have shape ({rows},), got {weights.shape}.")
    floats = _floats(weights[:, None], "weights", first, "give one number for each row.")[:, 0]
    if len(floats) and floats.min() < 0:
        raise DataError(f"weights must be at least 0, got {floats.min():g}.")
    return floats
