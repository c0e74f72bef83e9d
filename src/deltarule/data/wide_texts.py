"""Text tables with many columns and few rows, which DuckDB would take longer to plan than to read."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.raw_columns import MAX_EXACT_INTEGER, RawColumn, RawPart, text_part
from deltarule.schema.plain_numbers import CODE, PLAIN_NUMBER

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MIN_COLUMNS, MAX_ROWS = 256, 5000
"""Tables with more columns and at most this many rows are wide."""
_COLUMNS_AT_ONCE = 128  # in one query
_END = "\x1f"  # no cell of a number has it
_NUMBERS = re.compile(rf"(?:{PLAIN_NUMBER}{_END})+")
_NUMBERS_WITHOUT_CODES = re.compile(rf"(?:(?!{CODE}{_END}){PLAIN_NUMBER}{_END})+")
_BLANK = " "  # what DuckDB's trim removes


def read_wide(
    opened: DuckDBPyConnection,
    table: str,
    names: Sequence[str],
    *,
    numbers: Collection[int],
    missing: Collection[str],
    codes_are_numbers: bool,
) -> tuple[RawColumn, ...]:
    """Read the columns c0, c1, ... of a table of texts.

    Columns listed in `numbers` become numbers if all their cells are; unless `codes_are_numbers`, cells
    such as 007 are none, nor are integers beyond 2⁵³.
    """
    pattern = _NUMBERS if codes_are_numbers else _NUMBERS_WITHOUT_CODES
    largest = np.inf if codes_are_numbers else MAX_EXACT_INTEGER
    columns = []
    for start in range(0, len(names), _COLUMNS_AT_ONCE):
        group = range(len(names))[start : start + _COLUMNS_AT_ONCE]
        picked = ", ".join(f"c{index}" for index in group)
        arrays = opened.execute(f"SELECT {picked} FROM {table}").fetchnumpy()
        for index in group:
            cells = _cells(arrays.pop(f"c{index}"))
            values = None
            if index in numbers:
                values = plain_numbers(cells, missing, pattern, largest)
            part = text_part(cells) if values is None else RawPart("number", values)
            columns.append(RawColumn(names[index], (part,), plain=values is not None))
    return tuple(columns)


def plain_numbers(
    cells: Sequence[str | None],
    missing: Collection[str],
    pattern: re.Pattern[str],
    largest: float,
) -> NDArray[np.float64] | None:
    """Return the numbers of cells, NaN where missing; None if a present cell is no plain number."""
    trimmed = ["" if cell is None else cell.strip(_BLANK) for cell in cells]
    present = [cell for cell in trimmed if cell not in missing]
    if not present or not pattern.fullmatch(f"{_END.join(present)}{_END}"):
        return None
    if len(present) == len(trimmed):
        values = np.fromiter(map(float, trimmed), np.float64, len(trimmed))
    else:
        values = np.array([np.nan if cell in missing else float(cell) for cell in trimmed])
    fits = not np.isinf(values).any() and bool(np.nanmax(np.abs(values)) < largest)
    return values if fits else None


def _cells(values: NDArray[Any]) -> list[str | None]:
    cells: list[str | None] = np.ma.getdata(values).tolist()
    gone = np.ma.getmaskarray(values)
    return [None if g else c for c, g in zip(cells, gone, strict=True)] if gone.any() else cells
