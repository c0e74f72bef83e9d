"""Read files, queries and data frames into NumPy columns with DuckDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deltarule.data.column_parts import (
    ColumnPart,
    WantedColumn,
    column_parts,
    json_parts,
    value_part,
)
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.duckdb_connection import (
    query_errors,
    read_values,
    refuse_unused_source,
    sql_name,
    sql_text,
    tables_read,
)
from deltarule.data.parquet_durations import duration_units
from deltarule.data.parquet_pages import StoredPages
from deltarule.data.raw_columns import (
    RawColumn,
    RawPart,
    missing_column,
)
from deltarule.data.read_limits import UNLIMITED, ReadLimits
from deltarule.data.string_columns import read_texts
from deltarule.data.text_layout import is_answered
from deltarule.data.wide_texts import WideTable
from deltarule.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOT_IN_SCHEMA = "the schema does not have it"
_MICROSECONDS = {"ns": "{} // 1000", "us": "{}", "ms": "{} * 1000", "s": "{} * 1000000"}


@dataclass(frozen=True)
class Relation:
    """A table that DuckDB can read: `sql` selects the columns c0, c1, ..., whose names are `names`.

    `stored` is whether reading it again is cheap (a Parquet file, a table in memory). Columns listed in
    `plain` hold numbers that were texts in the plain spelling, and `text_sql` selects all columns as
    texts, in which `likely_decimal_mark` is the mark that the separator suggests. With `json`, columns
    t0, t1, ... hold the JSON types of the cells, which are texts, and `digits` are those of integers
    beyond 2⁵³ in the table whose rows these are. A wide table has no `sql`: it consists of `parts`, each
    with some of its columns, or was read as `wide`. With `numbered`, `sql` also selects the number of
    each row as file_row_number. `pages` reads some columns without DuckDB.
    """

    sql: str
    names: tuple[str, ...]
    stored: bool = False
    notes: tuple[str, ...] = ()
    plain: frozenset[int] = frozenset()
    text_sql: str = ""
    likely_decimal_mark: str | None = None
    json: bool = False
    digits: frozenset[int] | None = None
    parts: tuple[Relation, ...] = ()
    wide: WideTable | None = None
    numbered: bool = False
    pages: StoredPages | None = None


@dataclass
class Fetched:
    """The raw columns of a relation, and the columns that cannot be used, with a reason."""

    columns: list[RawColumn] = field(default_factory=list)
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


def parquet_relation(
    opened: DuckDBPyConnection, path: str, names: Sequence[str], *, numbered: bool = False
) -> Relation:
    """Return the relation of a Parquet file with columns called `names`."""
    places = [f"c{index}" for index in range(len(names))] + ["file_row_number"] * numbered
    listed, more = ", ".join(places), ", file_row_number=true" * numbered
    source = f"read_parquet({sql_text(path)}, hive_partitioning=false{more})"
    sql = f"SELECT {listed} FROM {source} AS t({listed})"
    relation = Relation(sql, tuple(names), stored=True, numbered=numbered)
    durations = duration_units(opened, path)
    cells = [
        f"to_microseconds({_MICROSECONDS[durations[name]].format(f'TRY_CAST(c{i} AS BIGINT)')}) AS c{i}"
        if name in durations
        else f"c{i}"
        for i, name in enumerate(names)
    ] + ["file_row_number"] * numbered
    return replace(
        relation,
        sql=f"SELECT {', '.join(cells)} FROM ({relation.sql})" if durations else relation.sql,
    )


def query_relation(opened: DuckDBPyConnection, query: str, source: Relation | None) -> Relation:
    """Return the relation of a user's SELECT, in which the table `source` is the given one."""
    with query_errors():
        statements = opened.extract_statements(query)
        kinds = [statement.type.name for statement in statements]
        if not kinds:
            raise DataError("The query is empty: give one SELECT statement, or omit `query`.")
        if kinds != ["SELECT"]:
            raise DataError(
                f"The query must be one SELECT, got {', '.join(kinds)}: deltarule only reads."
            )
        opened.execute("SET TimeZone = 'UTC'")
        used = tables_read(opened, query)
        if source is not None:
            refuse_same_letters(source.names)
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
        notes = tuple(note for note in notes if not is_answered(note, query))
        return Relation(f"SELECT {places} FROM (\n{inner}\n) AS t({places})", names, notes=notes)


def fetch(
    opened: DuckDBPyConnection,
    relation: Relation,
    only: Collection[str] | None = None,
    limits: ReadLimits = UNLIMITED,
) -> Fetched:
    """Read the columns of a relation, or `only` the named ones.

    Raises `TableFileError` for more cells or texts than the limits allow.
    """
    if relation.parts or relation.wide:
        return _fetch_wide(opened, relation, None if only is None else set(only), limits)
    sql, names = relation.sql, relation.names
    if not relation.stored:
        opened.execute(f"CREATE TEMP TABLE fetched AS {sql}")
        sql = "FROM fetched"
    rows = _count(opened, sql)
    limits.check_cells("The table", rows, len(names))
    wanted = WantedParts.of(opened, sql, relation, only)
    if limits.is_bounded:
        limits.check_texts("The table", _text_bytes(opened, sql, wanted.parts))
    return wanted.fetched(dict(_read_parts(opened, sql, rows, wanted.parts)), rows)


