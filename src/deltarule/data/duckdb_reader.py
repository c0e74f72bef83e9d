"""Read files, queries and data frames into NumPy columns with DuckDB."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.cell_parsing import sql_name, sql_text
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.duckdb_connection import (
    query_errors,
    read_values,
    refuse_unused_source,
    tables_read,
)
from deltarule.data.string_columns import Codes, read_texts
from deltarule.data.table import Column
from deltarule.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SMALL_INTEGERS = ("TINYINT", "UTINYINT", "SMALLINT", "USMALLINT")
_NUMBERS = (
    "INTEGER", "UINTEGER", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM", "FLOAT", "DOUBLE",
)  # fmt: skip
_DATE_TEXT = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)


@dataclass(frozen=True)
class Relation:
    """A table that DuckDB can read: `sql` selects the columns c0, c1, ..., whose names are `names`.

    `stored` is whether reading it again is cheap (a Parquet file, a table in memory), `clean` whether its
    texts are trimmed and missing spellings are NULL.
    """

    sql: str
    names: tuple[str, ...]
    stored: bool = False
    clean: bool = False
    notes: tuple[str, ...] = ()


@dataclass
class Fetched:
    """The columns of a relation in NumPy, and the columns that cannot be used, with a reason."""

    columns: list[Column] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Fetched) -> None:
        """Append further columns."""
        self.columns += other.columns
        self.left_out += other.left_out
        self.notes += other.notes


def named_relation(from_sql: str, names: Sequence[str], stored: bool) -> Relation:
    """Return the relation of a FROM expression whose columns are called `names`."""
    places = ", ".join(f"c{index}" for index in range(len(names)))
    return Relation(f"SELECT {places} FROM {from_sql} AS t({places})", tuple(names), stored)


def json_names(opened: DuckDBPyConnection, path: str, from_sql: str) -> list[str]:
    """Return the keys of JSON objects in the order in which DuckDB reads them.

    DuckDB renames "A" to A_1 if there is an "a", because SQL names are not case-sensitive; the original
    keys are returned.
    """
    names = [str(row[0]) for row in opened.execute(f"DESCRIBE SELECT * FROM {from_sql}").fetchall()]
    stems = {name: name.rpartition("_")[0] for name in names if re.search(r"_\d+$", name)}
    lowered = {name.lower() for name in names}
    if not any(stem.lower() in lowered for stem in stems.values()):
        return names
    objects = f"read_json_objects({sql_text(path)}, format='auto', compression='none')"
    rows = opened.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM {objects}").fetchall()
    keys = {str(row[0]) for row in rows}
    found = []
    for name in names:
        stem = stems.get(name, name)
        is_renamed = name not in keys or (stem in keys and stem not in names)
        found.append(stem if is_renamed else name)
        keys.discard(found[-1])
    return found


def parquet_names(opened: DuckDBPyConnection, path: str) -> list[str]:
    """Return the names of the top-level columns of the file, including duplicates."""
    rows = opened.execute(
        f"SELECT name, num_children FROM parquet_schema({sql_text(path)})"
    ).fetchall()
    names, position = [], 1
    while position < len(rows):
        names.append(str(rows[position][0]))
        below = 1  # the inner columns of a nested column follow it
        while below:
            below += (rows[position][1] or 0) - 1
            position += 1
    return names


def query_relation(opened: DuckDBPyConnection, query: str, source: Relation | None) -> Relation:
    """Return the relation of a user's SELECT, in which the table `source` is the given one."""
    with query_errors():
        statements = opened.extract_statements(query)
        kinds = [statement.type.name for statement in statements]
        if kinds != ["SELECT"]:
            raise DataError(
                f"The query must be one SELECT, got {', '.join(kinds) or 'nothing'}: deltarule "
                "only reads."
            )
        opened.execute("SET TimeZone = 'UTC'")
        used = tables_read(opened, query)
        if source is not None:
            _refuse_same_letters(source.names)
            named = ", ".join(
                f"c{index} AS {sql_name(name)}" for index, name in enumerate(source.names)
            )
            opened.execute(f"CREATE TEMP VIEW source AS SELECT {named} FROM ({source.sql})")
        inner = query.strip().rstrip(";")
        names = tuple(row[0] for row in opened.execute(f"DESCRIBE {inner}").fetchall())
        if source is not None:
            refuse_unused_source(used)
        refuse_duplicates(names, "The query")
        places = ", ".join(f"c{index}" for index in range(len(names)))
        notes = source.notes if source is not None else ()
        return Relation(f"SELECT {places} FROM (\n{inner}\n) AS t({places})", names, notes=notes)


