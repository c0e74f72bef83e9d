"""read_table: read a table from files, standard input, memory, or a query."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deltarule.data import duckdb_connection, duckdb_reader
from deltarule.data.file_relations import Found, find_tables
from deltarule.data.frames import InMemory
from deltarule.data.plain_reading import has_duckdb, read_files_plainly, refuse_query
from deltarule.data.raw_columns import RawColumn
from deltarule.data.read_limits import ReadLimits
from deltarule.data.read_options import (
    ReadOptions,
    read_options,
    refuse_cell_options,
    refuse_options,
)
from deltarule.data.schema_inference import SchemaHints
from deltarule.data.table import Table, capital, no_such_column, unknown_column
from deltarule.data.table_reading import (
    ReadTable,
    names_of,
    read_raw,
    register_read,
    with_formats_of,
    without_empty,
)
from deltarule.data.web_addresses import shown_address
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.schema import TableSchema
from deltarule.schema.column_schema import ReadKind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_FRAME_COLUMNS = 64
_LARGE_CELLS = 1_000_000  # from here on it matters that DuckDB keeps memory after reading
_USUAL = ReadOptions()


def read_table(
    source: Any = None,
    *,
    query: str | None = None,
    options: ReadOptions | None = None,
    schema: TableSchema | None = None,
    share: bool = False,
    **fields: Any,
) -> Table:
    """Read a table.

    DuckDB reads files. The schema of a table is found over all rows, not a sample, unless it is given.

    Parameters
    ----------
    source : path, list of paths, stream, data frame, dict of arrays or list of dicts, optional
        A path, a folder, a glob pattern such as ``data/*.csv``, a http or https address, or a list of
        them: CSV, TSV and other text tables, JSON lines, Parquet, Excel, SQLite, DuckDB or ARFF, also
        compressed. The format is detected by content, and the rows of several files are concatenated;
        folders called key=value become columns. "-" for standard input, or any binary stream. A dict
        of arrays, or of single values, which is one row; a list of dicts, each of which is one row; a
        pandas or polars data frame, or a pyarrow table.
    query : str, optional
        A SELECT statement in which the table is called ``source``. Without a source, the query reads
        files itself, by DuckDB's own rules.
    options : ReadOptions, optional
        All options as one value; keywords replace its fields.
    schema : TableSchema, optional
        How the cells of each column are read, usually `TableModel.schema`; only its columns are read.
        By default, the schema is found from all cells.
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
    The kind of a column is found from all its cells, whatever the source: numbers, dates and booleans
    are also found among texts. White space around cells is removed, and markers such as NA, null and ?
    are missing. A key that a dict of a list does not have is a missing cell. The page "How tables are
    read" has all rules.

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
    options = read_options(options, fields) if fields else options or _USUAL
    if schema is not None:
        refuse_cell_options(options)
    hints = schema_hints(options)
    if query is None and not is_files(source):
        refuse_options(options, (), "data in memory")
        in_memory = InMemory(source, share=share, whole=False, only=names_of(schema))
        read, description = _from_memory(in_memory, schema, hints, options.limits)
    elif not has_duckdb():
        if query is not None:
            refuse_query()
        read, description = read_files_plainly(source, options, schema, hints)
    else:
        read, description = _from_files(source, query, options, schema, hints)
    is_path = isinstance(source, str | os.PathLike) and source != "-"
    table = Table(
        read.columns,
        description,
        read.notes,
        read.left_out,
        shown_address(os.fspath(source)) if is_path and query is None else "",
        read.schema,
    )
    if table.rows * len(table.columns) > _LARGE_CELLS:
        duckdb_connection.close_shared()
    options.limits.check_cells(capital(description), table.rows, len(table.columns))
    for name in (*hints.kinds, *hints.ignored):
        if name not in read.schema and name not in dict(read.left_out):
            raise unknown_column(name, table)
    if not table.columns and schema is not None and schema.columns:
        known = tuple(name for name, _ in table.left_out)
        raise ColumnError(no_such_column(schema.names[0], known, description))
    if not table.columns:
        odd = "".join(f"; {name!r}: {reason}" for name, reason in table.left_out[:5])
        raise DataError(
            f"{capital(description)} has no column of numbers, texts or dates{odd}. Add such a column."
        )
    if table.rows == 0:
        raise DataError(f"{capital(description)} has no rows: give a table with rows.")
    return table


def schema_hints(options: ReadOptions) -> SchemaHints:
    """Return what the options state about the cells."""
    stated = dict(options.columns)
    return SchemaHints(
        kinds={name: kind for name, kind in stated.items() if kind != "ignore"},
        ignored=frozenset(name for name, kind in stated.items() if kind == "ignore"),
        missing=options.missing,
        decimal_mark=options.decimal,
        day_first=options.day_first,
    )


def is_files(source: Any) -> bool:
    """Whether a source is a path, several paths, or a stream."""
    if isinstance(source, list | tuple):
        return all(isinstance(item, str | os.PathLike) for item in source)
    return isinstance(source, str | os.PathLike) or callable(getattr(source, "read", None))


def _from_memory(
    found: InMemory, schema: TableSchema | None, hints: SchemaHints, limits: ReadLimits
) -> tuple[ReadTable, str]:
    fetched = duckdb_reader.Fetched()
    # DuckDB scans all columns of a frame in each query, and each text column needs a query.
    for begin in range(0, len(found.places), _FRAME_COLUMNS):
        with (
            duckdb_connection.connection(limits, shared=True) as opened,
            duckdb_connection.file_errors({}, found.description),
        ):
            columns = slice(begin, begin + _FRAME_COLUMNS)
            fetched.add(duckdb_reader.fetch(opened, found.relation(opened, columns), limits=limits))
    return read_raw(found.columns(fetched), schema, hints), found.description


def _from_files(
    source: Any,
    query: str | None,
    options: ReadOptions,
    schema: TableSchema | None,
    hints: SchemaHints,
) -> tuple[ReadTable, str]:
    """Read files, or the result of a query on any source."""
    with ExitStack() as stack:
        opened = stack.enter_context(
            duckdb_connection.connection(options.limits, shared=query is None)
        )
        if query is None:
            found = find_tables(opened, source, options, stack, schema=schema)
            opened = found.attached_to or opened
            return _all_columns(opened, found, schema, hints, options.limits), found.description
        queried = relation = formats = None
        if is_files(source):
            queried = find_tables(opened, source, options, stack, queried=True)
        elif source is not None:
            refuse_options(options, (), "data in memory")
            queried = Found(InMemory(source, share=False, whole=True).description, columns=source)
        if queried is not None:
            relation, formats = _query_source(opened, queried, hints, options.limits)
        relation = duckdb_reader.query_relation(opened, query, relation)
        with duckdb_connection.query_errors():
            read = _read(opened, relation, schema, hints, options.limits)
        if schema is None and formats is not None:
            read = with_formats_of(read, formats)
        return read, "the query" if queried is None else f"a query on {queried.description}"


def _query_source(
    opened: DuckDBPyConnection, found: Found, hints: SchemaHints, limits: ReadLimits
) -> tuple[duckdb_reader.Relation, TableSchema | None]:
    """Return the relation that a query sees, and the schema by which texts were read for it."""
    relation, schema = found.relation, None
    if relation is None:
        relation = InMemory(found.columns, share=False, whole=True).relation(opened)
    elif relation.text_sql:
        with duckdb_connection.file_errors({}, found.description):
            # SQL sees 1745 as it is written; clock numbers are found in the result of the query.
            seen = replace(hints, ignored=frozenset(), clock_numbers=False)
            read = _read(opened, relation, None, seen, limits)
        relation, schema = register_read(opened, read), read.schema
    return replace(relation, notes=(*found.notes, *relation.notes)), schema


def _all_columns(
    opened: DuckDBPyConnection,
    found: Found,
    schema: TableSchema | None,
    hints: SchemaHints,
    limits: ReadLimits,
) -> ReadTable:
    declared: dict[str, ReadKind] = dict.fromkeys(found.categories, "category")
    hints = replace(hints, kinds={**declared, **hints.kinds})
    if found.relation is None:
        in_memory = InMemory(found.columns, share=True, whole=False, only=names_of(schema))
        read, _ = _from_memory(in_memory, schema, hints, limits)
    else:
        with duckdb_connection.file_errors({}, found.description):
            read = _read(opened, found.relation, schema, hints, limits)
    read = replace(read, notes=(*found.notes, *read.notes))
    return read if schema is not None else without_empty(read, found.unnamed)


def _read(
    opened: DuckDBPyConnection,
    relation: duckdb_reader.Relation,
    schema: TableSchema | None,
    hints: SchemaHints,
    limits: ReadLimits,
) -> ReadTable:
    fetched = duckdb_reader.fetch(opened, relation, names_of(schema), limits=limits)

    def as_texts(names: Sequence[str]) -> Mapping[str, RawColumn]:
        return duckdb_reader.fetch_texts(opened, relation, names)

    hints = replace(hints, likely_decimal_mark=relation.likely_decimal_mark)
    return read_raw(fetched, schema, hints, as_texts)
