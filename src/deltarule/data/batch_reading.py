"""Batches of the stored rows of a table: each is read by one query, planned once for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from deltarule.data.column_parts import value_part
from deltarule.data.duckdb_connection import read_values
from deltarule.data.duckdb_reader import Fetched, WantedParts
from deltarule.data.raw_columns import RawPart
from deltarule.data.stored_rows import StoredRows
from deltarule.data.string_columns import filled_codes, make_type, read_texts

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
        self._texts = {i: text for i, text in texts.items() if i not in self._levels}
        self._values = {
            i: f"enum_code(CAST({part.sql} AS levels_of_all_{i}))"
            if i in self._levels
            else part.sql
            for i, part in enumerate(self._wanted.parts)
            if part.sql and i not in self._texts
        }

    def read(self, opened: DuckDBPyConnection, begin: int, stop: int) -> Fetched:
        """Return the columns of some adjacent rows; the types that are made for them are temporary."""
        rows = min(stop, self._stored.rows) - begin
        sql = self._stored.between(begin, stop).sql
        read: dict[int, RawPart] = {}
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
