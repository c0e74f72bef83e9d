"""Detect the dialect of a text table: its separator, its columns, and whether it has a header.

DuckDB's own sniffer adapts the dialect until a file fits: it skips lines, reads a ragged file as a single
column, and misses late quotes. Therefore the dialect is detected here, from the first lines, and DuckDB
reads with it strictly: a line that does not fit is an error.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from deltarule._common.checks import sentences
from deltarule._common.formatting import counted
from deltarule.data.files import TableFile
from deltarule.data.headers import has_header, has_text_above_values, header_names, is_header
from deltarule.data.read_options import SEPARATOR_NAMES, ReadOptions, given_names
from deltarule.data.separators import Parsed, best_separator
from deltarule.data.table import numbered
from deltarule.data.text_copies import (
    UNIT,
    aligned_copy,
    blanked_copy,
    has_padded_quotes,
    unpadded_copy,
)
from deltarule.data.text_layout import (
    Lead,
    Tail,
    last_line,
    leading_lines,
    skipped_note,
    total_note,
    trailing_lines,
    usual_width,
)
from deltarule.data.text_records import (
    SAMPLE_ROWS,
    SPACE,
    SPACES,
    UNCLOSED_QUOTE,
    Record,
    parse_records,
    split_aligned,
    text_lines,
)
from deltarule.errors import ColumnError, SettingError, TableFileError
from deltarule.schema.value_cells import are_values

_RULE = re.compile(r"[ |+:;,\t\x1f=-]*(?:---|===|:--)[ |+:;,\t\x1f=-]*")


@dataclass(frozen=True)
class Dialect:
    """The dialect of one file.

    `sample` holds the cells of the first rows, and `sample_is_all` is whether these are all rows. The
    first `blank_lines` lines are blank. `header_in_file` is whether the line after them is a header;
    otherwise the names come from elsewhere. `unnamed` lists the columns whose names are not in the file.
    """

    separator: str
    header: bool
    names: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    blank_lines: int = 0
    sample_is_all: bool = False
    quote: str = '"'
    header_in_file: bool = False
    unnamed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The dialect in a few words, for the report."""
        start = "header line" if self.header else "no header line"
        if len(self.names) == 1:
            return f"{start}, one column"
        names = {separator: name for name, separator in SEPARATOR_NAMES.items()}
        shown = "spaces" if self.separator == UNIT else names.get(self.separator)
        return f"{start}, {shown or repr(self.separator)} between columns"


def detect_dialect(
    file: TableFile, options: ReadOptions, stack: ExitStack, known: Sequence[str] = ()
) -> tuple[TableFile, Dialect]:
    """Return the dialect of a text file, and the file that DuckDB reads with it.

    The separator is the one of comma, tab, semicolon and bar that splits the largest share of the first
    rows into the same number (> 1) of columns; if none does, colons and spaces are tried. Without such
    a separator there is a single column. Lines that are not rows, and columns that are aligned by
    spaces, need a copy of the file, which `stack` removes. `known` names are those of a model.

    Raises `ColumnError` for duplicate names and `TableFileError` for a table without rows.
    """
    lines = text_lines(file.head)
    skip = options.skip_rows
    lead = leading_lines(lines) if skip is None else _skipped(lines, skip)
    parsed = best_separator(file, lines, lead, options)
    if parsed.separator in (SPACE, SPACES):
        copy = aligned_copy(file, parsed.separator, parsed.quote, stack)
        lines = text_lines(copy.head)
        found = parse_records(lines, lead.lines, UNIT, parsed.quote, copy.head_is_all)
        file, parsed = copy, replace(parsed, separator=UNIT, found=found)
    elif has_padded_quotes(file, parsed.separator, parsed.quote):
        file = unpadded_copy(file, parsed.separator, parsed.quote, stack)
        lines = text_lines(file.head)
    return _described(file, lines, lead, parsed, options, stack, known)


HEADER_HINT = "State all of them by `names`; if they are in a later line, set `skip_rows`."


