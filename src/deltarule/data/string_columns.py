"""Text columns: their distinct texts, and the index of each cell among them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from deltarule.data.duckdb_connection import read_values
from deltarule.data.raw_columns import codes_of
from deltarule.data.table import code_type

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Codes = NDArray[np.signedinteger[Any]]
FEW_ROWS = 5000
"""Up to this many rows, Python finds the distinct texts faster than queries."""
ROWS_OF_A_LEVEL = 20  # with fewer rows per level, sort: a DuckDB type needs 200 bytes per level
_FIRST_ROWS = 20_000
_ROWS_AT_ONCE = 8192


class Texts(Sequence[str]):
    """Immutable texts in one UTF-8 buffer: a Python string needs 50 bytes besides its characters, and a
    table may hold millions of distinct texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._ends = array("q", [0])
        letters = bytearray()
        for text in texts:
            letters += text.encode()
            self._ends.append(len(letters))
        self._letters = bytes(letters)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[str]:
        letters, begin = self._letters, 0
        for end in self._ends[1:]:
            yield letters[begin:end].decode()
            begin = end

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        found = range(len(self))[place]
        if isinstance(found, range):
            return tuple(self[i] for i in found)
        return self._letters[self._ends[found] : self._ends[found + 1]].decode()


def read_texts(
    opened: DuckDBPyConnection,
    texts: Mapping[int, str],
    sql: str,
    rows: int,
) -> Iterator[tuple[int, tuple[Sequence[str], Codes]]]:
    """Read expressions over `sql`: the levels of each and their codes (rows,), as in a `Column`.

    `texts` holds the expressions by column index. There are three ways with the same result: few rows are
    read as texts; many rows with few levels are read as codes of an ENUM type; columns with nearly as
    many levels as rows are sorted.
    """
    if rows <= FEW_ROWS:
        for index, cells in read_values(opened, texts, sql, rows):
            yield index, _leveled(cells)
        return
    many = _of_many_levels(opened, texts, sql)
    for index in many:
        yield index, _sorted(opened, texts[index], sql, rows)
    levels, codes = {}, {}
    for index in (i for i in texts if i not in many):
        levels[index] = make_type(opened, f"levels_{index}", texts[index], sql)
        codes[index] = f"enum_code(CAST({texts[index]} AS levels_{index}))"
    for index, cells in read_values(opened, codes, sql, rows):
        yield index, (levels[index], filled_codes(cells, len(levels[index])))


def _of_many_levels(opened: DuckDBPyConnection, texts: Mapping[int, str], sql: str) -> set[int]:
    """Return the columns of `texts` that have few rows per level.

    The first rows exclude most columns; only the others are counted over all rows.
    """
    for relation in (f"SELECT * FROM ({sql}) LIMIT {_FIRST_ROWS}", sql):
        if not texts:
            break
        counts = ", ".join(f"approx_count_distinct({t}), count({t})" for t in texts.values())
        answer = opened.execute(f"SELECT {counts} FROM ({relation})").fetchone()
        assert answer is not None
        pairs = zip(texts.items(), answer[::2], answer[1::2], strict=True)
        texts = {
            index: text
            for (index, text), levels, present in pairs
            if levels * ROWS_OF_A_LEVEL > present
        }
    return set(texts)


def _sorted(opened: DuckDBPyConnection, text: str, sql: str, rows: int) -> tuple[Texts, Codes]:
    numbered = f"SELECT {text} AS text, row_number() OVER () - 1 AS row FROM ({sql})"
    opened.execute(f"SELECT row, text FROM ({numbered}) WHERE text IS NOT NULL ORDER BY text")
    codes = np.full(rows, -1, np.int32)

    def levels() -> Iterator[str]:
        last, count = None, 0
        while found := opened.fetchmany(_ROWS_AT_ONCE):
            places = []
            for _, text in found:
                if text != last:
                    yield text
                    last, count = text, count + 1
                places.append(count - 1)
            codes[[row for row, _ in found]] = places

    found = Texts(levels())
    return found, codes.astype(code_type(len(found)))


def make_type(
    opened: DuckDBPyConnection, name: str, text: str, sql: str, *, temporary: bool = True
) -> tuple[str, ...]:
    """Make an ENUM type of the texts of an expression over `sql`, and return them, sorted.

    Without `temporary`, all connections to the database know it.
    """
    opened.execute(
        f"CREATE {'TEMP ' * temporary}TYPE {name} AS ENUM "
        f"(SELECT DISTINCT {text} AS level FROM ({sql}) WHERE level IS NOT NULL ORDER BY level)"
    )
    answer = opened.execute(f"SELECT enum_range(CAST(NULL AS {name}))").fetchone()
    assert answer is not None
    return tuple(answer[0])


def _leveled(cells: NDArray[Any]) -> tuple[tuple[str, ...], Codes]:
    """Return the levels and the codes of texts (rows,), masked where missing."""
    missing = np.ma.getmaskarray(cells)
    texts = [
        None if gone else cell for cell, gone in zip(np.ma.getdata(cells), missing, strict=True)
    ]
    levels = tuple(sorted({text for text in texts if text is not None}))
    return levels, codes_of(texts, levels)


def filled_codes(codes: NDArray[Any], levels: int) -> Codes:
    """Return DuckDB's codes, -1 where they are masked."""
    missing = np.ma.getmaskarray(codes)
    filled = np.ma.getdata(codes).astype(code_type(levels))
    filled[missing] = -1
    return filled
