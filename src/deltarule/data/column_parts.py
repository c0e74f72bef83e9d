"""Parts of the columns of a table in DuckDB: what is read of a column, by its type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.duckdb_connection import sql_text
from deltarule.data.raw_columns import MAX_EXACT_INTEGER, PartKind, RawPart, integer_part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SMALL_INTEGERS = ("TINYINT", "UTINYINT", "SMALLINT", "USMALLINT")
_LARGE_INTEGERS = ("BIGINT", "UBIGINT")
_WIDE_INTEGERS = ("HUGEINT", "UHUGEINT", "BIGNUM")
_NUMBERS = (*_WIDE_INTEGERS, "INTEGER", "UINTEGER", "FLOAT", "DOUBLE")
JSON_NUMBERS = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE")


@dataclass(frozen=True)
class WantedColumn:
    """A column to read, and its DuckDB type."""

    index: int
    name: str
    kind: str

    @property
    def cell(self) -> str:
        return f"c{self.index}"


@dataclass(frozen=True)
class ColumnPart:
    """A part of a column to read by `sql`; with `as_text` its texts or digits. `reason` refuses it."""

    column: WantedColumn
    kind: PartKind
    sql: str = ""
    as_text: bool = False
    reason: str = ""


def column_parts(opened: DuckDBPyConnection, sql: str, column: WantedColumn) -> list[ColumnPart]:
    """Return the parts of a column by its DuckDB type."""
    cell, kind = column.cell, column.kind
    if kind == "BOOLEAN":
        return [ColumnPart(column, "boolean", f"CAST({cell} AS TINYINT)")]
    if kind in _SMALL_INTEGERS or kind in _LARGE_INTEGERS:
        return [ColumnPart(column, "number", cell)]
    is_decimal = kind.startswith("DECIMAL(") and kind.endswith(")")
    if kind in _NUMBERS or is_decimal or kind in ('"NULL"', "NULL"):
        whole = kind in _WIDE_INTEGERS or (is_decimal and kind.endswith(",0)"))
        if whole and _any(opened, sql, f"abs(CAST({cell} AS DOUBLE)) >= {MAX_EXACT_INTEGER}"):
            return [ColumnPart(column, "number", f"CAST({cell} AS VARCHAR)", as_text=True)]
        return [ColumnPart(column, "number", f"CAST({cell} AS DOUBLE)")]
    if kind == "INTERVAL" or _is_time_of_day(kind):
        what: PartKind = "duration" if kind == "INTERVAL" else "time"
        return [ColumnPart(column, what, f"epoch({cell}) / 3600.0")]
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return [
            ColumnPart(column, "datetime", f"CASE WHEN isfinite({cell}) THEN epoch_us({cell}) END")
        ]
    if kind == "VARCHAR":
        return [ColumnPart(column, "text", cell, as_text=True)]
    if kind in ("UUID", "JSON") or (kind.startswith("ENUM") and "[" not in kind):
        text = f"({cell} ->> '$')" if kind == "JSON" else f"CAST({cell} AS VARCHAR)"
        return [ColumnPart(column, "text", text, as_text=True)]
    return [ColumnPart(column, "text", reason=f"it holds {kind[:60]}, not a number, text or date")]


def large_integers(column: int) -> str:
    """Return SQL for whether a JSON column holds integers beyond 2⁵³ and no fractions."""
    numbers = ", ".join(map(sql_text, JSON_NUMBERS))
    large = f"abs(TRY_CAST(c{column} AS DOUBLE)) >= {MAX_EXACT_INTEGER}"
    whole = f"bool_and(t{column} NOT IN ('DOUBLE'))"
    return f"coalesce(bool_or(t{column} IN ({numbers}) AND {large}) AND {whole}, false)"


def json_parts(
    opened: DuckDBPyConnection,
    sql: str,
    columns: Sequence[WantedColumn],
    digits: frozenset[int] | None,
) -> list[ColumnPart]:
    """Return the parts of columns of JSON values, by the JSON types that occur."""
    if not columns:
        return []
    numbers = ", ".join(map(sql_text, JSON_NUMBERS))
    counts = ", ".join(
        f"count(*) FILTER (t{i} = 'VARCHAR'), count(*) FILTER (t{i} IN ({numbers})), "
        f"count(*) FILTER (t{i} = 'BOOLEAN'), count(*) FILTER (t{i} IN ('OBJECT', 'ARRAY')), "
        f"{large_integers(i)}"
        for i in (column.index for column in columns)
    )
    answer = opened.execute(f"SELECT {counts} FROM ({sql})").fetchone()
    assert answer is not None
    parts: list[ColumnPart] = []
    for place, column in enumerate(columns):
        texts, numeric, flags, nested, are_large = answer[5 * place : 5 * place + 5]
        i = column.index
        if nested:
            parts.append(
                ColumnPart(column, "text", reason="it holds lists or objects, not single values")
            )
            continue
        if texts:
            parts.append(
                ColumnPart(column, "text", f"CASE WHEN t{i} = 'VARCHAR' THEN c{i} END", True)
            )
        if numeric:
            cell = f"CASE WHEN t{i} IN ({numbers}) THEN c{i} END"
            as_digits = are_large if digits is None else i in digits
            value = cell if as_digits else f"CAST({cell} AS DOUBLE)"
            parts.append(ColumnPart(column, "number", value, as_digits))
        if flags:
            value = f"CASE WHEN t{i} = 'BOOLEAN' THEN CAST(c{i} = 'true' AS TINYINT) END"
            parts.append(ColumnPart(column, "boolean", value))
    return parts


def value_part(part: ColumnPart, values: NDArray[Any]) -> RawPart:
    """Return the part of values (rows,), masked where they are missing."""
    missing = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    data = np.ma.getdata(values)
    if part.kind == "datetime":
        stamps = data.astype(np.int64)
        if missing is not None:
            stamps[missing] = np.iinfo(np.int64).min  # NumPy's NaT
        return RawPart("datetime", stamps.view("datetime64[us]"))
    if data.dtype.kind in "iu" and data.dtype.itemsize == 8:
        return integer_part(data, missing)
    small = part.column.kind in _SMALL_INTEGERS
    numbers = data.astype(np.float32 if small else np.float64, copy=False)
    if missing is not None:
        numbers[missing] = np.nan
    return RawPart(part.kind, numbers)


def _any(opened: DuckDBPyConnection, sql: str, condition: str) -> bool:
    answer = opened.execute(f"SELECT bool_or({condition}) FROM ({sql})").fetchone()
    return bool(answer and answer[0])


def _is_time_of_day(kind: str) -> bool:
    return kind.startswith("TIME") and not kind.startswith("TIMESTAMP")
