"""The distinct cells of each column of a stored table with their counts: its schema is found from them.

A column with very many distinct cells is represented by a random sample of them, by its lowest and
highest cell, by cells that decide how it is read (`telling_cells`), and by cells that a schema found
from these did not fit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from deltarule.data.column_parts import JSON_NUMBERS
from deltarule.data.column_reading import read_column
from deltarule.data.duckdb_connection import sql_text
from deltarule.data.duckdb_reader import Fetched, Relation, fetch
from deltarule.data.raw_columns import RawColumn, RawPart, text_part
from deltarule.data.telling_cells import telling_cells, trimmed
from deltarule.schema import ColumnSchema
from deltarule.schema.missing_values import MISSING_MARKERS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_DISTINCT = 100_000
"""Columns with more distinct cells are sampled."""
MAX_ODD_TEXTS = 10_000
_CHUNK = 65_536
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "GEOMETRY", "VARIANT")


@dataclass
class DistinctCells:
    """Reads the distinct cells of the columns of a relation whose rows are stored.

    `stated` lists the columns whose kind the user stated, and `missing` the spellings of missing cells.
    `sampled` are the columns with very many
    cells, and `as_texts` those whose plain numbers were read as texts again.
    """

    opened: DuckDBPyConnection
    relation: Relation
    stated: Collection[str] = ()
    missing: Sequence[str] = MISSING_MARKERS
    sampled: set[str] = field(default_factory=set)
    as_texts: set[str] = field(default_factory=set)
    _odd_texts: dict[str, list[str]] = field(default_factory=dict)
    _found: dict[tuple[str, bool], Fetched] = field(default_factory=dict)

    def columns(self, ignored: Collection[str] = ()) -> Fetched:
        """Return the distinct cells of each column, with their counts."""
        self.as_texts.clear()
        found = Fetched(notes=list(self.relation.notes))
        for name in self.relation.names:
            if name in ignored:
                found.columns.append(RawColumn(name, ()))  # not read
            else:
                found.add(self._column(name))
        return found

    def texts(self, names: Collection[str]) -> dict[str, RawColumn]:
        """Return the distinct texts of columns of a text table whose plain numbers were texts."""
        self.as_texts.update(names)
        return {name: self._column(name).columns[0] for name in names}

    def _column(self, name: str) -> Fetched:
        key = name, name in self.as_texts
        if key not in self._found:
            with closing(self.opened.cursor()) as opened:  # its temporary tables end with it
                self._found[key] = self._read(opened, name)
        return self._found[key]

    def _read(self, opened: DuckDBPyConnection, name: str) -> Fetched:
        opened.execute(f"CREATE TEMP TABLE distinct_cells AS FROM ({self._distinct(opened, name)})")
        is_plain = self.relation.names.index(name) in self.relation.plain
        types = ", t0" if self.relation.json else ""
        one = Relation(
            f"SELECT c0{types} FROM distinct_cells ORDER BY ALL",
            (name,),
            stored=True,
            plain=frozenset({0} if is_plain and name not in self.as_texts else ()),
            json=self.relation.json,
            digits=frozenset(
                {0} if self.relation.names.index(name) in (self.relation.digits or ()) else ()
            ),
        )
        fetched = fetch(opened, one)
        counts = f"SELECT n FROM (SELECT c0{types}, n FROM distinct_cells ORDER BY ALL)"
        found = np.asarray(opened.execute(counts).fetchnumpy()["n"]).astype(np.int64)
        count_texts = partial(self._count_texts, name) if name in self.sampled else None
        fetched.columns = [
            replace(column, counts=found, count_texts=count_texts) for column in fetched.columns
        ]
        return fetched

    def _distinct(self, opened: DuckDBPyConnection, name: str) -> str:
        """Return the SELECT of the distinct cells of a column, with their counts as n."""
        cells = self._cells(name)
        kind = str(opened.execute(f"DESCRIBE {cells}").fetchall()[0][1])
        if kind.startswith(_NESTED) or kind.endswith("]"):
            return f"SELECT *, 1 AS n FROM ({cells}) LIMIT 0"  # `fetch` says why it is left out
        if kind in ("DOUBLE", "FLOAT") and name not in self.stated:
            fraction = self._lowest_fraction(opened, name, cells)
            if fraction is not None:  # neither dates nor times in integers
                return f"SELECT CAST({sql_text(repr(fraction))} AS {kind}) AS c0, 1 AS n"
        if (count := _approximate(opened, cells)) > MAX_DISTINCT:
            self.sampled.add(name)
            return self._some(opened, name, cells, kind, -(-count // MAX_DISTINCT))
        return f"SELECT *, count(*) AS n FROM ({cells}) GROUP BY ALL"

    def _lowest_fraction(self, opened: DuckDBPyConnection, name: str, cells: str) -> float | None:
        """Return the lowest number of a column that is not whole, None without one."""
        if self.relation.pages is not None:
            return self.relation.pages.lowest_fractions[self.relation.names.index(name)]
        found = opened.execute(f"SELECT min(c0) FROM ({cells}) WHERE c0 <> floor(c0)").fetchone()
        assert found is not None
        return None if found[0] is None else float(found[0])

    def find_odd_texts(self, schema: ColumnSchema) -> bool:
        """Compare all cells of a sampled column with its schema; return whether new odd texts were found.

        These are part of the sample from then on.
        """
        cells = self._cells(schema.name)
        is_text = "t0 = 'VARCHAR'" if self.relation.json else "c0 IS NOT NULL"
        opened = self.opened.cursor()
        opened.execute(
            f"CREATE TEMP TABLE every AS SELECT DISTINCT c0 FROM ({cells}) WHERE {is_text} ORDER BY c0"
        )
        known = self._odd_texts.setdefault(schema.name, [])
        seen, before = set(known), len(known)
        for begin in range(0, _count(opened, "FROM every"), _CHUNK):
            chunk = f"SELECT c0 FROM every WHERE rowid >= {begin} AND rowid < {begin + _CHUNK}"
            values = np.ma.getdata(opened.execute(chunk).fetchnumpy()["c0"])
            texts = values.dtype.kind == "O"
            part = text_part(values) if texts else RawPart("number", values.astype(np.float64))
            missing = read_column(RawColumn(schema.name, (part,)), schema)[0].missing
            odd = sorted(
                {_text(values[place]) for place in np.flatnonzero(missing).tolist()} - seen
            )
            known += odd[: MAX_ODD_TEXTS - len(known)]
            seen.update(odd)
        opened.close()
        if len(known) > before:
            del self._found[schema.name, schema.name in self.as_texts]
        return len(known) > before

    def _count_texts(self, name: str) -> tuple[int, int]:
        """Return the number of distinct texts of a column, and that of its cells that are texts."""
        is_text = "WHERE t0 = 'VARCHAR'" if self.relation.json else ""
        markers = ", ".join(map(sql_text, ("", *self.missing)))
        text = trimmed("CAST(c0 AS VARCHAR)")
        texts = f"SELECT {text} AS text FROM (FROM ({self._cells(name)}) {is_text})"
        clean = f"FROM ({texts}) WHERE text NOT IN ({markers})"
        groups = f"SELECT count(*) AS n {clean} GROUP BY text"
        answer = self.opened.cursor().execute(f"SELECT count(*), sum(n) FROM ({groups})").fetchone()
        assert answer is not None
        return int(answer[0]), int(answer[1] or 0)

    def _cells(self, name: str) -> str:
        index, types = self.relation.names.index(name), ""
        if self.relation.json:
            types = f", t{index} AS t0"
        source = self.relation.text_sql if name in self.as_texts else self.relation.sql
        return f"SELECT c{index} AS c0{types} FROM ({source})"

    def _some(
        self, opened: DuckDBPyConnection, name: str, cells: str, kind: str, one_in: int
    ) -> str:
        """Return the SELECT of a sample of the distinct cells, which stand for all others as well.

        The lowest and the highest cell, odd texts, telling cells and spellings of missing cells stand for
        themselves alone; one of `one_in` others is drawn.
        """
        selects = [f"SELECT {what}(c0) AS c0 FROM ({cells})" for what in ("min", "max")]
        numbers = ", ".join(map(sql_text, JSON_NUMBERS)) if self.relation.json else ""
        selects += telling_cells(cells, kind, numbers)
        if self.relation.json:  # a cell of each type, as one decides the kind of the column
            selects.append(f"SELECT min(c0) AS c0 FROM ({cells}) GROUP BY t0")
        opened.execute(
            "CREATE TEMP TABLE telling AS " + " UNION ".join(f"FROM ({sql})" for sql in selects)
        )
        itself = ["c0 IS NULL", "c0 IN (FROM telling)"]
        if kind == "VARCHAR":
            markers = ", ".join(map(sql_text, ("", "None", *MISSING_MARKERS, *self.missing)))
            itself.append(f"{trimmed('c0')} IN ({markers})")
        if odd := self._odd_texts.get(name):
            opened.execute("CREATE TEMP TABLE odd_texts (text VARCHAR)")
            opened.executemany("INSERT INTO odd_texts VALUES (?)", [[text] for text in odd])
            itself.append("CAST(c0 AS VARCHAR) IN (SELECT text FROM odd_texts)")
        marked = f"SELECT *, coalesce({' OR '.join(itself)}, true) AS itself FROM ({cells})"
        distinct = f"SELECT *, count(*) AS n FROM ({marked}) GROUP BY ALL"
        opened.execute(
            f"CREATE TEMP TABLE some_cells AS FROM ({distinct}) WHERE itself OR hash(c0) % {one_in} = 0"
        )
        known = "coalesce(sum(n) FILTER (itself), 0), coalesce(sum(n) FILTER (NOT itself), 0)"
        of_itself, of_sample = opened.execute(f"SELECT {known} FROM some_cells").fetchall()[0]
        scale = (_count(opened, cells) - int(of_itself)) / max(int(of_sample), 1)
        order = "c0, t0" if self.relation.json else "c0"
        before = f"sum(n) FILTER (NOT itself) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING)"
        shared = (
            f"round({before} * {scale!r}) - round(({before} - n) * {scale!r})"  # sums to all rows
        )
        return (
            f"SELECT * EXCLUDE (itself) REPLACE (CASE WHEN itself THEN n ELSE CAST({shared} AS BIGINT) "
            "END AS n) FROM some_cells"
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(float(value))


def _approximate(opened: DuckDBPyConnection, cells: str) -> int:
    answer = opened.execute(f"SELECT approx_count_distinct(c0) FROM ({cells})").fetchone()
    return int(answer[0]) if answer is not None else 0


def _count(opened: DuckDBPyConnection, sql: str) -> int:
    answer = opened.execute(f"SELECT count(*) FROM ({sql})").fetchone()
    return int(answer[0]) if answer is not None else 0
