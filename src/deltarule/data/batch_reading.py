"""Batches of the stored rows of a table: each is read by one query, planned once for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deltarule.data.column_parts import value_part
from deltarule.data.duckdb_connection import read_values
from deltarule.data.duckdb_reader import Fetched, WantedParts
from deltarule.data.raw_columns import RawColumn, RawPart
from deltarule.data.stored_rows import StoredRows
from deltarule.data.string_columns import filled_codes, make_type, read_texts
from deltarule.data.table import code_type

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_SHARED_LEVELS = 5000
"""Texts with at most this many levels, estimated, are read as codes of a type that all batches share."""
_COLUMNS_AT_ONCE = 64  # DuckDB takes quadratic time to plan a query of many columns


class BatchReader:
    """Reads batches of the rows of a stored table.

    Types and levels are those of all rows, so that a batch may have levels that it does not use.
    """

    def __init__(
        self, opened: DuckDBPyConnection, stored: StoredRows, names: Collection[str] | None
    ) -> None:
        self._stored = stored
        cells = stored.cells
        self._wanted = WantedParts.of(opened, cells, stored.relation, names)
        texts = {i: part.sql for i, part in enumerate(self._wanted.parts) if part.as_text}
        counts = ", ".join(f"approx_count_distinct({text})" for text in texts.values())
        found = opened.execute(f"SELECT {counts} FROM ({cells})").fetchone() if texts else ()
        assert found is not None
        self._levels: dict[int, Sequence[str]] = {}
        for i, count in zip(texts, found, strict=True):
            if count <= MAX_SHARED_LEVELS:
                name = f"levels_of_all_{i}"
                self._levels[i] = make_type(opened, name, texts[i], cells, temporary=False)
        self._pages = pages = stored.relation.pages
        self._numbers: dict[int, int] = {}  # columns that are read without DuckDB
        self._codes: dict[int, int] = {}
        for i, part in enumerate(self._wanted.parts):
            column = part.column.index
            if pages is None:
                break
            if pages.are_numbers[column]:
                self._numbers[i] = column
            elif i in self._levels and pages.has_few_texts(column):
                self._codes[i] = column
        self._code_of = {
            i: {level: code for code, level in enumerate(self._levels[i])} for i in self._codes
        }
        self._texts = {i: text for i, text in texts.items() if i not in self._levels}
        self._values = {
            i: f"enum_code(CAST({part.sql} AS levels_of_all_{i}))"
            if i in self._levels
            else part.sql
            for i, part in enumerate(self._wanted.parts)
            if part.sql and i not in {**self._texts, **self._numbers, **self._codes}
        }

    @property
    def needs_no_query(self) -> bool:
        """Whether all columns are read without DuckDB."""
        return not self._values and not self._texts

    def chosen(self, opened: DuckDBPyConnection, rows: NDArray[np.int64]) -> Fetched:
        """Return the columns of the rows with these ascending numbers, which no query is needed for."""
        assert self._pages is not None
        pieces = []
        for begin, stop in pairwise(self._pages.starts.tolist()):
            first, last = np.searchsorted(rows, [begin, stop]).tolist()
            if first < last:
                piece = self.read(opened, begin, stop)
                pieces.append(
                    [_taken(column, rows[first:last] - begin) for column in piece.columns]
                )
        if not pieces:
            return self.read(opened, 0, 0)
        return replace(piece, columns=[_joined(same) for same in zip(*pieces, strict=True)])

    def read(self, opened: DuckDBPyConnection, begin: int, stop: int) -> Fetched:
        """Return the columns of some adjacent rows; the types that are made for them are temporary."""
        rows = min(stop, self._stored.rows) - begin
        sql = self._stored.between(begin, stop).sql
        read: dict[int, RawPart] = {}
        if (pages := self._pages) is not None:
            numbers = pages.numbers(list(self._numbers.values()), begin, begin + rows)
            for i, values in zip(self._numbers, numbers, strict=True):
                read[i] = RawPart("number", values)
            for i, column in self._codes.items():
                levels, code_of = self._levels[i], self._code_of[i].__getitem__
                codes = pages.codes(column, begin, begin + rows, code_of, code_type(len(levels)))
                read[i] = RawPart(self._wanted.parts[i].kind, codes, levels)
        for i, array in read_values(opened, self._values, sql, rows, at_once=_COLUMNS_AT_ONCE):
            part = self._wanted.parts[i]
            if i in self._levels:
                levels = self._levels[i]
                read[i] = RawPart(part.kind, filled_codes(array, len(levels)), levels)
            else:
                read[i] = value_part(part, array)
        for i, (levels, codes) in read_texts(opened, self._texts, sql, rows):
            read[i] = RawPart(self._wanted.parts[i].kind, codes, levels)
        return self._wanted.fetched(read, rows)


def _taken(column: RawColumn, rows: NDArray[np.int64]) -> RawColumn:
    parts = tuple(replace(part, values=part.values[rows]) for part in column.parts)
    return replace(column, parts=parts)


def _joined(pieces: Sequence[RawColumn]) -> RawColumn:
    """Return a column of pieces, whose parts are of the same kinds and levels."""
    parts = tuple(
        replace(same[0], values=np.concatenate([part.values for part in same]))
        for same in zip(*(piece.parts for piece in pieces), strict=True)
    )
    return replace(pieces[0], parts=parts)
