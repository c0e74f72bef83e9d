"""How a text table is written: its separator, its columns, and whether it has a header line.

DuckDB's own sniffer bends the dialect until a file fits: it skips lines, takes a ragged file for a
table of one column, and misses quotes that come late. So the dialect is settled here, from the
first lines, and DuckDB then reads by it strictly: what does not fit is an error with its line.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from deltarule.data.cell_parsing import is_missing, possible_readings
from deltarule.data.files import TableFile
from deltarule.data.table import numbered
from deltarule.errors import ColumnError, TableFileError

_SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Dialect:
    """`names` in order; `sample` holds the first rows of data, one tuple of cells each, and
    `sample_is_all` tells whether there are no more; the first `blank_lines` hold nothing."""

    separator: str
    header: bool
    names: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    blank_lines: int = 0
    sample_is_all: bool = False

    @property
    def words(self) -> str:
        """The dialect in words, for the report."""
        start = "header line" if self.header else "no header line"
        return f"{start}, {_SEPARATORS[self.separator]} between columns"


def settle_dialect(file: TableFile, header: bool | None) -> Dialect:
    """Return the dialect of a CSV or TSV file; `header` True or False overrides the detection.

    The separator is the one of comma, tab, semicolon and bar that cuts the largest share of the
    first rows into the same number (> 1) of columns; none of them: a table of one column.

    Raises `ColumnError` for duplicate names and `TableFileError` for a table without rows.
    """
    separator, records = _best_separator(file)
    if not records:
        raise TableFileError(
            f"{file.name} is no table: it has no line with cells of up to {csv.field_size_limit():,} "
            "characters."
        )
    first, rest = records[0], records[1:]
    if header is None:
        header = has_header(first, rest)
    if header and not rest:
        count = len(first)
        raise TableFileError(
            f"{file.name} has a header of {count} column{'s' * (count > 1)} but no rows. (If that "
            "line is data, say that there is no header.)"
        )
    names = header_names(first, file.name) if header else numbered(len(first))
    start = file.head[: len(file.head) - len(file.head.lstrip())]
    blank_lines = len(start.splitlines()) - (start[-1:] not in ("", "\n", "\r"))
    sample = tuple(map(tuple, rest if header else records))
    sample_is_all = file.head_is_all and len(records) <= _SAMPLE_ROWS
    return Dialect(separator, header, names, sample, blank_lines, sample_is_all)


def has_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names the columns.

    It does if some column holds text there, and below it only numbers, booleans or dates. Failing
    that it does not, if any of its cells is itself a number or a date, is missing in a place other
    than the first, or comes again in its own column, or if two of them are alike. Failing that it
    does: all columns hold text, and the first row is unlike the others.
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
    """Return the cells of a header as names; an empty one is called after its place, column3."""
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
    if best[0] < 0.5:  # prose with a comma here and there
        lines = _records(file, "\x1f")
        chosen = next((s for s in _SEPARATORS if all(s not in line[0] for line in lines)), ",")
    return chosen, parsed[chosen]


def _records(file: TableFile, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(file.head, newline=""), delimiter=separator)
    try:
        records = [row for row in islice(reader, _SAMPLE_ROWS + 1) if any(c.strip() for c in row)]
        ended = next(reader, None) is None
    except csv.Error:  # a cell beyond csv's limit: DuckDB says so with its line
        return []
    # A quoted cell may go on behind the head: then its record is not whole.
    cut = ended and not file.head_is_all
    return records[:-1] if cut else records
