"""A DuckDB connection: its settings, its errors as sentences, and its results as NumPy arrays."""

from __future__ import annotations

import atexit
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from deltarule._common.deferred_signals import deferred_signals
from deltarule._common.formatting import counted
from deltarule._common.processors import processor_count
from deltarule.data.read_limits import MAX_MEMORY, MAX_SECONDS, UNLIMITED, ReadLimits
from deltarule.data.text_records import UNCLOSED_QUOTE
from deltarule.errors import DataError, TableFileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Nothing is fetched from a network, nothing is written outside memory, no Python variable is read.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_file_cache": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "temp_directory": "",
}
_CELLS_AT_ONCE, _MIN_COLUMNS = 1_000_000, 4


MIN_THREAD_BYTES = 2**27
"""Memory for each thread of a DuckDB that spills; one that parses CSV takes 30 MiB for a buffer alone."""


@dataclass(frozen=True)
class Spilling:
    """The memory that a DuckDB may use, in bytes, and the folder that takes what does not fit."""

    memory_bytes: int
    folder: str


_kept: dict[str, DuckDBPyConnection] = {}
"""The DuckDB of shared connections: to open one takes longer than to read a small file."""


def close_shared() -> None:
    """Close the DuckDB of shared connections as soon as no connection uses it; it holds memory."""
    _kept.clear()


atexit.register(close_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=close_shared)  # a child has none of its threads


@contextmanager
def connection(
    limits: ReadLimits = UNLIMITED, *, shared: bool = False, spilling: Spilling | None = None
) -> Iterator[DuckDBPyConnection]:
    """Open an empty in-memory DuckDB that accesses only the files it is asked to read.

    `shared`: the caller makes only temporary tables, views and types, which no other connection sees. All
    these connections belong to one DuckDB, until an error. Without `spilling`, nothing is
    written to disk.
    """
    is_shared = shared and not limits.is_bounded and spilling is None
    opened = _new_cursor() if is_shared else _new_database(limits, spilling)
    try:
        with _interrupted_late(opened) if limits.is_bounded else nullcontext():
            yield opened
    except BaseException as error:
        close_shared()
        # DuckDB's error for a signal during a query
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise
    finally:
        opened.close()


def _new_database(limits: ReadLimits, spilling: Spilling | None = None) -> DuckDBPyConnection:
    with deferred_signals():
        import duckdb

    settings = dict(_SETTINGS)
    if limits.is_bounded:
        settings["memory_limit"] = f"{MAX_MEMORY}B"
    if spilling is not None:
        settings["memory_limit"] = f"{spilling.memory_bytes}B"
        settings["temp_directory"] = spilling.folder
        most = spilling.memory_bytes // MIN_THREAD_BYTES
        settings["threads"] = max(min(processor_count(), most), 1)
    opened = duckdb.connect(":memory:", config=settings)
    if spilling is not None:
        opened.execute("SET GLOBAL parquet_metadata_cache = true")  # files are read batch by batch
    return opened


def _new_cursor() -> DuckDBPyConnection:
    database = _kept.get("database")
    if database is None:
        database = _kept["database"] = _new_database(UNLIMITED)
    return database.cursor()


