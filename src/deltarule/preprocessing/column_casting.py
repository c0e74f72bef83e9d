"""Cast a column to the kind that it had in training.

A table to predict for may hold other cells than the training table: a text column with digits only, or
an empty column. Values that mean the same are equal after the cast; others raise `DataError` with an
example and its row, counted from 1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column, code_type, spell
from deltarule.errors import DataError
from deltarule.schema.plain_numbers import is_plain_number

_INFINITY = re.compile(r"[+-]?(?:inf|infinity)", re.IGNORECASE)


def numbers(column: Column) -> NDArray[Any]:
    """Return floats (n,), NaN where missing.

    Booleans become 0 and 1, texts are parsed. Raises `DataError` for anything else and for infinity.
    """
    if column.kind == "text":
        parsed = [float(level) if _is_number(level) else None for level in column.levels]
        values = _by_level(column, parsed, "numbers")
    elif column.kind == "datetime":
        values = _only_missing(column, "numbers")
    else:
        values = column.values
    refuse_infinite(column.name, values)
    return values


def booleans(column: Column) -> NDArray[Any]:
    """Return float64 (n,): 0, 1 or NaN; from booleans, 0 and 1, the texts true and false."""
    if column.kind == "boolean":
        return column.values
    if column.kind == "text":
        known = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}
        return _by_level(
            column, [known.get(level.lower()) for level in column.levels], "true or false"
        )
    if column.kind == "datetime":
        return _only_missing(column, "true or false")
    wrong = ~(np.isnan(column.values) | (column.values == 0) | (column.values == 1))
    if wrong.any():
        raise _does_not_fit(column, "true or false", int(np.argmax(wrong)))
    return np.asarray(column.values, dtype=np.float64)


def datetimes(column: Column) -> NDArray[np.datetime64]:
    """Return datetime64[us] (n,), NaT where missing."""
    if column.kind == "datetime":
        return column.values
    _only_missing(column, "dates")
    return np.full(len(column), np.datetime64("NaT", "us"))


class LevelIndex:
    """The index of each of some levels, by its text.

    Values are compared as written, then by canonical spelling if that is the one of a single level: the
    texts '1.0' and '1' and the number 1 are equal, and so are 'True', 'true' and the boolean.
    """

    def __init__(self, levels: Sequence[str]) -> None:
        self._levels = levels
        self._exact = {level: index for index, level in enumerate(levels)}
        self._dtype = code_type(len(levels))

    @cached_property
    def by_text(self) -> dict[str, int]:
        """The index of each level by its text, and by its canonical spelling if no other has it."""
        spellings = [canonical(level) for level in self._levels]
        often = Counter(spellings)
        alike = {text: index for index, text in enumerate(spellings) if often[text] == 1}
        return {**alike, **self._exact}

    def of_text(self, text: str) -> int:
        """Return the index of a value by its text, -1 if it is unknown."""
        found = self.by_text.get(text)
        return self.by_text.get(canonical(text), -1) if found is None else found

    def codes(self, column: Column) -> NDArray[np.signedinteger[Any]]:
        """Return the index of each value among the levels (n,), -1 where it is missing or unknown."""
        found, distinct = distinct_texts(column)
        exact = self._exact
        # The last entry is for missing values.
        mapped = np.full(len(distinct) + 1, -1, self._dtype)
        mapped[:-1] = [exact[t] if t in exact else self.of_text(t) for t in distinct]
        result: NDArray[np.signedinteger[Any]] = mapped[found]
        return result


def canonical(text: str) -> str:
    """Return one spelling for equal values of different kinds."""
    if _is_number(text):
        return spell(float(text), "number")
    return text.lower() if text.lower() in ("true", "false") else text


def refuse_infinite(name: str, values: NDArray[Any]) -> None:
    """Raise `DataError` if a column holds an infinite number."""
    infinite = np.isinf(values)
    if infinite.any():
        count = int(infinite.sum())
        raise DataError(
            f"Column {name!r} has {count:,} infinite value{'s' * (count > 1)} (or beyond 1.8e308), "
            f"the first in row {int(np.argmax(infinite)) + 1}: enter a finite number or leave the cell "
            "empty."
        )


def _is_number(text: str) -> bool:
    return is_plain_number(text) or _INFINITY.fullmatch(text) is not None


def distinct_texts(column: Column) -> tuple[NDArray[np.signedinteger[Any]], Sequence[str]]:
    """Return the index of each value among distinct texts, -1 where it is missing, and the texts."""
    if column.kind == "text":
        return column.values, column.levels
    found = np.full(len(column), -1, dtype=np.int32)
    present = ~column.missing
    values, inverse = np.unique(column.values[present], return_inverse=True)
    found[present] = inverse
    return found, [spell(value, column.kind) for value in values]


def _by_level(column: Column, parsed: Sequence[float | None], wanted: str) -> NDArray[np.float64]:
    unfit = np.array([value is None for value in parsed] + [False])[column.values]
    if unfit.any():
        raise _does_not_fit(column, wanted, int(np.argmax(unfit)))
    values = np.array([*(value or 0.0 for value in parsed), np.nan])
    result: NDArray[np.float64] = values[column.values]
    return result


def _only_missing(column: Column, wanted: str) -> NDArray[np.float64]:
    present = ~column.missing
    if present.any():
        raise _does_not_fit(column, wanted, int(np.argmax(present)))
    return np.full(len(column), np.nan)


def _does_not_fit(column: Column, wanted: str, row: int) -> DataError:
    example = column.take(np.array([row])).texts()[0]
    return DataError(
        f"Column {column.name!r} must hold {wanted} as in training, got {str(example)[:40]!r} in "
        f"row {row + 1}: correct the cell or leave it empty."
    )
