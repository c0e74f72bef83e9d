"""The distinct cells of each column of a stored table with their counts: its schema is found from them.

A column with very many distinct cells is represented by a random sample of them, by its lowest and
highest cell, and by cells that a schema found from these did not fit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from deltarule.data.column_reading import read_column
from deltarule.data.duckdb_connection import sql_text
from deltarule.data.duckdb_reader import Fetched, Relation, fetch
from deltarule.data.raw_columns import RawColumn, RawPart, text_part
from deltarule.schema import ColumnSchema
from deltarule.schema.inference import kind_of_texts
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
    """Reads the distinct cells of the columns `c0`, ... of a relation, whose rows are stored."""

    opened: DuckDBPyConnection
    relation: Relation
    odd_texts: dict[str, list[str]] = field(default_factory=dict)
    sampled: set[str] = field(default_factory=set)

    def columns(self, ignored: Collection[str] = ()) -> Fetched:
        """Return the distinct cells of each column, with their counts."""
        found = Fetched(notes=list(self.relation.notes))
        for index, name in enumerate(self.relation.names):
            if name in ignored:
                found.columns.append(RawColumn(name, ()))  # not read
            else:
                found.add(self.column(index))
        return found

    def column(self, index: int) -> Fetched:
        """Return the distinct cells of one column."""
        name, cells = self.relation.names[index], self._cells(index)
        opened = self.opened.cursor()
        kind = str(opened.execute(f"DESCRIBE {cells}").fetchall()[0][1])
        distinct = f"SELECT *, count(*) AS n FROM ({cells}) GROUP BY ALL"
        if kind.startswith(_NESTED) or kind.endswith("]"):
            distinct = f"SELECT *, 1 AS n FROM ({cells}) LIMIT 0"  # `fetch` says why it is left out
        elif (count := _approximate(opened, cells)) > MAX_DISTINCT:
            self.sampled.add(name)
            distinct = self._some(opened, name, cells, kind, -(-count // MAX_DISTINCT))
        opened.execute(f"CREATE TEMP TABLE distinct_cells AS FROM ({distinct}) ORDER BY ALL")
        plain = frozenset({0} if index in self.relation.plain else ())
        types = ", t0" if self.relation.json else ""
        one = Relation(
            f"SELECT c0{types} FROM distinct_cells",
            (name,),
            stored=True,
            plain=plain,
            json=self.relation.json,
        )
        fetched = fetch(opened, one)
        counts = np.asarray(opened.execute("SELECT n FROM distinct_cells").fetchnumpy()["n"])
        fetched.columns = [replace(c, counts=counts.astype(np.int64)) for c in fetched.columns]
        opened.close()
        return fetched

    def texts(self, names: Sequence[str]) -> dict[str, RawColumn]:
        """Return the distinct texts of columns of a text table whose plain numbers were texts."""
        whole = replace(
            self.relation, sql=self.relation.text_sql, plain=frozenset(), numbered=False
        )
        again = DistinctCells(self.opened, whole, self.odd_texts, self.sampled)
        found = {}
        for name in names:
            found[name] = again.column(whole.names.index(name)).columns[0]
        return found

    def find_odd_texts(self, schema: ColumnSchema) -> bool:
        """Compare all cells of a sampled column with its schema; return whether new odd texts were found.

        These are part of the sample from then on.
        """
        cells = self._cells(self.relation.names.index(schema.name))
        is_text = "t0 = 'VARCHAR'" if self.relation.json else "c0 IS NOT NULL"
        opened = self.opened.cursor()
        opened.execute(
            f"CREATE TEMP TABLE every AS SELECT DISTINCT c0 FROM ({cells}) WHERE {is_text}"
        )
        known = self.odd_texts.setdefault(schema.name, [])
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
        return len(known) > before

    def with_kind_of_texts(self, schema: ColumnSchema) -> ColumnSchema:
        """Return the schema of a sampled column of texts as that of all its cells."""
        cells = self._cells(self.relation.names.index(schema.name))
        markers = ", ".join(map(sql_text, ("", *MISSING_MARKERS)))
        clean = (
            f"SELECT trim(CAST(c0 AS VARCHAR)) AS text FROM ({cells}) WHERE text NOT IN ({markers})"
        )
        counts = f"SELECT count(DISTINCT text), count(text) FROM ({clean})"
        answer = self.opened.cursor().execute(counts).fetchone()
        assert answer is not None
        return replace(schema, kind=kind_of_texts(*answer))

    def _cells(self, index: int) -> str:
        types = f", t{index} AS t0" if self.relation.json else ""
        return f"SELECT c{index} AS c0{types} FROM ({self.relation.sql})"

    def _some(
        self, opened: DuckDBPyConnection, name: str, cells: str, kind: str, one_in: int
    ) -> str:
        """Return the SELECT of a sample of the distinct cells; each stands for `one_in` such cells.

        The lowest and the highest cell, odd texts and spellings of missing cells stand for themselves.
        """
        itself = ["c0 IS NULL"]
        for what in ("min", "max"):
            itself.append(f"c0 IN (SELECT {what}(c0) FROM ({cells}))")
        if kind in ("DOUBLE", "FLOAT"):
            itself.append(f"c0 IN (SELECT min(c0) FROM ({cells}) WHERE c0 <> floor(c0))")
        if kind == "VARCHAR":
            markers = ", ".join(map(sql_text, ("", "None", *MISSING_MARKERS)))
            itself.append(f"trim(c0) IN ({markers})")
        if odd := self.odd_texts.get(name):
            opened.execute("CREATE TEMP TABLE odd_texts (text VARCHAR)")
            opened.executemany("INSERT INTO odd_texts VALUES (?)", [[text] for text in odd])
            itself.append("CAST(c0 AS VARCHAR) IN (SELECT text FROM odd_texts)")
        marked = f"SELECT *, coalesce({' OR '.join(itself)}, true) AS itself FROM ({cells})"
        distinct = f"SELECT *, count(*) AS n FROM ({marked}) GROUP BY ALL"
        return (
            f"SELECT * EXCLUDE (itself) REPLACE (CASE WHEN itself THEN n ELSE n * {one_in} END AS n) "
            f"FROM ({distinct}) WHERE itself OR hash(c0) % {one_in} = 0"
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(float(value))


def _approximate(opened: DuckDBPyConnection, cells: str) -> int:
    answer = opened.execute(f"SELECT approx_count_distinct(c0) FROM ({cells})").fetchone()
    return int(answer[0]) if answer is not None else 0


def _count(opened: DuckDBPyConnection, sql: str) -> int:
    answer = opened.execute(f"SELECT count(*) FROM ({sql})").fetchone()
    return int(answer[0]) if answer is not None else 0
