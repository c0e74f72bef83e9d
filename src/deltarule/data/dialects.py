"""Detect the dialect of a text table: its separator, its columns, and whether it has a header.

DuckDB's own sniffer adapts the dialect until a file fits: it skips lines, reads a ragged file as a single
column, and misses late quotes. Therefore the dialect is detected here, from the first lines, and DuckDB
reads with it strictly: a line that does not fit is an error.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from deltarule._common.formatting import counted
from deltarule.data.cell_parsing import is_missing, possible_readings
from deltarule.data.files import TableFile
from deltarule.data.table import numbered
from deltarule.errors import ColumnError, TableFileError

_SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Dialect:
    """The dialect of one file.

    `sample` holds the cells of the first rows, and `sample_is_all` is whether these are all rows. The
    first `blank_lines` lines are blank.
    """

    separator: str
    header: bool
    names: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    blank_lines: int = 0
    sample_is_all: bool = False

    @property
    def summary(self) -> str:
        """The dialect in a few words, for the report."""
        start = "header line" if self.header else "no header line"
        return f"{start}, {_SEPARATORS[self.separator]} between columns"


def detect_dialect(file: TableFile, header: bool | None) -> Dialect:
    """Return the dialect of a CSV or TSV file; `header` overrides the detection.

    The separator is the one of comma, tab, semicolon and bar that splits the largest share of the first
    rows into the same number (> 1) of columns. Without such a separator there is a single column.

    Raises `ColumnError` for duplicate names and `TableFileError` for a table without rows.
    """
    separator, records = _best_separator(file)
    if not records:
        raise TableFileError(
            f"{file.name} is not a table: it has no line whose cells have at most "
            f"{csv.field_size_limit():,} characters."
        )
    first, rest = records[0], records[1:]
    if header is None:
        header = has_header(first, rest)
    if header and not rest:
        count = len(first)
        raise TableFileError(
            f"{file.name} has a header with {counted(count, 'column')} but no rows: if that line is "
            "data, set `header` to False."
        )
    names = header_names(first, file.name) if header else numbered(len(first))
    start = file.head[: len(file.head) - len(file.head.lstrip())]
    blank_lines = len(start.splitlines()) - (start[-1:] not in ("", "\n", "\r"))
    sample = tuple(map(tuple, rest if header else records))
    sample_is_all = file.head_is_all and len(records) <= _SAMPLE_ROWS
    return Dialect(separator, header, names, sample, blank_lines, sample_is_all)


def has_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds the column names.

    It does if some column has text there and only numbers, booleans or dates below. Otherwise it does not
    if one of its cells is a number or a date, is missing (except the first cell), occurs again in its
    column, or equals another cell. Otherwise all columns hold text, and the first row differs from the
    others: it does.
    """
    cells = [cell.strip() for cell in first]
    columns = [[row[index] for row in rest if index < len(row)] for index in range(len(cells))]
    is_text = [not is_missing(cell) and not possible_readings([cell]) for cell in cells]
    for text, column in zip(is_text, columns, strict=True):
        if text and any(not is_missing(cell) for cell in column) and possible_readings(column):
            return True
    named = [cell for index, cell in enumerate(cells) if cell or index > 0]
    if not all(text for text, cell in zip(is_text, cells, strict=True) if cell in named):
        return False
    if len(set(named)) < len(named):
        return False
    again = (
        cell in {below.strip() for below in column}
        for cell, column in zip(cells, columns, strict=True)
    )
    return bool(named) and not any(again)


def header_names(cells: Sequence[str], source: str) -> tuple[str, ...]:
    """Return the cells of a header as names; an empty cell is named by its position, column3."""
    names = tuple(cell.strip() or f"column{index}" for index, cell in enumerate(cells, start=1))
    refuse_duplicates(names, source)
    return names


def refuse_duplicates(names: Sequence[str], source: str) -> None:
    """Raise `ColumnError` if two columns have the same name."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(repr(name) for name in twice[:5])
        raise ColumnError(
            f"{source} has more than one column named {shown}: give each column its own name."
        )


def _best_separator(file: TableFile) -> tuple[str, list[list[str]]]:
    best: tuple[float, int] = (0.0, 0)
    chosen = ","
    suffix = Path(file.name.removesuffix(".gz")).suffix.lower()
    order = sorted(_SEPARATORS, key=lambda separator: (separator == "\t") != (suffix == ".tsv"))
    parsed = {separator: _records(file, separator) for separator in order}
    for separator, records in parsed.items():
        widths = Counter(len(record) for record in records)
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        score = (count / max(len(records), 1), width)
        if width > 1 and score > best:
            best, chosen = score, separator
    if best[0] < 0.5:  # prose with a few commas
        lines = _records(file, "\x1f")
        chosen = next((s for s in _SEPARATORS if all(s not in line[0] for line in lines)), ",")
    return chosen, parsed[chosen]


def _records(file: TableFile, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(file.head, newline=""), delimiter=separator)
    try:
        records = [row for row in islice(reader, _SAMPLE_ROWS + 1) if any(c.strip() for c in row)]
        ended = next(reader, None) is None
    except csv.Error:  # a cell beyond csv's limit, which DuckDB reports with its line
        return []
    # A quoted cell may continue after the head, which leaves its record incomplete.
    cut = ended and not file.head_is_all
    return records[:-1] if cut else records
