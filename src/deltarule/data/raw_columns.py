"""Raw columns: what a source holds before a schema reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import code_type

PartKind = Literal["text", "number", "boolean", "datetime", "time", "duration"]
MAX_EXACT_INTEGER = 2**53
"""Up to this size, float64 holds every integer."""


@dataclass(frozen=True, eq=False)
class RawPart:
    """The cells of one kind in a column.

    `values` (rows,) are codes of `levels`, -1 where the cell is missing or of another kind, for texts
    and for integers beyond 2⁵³, whose levels are their digits; datetime64[us] with NaT for datetimes;
    else floats with NaN: times of day and durations in hours, booleans 0 and 1. With `clean`, levels are
    trimmed and mark no missing cell.
    """

    kind: PartKind
    values: NDArray[Any]
    levels: Sequence[str] | None = None
    clean: bool = False

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where there is no cell of this kind, bool (rows,)."""
        if self.levels is not None:
            return np.asarray(self.values < 0)
        if self.kind == "datetime":
            return np.asarray(np.isnat(self.values))
        return np.asarray(np.isnan(self.values))


@dataclass(frozen=True, eq=False)
class RawColumn:
    """A column of a source: one part, or several if its cells are of different kinds.

    With `plain`, the numbers were texts in the plain spelling, such as -1.5e3. With `is_category`, the
    source has a categorical type, whose texts stay texts. With `counts` (cells,), each cell stands for so
    many of a larger table, and nothing is said about their order; `count_texts` returns the numbers of
    distinct texts and of texts in that table.
    """

    name: str
    parts: tuple[RawPart, ...]
    plain: bool = False
    is_category: bool = False
    counts: NDArray[np.int64] | None = None
    count_texts: Callable[[], tuple[int, int]] | None = None

    def __len__(self) -> int:
        return len(self.parts[0].values)


def missing_column(name: str, rows: int) -> RawColumn:
    """Return a column without a value."""
    return RawColumn(name, (RawPart("number", np.full(rows, np.nan)),))


def text_part(cells: Iterable[str | None]) -> RawPart:
    """Return the part of texts, None where there is none."""
    listed = list(cells)
    levels = tuple(sorted(cell for cell in set(listed) if cell is not None))
    return RawPart("text", codes_of(listed, levels), levels)


def codes_of(cells: Sequence[str | None], levels: Sequence[str]) -> NDArray[Any]:
    """Return the index of each cell in `levels`, -1 for None."""
    place: dict[str | None, int] = {level: i for i, level in enumerate(levels)}
    place[None] = -1
    return np.fromiter(map(place.__getitem__, cells), code_type(len(levels)), len(cells))


def integer_part(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> RawPart:
    """Return the part of 64-bit integers (rows,)."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if low > -MAX_EXACT_INTEGER and high < MAX_EXACT_INTEGER:
        numbers = values.astype(np.float64)
        if missing is not None:
            numbers[missing] = np.nan
        return RawPart("number", numbers)
    present = np.ones(len(values), bool) if missing is None else ~missing
    distinct, inverse = np.unique(values[present], return_inverse=True)
    codes = np.full(len(values), -1, code_type(len(distinct)))
    codes[present] = inverse
    return RawPart("number", codes, tuple(str(value) for value in distinct.tolist()))