def fetch(opened: DuckDBPyConnection, relation: Relation) -> Fetched:
    """Read a relation into NumPy columns."""
    sql, names = relation.sql, relation.names
    if not relation.stored:
        opened.execute(f"CREATE TEMP TABLE fetched AS {sql}")
        sql = "FROM fetched"
    kinds = [str(row[1]) for row in opened.execute(f"DESCRIBE {sql}").fetchall()]
    result = Fetched(notes=list(relation.notes))
    values: dict[int, str] = {}
    texts: dict[int, str] = {}
    for index, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if value := _number_sql(f"c{index}", kind) or _datetime_sql(f"c{index}", kind):
            values[index] = value
        elif _is_text(kind):
            texts[index] = _text_sql(f"c{index}", kind)
        else:
            result.left_out.append((name, f"it holds {kind[:60]}, not a number, text or date"))
    rows = _count(opened, sql)
    columns = {
        index: _text_column(names[index], *leveled)
        for index, leveled in read_texts(opened, texts, sql, rows, clean=relation.clean)
    }
    columns |= {
        index: _column(names[index], kinds[index], array)
        for index, array in read_values(opened, values, sql, rows)
    }
    result.columns = [columns[index] for index in sorted(columns)]
    result.notes += [
        f"Column {name!r} holds times of day, which are read as hours: 13:30 is 13.5."
        for name, kind in zip(names, kinds, strict=True)
        if _is_time_of_day(kind)
    ]
    return result


def _count(opened: DuckDBPyConnection, sql: str) -> int:
    answer = opened.execute(f"SELECT count(*) FROM ({sql})").fetchone()
    assert answer is not None
    return int(answer[0])


def _number_sql(cell: str, kind: str) -> str | None:
    if kind == "BOOLEAN":
        return f"CAST({cell} AS TINYINT)"
    if kind in _SMALL_INTEGERS:
        return cell
    if kind in _NUMBERS or kind.startswith("DECIMAL") or kind in ('"NULL"', "NULL"):
        return f"CAST({cell} AS DOUBLE)"
    if kind == "INTERVAL" or _is_time_of_day(kind):
        return f"epoch({cell}) / 3600.0"
    return None


def _datetime_sql(cell: str, kind: str) -> str | None:
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"CASE WHEN isfinite({cell}) THEN epoch_us({cell}) END"
    return None


def _is_time_of_day(kind: str) -> bool:
    return kind.startswith("TIME") and not kind.startswith("TIMESTAMP")


def _text_sql(cell: str, kind: str) -> str:
    if kind == "VARCHAR":
        return cell
    return f"({cell} ->> '$')" if kind == "JSON" else f"CAST({cell} AS VARCHAR)"


def _is_text(kind: str) -> bool:
    return kind in ("VARCHAR", "UUID", "JSON") or (kind.startswith("ENUM") and "[" not in kind)


def _text_column(name: str, levels: Sequence[str], codes: Codes) -> Column:
    datetimes = _datetimes(levels)
    if datetimes is None:
        return Column(name, "text", codes, levels)
    return Column(name, "datetime", np.append(datetimes, np.datetime64("NaT", "us"))[codes])


def _column(name: str, kind: str, values: NDArray[Any]) -> Column:
    missing = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    data = np.ma.getdata(values)
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        stamps = data.astype(np.int64)
        if missing is not None:
            stamps[missing] = np.iinfo(np.int64).min  # NumPy's NaT
        return Column(name, "datetime", stamps.view("datetime64[us]"))
    numbers = data.astype(np.float32 if kind in _SMALL_INTEGERS else np.float64, copy=False)
    if missing is not None:
        numbers[missing] = np.nan
    return Column(name, "boolean" if kind == "BOOLEAN" else "number", numbers)


def _datetimes(levels: Sequence[str]) -> NDArray[np.datetime64] | None:
    """Return datetime64[us] (levels,) if all texts are ISO dates, else None."""
    if not levels or not all(_DATE_TEXT.fullmatch(level) for level in levels):
        return None
    try:
        datetimes = [datetime.fromisoformat(level) for level in levels]
    except ValueError:  # 2024-13-40
        return None
    plain = [m.astimezone(UTC).replace(tzinfo=None) if m.tzinfo else m for m in datetimes]
    return np.array(plain, dtype="datetime64[us]")


def _refuse_same_letters(names: Sequence[str]) -> None:
    """Raise `DataError` for names that differ only in case, such as 'Age' and 'age'."""
    lowered: dict[str, str] = {}
    for name in names:
        other = lowered.setdefault(name.lower(), name)
        if other != name:
            raise DataError(
                f"A query cannot distinguish the columns {other!r} and {name!r}, because SQL names are "
                "not case-sensitive: rename one of them."
            )