def refuse_duplicates(names: Sequence[str], source: str, hint: str = "") -> None:
    """Raise `ColumnError` if two columns have the same name; `hint` says how to mend it."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(repr(name) for name in twice[:5])
        raise ColumnError(
            sentences(
                f"{source} has more than one column named {shown}: give each column its own name.",
                hint,
            )
        )


def _described(
    file: TableFile,
    lines: Sequence[str],
    lead: Lead,
    parsed: Parsed,
    options: ReadOptions,
    stack: ExitStack,
    known: Sequence[str],
) -> tuple[TableFile, Dialect]:
    """Find the header, the names and the lines to skip, and copy the file if DuckDB needs it."""
    records = parsed.rows
    if not records:
        raise TableFileError(
            f"{file.name} is not a table: it has no line whose cells have at most "
            f"{csv.field_size_limit():,} characters."
        )
    width = usual_width(records)
    tail = Tail()
    if width > 1 and len(records) > 2:
        column = [record.cells[0] for record in records[1:] if len(record.cells) == width]
        tail = trailing_lines(file.path, parsed.separator, parsed.quote, width, column)
        records = _without_tail(records, tail, parsed, width)
    inner = _comment_lines(records, width)
    if inner:
        records = tuple(record for record in records if not record.cells[0].startswith("#"))
    ruled = _is_rule_line(records, lines)
    if ruled:
        body = records[1].next_line
        records = (records[0], *records[2:])
    above = _header_above(lines, lead, parsed, records, options.header)
    rows = [record.cells for record in records]
    header = options.header
    if above is None and header is None:
        below = parsed.titles > 0
        header = ruled or is_header(rows[0], rows[1:], known, below_titles=below)
    first = above if above is not None else rows[0] if header else None
    if above is None and header:
        rows = rows[1:]
    if first is not None and not rows:
        if _is_open(records[0], lines, parsed.quote):
            raise TableFileError(f"{file.name}, line {records[0].line + 1}: {UNCLOSED_QUOTE}")
        raise TableFileError(
            f"{file.name} has a header with {counted(len(first), 'column')} but no rows. If that "
            "line is data, write the names of the columns above it, or pass `header=False`."
        )
    begin = records[0].line
    notes = skipped_note(lines[:begin], "before") if options.skip_rows is None else []
    if above is not None:
        comment = " ".join(lines[lead.comment or 0].split())
        notes = [f"The comment line {comment[:60]!r} is read as the header."]
    fitted, fit_notes = _fitted(first, rows, width)
    names = header_names(fitted) if fitted is not None else numbered(len(rows[0]))
    unnamed = tuple(
        name for name, cell in zip(names, fitted or names, strict=True) if not cell.strip()
    )
    names = given_names(options.names, names)
    refuse_duplicates(names, file.name, HEADER_HINT)
    notes += fit_notes + skipped_note(tail.lines, "after")
    notes += _total_note(file.path, tail, parsed, rows, names)
    if inner:
        notes.append("Lines that start with # are skipped as comments.")
    needs_copy = (
        any(line.strip() for line in lines[:begin])
        or tail.lines
        or inner
        or ruled
        or fitted != first
        # DuckDB takes the first line break of a file, also one inside quotes, for the end of its lines.
        or _has_other_line_breaks(records[0], lines)
    )
    blank_lines, header_in_file = begin, bool(header) and above is None
    if needs_copy:
        if header_in_file:
            begin = body if ruled else records[0].next_line
        inner_separator = parsed.separator if inner else None
        file = blanked_copy(file, begin, tail.offset, inner_separator, width, stack)
        blank_lines, header_in_file = begin, False
    sample = tuple(tuple(row) for row in rows[:SAMPLE_ROWS])
    return file, Dialect(
        separator=parsed.separator,
        header=first is not None,
        names=names,
        sample=sample,
        blank_lines=blank_lines,
        sample_is_all=parsed.found.is_all and len(rows) <= SAMPLE_ROWS,
        quote=parsed.quote,
        header_in_file=header_in_file,
        unnamed=unnamed,
        notes=tuple(notes),
    )


def _is_rule_line(records: Sequence[Record], lines: Sequence[str]) -> bool:
    """Whether a line of dashes follows the first record, as in Markdown and psql."""
    return len(records) > 2 and _RULE.fullmatch(lines[records[1].line].strip()) is not None


def _is_open(record: Record, lines: Sequence[str], quote: str) -> bool:
    """Whether a quotation mark of a record is never closed."""
    return sum(line.count(quote) for line in lines[record.line : record.next_line]) % 2 == 1


def _has_other_line_breaks(record: Record, lines: Sequence[str]) -> bool:
    """Whether cells of a record hold line breaks that differ from the one at its end."""
    ends = [line[len(line.rstrip("\r\n")) :] for line in lines[record.line : record.next_line]]
    return len(set(ends)) > 1


def _skipped(lines: Sequence[str], count: int) -> Lead:
    """Return the lead of a file whose first `count` lines are skipped."""
    while count < len(lines) and not lines[count].strip():
        count += 1
    if count >= len(lines):
        raise SettingError("skip_rows", "must leave lines to read", count)
    return Lead(count)


def _header_above(
    lines: Sequence[str],
    lead: Lead,
    parsed: Parsed,
    records: Sequence[Record],
    header: bool | None,
) -> tuple[str, ...] | None:
    """Return the cells of a header in the last comment line before the table, or None."""
    if lead.comment is None or parsed.titles or header is not None:
        return None
    line = lines[lead.comment].strip()
    rows = [record.cells for record in records]
    if has_text_above_values(rows[0], rows[1:]):
        return None
    if parsed.separator == UNIT:
        cells = split_aligned(line.lstrip("#").replace(UNIT, " "), SPACE)
    else:
        cells = next(csv.reader([line], delimiter=parsed.separator, skipinitialspace=True), [])
    names = header_names(cells)
    if len(names) == usual_width(records) and has_header(names, rows):
        return tuple(names)
    return None


def _without_tail(
    records: tuple[Record, ...], tail: Tail, parsed: Parsed, width: int
) -> tuple[Record, ...]:
    if tail.lines and parsed.found.is_all:
        kept = list(records)
        for _ in tail.lines:
            if len(kept) > 1 and len(kept[-1].cells) < width:
                kept.pop()
        return tuple(kept)
    return records


def _comment_lines(records: Sequence[Record], width: int) -> bool:
    """Whether some records after the first are comments."""
    return width > 1 and any(
        record.cells[0].startswith("#") and len(record.cells) != width for record in records[1:]
    )


def _fitted(
    header: tuple[str, ...] | None, rows: Sequence[Sequence[str]], width: int
) -> tuple[tuple[str, ...] | None, list[str]]:
    """Return the header with one cell per column of the rows, if it is clear how, and notes."""
    if header is None or len(header) == width:
        return header, []
    if len(header) > width and not any(cell.strip() for cell in header[width:]):
        return header[:width], []
    first = [row[0].strip() for row in rows if len(row) == width]
    is_count = first == [str(number) for number in range(1, len(first) + 1)]
    is_name = not are_values(first) and len(set(first)) == len(first) == len(rows)
    last_is_empty = all(not row[-1].strip() for row in rows if len(row) == width)
    if len(header) == width - 1 and (is_count or is_name) and not last_is_empty:
        note = (
            "The header has one name less than the rows have cells, as R writes tables: the first "
            "column holds the names of the rows."
        )
        return ("", *header), [note]
    return header, []


def _total_note(
    path: Path,
    tail: Tail,
    parsed: Parsed,
    rows: Sequence[Sequence[str]],
    names: tuple[str, ...],
) -> list[str]:
    """Return a note if the last row looks like a total."""
    try:
        reader = csv.reader(
            [last_line(path, tail)], delimiter=parsed.separator, quotechar=parsed.quote
        )
        cells = next(reader, [])
    except csv.Error:
        return []
    return total_note(cells, rows, names) if len(cells) == len(names) > 1 else []
