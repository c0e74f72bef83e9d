"""Tell whether the first row of a table holds the column names, and read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from deltarule.data.table import numbered
from deltarule.schema import ColumnSchema, NumberFormat
from deltarule.schema.missing_values import is_missing, is_missing_among_values
from deltarule.schema.plain_numbers import is_code
from deltarule.schema.possible_values import BOOLEANS
from deltarule.schema.units import is_currency_in_front
from deltarule.schema.value_cells import is_value, value_schema, values_schema

_YEAR = re.compile("(?:1[89]|20)[0-9][0-9]")
# Of "nr" and "#", which are names more often than missing cells.
_NAME_SIGN = re.compile(r"[^\W_]|#")


def has_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds the column names.

    It does if some column has text there and only values (numbers, booleans, dates, durations) below, or
    a value of another kind than those below, such as a date above numbers, while no cell is one of the
    values of its column. Otherwise it does not if one of its cells is a value, is missing (except the
    first cell), occurs again in its column, or equals another cell. Otherwise all columns hold text, and
    the first row differs from the others: it does.
    """
    if has_text_above_values(first, rest) or _has_other_values_above(first, rest):
        return True
    cells, columns = _columns(first, rest)
    named = [(cell, c) for i, (cell, c) in enumerate(zip(cells, columns, strict=True)) if cell or i]
    distinct = len({cell for cell, _ in named}) == len(named)
    if not named or not distinct or not all(_may_be_name(cell, column) for cell, column in named):
        return False
    return not any(cell in column for cell, column in zip(cells, columns, strict=True))


def is_header(
    first: Sequence[str],
    rest: Sequence[Sequence[str]],
    known: Sequence[str] = (),
    *,
    below_titles: bool = False,
) -> bool:
    """Whether the first row holds the column names, of which `known` are those of a model.

    Known names decide, so that the answer for a table to predict does not depend on its rows. Below
    titles, names may also be years.
    """
    if known:
        names = header_names(first)
        known_names = frozenset(known)
        found = sum(name in known_names for name in names)
        if 2 * found >= min(len(known), len(names)):
            return True
        if set(known) <= set(numbered(max(len(names), len(known)))):
            return False
    if below_titles and rest and _has_years(first) and not _has_years(rest[0]):
        return True
    return has_header(first, rest)


def _has_years(cells: Sequence[str]) -> bool:
    """Whether some cells are texts and the others consecutive years, at least two."""
    present = [cell.strip() for cell in cells if cell.strip()]
    numbers = [cell for cell in present if is_value(cell)]
    years = [int(cell) for cell in numbers if _YEAR.fullmatch(cell)]
    follow = all(later - earlier == 1 for earlier, later in pairwise(years))
    return 1 < len(years) == len(numbers) < len(present) and follow


def has_text_above_values(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether some column has text in the first row and only values below."""
    return any(
        not is_value(cell)
        and not is_missing_among_values(cell)
        and _schema_below(column) is not None
        for cell, column in zip(*_columns(first, rest), strict=True)
    )


def _has_other_values_above(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether cells of the first row differ in kind from the values below, and none is one of them."""
    differ = False
    for cell, column in zip(*_columns(first, rest), strict=True):
        found = None if is_missing_among_values(cell) else value_schema(cell)
        if found is not None and (below := _schema_below(column)) is not None:
            if not _differs(found, below):
                return False
            differ = True
    return differ


def _differs(found: ColumnSchema, below: ColumnSchema) -> bool:
    """Whether a value is a date or has a unit, above numbers without: 1/22/20, 24h, 50% above 7.

    Tables of amounts may have their currency in the first row only.
    """
    if found.format is None or below.format != NumberFormat():
        return False
    if not isinstance(found.format, NumberFormat):
        return True
    return found.format.unit != "" and not is_currency_in_front(found.format.unit)


def _may_be_name(cell: str, column: Sequence[str]) -> bool:
    """Whether a cell may be the name of a column of texts.

    Values with letters may be, such as 3 months or May 2020, unless a cell below is a value too; codes
    may be unless a cell below is one. Missing cells may not be, nor dashes and points.
    """
    if is_missing(cell) or (is_missing_among_values(cell) and not _NAME_SIGN.search(cell)):
        return False
    if is_code(cell):
        return not any(is_code(below) for below in column)
    if not is_value(cell):
        return True
    has_letter = cell.lower() not in BOOLEANS and any(sign.isalpha() for sign in cell)
    return has_letter and not any(is_value(below) for below in column if not is_missing(below))


def header_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the cells of a header as names; an empty cell is named by its position, column3.

    A comment mark before the first name is removed.
    """
    names = [cell.strip() for cell in cells]
    if names and names[0].startswith("#"):
        plain = names[0].lstrip("#").strip()
        quoted = len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'"
        names[0] = (plain[1:-1].strip() if quoted else plain) or names[0]
    return tuple(name or f"column{index}" for index, name in enumerate(names, start=1))


def _schema_below(column: Sequence[str]) -> ColumnSchema | None:
    """Return how the cells below a first cell are read, None without values."""
    if all(is_missing(cell) or is_missing_among_values(cell) for cell in column):
        return None
    return values_schema(column)


def _columns(
    first: Sequence[str], rest: Sequence[Sequence[str]]
) -> tuple[list[str], list[list[str]]]:
    cells = [cell.strip() for cell in first]
    below = [[row[i].strip() for row in rest if i < len(row)] for i in range(len(cells))]
    return cells, below
