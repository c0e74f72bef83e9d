"""The rows of a table as features by the compiled core, with the bits of `TableEncoder.encode`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.native_module import dictionary_of, row_encoder
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.operations import (
    CodeFromOne,
    IsMissing,
    LookUp,
    NormalScore,
    OneHot,
    Operation,
    Sign,
    SoftClip,
    Standardize,
)

Array = NDArray[Any]
LEFT_TO_NUMPY = ("datetime", "words")
"""Kinds of values that the compiled core does not encode."""


class CompiledEncoder:
    """Encodes the rows of tables; any number of threads may use it.

    Datetimes and words are left to NumPy, and everything is without the compiled module.
    """

    def __init__(self, encoder: TableEncoder) -> None:
        self._encoder = encoder
        self._compiled: Any = row_encoder()
        self._places: list[slice] = []
        start = 0
        for column in encoder.used:
            self._places.append(slice(start, start + len(column.features)))
            start += len(column.features)
        if self._compiled is None:
            return
        for column in encoder.used:
            is_left = column.values in LEFT_TO_NUMPY
            kind, levels = "other" if is_left else column.values, getattr(column, "levels", ())
            self._compiled.add_column(column.column, kind, list(levels), [], -np.inf, np.inf)
            if is_left:
                self._compiled.add_width(len(column.features))
                continue
            for operation in column.operations:
                self._compiled.add_operation(*compiled_operation(operation))
        self._compiled.prepare_tables()

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self._encoder.features)

    def encode(self, values: Sequence[Array], rows: Array, out: NDArray[np.float32]) -> None:
        """Write the features of some rows of what `TableEncoder.cast` returned into `out`."""
        if self._compiled is None:
            out[:] = self._encoder.encode(values, rows=rows)
            return
        self._compiled.encode_table([_plain(cells) for cells in values], rows, out)
        for cells, column, features in zip(values, self._encoder.used, self._places, strict=True):
            if column.values == "datetime":
                _encode_datetimes(column, cells[rows], out[:, features])
            elif column.values in LEFT_TO_NUMPY:
                column.encode_into(cells[rows], out[:, features])


def _encode_datetimes(column: ColumnEncoder, cells: Array, out: Array) -> None:
    """Write the features of datetimes, of which each distinct one is encoded once if there are few."""
    few = dictionary_of(cells.view(np.float64))
    if few is None:
        column.encode_into(cells, out)
        return
    distinct, places = few
    features = np.empty((len(distinct), out.shape[1]), out.dtype)
    column.encode_into(distinct.view(cells.dtype), features)
    out[:] = features[places]


def _plain(cells: Array) -> Array | None:
    """Return numbers as float64 and codes as int32, None for datetimes and words."""
    if cells.dtype.kind == "M" or cells.ndim > 1:
        return None
    dtype = np.int32 if cells.dtype.kind == "i" else np.float64
    return np.ascontiguousarray(cells, dtype)


def compiled_operation(
    operation: Operation,
) -> tuple[str, list[float], int, bool, list[list[float]]]:
    """Return kind, numbers, count, marks_others and tables of an operation, for `RowEncoder`."""
    match operation:
        case SoftClip(middle, scale):
            return "soft_clip", [middle, scale], 0, False, []
        case Standardize(fill, mean, scale, limit):
            return "standardize", [fill, mean, scale, limit], 0, False, []
        case NormalScore():
            knots = operation.knots
            arrays = (knots.edges, knots.low, knots.high, knots.middle)
            return "normal_score", [], 0, False, [array.tolist() for array in arrays]
        case Sign():
            return "sign", [], 0, False, []
        case IsMissing():
            return "is_missing", [], 0, False, []
        case OneHot(count, marks_others):
            return "one_hot", [], count, marks_others, []
        case LookUp(entries):
            return "look_up", [], 0, False, [list(entries)]
        case CodeFromOne():
            return "code_from_one", [], 0, False, []
    raise TypeError(f"{operation} has no compiled form.")