@dataclass(frozen=True)
class WantedParts:
    """The columns of a relation that are read, the parts of each, and the columns that are not."""

    relation: Relation
    columns: Sequence[WantedColumn]
    parts: Sequence[ColumnPart]
    left_out: Sequence[tuple[str, str]]

    @classmethod
    def of(
        cls,
        opened: DuckDBPyConnection,
        sql: str,
        relation: Relation,
        only: Collection[str] | None = None,
    ) -> WantedParts:
        """Return the parts of all columns, or `only` the named ones, of which `sql` selects the rows."""
        described = opened.execute(f"DESCRIBE {sql}").fetchall()
        kinds = {str(row[0]): str(row[1]) for row in described}
        left_out: list[tuple[str, str]] = []
        wanted: list[WantedColumn] = []
        for index, name in enumerate(relation.names):
            if only is not None and name not in only:
                left_out.append((name, NOT_IN_SCHEMA))
            else:
                wanted.append(WantedColumn(index, name, kinds[f"c{index}"]))
        if relation.json:
            parts = json_parts(opened, sql, wanted, relation.digits)
        else:
            parts = [part for column in wanted for part in column_parts(opened, sql, column)]
        return cls(relation, wanted, parts, left_out)

    def fetched(self, read: Mapping[int, RawPart], rows: int) -> Fetched:
        """Return the columns of `rows` rows, of which the parts were `read`, by their place."""
        result = Fetched(left_out=list(self.left_out), notes=list(self.relation.notes))
        places: dict[int, list[int]] = {column.index: [] for column in self.columns}
        for place, part in enumerate(self.parts):
            places[part.column.index].append(place)
        for column in self.columns:
            own = places[column.index]
            reasons = (self.parts[place].reason for place in own)
            if reason := next(filter(None, reasons), ""):
                result.left_out.append((column.name, reason))
                continue
            found = tuple(read[place] for place in own)
            plain = column.index in self.relation.plain
            is_category = column.kind.startswith("ENUM")
            result.columns.append(
                RawColumn(column.name, found, plain=plain, is_category=is_category)
                if found
                else missing_column(column.name, rows)
            )
        return result


def _fetch_wide(
    opened: DuckDBPyConnection, relation: Relation, only: Collection[str] | None, limits: ReadLimits
) -> Fetched:
    together = Fetched(notes=list(relation.notes))
    for part in relation.parts:
        together.add(fetch(opened, part, only, limits))
    for column in relation.wide.columns if relation.wide else ():
        if only is None or column.name in only:
            together.columns.append(column)
        else:
            together.left_out.append((column.name, NOT_IN_SCHEMA))
    return together


def fetch_texts(
    opened: DuckDBPyConnection, relation: Relation, names: Collection[str]
) -> dict[str, RawColumn]:
    """Read columns of a text table as texts, by name."""
    if relation.wide is not None:
        return relation.wide.texts(names)
    places = {name: index for index, name in enumerate(relation.names) if name in names}
    picked = ", ".join(f"c{index}" for index in places.values())
    sql = f"SELECT {picked} FROM ({relation.text_sql})"
    texts = {index: f"c{index}" for index in places.values()}
    found = dict(read_texts(opened, texts, sql, _count(opened, sql)))
    return {
        name: RawColumn(name, (RawPart("text", found[index][1], found[index][0]),))
        for name, index in places.items()
    }


def _read_parts(
    opened: DuckDBPyConnection, sql: str, rows: int, parts: Sequence[ColumnPart]
) -> Iterator[tuple[int, RawPart]]:
    texts = {i: part.sql for i, part in enumerate(parts) if part.as_text}
    values = {i: part.sql for i, part in enumerate(parts) if part.sql and not part.as_text}
    for i, (levels, codes) in read_texts(opened, texts, sql, rows):
        yield i, RawPart(parts[i].kind, codes, levels)
    for i, array in read_values(opened, values, sql, rows):
        yield i, value_part(parts[i], array)


def _count(opened: DuckDBPyConnection, sql: str) -> int:
    answer = opened.execute(f"SELECT count(*) FROM ({sql})").fetchone()
    assert answer is not None
    return int(answer[0])


def _text_bytes(opened: DuckDBPyConnection, sql: str, parts: Sequence[ColumnPart]) -> int:
    texts = [part.sql for part in parts if part.as_text]
    if not texts:
        return 0
    sizes = " + ".join(f"coalesce(sum(strlen({text})), 0)" for text in texts)
    answer = opened.execute(f"SELECT {sizes} FROM ({sql})").fetchone()
    return int(answer[0]) if answer is not None else 0


def refuse_same_letters(names: Sequence[str]) -> None:
    """Raise `DataError` for names that differ only in case, such as 'Age' and 'age'."""
    lowered: dict[str, str] = {}
    for name in names:
        other = lowered.setdefault(name.lower(), name)
        if other != name:
            raise DataError(
                f"A query cannot distinguish the columns {other!r} and {name!r}, because SQL names are "
                "not case-sensitive: rename one of them."
            )
