"""CSV and TSV tables: all cells as texts, and the columns that hold only plain numbers as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deltarule.data.dialects import Dialect
from deltarule.data.duckdb_connection import sql_text
from deltarule.data.duckdb_reader import Relation
from deltarule.data.files import TableFile
from deltarule.data.plain_lines import PlainLines, plain_lines
from deltarule.data.raw_columns import MAX_EXACT_INTEGER
from deltarule.data.read_limits import UNLIMITED, ReadLimits
from deltarule.data.wide_texts import MAX_ROWS, MIN_COLUMNS, StoredCells, read_wide
from deltarule.schema import NumberFormat, TableSchema
from deltarule.schema.missing_values import ERROR_VALUES, MISSING_MARKERS
from deltarule.schema.plain_numbers import is_code, is_plain_number

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
) -> Relation:
    """Read a text table once, the columns of plain numbers as numbers and the others as texts.

    This is faster than reading all cells as texts, with the same result. The dialect's sample restricts
    the columns to try; one pass over the whole table then counts the cells that do not fit. A schema says
    which columns hold numbers, and which are read at all. `missing` are the user's spellings of missing
    cells, and `lines` what `wide_lines` returned. Another `storage` than memory takes all columns
    at once.
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
    if not is_wide:
        part = _typed_part(opened, relation, range(len(names)), tried, schema, missing, storage)
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
    storage: Storage = stored_in_memory,
) -> Relation:
    """Return the relation of some columns of a text table, with the numbers among those `tried`."""
    of_part = {index: tried[index] for index in columns if index in tried}
    at_once = len(of_part) if storage is stored_in_memory else _STREAMED_COLUMNS_AT_ONCE
    plain: set[int] = set()
    for start in range(0, len(of_part), max(at_once, 1)):
        some = dict(list(of_part.items())[start : start + at_once])
        plain |= _plain_columns(opened, whole.text_sql, some, schema is None, missing)
    picked = []
    for place, index in enumerate(columns):
        is_plain = index in plain
        value = of_part[index] if is_plain else f"c{index}"
        if schema is not None and not is_plain and whole.names[index] not in schema:
            value = "CAST(NULL AS VARCHAR)"
        picked.append(f"{value} AS c{place}")
    typed = f"SELECT {', '.join(picked)} FROM ({whole.text_sql})"
    return Relation(
        storage(opened, f"typed_{columns.start}", typed),
        whole.names[columns.start : columns.stop],
        stored=True,
        plain=frozenset(index - columns.start for index in plain),
        numbered=storage is not stored_in_memory,
    )


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
    if not present or not all(is_plain_number(t) and not is_code(t) for t in present):
        return None
    return NumberFormat().sql(cell)


def _plain_columns(
    opened: DuckDBPyConnection,
    text_sql: str,
    tried: dict[int, str],
    infer: bool,
    missing: Sequence[str],
) -> frozenset[int]:
    """Return the columns of which every present cell is a number.

    To infer types, integers that are codes (007) or beyond 2⁵³ are no plain numbers.
    """
    if not tried:
        return frozenset()
    values = ", ".join(f"{value} AS v{index}" for index, value in tried.items())
    cells = ", ".join(f"c{index}" for index in tried)
    counts = []
    for index in tried:
        cell, value = f"c{index}", f"v{index}"
        # Only cells that are no numbers are compared with the missing markers.
        odd = f"CASE WHEN {value} IS NULL THEN {_clean_sql(cell, missing)} END"
        counts.append(f"count({odd}), count({value})")
        if infer:
            # Cheap tests first: nearly every number starts with 1 to 9, is 0 or has a decimal point.
            code = (
                f"CASE WHEN NOT ({cell} >= '1' OR {cell} = '0' OR contains({cell}, '.')) "
                f"THEN ltrim(trim({cell}), '+-') BETWEEN '00' AND '09~' ELSE false END"
            )
            large = f"max(abs({value})) >= {MAX_EXACT_INTEGER}"
            counts[-1] += f", coalesce(bool_or({code}), false) OR coalesce({large}, false)"
        else:
            counts[-1] += ", false"
    source = f"SELECT {cells}, {values} FROM ({text_sql})"
    answer = opened.execute(f"SELECT {', '.join(counts)} FROM ({source})").fetchone()
    assert answer is not None
    return frozenset(
        index
        for place, index in enumerate(tried)
        if answer[3 * place] == 0 < answer[3 * place + 1] and not answer[3 * place + 2]
    )


def _clean_sql(cell: str, missing: Sequence[str] = MISSING_MARKERS) -> str:
    """Return SQL for the cell without surrounding blanks, NULL for missing spellings."""
    trimmed = f"trim({cell})"
    spellings = sql_text("\x1f" + "\x1f".join(("", *missing)) + "\x1f")
    is_missing = f"contains({spellings}, concat('\x1f', {trimmed}, '\x1f'))"
    if any("0" <= text[:1] <= "9" for text in missing):
        return f"CASE WHEN NOT {is_missing} THEN {trimmed} END"
    # Most cells are numbers, and cells that begin with a digit are not missing: a cheap test.
    # One search in one text is planned in a fifth of the time of NOT IN (...).
    return (
        f"CASE WHEN {trimmed} BETWEEN '0' AND '9~' THEN {trimmed} "
        f"WHEN NOT {is_missing} THEN {trimmed} END"
    )
