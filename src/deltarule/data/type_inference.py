"""CSV and TSV tables: all cells as texts, and the columns that hold only plain numbers as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deltarule.data.cell_parsing import clean_sql, sql_text
from deltarule.data.dialects import Dialect
from deltarule.data.duckdb_reader import Relation
from deltarule.data.files import TableFile
from deltarule.data.raw_columns import MAX_EXACT_INTEGER
from deltarule.schema import NumberFormat, TableSchema
from deltarule.schema.missing_values import MISSING_MARKERS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CODE = re.compile(r"[+-]?0[0-9]+")


def text_relation(files: Sequence[TableFile], dialects: Sequence[Dialect]) -> str:
    """Return SQL for all cells of some text tables as text, with the columns of the first table."""
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
    return " UNION ALL ".join(parts)


def typed_relation(
    opened: DuckDBPyConnection,
    text_sql: str,
    dialect: Dialect,
    sample_is_all: bool,
    schema: TableSchema | None = None,
    missing: Sequence[str] | None = None,
) -> Relation:
    """Read a text table once, the columns of plain numbers as numbers and the others as texts.

    This is faster than reading all cells as texts, with the same result. The dialect's sample restricts
    the columns to try; one pass over the whole table then counts the cells that do not fit. A schema says
    which columns hold numbers, and which are read at all. `missing` are the user's spellings of missing
    cells.
    """
    missing = MISSING_MARKERS if missing is None else ("", *missing)
    names, picked = dialect.names, [f"c{index}" for index in range(len(dialect.names))]
    tried: dict[int, str] = {}
    if not sample_is_all:
        for index, name in enumerate(names):
            cells = [row[index] for row in dialect.sample if index < len(row)]
            sql = _number_sql(f"c{index}", name, cells, schema, missing)
            if sql is not None:
                tried[index] = sql
    plain = _plain_columns(opened, text_sql, tried, schema is None, missing)
    for index, name in enumerate(names):
        if index in plain:
            picked[index] = f"{tried[index]} AS c{index}"
        elif schema is not None and name not in schema:
            picked[index] = f"CAST(NULL AS VARCHAR) AS c{index}"
    opened.execute(f"CREATE TEMP TABLE typed AS SELECT {', '.join(picked)} FROM ({text_sql})")
    return Relation(
        "FROM typed",
        names,
        stored=True,
        plain=plain,
        text_sql=text_sql,
        likely_decimal_mark=None if dialect.separator == "," else ",",
    )


def _number_sql(
    cell: str,
    name: str,
    sample: Sequence[str],
    schema: TableSchema | None,
    missing: Sequence[str],
) -> str | None:
    """Return SQL for the numbers of a column, None if it is read as texts."""
    clean = clean_sql(cell, missing)
    if schema is not None:
        found = schema[name].format if name in schema else None
        return found.sql(clean) if isinstance(found, NumberFormat) else None
    present = [text for text in map(str.strip, sample) if text not in missing]
    if not present or not all(_PLAIN.fullmatch(t) and not _CODE.fullmatch(t) for t in present):
        return None
    return NumberFormat().sql(clean)


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
    counts = []
    for index, value in tried.items():
        cell = clean_sql(f"c{index}", missing)
        counts.append(f"count({cell}), count({value})")
        if infer:
            # Cheap tests first: nearly every number starts with 1 to 9, is 0 or has a decimal point.
            code = (
                f"NOT ({cell} >= '1' OR {cell} = '0' OR contains({cell}, '.')) "
                f"AND ltrim({cell}, '+-') BETWEEN '00' AND '09~'"
            )
            counts[-1] += (
                f", coalesce(bool_or({code} OR abs({value}) >= {MAX_EXACT_INTEGER}), false)"
            )
        else:
            counts[-1] += ", false"
    answer = opened.execute(f"SELECT {', '.join(counts)} FROM ({text_sql})").fetchone()
    assert answer is not None
    return frozenset(
        index
        for place, index in enumerate(tried)
        if answer[3 * place] == answer[3 * place + 1] > 0 and not answer[3 * place + 2]
    )
