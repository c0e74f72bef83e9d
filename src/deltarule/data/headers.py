"""Tell whether the first row of a table holds the column names, and read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from deltarule.data.cell_parsing import is_missing, possible_readings
from deltarule.data.table import numbered

_YEAR = re.compile("(?:1[89]|20)[0-9][0-9]")


def has_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds the column names.

    It does if some column has text there and only numbers, booleans or dates below. Otherwise it does not
    if one of its cells is a number or a date, is missing (except the first cell), occurs again in its
    column, or equals another cell. Otherwise all columns hold text, and the first row differs from the
    others: it does.
    """
    if has_text_above_values(first, rest):
        return True
    cells, columns = _columns(first, rest)
    named = [cell for index, cell in enumerate(cells) if cell or index > 0]
    if not all(_is_text(cell) for cell in named) or len(set(named)) < len(named):
        return False
    again = (
        cell in {below.strip() for below in column}
        for cell, column in zip(cells, columns, strict=True)
    )
    return bool(named) and not any(again)


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
        found = sum(name in known for name in names)
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
    numbers = [cell for cell in present if not _is_text(cell)]
    years = [int(cell) for cell in numbers if _YEAR.fullmatch(cell)]
    follow = all(later - earlier == 1 for earlier, later in pairwise(years))
    return 1 < len(years) == len(numbers) < len(present) and follow


def has_text_above_values(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether some column has text in the first row and only numbers, booleans or dates below."""
    return any(
        _is_text(cell)
        and any(not is_missing(below) for below in column)
        and bool(possible_readings(column))
        for cell, column in zip(*_columns(first, rest), strict=True)
    )


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


def _is_text(cell: str) -> bool:
    return not is_missing(cell) and not possible_readings([cell])


def _columns(
    first: Sequence[str], rest: Sequence[Sequence[str]]
) -> tuple[list[str], list[list[str]]]:
    cells = [cell.strip() for cell in first]
    return cells, [[row[index] for row in rest if index < len(row)] for index in range(len(cells))]
