"""Rows whose cells are as usual, dicts or of small frames, encoded by the compiled core in microseconds.

A row is usual if nothing has to be said about it: all columns are there, with cells of the types and
levels of training and numbers in the range of the training rows. All other rows take the general way,
which reads, checks and explains them; the features of usual rows are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.column_reading import marked_numbers, missing_markers, read_column
from deltarule.data.object_columns import object_column
from deltarule.data.raw_columns import RawColumn
from deltarule.data.small_frames import frame_rows, is_small_frame, plain_row
from deltarule.engines.native_module import row_encoder
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.schema import TableSchema, TimeOfDayFormat
from deltarule.table_model.compiled_encoding import LEFT_TO_NUMPY, compiled_operation
from deltarule.table_model.percent_fractions import holds_percentages, is_fraction
from deltarule.table_model.row_checks import MIN_ROWS
from deltarule.table_model.training_distribution import ColumnDistribution

Array = NDArray[Any]
EVERYTHING = (-np.inf, np.inf)
MAX_KEPT_TEXTS = 4096
"""Texts of a column of datetimes whose values are kept."""
MAX_KEPT_LENGTH = 40


class _DatetimeColumn:
    """Encodes datetimes and texts that the schema reads as one; reading a text again takes no time."""

    def __init__(
        self,
        encoder: ColumnEncoder,
        schema: TableSchema,
        features: slice,
        ends: tuple[float, float],
    ) -> None:
        self.encoder, self._features, self._ends = encoder, features, ends
        self._schema, self._markers = schema[encoder.column], schema.missing
        self._read = lru_cache(MAX_KEPT_TEXTS)(self._read_text)

    def encode(self, cell: object, out: Array) -> bool:
        """Write the features of a cell; False if it is not usual."""
        if cell is None:
            value = np.array(["NaT"], "datetime64[us]")
        elif type(cell) is datetime and cell.tzinfo is None:
            value = np.array([cell], "datetime64[us]")
        elif type(cell) is str and len(cell) <= MAX_KEPT_LENGTH:
            value = self._read(cell)
        else:
            return False
        if cell is not None and not self._is_usual(value[0]):
            return False
        self.encoder.encode_into(value, out[:, self._features])
        return True

    def _is_usual(self, value: np.datetime64) -> bool:
        low, high = self._ends
        return not np.isnat(value) and low <= int(value.astype(np.int64)) <= high

    def _read_text(self, text: str) -> Array:
        """Return the value of a text, NaT if it is none."""
        raw = object_column(self.encoder.column, [text])
        assert isinstance(raw, RawColumn)
        column, _ = read_column(raw, self._schema, self._markers)
        return self.encoder.cast(column)


class _WordsColumn:
    """Encodes free text; not usual is one that may mean a missing cell, or has no known word."""

    def __init__(self, encoder: WordsEncoder, markers: Collection[str], features: slice) -> None:
        self.encoder, self._markers, self._features = encoder, markers, features

    def encode(self, cell: object, out: Array) -> bool:
        """Write the features of a cell; False if it is not usual."""
        if type(cell) is not str or not (text := cell.strip()) or text in self._markers:
            return False
        flags = self.encoder.flags(cell)
        if not self.encoder.has_words(flags)[0]:
            return False
        self.encoder.encode_into(flags, out[:, self._features])
        return True


class UsualRows:
    """Encodes usual rows of a model; without the compiled module no row is usual."""

    def __init__(
        self,
        encoder: TableEncoder,
        schema: TableSchema,
        distributions: Sequence[ColumnDistribution],
    ) -> None:
        self._compiled: Any = row_encoder()
        self._names = encoder.columns
        self._others: list[_DatetimeColumn | _WordsColumn] = []
        self._percentages: list[str] = []  # columns where a fraction is worth a note
        if self._compiled is None:
            return
        start = 0
        for i, column in enumerate(encoder.used):
            ends = EVERYTHING
            if distributions and len(edges := distributions[i].edges):
                ends = (float(edges[0]), float(edges[-1]))
                if holds_percentages(schema[column.column], edges):
                    self._percentages.append(column.column)
            stop = start + len(column.features)
            self._add(column, schema, ends, slice(start, stop))
            start = stop
        self._width = start

    def features(self, source: Any) -> Array | None:
        """Return float32 (rows, features) of a dict, some dicts or a small frame.

        None if a row is not usual. Many rows take the general way, which compares their distribution
        with that of training.
        """
        if self._compiled is None:
            return None
        rows = source
        if type(source) is dict:
            rows = [source]
        elif type(source) is not list and is_small_frame(source, MIN_ROWS - 1):
            rows = frame_rows(source, self._names)
        if type(rows) is not list or not 0 < len(rows) < MIN_ROWS:
            return None
        out = np.empty((len(rows), self._width), np.float32)
        for i, row in enumerate(rows):
            if type(row) is not dict or not self._encode(row, out[i : i + 1]):
                return None
        return out

    def _encode(self, row: dict[str, Any], out: Array) -> bool:
        """Write the features of a row into `out` (1, features); False if it is not usual."""
        if self._encode_plain(row, out):
            return True
        plain = plain_row(row, self._names)
        return plain is not None and self._encode_plain(plain, out)

    def _encode_plain(self, row: dict[str, Any], out: Array) -> bool:
        if self._percentages and any(is_fraction(row.get(name)) for name in self._percentages):
            return False
        return self._compiled.encode(row, out) and all(
            column.encoder.column in row and column.encode(row[column.encoder.column], out)
            for column in self._others
        )

    def _add(
        self,
        column: ColumnEncoder,
        schema: TableSchema,
        ends: tuple[float, float],
        features: slice,
    ) -> None:
        """Add a column to the compiled encoder, or where it is encoded in Python."""
        read = schema[column.column]
        is_clock = isinstance(read.format, TimeOfDayFormat) and read.format.clock_numbers
        kind = "other" if column.values in LEFT_TO_NUMPY else column.values
        markers = missing_markers(read, schema.missing)
        self._compiled.add_column(
            column.column,
            kind,
            list(getattr(column, "levels", ())),
            list(marked_numbers(markers)),
            *((np.inf, -np.inf) if is_clock else ends),  # no number is usual where it is a time
        )
        if kind == "other":
            self._compiled.add_width(len(column.features))
            self._others.append(
                _WordsColumn(column, markers, features)
                if isinstance(column, WordsEncoder)
                else _DatetimeColumn(column, schema, features, ends)
            )
        else:
            for operation in column.operations:
                self._compiled.add_operation(*compiled_operation(operation))