@contextmanager
def _interrupted_late(opened: DuckDBPyConnection) -> Iterator[None]:
    """Interrupt every query that runs after `MAX_SECONDS`."""
    done = threading.Event()

    def watch() -> None:
        done.wait(MAX_SECONDS)
        while not done.wait(0.1):
            opened.interrupt()

    thread = threading.Thread(target=watch, name="deltarule-read-limit", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def sql_text(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def file_errors(names: Mapping[str, str], fallback: str) -> Iterator[None]:
    """Convert DuckDB's errors to one sentence; `names` maps paths to the names that users know."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise TableFileError(_file_sentence(str(error), names, fallback)) from None


@contextmanager
def query_errors() -> Iterator[None]:
    """Convert DuckDB's errors about a user's query to one sentence."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        first = re.split(r"\n\s*\n|\nLINE ", str(error).strip())[0].replace("\n", " ")
        first = re.sub(r"^[A-Z]\w*( [A-Z]\w*)? Error: ", "", first)
        missing_file = re.search(r'No files found that match the pattern "(.*)"', first)
        missing_table = re.match(r"Table with name (\S+) does not exist", first)
        if reason := _resource_reason(str(error)):
            first = reason
        elif missing_file:
            first = f"there is no file {missing_file.group(1)}: check the path and the folder you are in"
        elif missing_table:
            first = (
                f"the table {missing_table.group(1)} does not exist. The table of SOURCE is called "
                "source; a file is read by FROM 'x.csv'"
            )
        elif "extension" in first:
            first = (
                "it needs a DuckDB extension, and deltarule loads none. Give an address, a workbook or a "
                "database as SOURCE, and write FROM source"
            )
        raise DataError(f"The query failed: {first.rstrip('.!')}.".replace("?.", "?")) from None


def tables_read(opened: DuckDBPyConnection, query: str) -> set[str]:
    """Return the names in small letters of the tables and files that a query reads.

    Must be called before a view `source` exists, because DuckDB lists what views read.
    """
    import duckdb

    try:
        return {name.lower() for name in opened.get_table_names(query)}
    except duckdb.Error:  # the columns of `source` are not known yet
        return {"source"} if re.search(r"\bsource\b", query, re.IGNORECASE) else set()


def refuse_unused_source(names: set[str]) -> None:
    """Raise `DataError` if a query that reads the tables `names` does not read `source`."""
    if "source" not in names:
        read = f" but {', '.join(sorted(names))}" if names else ""
        raise DataError(
            f"The query does not read the table source{read}, so that SOURCE has no effect: write FROM "
            "source, or omit SOURCE."
        )


def read_values(
    opened: DuckDBPyConnection,
    values: Mapping[int, str],
    sql: str,
    rows: int,
    at_once: int | None = None,
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Read expressions over `sql`, each as an array (rows,), masked where it is NULL.

    `values` holds the expressions by column index. Few columns are read at a time unless it is stated how
    many, because DuckDB needs several times their size.
    """
    at_once = at_once or max(_MIN_COLUMNS, _CELLS_AT_ONCE // max(rows, 1))
    indexes = list(values)
    for start in range(0, len(indexes), at_once):
        group = indexes[start : start + at_once]
        cells = ", ".join(f"{values[index]} AS c{index}" for index in group)
        arrays = opened.execute(f"SELECT {cells} FROM ({sql})").fetchnumpy()
        for index in group:
            yield index, arrays.pop(f"c{index}")


def _resource_reason(message: str) -> str:
    """Return why a query was given up, "" if it is wrong or the file is."""
    unwritten = re.search(r"""Could not (?:write|create)[^:]*["']: ([A-Z][\w ]+)""", message)
    if unwritten or "No space left on device" in message:
        why = unwritten.group(1).strip().lower() if unwritten else "no space left on device"
        return unwritten_copy(why)
    if "Out of Memory Error" in message:
        return (
            "it needs more memory than there is or is allowed here. Use fewer rows or columns, a higher "
            "limit, or a larger machine"
        )
    if message.startswith("INTERRUPT"):
        return f"it takes more than {MAX_SECONDS:g} seconds. Use a smaller file"
    return ""


def unwritten_copy(why: str) -> str:
    """Return why a table cannot be read whose rows cannot be copied."""
    return (
        f"its rows cannot be copied to a temporary file: {why}. Free some space, or choose another "
        "folder"
    )


def row_width_message(place: str, found: int, expected: int) -> str:
    """Return the sentence about a row with another number of columns than the table."""
    return (
        f"{place}: the row has {counted(found, 'column')}, but the table has {expected}. Correct the "
        "line; a cell that contains the separator needs double quotes."
    )


def _file_sentence(message: str, names: Mapping[str, str], fallback: str) -> str:
    path = re.search(r"file = (.+)", message)
    name = names.get(path.group(1).strip(), fallback) if path else fallback
    line = re.search(r"CSV Error on Line: (\d+)", message)
    widths = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    place = f"{name}, line {line.group(1)}" if line else name
    if widths:
        expected, found = map(int, widths.groups())
        return row_width_message(place, found, expected)
    if "unterminated quote" in message:
        return f"{place}: {UNCLOSED_QUOTE}"
    if "maximum_object_size" in message:
        return f"{place}: a JSON object is longer than 16 MB, which is not a row of a table."
    if "Parallel CSV Reader" in message:
        return f"{place} has more than a megabyte without a row: remove the empty lines."
    if "Maximum line size" in message:
        return f"{place}: the line is longer than 2 MB, which is not a row of a table."
    first = re.split(r"\n|\. ", message.strip())[0]
    first = re.sub(r"^[A-Z]\w*( [A-Z]\w*)? Error: ", "", first)
    first = re.sub(r""" in file (["'])[^"']*\1,?""", "", first)  # this may be a temporary copy
    first = _resource_reason(message) or first
    return f"{place} cannot be read as a table: {first.rstrip('.')}."
