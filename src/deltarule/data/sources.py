"""read_table: read a table from files, standard input, memory, or a query."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltarule.data import duckdb_connection, duckdb_reader
from deltarule.data.cell_parsing import sql_text
from deltarule.data.dialects import Dialect, detect_dialect, refuse_duplicates
from deltarule.data.files import (
    TableFile,
    find_files,
    open_table_file,
    spooled,
    with_plain_line_ends,
)
from deltarule.data.frames import InMemory
from deltarule.data.read_options import ReadOptions, read_options, refuse_options
from deltarule.data.table import Table, capital
from deltarule.data.type_inference import text_relation, typed_relation
from deltarule.errors import ColumnError, DataError, SettingError, TableFileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_FRAME_COLUMNS = 64
_MAX_LAYOUT_NOTES = 5


@dataclass(frozen=True)
class _Found:
    """The relation of a source, its description, and the columns to drop where they are empty."""

    relation: duckdb_reader.Relation
    description: str
    unnamed: tuple[str, ...] = ()


def read_table(
    source: Any = None,
    *,
    query: str | None = None,
    options: ReadOptions | None = None,
    share: bool = False,
    **fields: Any,
) -> Table:
    """Read a table.

    DuckDB reads files. Column types are detected over all rows, not a sample.

    Parameters
    ----------
    source : path, list of paths, stream, data frame or dict of arrays, optional
        A path or a glob pattern such as ``data/*.csv``, or a list of them: CSV, TSV, JSON lines or
        Parquet, also compressed with gzip; the format is detected by content, and the rows of several
        files are concatenated. "-" for standard input, or any binary stream. A dict of arrays, a
        pandas or polars data frame, or a pyarrow table.
    query : str, optional
        A SELECT statement in which the table is called ``source``. Without a source, the query reads
        files itself, by DuckDB's own rules.
    options : ReadOptions, optional
        All options as one value; keywords replace its fields.
    share : bool, default False
        Whether columns may be views of the numbers of a table in memory, which saves a copy.
    **fields : Any
        Fields of `ReadOptions`, such as ``header=False`` or ``encoding="cp1252"``. What is not given
        is detected.

    Returns
    -------
    Table
        The columns. `Table.left_out` lists columns that cannot be used, such as columns of lists.

    Raises
    ------
    FileError
        If a file does not exist or cannot be read.
    TableFileError
        If a file is not a table.
    ColumnError
        If two columns have the same name.
    DataError
        If the table has no rows or no usable columns, or if the query fails.
    SettingError
        If an argument is not allowed.

    Notes
    -----
    Text cells are trimmed. Empty cells, NA, N/A, nan, null, None and ? are missing. Integers with leading
    zeros are texts, because they are codes; so are yes and no. A column whose texts are all ISO dates is
    a datetime column.

    Examples
    --------
    >>> import io
    >>> from deltarule.data import read_table
    >>> table = read_table({"size": [1.5, 2.5], "color": ["red", None]})
    >>> table.rows, table.names
    (2, ('size', 'color'))
    >>> table = read_table(io.BytesIO(b"day,count\\n2024-05-01,3\\n2024-05-02,?\\n"))
    >>> [column.kind for column in table.columns]
    ['datetime', 'number']
    """
    if source is None and query is None:
        raise SettingError.message("read_table needs a source or a query, got neither.")
    options = read_options(options, fields)
    if query is None and not _is_files(source):
        refuse_options(options, (), "data in memory")
        fetched, description = _from_memory(InMemory(source, share=share, whole=False))
    else:
        fetched, description = _through_duckdb(source, query, options)
    is_path = isinstance(source, str | os.PathLike) and source != "-"
    table = Table(
        tuple(fetched.columns),
        description,
        tuple(fetched.notes),
        tuple(fetched.left_out),
        os.fspath(source) if is_path and query is None else "",
    )
    if not table.columns:
        odd = "".join(f"; {name!r}: {reason}" for name, reason in table.left_out[:5])
        raise DataError(
            f"{capital(description)} has no column of numbers, texts or dates{odd}. Add such a column."
        )
    if table.rows == 0:
        raise DataError(f"{capital(description)} has no rows: give a table with rows.")
    return table


def _is_files(source: Any) -> bool:
    """Whether a source is a path, several paths, or a stream."""
    if isinstance(source, list | tuple):
        return all(isinstance(item, str | os.PathLike) for item in source)
    return isinstance(source, str | os.PathLike) or callable(getattr(source, "read", None))


def _from_memory(found: InMemory) -> tuple[duckdb_reader.Fetched, str]:
    read = duckdb_reader.Fetched()
    try:
        # DuckDB scans all columns of a frame in each query, and each text column needs a query.
        for begin in range(0, len(found.places), _FRAME_COLUMNS):
            with (
                duckdb_connection.connection() as opened,
                duckdb_connection.file_errors({}, found.description),
            ):
                columns = slice(begin, begin + _FRAME_COLUMNS)
                read.add(duckdb_reader.fetch(opened, found.relation(opened, columns)))
        return found.columns(read), found.description
    except TableFileError:
        found.refuse_invalid_texts()
        raise


def _through_duckdb(
    source: Any, query: str | None, options: ReadOptions
) -> tuple[duckdb_reader.Fetched, str]:
    with ExitStack() as stack:
        opened = stack.enter_context(duckdb_connection.connection())
        found = None if source is None else _find(opened, source, options, stack)
        if query is not None:
            given = None if found is None else found.relation
            relation = duckdb_reader.query_relation(opened, query, given)
            with duckdb_connection.query_errors():
                fetched = duckdb_reader.fetch(opened, relation)
            return fetched, "the query" if found is None else f"a query on {found.description}"
        assert found is not None
        with duckdb_connection.file_errors({}, found.description):
            fetched = duckdb_reader.fetch(opened, found.relation)
        fetched.columns = [
            column
            for column in fetched.columns
            if column.name not in found.unnamed or not column.missing.all()
        ]
        return fetched, found.description


def _find(
    opened: DuckDBPyConnection,
    source: Any,
    options: ReadOptions,
    stack: ExitStack,
) -> _Found:
    """Return the relation of any source."""
    if not _is_files(source):
        found = InMemory(source, share=False, whole=True)
        return _Found(found.relation(opened), found.description)
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
        files = [open_table_file(path, name, options.encoding, stack)]
    elif isinstance(source, str | os.PathLike):
        files = _open_all([source], options, stack)
    else:
        files = _open_all(source, options, stack)
    description = files[0].name if len(files) == 1 else f"{len(files)} files ({files[0].name}, ...)"
    if files[0].format == "csv":
        return _text_tables(opened, files, options, description, stack)
    return _typed_files(opened, files, description)


def _open_all(
    sources: Sequence[str | os.PathLike[str]], options: ReadOptions, stack: ExitStack
) -> list[TableFile]:
    paths: list[Path] = [path for source in sources for path in find_files(source)]
    if not paths:
        raise SettingError("source", "must name at least one file, got an empty list")
    files = [open_table_file(path, str(path), options.encoding, stack) for path in paths]
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
    options: ReadOptions,
    description: str,
    stack: ExitStack,
) -> _Found:
    detected = [detect_dialect(file, options, stack) for file in files]
    files, dialects = [file for file, _ in detected], [dialect for _, dialect in detected]
    _refuse_other_columns([(file.name, d.names) for file, d in zip(files, dialects, strict=True)])
    try:
        relation = _typed_text(opened, files, dialects)
    except TableFileError as error:
        if "invalid state" not in str(error):
            raise
        # DuckDB's strict parser does not accept mixed line ends.
        files = [with_plain_line_ends(file, stack) for file in files]
        relation = _typed_text(opened, files, dialects)
    encodings = {file.encoding.removesuffix("-sig") for file in files} - {"utf-8"}
    summary = f"{dialects[0].summary}{''.join(f', {known} text' for known in sorted(encodings))}"
    layout = [note for dialect in dialects for note in dialect.notes]
    layout = list(dict.fromkeys(layout))[:_MAX_LAYOUT_NOTES]
    relation = replace(relation, notes=(*layout, *relation.notes))
    shown = f"{description} ({summary})" if len(files) == 1 else description
    return _Found(relation, shown, dialects[0].unnamed)


def _typed_text(
    opened: DuckDBPyConnection, files: Sequence[TableFile], dialects: Sequence[Dialect]
) -> duckdb_reader.Relation:
    with duckdb_connection.file_errors(
        {str(file.path): file.name for file in files}, files[0].name
    ):
        sql = text_relation(files, dialects)
        sample_is_all = len(files) == 1 and dialects[0].sample_is_all
        return typed_relation(opened, sql, dialects[0], sample_is_all)


def _typed_files(
    opened: DuckDBPyConnection, files: Sequence[TableFile], description: str
) -> _Found:
    """Return the relation of Parquet or JSON files, whose columns have types."""
    relations = []
    for file in files:
        with duckdb_connection.file_errors({str(file.path): file.name}, file.name):
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
        return _Found(first, description)
    _refuse_other_columns([(f.name, r.names) for f, r in zip(files, relations, strict=True)])
    parts = []
    for relation in relations:
        places = ", ".join(
            f"c{relation.names.index(name)} AS c{index}" for index, name in enumerate(first.names)
        )
        parts.append(f"SELECT {places} FROM ({relation.sql})")
    together = duckdb_reader.Relation(" UNION ALL ".join(parts), first.names, first.stored)
    return _Found(together, description)


def _refuse_other_columns(tables: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    first, names = tables[0]
    for other, found in tables[1:]:
        odd = sorted(set(names) ^ set(found))
        if odd:
            raise ColumnError(
                f"{other} and {first} must have the same columns, but {odd[0]!r} is only in "
                f"{first if odd[0] in names else other}."
            )
