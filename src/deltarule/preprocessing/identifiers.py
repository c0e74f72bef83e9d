"""Find identifiers and stored row indexes: columns that name the row instead of describing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing import column_names

Array = NDArray[Any]
IDENTIFIER = "it looks like an identifier"
STORED_INDEX = "it looks like a stored row index"
MIN_ROWS_OF_AN_IDENTIFIER = 20
"""With fewer rows, whether values repeat is chance."""
MIN_DISTINCT_SHARE = 0.9
MIN_DISTINCT_SHARE_OF_HASHES = 0.1
MIN_DISTINCT_SHARE_IF_ORDERED = 0.1
"""An identifier whose values grow with the rows may repeat: ten rows for each person."""
MIN_SERIAL_ROWS, MIN_SERIAL_NUMBER = 50, 1000
"""A serial number without such a name: at least this many rows, and it starts at this or above."""
NAME_IN_R = "X"
"""What R calls a column without a name, such as the row names that write.csv stores."""
_YEARS = (1500, 2200)
_HASH = re.compile(
    r"(?=.*\d)[0-9a-f]{16,128}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)


def identifier_reason(
    part: Column,
    rows: NDArray[np.integer[Any]],
    *,
    unnamed: bool = False,
    levels: Mapping[str, int] | None = None,
) -> str | None:
    """Return why a column of the training rows looks like an identifier; None if it does not.

    `rows` are the ascending indexes of the rows; `unnamed` is whether the header of the column was
    empty; `levels` how often each text occurs in a table of which the rows are a sample. With at least
    20 values present:
        text      more than 90 % of the values are distinct, or more than 10 % and all are hashes
        number    integers that count the rows of the table (see `_counts_rows`); that have the name of
                  a stored index and are distinct; or that have the name of an identifier (id, customerId,
                  person_number, ...) and are nearly all distinct or grow with the rows; or consecutive
                  numbers of at least 1000
    """
    present = ~part.missing
    count = int(present.sum())
    if count < MIN_ROWS_OF_AN_IDENTIFIER:
        return None
    values = part.values[present]
    if part.kind == "text":
        return _text_reason(part, values, levels)
    if part.kind != "number" or not (values == np.floor(values)).all():
        return None
    if column_names.is_pandas_index(part.name):
        return f"{STORED_INDEX} (of pandas, by its name)"
    values = values.astype(np.float64, copy=False)
    ahead = values - rows[present]
    if count == len(part) and _counts_rows(ahead):
        return f"{IDENTIFIER} (its values count the rows)"
    distinct = len(np.unique(values))
    mostly_distinct = distinct >= MIN_DISTINCT_SHARE * count
    if (unnamed or column_names.is_row_index(part.name)) and (
        mostly_distinct or _is_restarting_count(ahead)
    ):
        return f"{STORED_INDEX} (by its name and its distinct integers)"
    if part.name == NAME_IN_R and distinct == count and _is_dense(values, rows):
        return f"{STORED_INDEX} (of R, by its name and its distinct integers)"
    return _number_reason(part.name, values, ahead, distinct)


def _text_reason(part: Column, codes: Array, levels: Mapping[str, int] | None) -> str | None:
    found = np.unique(codes)
    distinct, count = len(found), len(codes)
    if levels is not None:  # a sample repeats fewer texts than its table
        distinct, count = len(levels), sum(levels.values())
    if distinct > MIN_DISTINCT_SHARE * count:
        return f"{IDENTIFIER} ({distinct:,} distinct texts in {count:,} rows)"
    if distinct > MIN_DISTINCT_SHARE_OF_HASHES * count and _are_hashes(part, found):
        return f"{IDENTIFIER} ({distinct:,} hashes in {count:,} rows)"
    return None


def _are_hashes(part: Column, distinct: Array) -> bool:
    """Whether all texts are UUIDs or hexadecimal numbers of one length."""
    texts = [part.levels[code] for code in distinct.tolist()]
    return len({len(text) for text in texts}) == 1 and all(map(_HASH.fullmatch, texts))


def _number_reason(name: str, values: Array, ahead: Array, distinct: int) -> str | None:
    count = len(values)
    grows = bool((values[1:] >= values[:-1]).all()) and distinct >= max(
        MIN_DISTINCT_SHARE_IF_ORDERED * count, MIN_ROWS_OF_AN_IDENTIFIER
    )
    is_identifier = column_names.is_identifier(name)
    if is_identifier or column_names.is_numbering(name):
        if distinct == count:
            return f"{IDENTIFIER} (by its name and its distinct values)"
        if is_identifier and distinct >= MIN_DISTINCT_SHARE * count:
            return f"{IDENTIFIER} (by its name and its {distinct:,} distinct values)"
        if grows:
            return f"{IDENTIFIER} (by its name, and its values grow with the rows)"
    if _is_serial_number(name, values, ahead):
        return f"{IDENTIFIER} (its values are consecutive numbers)"
    return None


def _is_dense(values: Array, rows: NDArray[np.integer[Any]]) -> bool:
    """Whether values are the numbers of rows in any order, up to a quarter more."""
    return bool(values.min() >= 0 and values.max() <= 1.25 * (rows[-1] + 1) + 1)


def _counts_rows(ahead: Array) -> bool:
    """Whether value = row or row + 1 in all rows; `ahead` is the difference of value and row.

    The difference may grow by up to a quarter of the rows, as it does where rows were removed after
    numbering.
    """
    return _grows_slowly(ahead) and ahead[0] >= 0 and bool(ahead[-1] <= 1 + len(ahead) // 4)


def _grows_slowly(ahead: Array) -> bool:
    if not (ahead[1:] >= ahead[:-1]).all():
        return False
    with np.errstate(over="ignore"):  # 1e308 after -1e308: infinite, which compares correctly
        return bool(ahead[-1] - ahead[0] <= 1 + len(ahead) // 4)


def _is_restarting_count(ahead: Array) -> bool:
    """Whether values count the rows of tables that were appended: 0, 1, 2, ..., 0, 1, 2, ..."""
    return bool(np.mean(ahead[1:] == ahead[:-1]) >= MIN_DISTINCT_SHARE)


def _is_serial_number(name: str, values: Array, ahead: Array) -> bool:
    first, last = float(values[0]), float(values[-1])
    is_year = _YEARS[0] <= first and last <= _YEARS[1]
    return (
        len(values) >= MIN_SERIAL_ROWS
        and first >= MIN_SERIAL_NUMBER
        and not is_year
        and not column_names.is_time(name)
        and _grows_slowly(ahead)
    )
