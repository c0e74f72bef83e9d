"""Read a table from wherever it is: files, standard input, memory, a query."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltarule.data import duckdb_reader
from deltarule.data.cell_parsing import sql_text
from deltarule.data.dialects import Dialect, refuse_duplicates, settle_dialect
from deltarule.data.files import (
    TableFile,
    find_files,
    open_table_file,
    spooled,
    with_plain_line_ends,
)
from deltarule.data.frames import InMemory
from deltarule.data.table import Table, capital
from deltarule.data.type_inference import text_relation, typed_relation
from deltarule.errors import ColumnError, DataError, SettingError, TableFileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_FRAME_COLUMNS = 64


def read_table(
    source: Any = None,
    *,
    query: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    share: bool = False,
) -> Table:
    """Read a table; DuckDB does the reading and the types.

    `source` is one of
        a path, a pattern (data/*.csv), or a list of them: CSV, TSV, JSON lines, Parquet, also
        packed with gzip, told apart by content; several files are put below each other by name
        "-": standard input; or any binary stream
        a dict of arrays, a pandas or polars data frame, a pyarrow table
    `query` is a SELECT in which `source` is the table called `source`; without a source the query
    reads files itself, by DuckDB's own rules.
    `header`: whether text tables start with their column names (see `dialect.has_header` for how
    that is found out); without, the columns are called column1, column2, ...
    `encoding`: of text tables; found out if it is UTF-8, UTF-16 with its mark, Windows-1252 or
    Latin-1.
    `share`: columns of a table in memory may be views of its numbers, so that they are there once;
    they then change with it.

    Cells of text are trimmed, and `spelling.MISSING_SPELLINGS` are missing. Types are found over
    all rows, not a sample. Whole numbers with leading zeros are text; yes and no are text; text
    that is all ISO dates is a date; columns that hold lists and the like are left out and listed in
    `Table.left_out`.

    Raises `FileError`, `TableFileError`, `ColumnError` (duplicate names), `DataError` (no rows,
    or a query that fails), `SettingError`.
    """
    if source is None and query is None:
        raise SettingError.message("read_table needs a source or a query, got neither.")
    if query is None and not _is_files(source):
        fetched, said = _from_memory(InMemory(source, share=share, whole=False))
    else:
        fetched, said = _through_duckdb(source, query, header, encoding)
    table = Table(tuple(fetched.columns), said, tuple(fetched.notes), tuple(fetched.left_out))
    if not table.columns:
        odd = "".join(f"; {name!r}: {reason}" for name, reason in table.left_out[:5])
        raise DataError(
            f"{capital(said)} has no column of numbers, texts or dates{odd}. Add one that does."
        )
    if table.rows == 0:
        raise DataError(f"{capital(said)} has no rows: give a table that has some.")
    return table


def _is_files(source: Any) -> bool:
    """Tell whether a source is a path, several of them, or a stream."""
    if isinstance(source, list | tuple):
        return all(isinstance(item, str | os.PathLike) for item in source)
    return isinstance(source, str | os.PathLike) or callable(getattr(source, "read", None))


def _from_memory(found: InMemory) -> tuple[duckdb_reader.Fetched, str]:
    read = duckdb_reader.Fetched()
    try:
        # DuckDB looks at all columns of a frame in each query, and each text has a query of its own.
        for begin in range(0, len(found.places), _FRAME_COLUMNS):
            with duckdb_reader.connection() as opened, duckdb_reader.file_errors({}, found.said):
                columns = slice(begin, begin + _FRAME_COLUMNS)
                read.add(duckdb_reader.fetch(opened, found.relation(opened, columns)))
        return found.columns(read), found.said
    except TableFileError:
        found.refuse_texts_that_are_none()
        raise


def _through_duckdb(
    source: Any, query: str | None, header: bool | None, encoding: str | None
) -> tuple[duckdb_reader.Fetched, str]:
    with ExitStack() as stack:
        opened = stack.enter_context(duckdb_reader.connection())
        relation, said = None, "the query"
        if source is not None:
            relation, said = _relation(opened, source, header, encoding, stack)
        if query is not None:
            relation = duckdb_reader.query_relation(opened, query, relation)
            with duckdb_reader.query_errors():
                fetched = duckdb_reader.fetch(opened, relation)
            return fetched, said if source is None else f"a query on {said}"
        assert relation is not None
        with duckdb_reader.file_errors({}, said):
            return duckdb_reader.fetch(opened, relation), said


def _relation(
    opened: DuckDBPyConnection,
    source: Any,
    header: bool | None,
    encoding: str | None,
    stack: ExitStack,
) -> tuple[duckdb_reader.Relation, str]:
    """Return the relation of any source, and the source in words."""
    if not _is_files(source):
        found = InMemory(source, share=False, whole=True)
        return found.relation(opened), found.said
    if isinstance(source, str) and source == "-":
        source = sys.stdin.buffer
    if callable(getattr(source, "read", None)):
        if not isinstance(chunk := source.read(0), bytes):
            raise SettingError(
                "source",
                f"must be a stream that gives bytes, got one of {type(chunk).__name__}",
                hint="Open it in mode 'rb'.",
            )
        path = stack.enter_context(spooled(source))
        named = source is not sys.stdin.buffer and isinstance(getattr(source, "name", None), str)
        name = source.name if named else "standard input"
        files = [open_table_file(path, name, encoding, stack)]
    elif isinstance(source, str | os.PathLike):
        files = _open_all([source], encoding, stack)
    else:
        files = _open_all(source, encoding, stack)
    said = files[0].name if len(files) == 1 else f"{len(files)} files ({files[0].name}, ...)"
    if files[0].format == "csv":
        return _text_tables(opened, files, header, said, stack)
    return _typed_files(opened, files, said)


def _open_all(
    sources: Sequence[str | os.PathLike[str]], encoding: str | None, stack: ExitStack
) -> list[TableFile]:
    paths: list[Path] = [path for source in sources for path in find_files(source)]
    if not paths:
        raise SettingError("source", "must name at least one file, got an empty list")
    files = [open_table_file(path, str(path), encoding, stack) for path in paths]
    for file in files:
        if file.format != files[0].format:
            raise TableFileError(
                f"{file.name} is {file.format}, but {files[0].name} is {files[0].format}: read "
                "files of one format together."
            )
    return files


def _text_tables(
    opened: DuckDBPyConnection,
    files: list[TableFile],
    header: bool | None,
    said: str,
    stack: ExitStack,
) -> tuple[duckdb_reader.Relation, str]:
    dialects = [settle_dialect(file, header) for file in files]
    _refuse_other_columns([(file.name, d.names) for file, d in zip(files, dialects, strict=True)])
    try:
        relation = _typed_text(opened, files, dialects)
    except TableFileError as error:
        if "invalid state" not in str(error):
            raise
        # DuckDB's strict parser wants one kind of line end: some files mix them.
        files = [with_plain_line_ends(file, stack) for file in files]
        relation = _typed_text(opened, files, dialects)
    encodings = {file.encoding.removesuffix("-sig") for file in files} - {"utf-8"}
    words = f"{dialects[0].words}{''.join(f', {known} text' for known in sorted(encodings))}"
    return relation, f"{said} ({words})" if len(files) == 1 else said


def _typed_text(
    opened: DuckDBPyConnection, files: Sequence[TableFile], dialects: Sequence[Dialect]
) -> duckdb_reader.Relation:
    with duckdb_reader.file_errors({str(file.path): file.name for file in files}, files[0].name):
        sql = text_relation(files, dialects)
        sample_is_all = len(files) == 1 and dialects[0].sample_is_all
        return typed_relation(opened, sql, dialects[0], sample_is_all)


def _typed_files(
    opened: DuckDBPyConnection, files: Sequence[TableFile], said: str
) -> tuple[duckdb_reader.Relation, str]:
    """Parquet and JSON lines, which bring their types."""
    relations = []
    for file in files:
        with duckdb_reader.file_errors({str(file.path): file.name}, file.name):
            path = sql_text(str(file.path))
            if file.format == "parquet":
                names = duckdb_reader.parquet_names(opened, str(file.path))
                refuse_duplicates(names, file.name)
                relation = duckdb_reader.named_relation(f"read_parquet({path})", names, stored=True)
            else:
                sql = f"read_json({path}, format='auto', sample_size=-1, compression='none')"
                names = duckdb_reader.json_names(opened, str(file.path), sql)
                relation = duckdb_reader.named_relation(sql, names, stored=False)
        relations.append(relation)
    first = relations[0]
    if len(files) == 1:
        return first, said
    _refuse_other_columns([(f.name, r.names) for f, r in zip(files, relations, strict=True)])
    parts = []
    for relation in relations:
        places = ", ".join(
            f"c{relation.names.index(name)} AS c{index}" for index, name in enumerate(first.names)
        )
        parts.append(f"SELECT {places} FROM ({relation.sql})")
    return duckdb_reader.Relation(" UNION ALL ".join(parts), first.names, first.stored), said


def _refuse_other_columns(tables: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    first, names = tables[0]
    for other, found in tables[1:]:
        odd = sorted(set(names) ^ set(found))
        if odd:
            raise ColumnError(
                f"{other} and {first} do not have the same columns: {odd[0]!r} is only in "
                f"{first if odd[0] in names else other}. They need the same."
            )
