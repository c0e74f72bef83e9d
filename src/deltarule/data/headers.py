"""Tell whether the first row of a table holds the column names, and read them."""

from __future__ import annotations

from collections.abc import Sequence

from deltarule.data.cell_parsing import is_missing, possible_readings
from deltarule.data.table import numbered


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
    first: Sequence[str], rest: Sequence[Sequence[str]], known: Sequence[str] = ()
) -> bool:
    """Whether the first row holds the column names, of which `known` are those of a model.

    Known names decide, so that the answer for a table to predict does not depend on its rows.
    """
    if known:
        names = header_names(first)
        found = sum(name in known for name in names)
        if 2 * found >= min(len(known), len(names)):
            return True
        if set(known) <= set(numbered(max(len(names), len(known)))):
            return False
    return has_header(first, rest)


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
