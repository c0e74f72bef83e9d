"""CSV and TSV tables: all cells as texts, and the columns that hold only plain numbers as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deltarule.data.dialects import Dialect
from deltarule.data.duckdb_connection import sql_text
from deltarule.data.duckdb_reader import Relation
from deltarule.data.files import TableFile
from deltarule.data.plain_columns import ODD_ROW, ExpectedNumbers, plain_columns
from deltarule.data.plain_lines import PlainLines, plain_lines
from deltarule.data.plain_text_copy import NUMBER, SKIPPED, TEXT, PlainCells, TextTable
from deltarule.data.read_limits import UNLIMITED, ReadLimits
from deltarule.data.stored_rows import RowStorage
from deltarule.data.wide_texts import MAX_ROWS, MIN_COLUMNS, StoredCells, read_wide
from deltarule.schema import NumberFormat, TableSchema
from deltarule.schema.missing_values import ERROR_VALUES, MISSING_MARKERS
from deltarule.schema.plain_numbers import is_code, is_plain_number, may_be_months

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Storage = Callable[["DuckDBPyConnection", str, str], str]
"""Stores the rows of a SELECT under a name, and returns a SELECT that reads them again."""
_COLUMNS_AT_ONCE = 64
"""DuckDB takes quadratic time to plan a query of many columns, so that wide tables are read in parts."""
_STREAMED_COLUMNS_AT_ONCE = 128
"""The cells that DuckDB counts of more columns do not fit into its memory when it is bounded."""


def text_relation(
    files: Sequence[TableFile], dialects: Sequence[Dialect], limits: ReadLimits = UNLIMITED
) -> str:
    """Return SQL for all cells of some text tables as text, with the columns of the first table.

    Rows beyond the limits are not read: one more than is allowed shows that there are too many.
    """
    parts = []
    for file, dialect in zip(files, dialects, strict=True):
        places = {name: index for index, name in enumerate(dialect.names)}
        cells_sql = [f"c{places[name]}" for name in dialects[0].names]
        cells_sql += ["NULL" if v is None else sql_text(v) for _, v in file.partitions]
        picked = ", ".join(f"{cell} AS c{index}" for index, cell in enumerate(cells_sql))
        quote = sql_text(dialect.quote)
        header = str(dialect.header_in_file).lower()
        cells = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(dialect.names)))
        parts.append(
            f"SELECT {picked} FROM read_csv({sql_text(str(file.path))}, auto_detect=false, "
            f"delim={sql_text(dialect.separator)}, quote={quote}, escape={quote}, nullstr=[''], "
            f"header={header}, skip={dialect.blank_lines}, strict_mode=true, "
            f"null_padding=false, ignore_errors=false, compression='none', columns={{{cells}}})"
        )
    together = " UNION ALL ".join(parts)
    most = limits.max_rows(len(dialects[0].names))
    return together if most is None else f"SELECT * FROM ({together}) LIMIT {most + 1}"


def stored_in_memory(opened: DuckDBPyConnection, name: str, sql: str) -> str:
    """Store the rows of `sql` in a temporary table of DuckDB."""
    opened.execute(f"CREATE TEMP TABLE {name} AS {sql}")
    return f"FROM {name}"


def wide_lines(
    files: Sequence[TableFile], dialects: Sequence[Dialect], limits: ReadLimits
) -> PlainLines | None:
    """Return the lines of a wide text table that needs no parser, None for other tables."""
    file, dialect = files[0], dialects[0]
    if len(files) > 1 or file.partitions or len(dialect.names) <= MIN_COLUMNS:
        return None
    most = limits.max_rows(len(dialect.names))
    return plain_lines(file.path, dialect, MAX_ROWS if most is None else min(MAX_ROWS, most))


def typed_relation(
    opened: DuckDBPyConnection,
    text_sql: str,
    dialect: Dialect,
    sample_is_all: bool,
    schema: TableSchema | None = None,
    missing: Sequence[str] | None = None,
    lines: PlainLines | None = None,
    storage: Storage = stored_in_memory,
    files: TextTable | None = None,
) -> Relation:
    """Read a text table once, the columns of plain numbers as numbers and the others as texts.

    This is faster than reading all cells as texts, with the same result. The dialect's sample restricts
    the columns to try; one pass over the whole table then counts the cells that do not fit. A schema says
    which columns hold numbers, and which are read at all. `missing` are the user's spellings of missing
    cells, and `lines` what `wide_lines` returned. Another `storage` than memory takes all columns
    at once; it may take the `files` of the text themselves, without DuckDB.
    """
    if missing is not None:
        missing = ("", *missing)
    elif schema is not None:
        missing = MISSING_MARKERS
    else:  # a column with error values is read as texts, so that a note counts them
        missing = tuple(marker for marker in MISSING_MARKERS if marker not in ERROR_VALUES)
    names = dialect.names
    tried: dict[int, str] = {}
    is_wide = len(names) > MIN_COLUMNS and storage is stored_in_memory
    if is_wide or not sample_is_all:
        for index, name in enumerate(names):
            cells = [row[index] for row in dialect.sample if index < len(row)]
            sql = _number_sql(f"c{index}", name, cells, schema, missing)  # of a clean cell
            if sql is not None:
                tried[index] = sql
    relation = Relation(
        "",
        names,
        text_sql=text_sql,
        likely_decimal_mark=None if dialect.separator == "," else ",",
    )
    if storage is not stored_in_memory:
        if files is not None and isinstance(storage, RowStorage):
            copied = _copied(relation, files, tried, schema, missing, storage)
            if copied is not None:
                return copied
        has_underscore = files is None or files.has_underscore()
        expected = ExpectedNumbers.of(
            tried, dialect.sample, schema is None, missing, has_underscore
        )
        return _stored_relation(opened, relation, expected, schema, storage)
    if not is_wide:
        part = _typed_part(opened, relation, range(len(names)), tried, schema, missing)
        return replace(part, text_sql=text_sql, likely_decimal_mark=relation.likely_decimal_mark)
    source: PlainLines | StoredCells | None = lines
    if source is None:
        opened.execute(f"CREATE TEMP TABLE cells AS {text_sql}")
        relation = replace(relation, text_sql="FROM cells")
        answer = opened.execute("SELECT count(*) FROM cells").fetchone()
        if answer is not None and answer[0] <= MAX_ROWS:
            source = StoredCells(opened, "cells")
    if source is not None:
        numbers = {i for i, sql in tried.items() if sql == NumberFormat().sql(f"c{i}")}
        markers, infer = frozenset({"", *missing}), schema is None
        wide = read_wide(
            source, names, numbers=numbers, missing=markers, codes_are_numbers=not infer
        )
        return replace(relation, wide=wide)
    parts = [
        _typed_part(opened, relation, range(len(names))[start : start + _COLUMNS_AT_ONCE],
                    tried, schema, missing)
        for start in range(0, len(names), _COLUMNS_AT_ONCE)
    ]  # fmt: skip
    return replace(relation, parts=tuple(parts))


def _typed_part(
    opened: DuckDBPyConnection,
    whole: Relation,
    columns: range,
    tried: dict[int, str],
    schema: TableSchema | None,
    missing: Sequence[str],
) -> Relation:
    """Return the relation of some columns of a text table, with the numbers among those `tried`."""
    of_part = {index: tried[index] for index in columns if index in tried}
    plain = plain_columns(opened, whole.text_sql, of_part, schema is None, missing)
    picked = _picked(whole.names, columns, {index: of_part[index] for index in plain}, schema)
    name = f"typed_{columns.start}"
    return Relation(
        stored_in_memory(opened, name, f"SELECT {picked} FROM ({whole.text_sql})"),
        whole.names[columns.start : columns.stop],
        stored=True,
        plain=frozenset(index - columns.start for index in plain),
    )


def _copied(
    whole: Relation,
    files: TextTable,
    tried: Mapping[int, str],
    schema: TableSchema | None,
    missing: Sequence[str],
    storage: RowStorage,
) -> Relation | None:
    """Return the relation of a plain text table that is copied without DuckDB, None for other tables."""
    kinds = [
        NUMBER if index in tried else SKIPPED if schema is not None and name not in schema else TEXT
        for index, name in enumerate(whole.names)
    ]
    if any(sql != NumberFormat().sql(f"c{index}") for index, sql in tried.items()):
        return None
    copied = storage.copy_plain_text(files, PlainCells(kinds, missing, schema is None))
    if copied is None:
        return None
    sql, pages = copied
    plain = frozenset(tried)
    return replace(whole, sql=sql, stored=True, plain=plain, numbered=True, pages=pages)


def _stored_relation(
    opened: DuckDBPyConnection,
    whole: Relation,
    expected: ExpectedNumbers,
    schema: TableSchema | None,
    storage: Storage,
) -> Relation:
    """Return the relation of a text table whose cells a storage takes, all columns at once.

    The columns that are expected to hold plain numbers alone are stored as numbers while the text is read
    for the first time. If one has a cell that is none, the text is read again.
    """
    columns, tried, text = range(len(whole.names)), expected.columns, whole.text_sql
    stored, plain = "", frozenset(tried)
    if 0 < len(tried) <= _STREAMED_COLUMNS_AT_ONCE:
        picked = _picked(whole.names, columns, {index: f"n{index}" for index in tried}, schema)
        cells = f"SELECT {picked}, {ODD_ROW} FROM ({expected.sql(text)})"
        found = storage(opened, "typed", cells)
        stored = f"SELECT * EXCLUDE ({ODD_ROW}) FROM ({found})"
        if not expected.are_in(opened, found):
            plain = plain_columns(opened, text, tried, expected.infer, expected.missing)
    else:
        for start in range(0, len(tried), _STREAMED_COLUMNS_AT_ONCE):
            some = dict(list(tried.items())[start : start + _STREAMED_COLUMNS_AT_ONCE])
            fits = plain_columns(opened, text, some, expected.infer, expected.missing)
            plain -= some.keys() - fits
    if not stored or len(plain) < len(tried):
        picked = _picked(whole.names, columns, {index: tried[index] for index in plain}, schema)
        stored = storage(opened, "typed", f"SELECT {picked} FROM ({text})")
    return replace(whole, sql=stored, stored=True, plain=plain, numbered=True)


def _picked(
    names: Sequence[str], columns: range, numbers: Mapping[int, str], schema: TableSchema | None
) -> str:
    """Return SQL for some columns, called c0, c1, ...: numbers, and the others as texts.

    Those that a schema does not have are empty.
    """
    picked = []
    for place, index in enumerate(columns):
        value = numbers.get(index, f"c{index}")
        if schema is not None and index not in numbers and names[index] not in schema:
            value = "CAST(NULL AS VARCHAR)"
        picked.append(f"{value} AS c{place}")
    return ", ".join(picked)


def _number_sql(
    cell: str,
    name: str,
    sample: Sequence[str],
    schema: TableSchema | None,
    missing: Sequence[str],
) -> str | None:
    """Return SQL for the numbers of a column, None if it is read as texts."""
    if schema is not None:
        found = schema[name].format if name in schema else None
        if not isinstance(found, NumberFormat):
            return None
        return found.sql(
            cell if found == NumberFormat() else f"trim({cell})"
        )  # a cast needs no trim
    present = [text for text in map(str.strip, sample) if text not in missing]
    if may_be_months(present) or not all(is_plain_number(t) and not is_code(t) for t in present):
        return None  # no present cell, or inference from all cells decides
    return NumberFormat().sql(cell)
