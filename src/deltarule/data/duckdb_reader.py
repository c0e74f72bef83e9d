"""DuckDB at work: files, queries and frames into NumPy columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.cell_parsing import sql_name, sql_text
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.duckdb_values import read_values
from deltarule.data.string_columns import Codes, read_texts
from deltarule.data.table import Column
from deltarule.errors import DataError, TableFileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Nothing is fetched from a network, nothing is written outside memory, no Python variable is read.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "temp_directory": "",
}
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
    """A table that DuckDB can read: `sql` selects columns c0, c1, ... that are called `names`.

    `stored` tells whether reading it again is cheap (a Parquet file, a table in memory), `clean`
    whether its texts are trimmed and missing spellings are NULL already.
    """

    sql: str
    names: tuple[str, ...]
    stored: bool = False
    clean: bool = False
    notes: tuple[str, ...] = ()


@dataclass
class Fetched:
    """The columns of a relation in NumPy, and what could not be taken."""

    columns: list[Column] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Fetched) -> None:
        """Take what was fetched of further columns."""
        self.columns += other.columns
        self.left_out += other.left_out
        self.notes += other.notes


@contextmanager
def connection() -> Iterator[DuckDBPyConnection]:
    """Open an empty DuckDB in memory that reaches for nothing but the files it is told to read."""
    import duckdb

    opened = duckdb.connect(":memory:", config=_SETTINGS)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def file_errors(names: Mapping[str, str], fallback: str) -> Iterator[None]:
    """Turn DuckDB's errors into one sentence; `names` maps paths to what people call the files."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise TableFileError(_file_sentence(str(error), names, fallback)) from None


@contextmanager
def query_errors() -> Iterator[None]:
    """Turn DuckDB's errors about a user's query into one sentence."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        first = re.split(r"\n\s*\n|\nLINE ", str(error).strip())[0].replace("\n", " ")
        first = re.sub(r"^[A-Z]\w*( [A-Z]\w*)? Error: ", "", first)
        if "extension" in first:
            first = (
                "it needs a DuckDB extension (for a network address, perhaps), and deltarule loads "
                "none: read local files"
            )
        raise DataError(f"The query failed: {first.rstrip('.!')}.".replace("?.", "?")) from None


def named_relation(from_sql: str, names: Sequence[str], stored: bool) -> Relation:
    """Return the relation of something DuckDB can name in FROM, whose columns are called `names`."""
    places = ", ".join(f"c{index}" for index in range(len(names)))
    return Relation(f"SELECT {places} FROM {from_sql} AS t({places})", tuple(names), stored)


def json_names(opened: DuckDBPyConnection, path: str, from_sql: str) -> list[str]:
    """Return the keys of JSON objects in the order in which DuckDB reads them.

    Beside "a" DuckDB calls "A" A_1, as SQL does not tell them apart: here each has its own name.
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
    """Return the names of the top-level columns as the file has them, duplicates included."""
    rows = opened.execute(
        f"SELECT name, num_children FROM parquet_schema({sql_text(path)})"
    ).fetchall()
    names, position = [], 1
    while position < len(rows):
        names.append(str(rows[position][0]))
        below = 1  # a nested column's inner columns follow it
        while below:
            below += (rows[position][1] or 0) - 1
            position += 1
    return names


def query_relation(opened: DuckDBPyConnection, query: str, source: Relation | None) -> Relation:
    """Return the relation of a user's SELECT, in which `source` is the table that was given."""
    with query_errors():
        statements = opened.extract_statements(query)
        kinds = [statement.type.name for statement in statements]
        if kinds != ["SELECT"]:
            raise DataError(
                f"The query must be one SELECT, got {', '.join(kinds) or 'nothing'}: deltarule "
                "only reads."
            )
        opened.execute("SET TimeZone = 'UTC'")
        if source is not None:
            _refuse_same_letters(source.names)
            named = ", ".join(
                f"c{index} AS {sql_name(name)}" for index, name in enumerate(source.names)
            )
            opened.execute(f"CREATE TEMP VIEW source AS SELECT {named} FROM ({source.sql})")
        inner = query.strip().rstrip(";")
        names = tuple(row[0] for row in opened.execute(f"DESCRIBE {inner}").fetchall())
        refuse_duplicates(names, "The query")
        places = ", ".join(f"c{index}" for index in range(len(names)))
        notes = source.notes if source is not None else ()
        return Relation(f"SELECT {places} FROM (\n{inner}\n) AS t({places})", names, notes=notes)


def fetch(opened: DuckDBPyConnection, relation: Relation) -> Fetched:
    """Bring a relation into NumPy columns."""
    sql, names = relation.sql, relation.names
    if not relation.stored:
        opened.execute(f"CREATE TEMP TABLE fetched AS {sql}")
        sql = "FROM fetched"
    kinds = [str(row[1]) for row in opened.execute(f"DESCRIBE {sql}").fetchall()]
    result = Fetched(notes=list(relation.notes))
    values: dict[int, str] = {}
    texts: dict[int, str] = {}
    for index, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if value := _number_sql(f"c{index}", kind) or _moment_sql(f"c{index}", kind):
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
        f"Column {name!r} holds times of day: 13:30 is read as 13.5 hours."
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


def _moment_sql(cell: str, kind: str) -> str | None:
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
    moments = _moments(levels)
    if moments is None:
        return Column(name, "text", codes, levels)
    return Column(name, "datetime", np.append(moments, np.datetime64("NaT", "us"))[codes])


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


def _moments(levels: Sequence[str]) -> NDArray[np.datetime64] | None:
    """Return datetime64[us] (levels,) if every one of the texts is an ISO date, else None."""
    if not levels or not all(_DATE_TEXT.fullmatch(level) for level in levels):
        return None
    try:
        moments = [datetime.fromisoformat(level) for level in levels]
    except ValueError:  # 2024-13-40
        return None
    plain = [m.astimezone(UTC).replace(tzinfo=None) if m.tzinfo else m for m in moments]
    return np.array(plain, dtype="datetime64[us]")


def _refuse_same_letters(names: Sequence[str]) -> None:
    """SQL does not tell 'Age' from 'age'."""
    lowered: dict[str, str] = {}
    for name in names:
        other = lowered.setdefault(name.lower(), name)
        if other != name:
            raise DataError(
                f"A query cannot tell the columns {other!r} and {name!r} apart: SQL does not see "
                "the difference of small and capital letters. Rename one of them."
            )


def _file_sentence(message: str, names: Mapping[str, str], fallback: str) -> str:
    path = re.search(r"file = (.+)", message)
    name = names.get(path.group(1).strip(), fallback) if path else fallback
    line = re.search(r"CSV Error on Line: (\d+)", message)
    widths = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    place = f"{name}, line {line.group(1)}" if line else name
    if widths:
        expected, found = widths.groups()
        return (
            f"{place}: the row has {found} column{'s' * (found != '1')}, but the table has "
            f"{expected}. Correct that line; a cell that holds the separator needs double quotes."
        )
    if "unterminated quote" in message:
        return f"{place}: a cell is opened with a double quote that is never closed. Correct it."
    if "Maximum line size" in message:
        return f"{place}: the line is longer than 2 MB, which is no row of a table."
    first = re.split(r"\n|\. ", message.strip())[0]
    first = re.sub(r"^[A-Z]\w*( [A-Z]\w*)? Error: ", "", first)
    first = re.sub(r' in file "[^"]*",', "", first)  # it may be a temporary copy
    return f"{place} cannot be read as a table: {first.rstrip('.')}."
