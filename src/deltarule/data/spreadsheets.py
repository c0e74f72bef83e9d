"""Read a worksheet of an Excel or OpenDocument file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltarule._common.notebook_display import MAX_SHOWN_NAME, listed
from deltarule.data.cell_values import array_of_values, spelled
from deltarule.data.headers import header_names, is_header
from deltarule.data.read_options import ReadOptions, given_names
from deltarule.data.table import numbered
from deltarule.data.text_layout import skipped_note, title_count, total_note
from deltarule.data.text_records import SAMPLE_ROWS, Record
from deltarule.data.workbook_sizes import check_workbook
from deltarule.errors import FileError, MissingPackageError, SettingError, TableFileError

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Worksheet:
    """The columns of a worksheet, by name, and how they were found."""

    columns: list[tuple[str, Any]]
    summary: str
    notes: tuple[str, ...]


def read_worksheet(
    path: Path, name: str, options: ReadOptions, stack: ExitStack, known: Sequence[str] = ()
) -> Worksheet:
    """Return the columns of a worksheet. Formula errors and empty cells are missing.

    `known` names are those of a model.

    Raises `MissingPackageError` without python-calamine, `TableFileError` for files without tables.
    """
    check_workbook(path, name, options.limits)
    book = _workbook(path, name)
    stack.callback(book.close)
    with _sentences(name):  # a damaged sheet is found when it is read
        sheet, notes = _chosen(book, name, options.sheet)
        found = sheet.to_python(skip_empty_area=True) if sheet.start is not None else []
    several = ", the first of several" if notes else ""
    rows = [tuple(map(_value, row)) for row in found]
    begin = options.skip_rows or 0
    rows = rows[begin:]
    filled = [index for index, row in enumerate(rows) if any(cell is not None for cell in row)]
    if not filled:
        raise TableFileError(f"{name}: the sheet {sheet.name!r} has no cells to read.")
    table = [rows[index] for index in filled]
    titles = 0
    if options.skip_rows is None:
        titles = _title_rows(table)
        notes += skipped_note([_line(row) for row in table[:titles]], "before")
        table, filled = table[titles:], filled[titles:]
    footers = _footer_rows(rows, filled)
    if footers:
        notes += skipped_note([_line(row) for row in table[-footers:]], "after")
        table = table[:-footers]
    texts = [tuple(map(spelled, row)) for row in table[: SAMPLE_ROWS + 1]]
    header = (
        is_header(texts[0], texts[1:], known, below_titles=titles > 0)
        if options.header is None
        else options.header
    )
    names = header_names(texts[0]) if header else numbered(len(texts[0]))
    if header and len(table) == 1:
        raise TableFileError(
            f"{name}: the sheet {sheet.name!r} has a header but no rows. If that row is data, write the "
            "names of the columns above it, or pass `header=False`."
        )
    cells = list(zip(*(table[1:] if header else table), strict=True))
    used = [
        index
        for index, column in enumerate(cells)
        if (header and texts[0][index].strip()) or any(value is not None for value in column)
    ]
    names = given_names(options.names, tuple(names[index] for index in used))
    last = tuple(spelled(cells[index][-1]) for index in used)
    sample = [[row[index] for index in used] for row in texts[1:]]
    notes += total_note(last, sample, names)
    columns = [(n, array_of_values(cells[index])) for n, index in zip(names, used, strict=True)]
    summary = f"sheet {sheet.name!r}{several}, {'header line' if header else 'no header line'}"
    return Worksheet(columns, summary, tuple(notes))


def _workbook(path: Path, name: str) -> Any:
    try:
        import python_calamine
    except ImportError as error:
        raise MissingPackageError(
            "Excel and OpenDocument files need the package python-calamine: install it with "
            "pip install 'deltarule[excel]'."
        ) from error
    with _sentences(name):
        return python_calamine.load_workbook(str(path))


@contextmanager
def _sentences(name: str) -> Iterator[None]:
    """Convert the errors of python-calamine to sentences."""
    import python_calamine

    try:
        yield
    except FileError:
        raise
    except python_calamine.PasswordError:
        reason = "is protected by a password: save it without"
    except (python_calamine.CalamineError, OSError):
        reason = "cannot be read as an Excel or OpenDocument file: save it again as .xlsx or CSV"
    else:
        return
    raise TableFileError(f"{name} {reason}.")


def _chosen(book: Any, name: str, wanted: str | int | None) -> tuple[Any, list[str]]:
    """Return the sheet to read, by default the first with cells, and a note about the others."""
    import python_calamine

    kinds = python_calamine.SheetTypeEnum
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == kinds.WorkSheet]
    if isinstance(wanted, str) and wanted not in names and wanted.isdecimal():
        wanted = int(wanted)
    if isinstance(wanted, int):
        wanted = names[wanted - 1] if wanted <= len(names) else str(wanted)
    if wanted is not None:
        if wanted not in names:
            raise SettingError("sheet", f"must be one of {', '.join(names)}", wanted)
        return book.get_sheet_by_name(wanted), []
    first, filled = None, []
    for sheet_name in names:  # one at a time is in memory beside the first
        sheet = book.get_sheet_by_name(sheet_name)
        if sheet.start is not None:
            first = first or sheet
            filled.append(sheet_name)
    if first is None:
        raise TableFileError(f"{name} has no sheet with cells: it holds no table.")
    others = listed([repr(sheet) for sheet in filled[1:]], 5, MAX_SHOWN_NAME)
    note = (
        f"The first sheet, {filled[0]!r}, is read; the file also has {others}. The option "
        "sheet chooses another one."
    )
    return first, [note] if others else []


def _value(cell: Any) -> Any:
    """Return a cell with None for an empty one."""
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def _title_rows(rows: Sequence[Row]) -> int:
    sample = rows[: SAMPLE_ROWS + 1]
    width = max(len(row) for row in sample)
    texts = [tuple(map(spelled, row)) for row in sample]
    records = [
        Record(cells + ("",) * (width - len(cells)), i, i + 1) for i, cells in enumerate(texts)
    ]
    return title_count(records)


def _footer_rows(rows: Sequence[Row], filled: Sequence[int]) -> int:
    """Return the number of last rows that are one text below an empty row."""
    for count, place in enumerate(range(len(filled) - 1, 1, -1), start=1):
        present = [cell for cell in rows[filled[place]] if cell is not None]
        if len(present) > 1 or not isinstance(present[0], str) or len(rows[0]) < 2:
            return 0
        if filled[place] - filled[place - 1] > 1:
            return count
    return 0


def _line(row: Row) -> str:
    return " ".join(spelled(cell) for cell in row if cell is not None)
