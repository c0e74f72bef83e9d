"""Whether texts are values, for decisions that precede a schema: headers, separators and titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from deltarule.schema.column_schema import ColumnSchema
from deltarule.schema.inference import infer_from_texts
from deltarule.schema.missing_values import is_missing
from deltarule.schema.number_format import NumberFormat
from deltarule.schema.plain_numbers import is_code, is_plain_number
from deltarule.schema.possible_values import may_be_value

_FIRST_LEVELS = 8  # a column of values has one among them


def values_schema(cells: Iterable[str]) -> ColumnSchema | None:
    """Return how the cells of a column are read if they are values, None if they are texts.

    Values are numbers, booleans, datetimes and durations, in every spelling that a schema may have. A
    column without a present cell may hold numbers.
    """
    counts = Counter(text for cell in cells if not is_missing(text := cell.strip()))
    levels = tuple(counts)
    if all(is_plain_number(level) and not is_code(level) for level in levels):
        return ColumnSchema("", "number", NumberFormat())
    if not any(may_be_value(level) for level in levels[:_FIRST_LEVELS]):
        return None
    schema, _ = infer_from_texts("", levels, np.array(list(counts.values()), np.int64))
    return None if schema.is_text else schema


def are_values(cells: Iterable[str]) -> bool:
    """Return whether the cells of a column are values, or none of them is present."""
    return values_schema(cells) is not None


def is_value(cell: str) -> bool:
    """Return whether a cell is a value by itself, or missing."""
    return value_schema(cell.strip()) is not None


@lru_cache(maxsize=8192)
def value_schema(text: str) -> ColumnSchema | None:
    """Return how a column of this one trimmed text is read, None if it is no value."""
    return values_schema((text,))
