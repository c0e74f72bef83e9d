"""Rows of a table in a file that DuckDB reads from any row on: the source itself, or a copy of it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deltarule.data.column_parts import large_integers
from deltarule.data.duckdb_connection import sql_text, unwritten_copy
from deltarule.data.duckdb_reader import Relation
from deltarule.data.parquet_pages import StoredPages
from deltarule.data.plain_text_copy import PlainCells, TextTable, copy_plain_text, parquet_sql
from deltarule.errors import TableFileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROW = "row_number"
_SHARE_OF_A_GROUP, _BYTES_OF_A_CELL = 8, 16
_MAX_COPIED_COLUMNS = 64  # a table in DuckDB's memory takes 256 KiB for each column
_MIN_GROUP_ROWS, _MAX_GROUP_ROWS = 2048, 122_880  # the size of a vector, and DuckDB's own


@dataclass(frozen=True)
class StoredRows:
    """The rows of a relation, counted from 0; `sql` selects its columns and `row_number`.

    `row_bytes` is the mean size of a row: eight bytes for each cell, and its texts.
    """

    relation: Relation
    sql: str
    rows: int
    row_bytes: int

    @property
    def cells(self) -> str:
        """A SELECT of all rows without their numbers."""
        return f"SELECT * EXCLUDE ({_ROW}) FROM ({self.sql})"

    def between(self, begin: int, stop: int) -> Relation:
        """Return the relation of some adjacent rows."""
        return self._where(f"WHERE {_ROW} >= {begin} AND {_ROW} < {stop}")

    def chosen(self, opened: DuckDBPyConnection, rows: NDArray[np.int64]) -> Relation:
        """Return the relation of the rows with these ascending numbers."""
        opened.register("chosen_rows", {"n": rows})
        return self._where(f"SEMI JOIN chosen_rows ON {_ROW} = n ORDER BY {_ROW}")

    def column(self, index: int) -> str:
        """Return a SELECT of the cells of one column as c0, with their JSON types as t0."""
        types = f", t{index} AS t0" if self.relation.json else ""
        return f"SELECT c{index} AS c0{types} FROM ({self.sql})"

    def _where(self, condition: str) -> Relation:
        sql = f"{self.cells} {condition}"
        is_wide = len(self.relation.names) > _MAX_COPIED_COLUMNS
        return replace(self.relation, sql=sql, stored=is_wide)


class RowStorage:
    """Copies tables into a database in a folder; an instance is a `text_tables.Storage`.

    DuckDB compresses numbers with few digits well. `memory_bytes` is its memory, which keeps some
    groups of rows while they are written.
    """

    def __init__(self, folder: str | os.PathLike[str], memory_bytes: int) -> None:
        self._folder, self._memory_bytes = folder, memory_bytes
        self._is_attached = False
        self._copies = 0

    def __call__(self, opened: DuckDBPyConnection, name: str, sql: str) -> str:
        """Copy the rows of `sql`; those that were copied under the same name are replaced."""
        if not self._is_attached:
            columns = len(opened.execute(f"DESCRIBE {sql}").fetchall())
            size = f"ROW_GROUP_SIZE {self._group_rows(columns)}"
            path = os.path.join(self._folder, "rows.duckdb")
            opened.execute(f"ATTACH {sql_text(path)} AS stored ({size})")
            self._is_attached = True
        opened.execute(f"DROP TABLE IF EXISTS stored.{name}")
        opened.execute("CHECKPOINT stored")  # so that the new rows take the place of the old ones
        opened.execute(f"CREATE TABLE stored.{name} AS {sql}")
        return f"SELECT *, rowid AS file_row_number FROM stored.{name}"

    def copy_plain_text(
        self, table: TextTable, cells: PlainCells
    ) -> tuple[str, StoredPages] | None:
        """Copy a plain text table, without DuckDB; return a SELECT of its rows, and their pages.

        None: the table is not plain. The copy before is removed.
        """
        before, path = (
            os.path.join(self._folder, f"rows-{number}.parquet")
            for number in (self._copies, self._copies + 1)
        )
        with suppress(FileNotFoundError):
            os.unlink(before)
        self._copies += 1
        columns = len(cells.kinds)
        try:
            pages = copy_plain_text(table, cells, path, self._group_rows(columns))
        except OSError as error:
            why = unwritten_copy((error.strerror or str(error)).lower())
            name = table.files[0].name
            raise TableFileError(f"{name} cannot be read as a table: {why}.") from error
        return None if pages is None else (parquet_sql(path, columns), pages)

    def _group_rows(self, columns: int) -> int:
        rows = self._memory_bytes // _SHARE_OF_A_GROUP // (_BYTES_OF_A_CELL * columns)
        rows = int(np.clip(rows, _MIN_GROUP_ROWS, _MAX_GROUP_ROWS))
        return rows // _MIN_GROUP_ROWS * _MIN_GROUP_ROWS

    def numbered(self, opened: DuckDBPyConnection, relation: Relation) -> StoredRows:
        """Return the rows of a relation with their numbers; those that have none are copied."""
        numbered = relation.sql if relation.numbered else self(opened, "copied", relation.sql)
        sql = f"SELECT * RENAME (file_row_number AS {_ROW}) FROM ({numbered})"
        if relation.json and relation.names:
            asked = ", ".join(large_integers(index) for index in range(len(relation.names)))
            answer = opened.execute(f"SELECT {asked} FROM ({sql})").fetchall()[0]
            relation = replace(relation, digits=frozenset(np.flatnonzero(answer).tolist()))
        return StoredRows(relation, sql, *_size(opened, sql))


def _size(opened: DuckDBPyConnection, sql: str) -> tuple[int, int]:
    """Return the number of rows, and the mean bytes of a row."""
    columns = opened.execute(f"DESCRIBE {sql}").fetchall()
    texts = [f"coalesce(avg(strlen({name})), 0)" for name, kind, *_ in columns if kind == "VARCHAR"]
    answer = opened.execute(f"SELECT count(*), {' + '.join(['0', *texts])} FROM ({sql})").fetchone()
    assert answer is not None
    return int(answer[0]), 8 * len(columns) + int(answer[1])
