"""Read a table of an SQLite or DuckDB file."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from deltarule._common.notebook_display import MAX_SHOWN_NAME, listed
from deltarule.data.cell_values import array_of_values
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.duckdb_connection import sql_name, sql_text
from deltarule.data.duckdb_reader import Relation, named_relation
from deltarule.data.read_limits import MAX_SECONDS, ReadLimits
from deltarule.errors import SettingError, TableFileError

if TYPE_CHECKING:
    import sqlite3

    from duckdb import DuckDBPyConnection

_ROWS_AT_ONCE = 10_000
_BOUNDED_ROWS = 100
MAX_CELL_BYTES = 2**20
"""Length of a cell of an SQLite database with bounded cells."""
_MAX_SHOWN = 10


def read_sqlite(
    path: Path, name: str, wanted: str | None, limits: ReadLimits
) -> tuple[dict[str, Any], str]:
    """Return the columns of a table or view of an SQLite file, and the name of the table."""
    import sqlite3  # an optional part of Python

    kinds = "('table')" if limits.is_bounded else "('table', 'view')"  # a view may never end
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    if not Path(f"{path}-wal").exists():
        address += "&immutable=1"  # needs no lock and no permission to write
    try:
        with closing(sqlite3.connect(address, uri=True)) as opened:
            if limits.is_bounded:
                _bound(opened, limits)
            opened.text_factory = lambda data: data.decode("utf-8", errors="replace")
            found = opened.execute(
                f"SELECT name FROM sqlite_master WHERE type IN {kinds} "
                "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
            ).fetchall()
            table = _chosen([row[0] for row in found], wanted, name)
            rows = opened.execute(f"SELECT * FROM {sql_name(table)}")
            names = [field[0] for field in rows.description]
            refuse_duplicates(names, f"{name} ({table})")
            cells: list[list[Any]] = [[] for _ in names]
            texts = 0
            while chunk := rows.fetchmany(_BOUNDED_ROWS if limits.is_bounded else _ROWS_AT_ONCE):
                if limits.is_bounded:
                    limits.check_cells(name, len(cells[0]) + len(chunk), len(names))
                    texts += sum(len(c) for row in chunk for c in row if isinstance(c, str | bytes))
                    limits.check_texts(name, texts)
                for column, values in zip(cells, zip(*chunk, strict=True), strict=True):
                    column += values
    except sqlite3.Error as error:
        if str(error) == "interrupted":
            error = sqlite3.Error(f"it takes more than {MAX_SECONDS:g} seconds")
        raise TableFileError(f"{name} cannot be read as an SQLite database: {error}.") from None
    except UnicodeDecodeError:  # in the name of a column
        raise TableFileError(f"{name} is a damaged SQLite database: copy it again.") from None
    return {n: array_of_values(column) for n, column in zip(names, cells, strict=True)}, table


def _bound(opened: sqlite3.Connection, limits: ReadLimits) -> None:
    """Bound the length of computed texts and the time of a connection."""
    import sqlite3

    opened.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL_BYTES)
    deadline = time.monotonic() + MAX_SECONDS
    opened.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)


def duckdb_relation(
    opened: DuckDBPyConnection, path: Path, name: str, wanted: str | None, limits: ReadLimits
) -> tuple[Relation, str]:
    """Return the relation of a table or view of a DuckDB file, and the name of the table."""
    opened.execute(f"ATTACH {sql_text(str(path))} AS attached (READ_ONLY)")
    views = (
        "UNION ALL SELECT schema_name, view_name FROM duckdb_views() "
        "WHERE database_name = 'attached' AND NOT internal"
    )
    found = opened.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'attached' "
        + ("" if limits.is_bounded else views)  # a view may never end, or read other files
    ).fetchall()
    tables = {
        (table if schema == "main" else f"{schema}.{table}"): (schema, table)
        for schema, table in found
    }
    chosen = _chosen(list(tables), wanted, name)
    schema, table = tables[chosen]
    place = f"attached.{sql_name(schema)}.{sql_name(table)}"
    names = [str(row[0]) for row in opened.execute(f"DESCRIBE {place}").fetchall()]
    return named_relation(place, names, stored=True), chosen


def _chosen(tables: list[str], wanted: str | None, name: str) -> str:
    """Return the table to read: the given one, or the only one."""
    shown = listed(tables, _MAX_SHOWN, MAX_SHOWN_NAME)
    if wanted is not None:
        same = [table for table in tables if table.lower() == wanted.lower()]
        if wanted in tables or len(same) == 1:
            return wanted if wanted in tables else same[0]
        raise SettingError(
            "table", f"must name a table of {name}: {shown or 'it has none'}", wanted
        )
    if not tables:
        raise TableFileError(f"{name} is a database without tables.")
    if len(tables) > 1:
        raise SettingError("table", f"must name one of the tables of {name}: {shown}")
    return tables[0]
