"""Text tables with many columns and few rows, which DuckDB would take longer to plan than to read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deltarule.data.plain_lines import PlainLines
from deltarule.data.raw_columns import MAX_EXACT_INTEGER, RawColumn, RawPart, text_part
from deltarule.schema.plain_numbers import CODE, is_plain_number

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MIN_COLUMNS, MAX_ROWS = 256, 5000
"""Tables with more columns and at most this many rows are wide."""
_COLUMNS_AT_ONCE = 128
_NUMBER_LETTERS = b"0123456789.+-eE"  # a text of them is a plain number if `float` takes it
_BLANK = " "  # what DuckDB's trim removes


class Cells(Protocol):
    """The cells of a text table."""

    def columns(self, columns: range) -> Iterable[Sequence[str | None]]:
        """Return the cells (rows,) of neighboring columns; empty cells are "" or None."""
        ...


@dataclass(frozen=True)
class StoredCells:
    """The cells of a table of DuckDB with the columns c0, c1, ..."""

    opened: DuckDBPyConnection
    table: str

    def columns(self, columns: range) -> Iterable[Sequence[str | None]]:
        """Return the cells (rows,) of neighboring columns; empty cells are None."""
        picked = ", ".join(f"c{index}" for index in columns)
        arrays = self.opened.execute(f"SELECT {picked} FROM {self.table}").fetchnumpy()
        return (_cells(arrays.pop(f"c{index}")) for index in columns)


@dataclass(frozen=True, eq=False)
class WideTable:
    """The columns of a wide table, and its cells, to read columns again as texts."""

    columns: tuple[RawColumn, ...]
    cells: Cells

    def texts(self, names: Collection[str]) -> dict[str, RawColumn]:
        """Read the named columns as texts."""
        places = [i for i, column in enumerate(self.columns) if column.name in names]
        return {
            self.columns[place].name: RawColumn(
                self.columns[place].name, (_texts(*self.cells.columns(range(place, place + 1))),)
            )
            for place in places
        }


def read_wide(
    cells: Cells,
    names: Sequence[str],
    *,
    numbers: Collection[int],
    missing: Set[str],
    codes_are_numbers: bool,
) -> WideTable:
    """Read the columns of a table of texts.

    Columns listed in `numbers` become numbers if all their cells are; unless `codes_are_numbers`, cells
    such as 007 are none, nor are integers beyond 2⁵³.
    """
    columns = []
    marked = any(is_plain_number(marker) for marker in missing)
    for start in range(0, len(names), _COLUMNS_AT_ONCE):
        group = range(len(names))[start : start + _COLUMNS_AT_ONCE]
        block = None
        if isinstance(cells, PlainLines) and not marked and all(i in numbers for i in group):
            block = _block_of_numbers(cells, group, codes_are_numbers)
        if block is not None:
            columns += [_numbers(names[i], values) for i, values in zip(group, block, strict=True)]
            continue
        for index, texts in zip(group, cells.columns(group), strict=True):
            values = None
            if index in numbers:
                values = plain_numbers(texts, missing, codes_are_numbers)
            if values is None:
                columns.append(RawColumn(names[index], (_texts(texts),)))
            else:
                columns.append(_numbers(names[index], values))
    return WideTable(tuple(columns), cells)


def plain_numbers(
    cells: Sequence[str | None], missing: Set[str], codes_are_numbers: bool
) -> NDArray[np.float64] | None:
    """Return the numbers of cells, NaN where missing; None if a present cell is no plain number."""
    texts: Sequence[str] = [cell or "" for cell in cells]
    if _BLANK in "".join(texts):
        texts = [text.strip(_BLANK) for text in texts]
    present = texts if missing.isdisjoint(texts) else [t for t in texts if t not in missing]
    if not present or "".join(present).encode().translate(None, _NUMBER_LETTERS):
        return None
    try:
        values = np.fromiter(map(float, present), np.float64, len(present))
    except ValueError:
        return None
    if not (
        _fit(values, codes_are_numbers) and (codes_are_numbers or not _have_codes(present, values))
    ):
        return None
    if len(present) == len(texts):
        return values
    result = np.full(len(texts), np.nan)
    result[[text not in missing for text in texts]] = values
    return result


def _block_of_numbers(
    lines: PlainLines, columns: range, codes_are_numbers: bool
) -> NDArray[np.float64] | None:
    """Return the numbers (columns, rows) if all cells are plain numbers, else None."""
    separator, rows = lines.separator, lines.lines(columns)
    letters = _NUMBER_LETTERS + separator.encode()
    if len(set(letters)) < len(letters) or not all(rows):
        return None
    if "".join(rows).encode().translate(None, letters):
        return None
    try:
        found = np.loadtxt(rows, delimiter=separator, comments=None, ndmin=2)
    except ValueError:  # an empty cell, or no number
        return None
    if found.shape != (len(rows), len(columns)) or not _fit(found, codes_are_numbers):
        return None
    if not codes_are_numbers and _have_codes(rows, found, separator):
        return None
    return np.ascontiguousarray(found.T)


def _fit(values: NDArray[np.float64], codes_are_numbers: bool) -> bool:
    largest = np.inf if codes_are_numbers else MAX_EXACT_INTEGER
    return bool(np.abs(values).max() < largest)


def _have_codes(texts: Sequence[str], values: NDArray[np.float64], separator: str = "\n") -> bool:
    """Whether a cell is a whole number with a leading zero; `texts` hold one or more cells each."""
    if not (values == np.floor(values)).any():
        return False
    between = re.escape(separator)  # the pattern begins with it, which searches quickly
    joined = f"{separator}{separator.join(texts)}{separator}"
    return re.search(f"{between}{CODE}{between}", joined) is not None


def _numbers(name: str, values: NDArray[np.float64]) -> RawColumn:
    return RawColumn(name, (RawPart("number", values),), plain=True)


def _texts(cells: Sequence[str | None]) -> RawPart:
    return text_part([cell or None for cell in cells] if "" in cells else cells)


def _cells(values: NDArray[Any]) -> list[str | None]:
    cells: list[str | None] = np.ma.getdata(values).tolist()
    gone = np.ma.getmaskarray(values)
    return [None if g else c for c, g in zip(cells, gone, strict=True)] if gone.any() else cells
