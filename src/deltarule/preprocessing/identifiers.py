"""Find identifiers and stored row indexes: columns that name the row instead of describing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.integer_sequence import IntegerSequence
from deltarule.data.table import Column
from deltarule.data.table_survey import HASH, ColumnSurvey
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


def identifier_reason(
    part: Column,
    rows: NDArray[np.integer[Any]],
    *,
    unnamed: bool = False,
    known: ColumnSurvey | None = None,
) -> str | None:
    """Return why a column of the training rows looks like an identifier; None if it does not.

    `rows` are the ascending indexes of the rows; `unnamed` is whether the header of the column was
    empty; `known` is what all cells show in a table of which the rows are a sample. With at least 20
    values present:
        text      more than 90 % of the values are distinct, or more than 10 % and all are hashes
        number    integers that count the rows of the table (see `_counts_rows`); that have the name of
                  a stored index and are distinct; or that have the name of an identifier (id, customerId,
                  person_number, ...) and are nearly all distinct or grow with the rows; or consecutive
                  numbers of at least 1000
    """
    present = ~part.missing
    count = int(present.sum()) if known is None else known.present
    if count < MIN_ROWS_OF_AN_IDENTIFIER:
        return None
    if part.kind == "text":
        return _text_reason(part, part.values[present], known)
    if part.kind != "number":
        return None
    integers = IntegerSequence() if known is None else known.integers
    if known is None:
        integers.add(part.values, ~present, rows)
    if not integers.are_integers:
        return None
    if column_names.is_pandas_index(part.name):
        return f"{STORED_INDEX} (of pandas, by its name)"
    has_all = bool(present.all()) if known is None else not known.missing
    if has_all and _counts_rows(integers):
        return f"{IDENTIFIER} (its values count the rows)"
    if not _is_named(part.name, unnamed):
        return _serial_reason(part.name, integers)
    distinct = len(np.unique(part.values[present])) if known is None else known.distinct
    mostly_distinct = distinct >= MIN_DISTINCT_SHARE * count
    if (unnamed or column_names.is_row_index(part.name)) and (
        mostly_distinct or _is_restarting_count(integers)
    ):
        return f"{STORED_INDEX} (by its name and its distinct integers)"
    if part.name == NAME_IN_R and distinct == count and _is_dense(integers):
        return f"{STORED_INDEX} (of R, by its name and its distinct integers)"
    return _name_reason(part.name, integers, distinct) or _serial_reason(part.name, integers)


def columns_to_count(names: Sequence[str]) -> Collection[str]:
    """Return the columns of a table that their distinct integers may show to be identifiers."""
    unnamed = column_names.unnamed_columns(names)
    return {name for name in names if _is_named(name, name in unnamed)}


def _is_named(name: str, unnamed: bool) -> bool:
    return (
        unnamed
        or name == NAME_IN_R
        or column_names.is_row_index(name)
        or column_names.is_identifier(name)
        or column_names.is_numbering(name)
    )


def _text_reason(part: Column, codes: Array, known: ColumnSurvey | None) -> str | None:
    if known is None:
        found = np.unique(codes)
        distinct, count = len(found), len(codes)
    else:  # a sample repeats fewer texts than its table
        distinct, count = known.distinct, known.present
    if distinct > MIN_DISTINCT_SHARE * count:
        return f"{IDENTIFIER} ({distinct:,} distinct texts in {count:,} rows)"
    if distinct > MIN_DISTINCT_SHARE_OF_HASHES * count:
        are_hashes = _are_hashes(part, found) if known is None else bool(known.hash_length)
        return f"{IDENTIFIER} ({distinct:,} hashes in {count:,} rows)" if are_hashes else None
    return None


def _are_hashes(part: Column, distinct: Array) -> bool:
    """Whether all texts are UUIDs or hexadecimal numbers of one length."""
    texts = [part.levels[code] for code in distinct.tolist()]
    return len({len(text) for text in texts}) == 1 and all(map(HASH.fullmatch, texts))


def _name_reason(name: str, integers: IntegerSequence, distinct: int) -> str | None:
    count = integers.count
    grows = integers.grows and distinct >= max(
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
    return None


def _is_dense(integers: IntegerSequence) -> bool:
    """Whether values are the numbers of rows in any order, up to a quarter more."""
    return integers.lowest >= 0 and integers.highest <= 1.25 * (integers.last_row + 1) + 1


def _counts_rows(integers: IntegerSequence) -> bool:
    """Whether value = row or row + 1 in all rows.

    The difference may grow by up to a quarter of the rows, as it does where rows were removed after
    numbering.
    """
    most = 1 + integers.count // 4
    return _grows_slowly(integers) and integers.first_ahead >= 0 and integers.last_ahead <= most


def _grows_slowly(integers: IntegerSequence) -> bool:
    """Whether the difference of value and row grows, by up to a quarter of the rows."""
    growth = integers.last_ahead - integers.first_ahead
    return integers.ahead_grows and growth <= 1 + integers.count // 4


def _is_restarting_count(integers: IntegerSequence) -> bool:
    """Whether values count the rows of tables that were appended: 0, 1, 2, ..., 0, 1, 2, ..."""
    return integers.equal_steps >= MIN_DISTINCT_SHARE * (integers.count - 1)


def _serial_reason(name: str, integers: IntegerSequence) -> str | None:
    is_year = _YEARS[0] <= integers.first and integers.last <= _YEARS[1]
    is_serial = (
        integers.count >= MIN_SERIAL_ROWS
        and integers.first >= MIN_SERIAL_NUMBER
        and not is_year
        and not column_names.is_time(name)
        and _grows_slowly(integers)
    )
    return f"{IDENTIFIER} (its values are consecutive numbers)" if is_serial else None
