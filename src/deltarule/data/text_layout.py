"""Find the lines of a text file that are not rows: titles, comments, ``sep=;`` and footers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deltarule._common.formatting import counted
from deltarule.data.duckdb_connection import sql_name, sql_text
from deltarule.data.headers import is_header
from deltarule.data.text_records import Record
from deltarule.schema import ColumnSchema, NumberFormat
from deltarule.schema.missing_values import is_missing
from deltarule.schema.value_cells import value_schema, values_schema

_SEPARATOR_LINE = re.compile(r'"?sep=(.|\\t)"?\s*', re.IGNORECASE)
_COMMENT_MARKS = ("#", "%", "//")
_MAX_FOOTER_LINES = 20
_TAIL = 1 << 16
_LEAVE_OUT = "To leave it out, use the query SELECT * FROM source WHERE "
_TOTALS = frozenset(
    (
        "total", "totals", "grand total", "subtotal", "sum", "summe", "gesamt", "gesamtsumme",
        "insgesamt", "somme", "totale", "suma",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Lead:
    """What comes before the table: its lines, a separator that they state, the last comment's line."""

    lines: int = 0
    separator: str | None = None
    comment: int | None = None


@dataclass(frozen=True)
class Tail:
    """The lines after the table, and the byte at which they begin."""

    lines: tuple[str, ...] = ()
    offset: int | None = None


def leading_lines(lines: Sequence[str]) -> Lead:
    """Return the blank lines, the ``sep=;`` line and the comment lines before a table."""
    start, separator, comment = 0, None, None
    for number, line in enumerate(lines):
        stated = _SEPARATOR_LINE.fullmatch(line)
        if stated is not None and separator is None and comment is None:
            separator = "\t" if stated.group(1) == "\\t" else stated.group(1)
        elif line.startswith(_COMMENT_MARKS):
            comment = number
        elif line.strip():
            return Lead(start, separator, comment)
        start = number + 1
    # Every line starts with a mark: they are rows.
    return Lead(0, separator, None) if comment is not None else Lead(start, separator, None)


def title_count(records: Sequence[Record], *, of_words: bool = False) -> int:
    """Return the number of records before the table: titles, which have fewer cells than its rows.

    With `of_words`, cells are words, and titles may have more of them than rows have. There are no
    titles unless seven in ten of the other records have the same number of cells.
    """
    widths = Counter(len(r.cells) for r in records[len(records) // 2 :] if len(r.cells) > 1)
    width = widths.most_common(1)[0][0] if widths else 1
    count = 0
    while count < len(records) - 1 and _is_title(records[count].cells, width, of_words=of_words):
        count += 1
    if not count:
        return 0
    end = len(records)
    while end > count + 1 and _is_title(records[end - 1].cells, width, of_words=of_words):
        end -= 1
    rows = records[count:end]
    if sum(len(record.cells) == width for record in rows) < 0.7 * len(rows):
        return 0
    if not of_words and any(len(record.cells) >= width for record in records[:count]):
        header, rest = rows[0].cells, [record.cells for record in rows[1:]]
        if any(is_missing(cell.strip()) for cell in header) or not is_header(
            header, rest, below_titles=True
        ):
            return 0
    return count


def usual_width(records: Sequence[Record]) -> int:
    """Return the most frequent number of cells."""
    widths = Counter(len(record.cells) for record in records)
    return max(widths.items(), key=lambda item: item[1], default=(0, 0))[0]


def trailing_lines(
    path: Path, separator: str, quote: str, width: int, first_column: Sequence[str]
) -> Tail:
    """Return the lines at the end of a file that have fewer cells than a row, and no numbers.

    Lines with several cells count only below a blank line. A date, or a number with a unit, is a row cut
    short where `first_column`, the first cell of each row, is read alike.
    """
    like = values_schema(first_column)
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        data = file.read()
    found: list[str] = []
    end = offset = size
    has_blank = False
    for line in reversed(data.splitlines(keepends=True)[1:]):
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        cells = text.split(separator)
        end -= len(line)
        if not text.strip():
            has_blank = bool(found)
            continue
        is_row = quote in text or len(cells) >= width or not _is_title(cells, width, like=like)
        if is_row or len(found) == _MAX_FOOTER_LINES:
            break
        found.insert(0, text.strip())
        offset, has_blank = end, False
    if not found or (not has_blank and any(separator in line for line in found)):
        return Tail()
    return Tail(tuple(found), offset)


def last_line(path: Path, tail: Tail) -> str:
    """Return the last line before the tail that is not blank."""
    end = tail.offset if tail.offset is not None else path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, end - _TAIL))
        data = file.read(min(end, _TAIL))
    lines = [line for line in data.splitlines() if line.strip()]
    return lines[-1].decode("utf-8", errors="replace") if lines else ""


def total_note(
    cells: Sequence[str], rows: Sequence[Sequence[str]], names: Sequence[str]
) -> list[str]:
    """Return a note if the cells of the last row look like a total; `rows` holds a sample."""
    for index, (name, cell) in enumerate(zip(names, cells, strict=True)):
        above = sum(row[index] == cell for row in rows if index < len(row))
        if cell.strip(" :").lower() in _TOTALS and above <= 1:  # the sample may contain the row
            text = cell.strip()
            return [
                f"The last row looks like a total, because {name!r} is {text!r} there, and is read like "
                f"the others. {_LEAVE_OUT}{sql_name(name)} IS DISTINCT FROM {sql_text(text)}."
            ]
    return []


def is_answered(note: str, query: str) -> bool:
    """Whether a query has the condition that a note on the last row proposes."""
    condition = note.partition(_LEAVE_OUT)[2].removesuffix(".")
    return condition != "" and condition in query


def skipped_note(lines: Sequence[str], where: str) -> list[str]:
    """Return a note about lines that are not rows."""
    shown = [
        " ".join(line.split())[:40]
        for line in lines
        if line.strip() and not _SEPARATOR_LINE.fullmatch(line)
    ]
    if not shown:
        return []
    verb = "is" if len(shown) == 1 else "are"
    more = ", ..." if len(shown) > 1 else ""
    return [
        f"{counted(len(shown), 'line')} {where} the table ({shown[0]!r}{more}) {verb} not part of it "
        f"and {verb} skipped."
    ]


def _is_title(
    cells: Sequence[str], width: int, *, of_words: bool = False, like: ColumnSchema | None = None
) -> bool:
    """Whether a record has too few cells for a row, and not only values that a row may begin with.

    These are plain numbers, times and durations, and whatever the column `like` takes. A date or "3 rows"
    may be a title otherwise.
    """
    present = [cell.strip() for cell in cells if cell.strip()]
    if of_words:
        unlike = len(present) not in (width - 1, width)
    else:
        few = len(present) == 1 or len(present) <= width - 2
        unlike = few and len(present) < width and len(cells) <= width
    return unlike and not all(_may_begin_row(cell, like) for cell in present)


def _may_begin_row(cell: str, like: ColumnSchema | None) -> bool:
    found = value_schema(cell)
    if found is None:
        return False
    if like is not None and like.format is not None and like.format.parse(cell) is not None:
        return True
    has_unit = isinstance(found.format, NumberFormat) and found.format.unit != ""
    return found.kind != "datetime" and not has_unit
