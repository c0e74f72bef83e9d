"""The distinct texts of a column, and the place of every cell among them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from deltarule.data.cell_parsing import BLANK, clean_sql, is_missing
from deltarule.data.duckdb_values import read_values
from deltarule.data.table import code_type

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Codes = NDArray[np.signedinteger[Any]]
_FEW_ROWS = 5000  # of so few the distinct texts are found sooner here than by queries
_ROWS_OF_A_LEVEL = 20  # a type of DuckDB's takes 200 bytes a level: with fewer rows each, sort
_FIRST_ROWS = 20_000
_ROWS_AT_ONCE = 8192


class Texts(Sequence[str]):
    """Texts that cannot be changed, kept in UTF-8 one behind the other: a Python string takes 50 bytes
    beside its letters, and a table may hold millions that are all different."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._ends = array("q", [0])
        letters = bytearray()
        for text in texts:
            letters += text.encode()
            self._ends.append(len(letters))
        self._letters = bytes(letters)

    def __len__(self) -> int:
        return len(self._ends) - 1

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
    *,
    clean: bool = False,
) -> Iterator[tuple[int, tuple[Sequence[str], Codes]]]:
    """Read expressions over `sql`: the levels of each and their codes (rows,), as in a `Column`.

    `texts` holds the expressions by a number that names the column; `clean`: there are no blanks around
    texts and no missing spellings. Three ways, for the same result: few rows are brought here as they
    are; many rows of few levels come as the codes of a type that is made of the levels; and what has
    nearly as many levels as rows comes in its order.
    """
    if rows <= _FEW_ROWS:
        for index, cells in read_values(opened, texts, sql, rows):
            yield index, _leveled(cells, clean)
        return
    many = _of_many_levels(opened, texts, sql)
    for index in many:
        text = texts[index] if clean else clean_sql(texts[index])
        yield index, _sorted(opened, text, sql, rows)
    levels, codes = {}, {}
    for index in (i for i in texts if i not in many):
        levels[index] = _make_type(opened, f"levels_{index}", texts[index], sql)
        codes[index] = f"enum_code(CAST({texts[index]} AS levels_{index}))"
    for index, cells in read_values(opened, codes, sql, rows):
        filled = _filled(cells, len(levels[index]))
        yield index, (levels[index], filled) if clean else _cleaned(levels[index], filled)


def _of_many_levels(opened: DuckDBPyConnection, texts: Mapping[int, str], sql: str) -> set[int]:
    """Return which of the `texts` have few rows for each of their levels.

    The first rows clear most columns of the suspicion, so that all rows are asked about the others.
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
            if levels * _ROWS_OF_A_LEVEL > present
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


def _make_type(opened: DuckDBPyConnection, name: str, text: str, sql: str) -> tuple[str, ...]:
    opened.execute(
        f"CREATE TEMP TYPE {name} AS ENUM "
        f"(SELECT DISTINCT {text} AS level FROM ({sql}) WHERE level IS NOT NULL ORDER BY level)"
    )
    answer = opened.execute(f"SELECT enum_range(CAST(NULL AS {name}))").fetchone()
    assert answer is not None
    return tuple(answer[0])


def _leveled(cells: NDArray[Any], clean: bool) -> tuple[tuple[str, ...], Codes]:
    """Return the levels of texts (rows,), masked where missing, and their codes."""
    missing = np.ma.getmaskarray(cells)
    texts = [
        None if gone else cell for cell, gone in zip(np.ma.getdata(cells), missing, strict=True)
    ]
    levels = tuple(sorted({text for text in texts if text is not None}))
    place: dict[str | None, int] = {level: i for i, level in enumerate(levels)}
    place[None] = -1
    codes = np.array([place[text] for text in texts], code_type(len(levels)))
    return (levels, codes) if clean else _cleaned(levels, codes)


def _cleaned(levels: Sequence[str], codes: Codes) -> tuple[tuple[str, ...], Codes]:
    """Return levels without blanks around them and missing spellings, and the codes that they then have:
    levels are looked at once each, cells would be thousands of times."""
    cleaned = [None if is_missing(level) else level.strip(BLANK) for level in levels]
    kept = tuple(sorted({level for level in cleaned if level is not None}))
    place: dict[str | None, int] = {level: i for i, level in enumerate(kept)}
    place[None] = -1
    kind = code_type(len(kept))
    return kept, np.array([*(place[level] for level in cleaned), -1], kind)[codes]


def _filled(codes: NDArray[Any], levels: int) -> Codes:
    """Return codes that DuckDB gave, -1 where they are masked."""
    missing = np.ma.getmaskarray(codes)
    filled = np.ma.getdata(codes).astype(code_type(levels))
    filled[missing] = -1
    return filled
