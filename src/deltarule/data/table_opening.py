"""Open a table: read it into memory, or in batches of rows if it would not fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from deltarule._common.formatting import format_bytes
from deltarule.data.memory_limit import DEFAULT_SHARE, estimated_bytes, memory_limit_bytes
from deltarule.data.plain_reading import has_duckdb
from deltarule.data.read_options import ReadOptions, refuse_cell_options
from deltarule.data.sources import is_files, read_table, schema_hints
from deltarule.data.streamed_table import StreamedTable, streamed_table
from deltarule.data.table import Table
from deltarule.errors import MissingPackageError, SettingError
from deltarule.schema import TableSchema

MIN_DUCKDB_BYTES = 256 * 2**20
_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods")
_SQLITE = b"SQLite format 3"


@contextmanager
def opened_table(
    source: Any,
    *,
    query: str | None = None,
    options: ReadOptions,
    memory_limit: str | float | None = None,
    needs_memory: str = "",
    needs_stream: str = "",
    schema: TableSchema | None = None,
    folder: str | None = None,
    on_streamed: Callable[[str], None] | None = None,
) -> Iterator[Table | StreamedTable]:
    """Open a table, whose rows are streamed if they would take more memory than the limit.

    Without a `memory_limit` it is half of the free memory, and what cannot be streamed is read into
    memory; with one it is refused. `needs_memory` names the argument that needs all rows in memory,
    `needs_stream` one that needs streamed rows. `on_streamed` receives a sentence before a table is
    streamed, which takes long.
    """
    limit = memory_limit_bytes(memory_limit)
    reason = needs_stream or ("" if memory_limit is None else "memory_limit")
    needed = _streamed_bytes(source, query, -1 if needs_stream else limit, reason)
    if needed is None or (not reason and needs_memory):
        yield read_table(source, query=query, options=options, schema=schema)
        return
    if needs_memory and needs_stream:
        raise SettingError(
            needs_memory,
            f"cannot be combined with `{needs_stream}`, as it needs all rows in memory",
            hint="Omit one of the two.",
        )
    if needs_memory:
        raise SettingError(
            needs_memory,
            "needs all rows in memory, and the table would take more than `memory_limit`",
            hint=f"Omit `{needs_memory}`, or raise `memory_limit`.",
        )
    if schema is not None:
        refuse_cell_options(options)
    about = f"about {format_bytes(needed)}" if needed else "an unknown amount"
    share = f", {DEFAULT_SHARE:.0%} of the free memory" if memory_limit is None else ""
    why = (
        f"The table would take {about} of memory, and the limit is {format_bytes(limit)}{share}: "
        "its rows are read in batches."
    )
    if needs_stream:
        why = f"The rows are divided into {needs_stream}: they are read in batches."
    if on_streamed is not None:
        on_streamed(why)
    with streamed_table(
        source,
        query=query,
        options=options,
        hints=schema_hints(options),
        memory_bytes=max(limit // 4, MIN_DUCKDB_BYTES),
        schema=schema,
        folder=folder,
    ) as stream:
        stream.memory_bytes, stream.why = limit, why
        yield stream


def _streamed_bytes(source: Any, query: str | None, limit: int, reason: str) -> int | None:
    """Return how much memory a table would take that is to be streamed, 0 if that is not known.

    None: it is read into memory. `reason` is the argument that asks for streamed rows, if there is one.
    """
    if query is None and not is_files(source):
        if reason:
            raise SettingError(
                reason,
                "applies to files and queries, and this table is in memory already",
                hint="Omit it, or give a path.",
            )
        return None
    if not reason and (query is not None or not has_duckdb() or _is_read_at_once(source)):
        return None
    needed = None if query is not None else estimated_bytes(source)
    if needed is not None and needed <= limit:
        return None
    if needed is None and not reason:
        return None
    if not has_duckdb():
        raise MissingPackageError(
            "A table larger than `memory_limit` is read by DuckDB, which is not installed: "
            "pip install duckdb"
        )
    return needed or 0


def _is_read_at_once(source: Any) -> bool:
    """Whether a file is a workbook, by its name, or an SQLite database, by its first bytes."""
    paths = source if isinstance(source, list | tuple) else [source]
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            continue
        if str(path).lower().endswith(_WORKBOOKS):
            return True
        with suppress(OSError), open(path, "rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE:
                return True
    return False
