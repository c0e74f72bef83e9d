"""Split the first lines of a text table into records of cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

SAMPLE_ROWS = 200
SPACE, SPACES = " ", "  "
"""Separators of aligned tables: any number of blanks, and at least two."""

UNCLOSED_QUOTE = "a cell starts with a double quote that is never closed. Correct the cell."
_MAX_RECORDS = SAMPLE_ROWS + 65  # lines before the header are records too
_ALIGNED = {SPACE: re.compile(r"[ \t]+"), SPACES: re.compile(r"[ \t]{2,}|\t")}


@dataclass(frozen=True)
class Record:
    """The cells of a record, its first line, counted from 0, and the line after it."""

    cells: tuple[str, ...]
    line: int
    next_line: int


@dataclass(frozen=True)
class Records:
    """The first records of a file that are not blank, and whether they are all."""

    items: tuple[Record, ...]
    is_all: bool


def text_lines(text: str) -> list[str]:
    """Return the lines of a text with their line ends."""
    return list(io.StringIO(text, newline=""))


def parse_records(
    lines: Sequence[str], start: int, separator: str, quote: str, lines_are_all: bool
) -> Records:
    """Parse the lines from `start` on. A record that the last line may cut is left out."""
    if separator in _ALIGNED:
        return _aligned_records(lines, start, separator, quote, lines_are_all)
    reader = csv.reader(
        iter(lines[start:]), delimiter=separator, quotechar=quote, skipinitialspace=True
    )
    found: list[Record] = []
    begin = start
    try:
        for cells in islice(reader, _MAX_RECORDS):
            end = start + reader.line_num
            if any(cell.strip() for cell in cells):
                found.append(Record(tuple(cells), begin, end))
            begin = end
        ended = next(reader, None) is None
    except csv.Error:  # a cell beyond csv's limit, which DuckDB reports with its line
        return Records((), False)
    # A quoted cell may continue after the head, which leaves its record incomplete.
    cut = ended and not lines_are_all
    return Records(tuple(found[:-1] if cut else found), ended and lines_are_all)


def split_aligned(line: str, separator: str, quote: str = '"') -> list[str]:
    """Return the cells of a line of an aligned table."""
    stripped = line.strip()
    if separator == SPACE and quote in stripped:
        plain = stripped.replace("\t", " ")
        return next(csv.reader([plain], delimiter=" ", quotechar=quote, skipinitialspace=True), [])
    return _ALIGNED[separator].split(stripped) if stripped else []


def _aligned_records(
    lines: Sequence[str], start: int, separator: str, quote: str, lines_are_all: bool
) -> Records:
    numbered = list(enumerate(lines))[start : start + _MAX_RECORDS]
    found = [
        Record(tuple(split_aligned(line, separator, quote)), number, number + 1)
        for number, line in numbered
        if line.strip()
    ]
    return Records(tuple(found), lines_are_all and start + len(numbered) == len(lines))
