"""The sizes of the sheets of a workbook, found before they are read.

Every sheet is read into a block from its first to its last cell, so that two cells may need a terabyte.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from deltarule.data.read_limits import ReadLimits, free_memory
from deltarule.errors import TableFileError

CELL_BYTES = 64
"""Memory that each cell of a sheet takes, at least, while it is read."""
MAX_STRINGS = 3_000_000
"""Shared strings of a workbook with bounded cells."""
_CHUNK = 1 << 20
_REFERENCE = re.compile(
    rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']\s*([A-Z]{0,3})([0-9]{1,7})\s*["']"""
)
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ODD = re.compile(rb"<(?:\w+:)?(?:c|row)\s[^<>]*&")
_STRING = re.compile(rb"<(?:\w+:)?si[\s/>]")
_USED_STRING = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]*\bt\s*=\s*["']s["'][^<>]*>\s*(?:<[^v<>][^<>]*>[^<>]*)*<(?:\w+:)?v[^<>]*>"""
    rb"""\s*([0-9]{1,9})"""
)
_REPEATED = re.compile(
    rb"""<table:table-(row|cell|covered-table-cell)\b([^<>]*)>|<(table:table)\s|(office:value|<text:p)"""
)
_TIMES = re.compile(rb"""table:number-(?:rows|columns)-repeated\s*=\s*["']\s*([0-9]+)""")
_BIFF_ROW, _BIFF_CELLS = 0, range(1, 12)


def check_workbook(path: Path, name: str, limits: ReadLimits) -> None:
    """Raise `TableFileError` for a workbook whose cells need more than is free or allowed."""
    with path.open("rb") as file:
        is_zip = file.read(2) == b"PK"
    if not is_zip:
        if limits.is_bounded:
            raise TableFileError(_unknown_size(name))
        return
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive, name, limits)
    except TableFileError:
        raise
    except (
        zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, zlib.error,
    ):  # fmt: skip
        raise TableFileError(
            f"{name} cannot be read as an Excel or OpenDocument file: save it again as .xlsx or CSV."
        ) from None


def _unknown_size(name: str) -> str:
    return (
        f"{name} is a workbook in a binary format, whose size is not known before it is read: save it as "
        ".xlsx or CSV."
    )


def _check_archive(archive: zipfile.ZipFile, name: str, limits: ReadLimits) -> None:
    """Check every sheet, and with bounded cells every part: any may be a sheet."""
    total, sheets = 0, []
    for info in archive.infolist():
        part_name = info.filename.lower()
        in_folder = part_name.startswith("xl/worksheets/")
        if part_name == "xl/workbook.bin" and limits.is_bounded:
            raise TableFileError(_unknown_size(name))
        with archive.open(info) as part:
            if part_name == "content.xml":
                rows, columns = _ods_size(part)
            elif part_name.endswith(".bin") and in_folder:
                rows, columns = _xlsb_size(part)
            elif (part_name.endswith(".xml") and in_folder) or limits.is_bounded:
                rows, columns = _xlsx_size(part, name, limits)
                sheets.append(info)
            else:
                continue
        _refuse_large(name, rows, columns, limits)
        if not part_name.endswith("calcchain.xml"):  # which lists the cells of the sheets again
            total += rows * columns
    limits.check_cells(name, total, 1)
    if limits.is_bounded:
        _check_strings(archive, sheets, name, limits)


def _check_strings(
    archive: zipfile.ZipFile, sheets: list[zipfile.ZipInfo], name: str, limits: ReadLimits
) -> None:
    """Raise `TableFileError` if the shared strings, copied into their cells, are too large."""
    for info in archive.infolist():
        if not info.filename.lower().endswith("sharedstrings.xml"):
            continue
        with archive.open(info) as part:
            lengths = _string_lengths(part, name)
        size = 0
        for sheet in sheets:
            with archive.open(sheet) as part:
                for piece in _pieces(part):
                    used = map(int, _USED_STRING.findall(piece))
                    size += sum(lengths[index] for index in used if index < len(lengths))
        limits.check_texts(name, size)


def _string_lengths(part: IO[bytes], name: str) -> array[int]:
    """Return at most how long each shared string is, in bytes."""
    lengths, start = array("L"), 0
    begin: int | None = None
    for piece in _pieces(part):
        for match in _STRING.finditer(piece):
            if begin is not None:
                lengths.append(start + match.start() - begin)
            begin = start + match.start()
        start += len(piece)
        if len(lengths) > MAX_STRINGS:
            raise TableFileError(
                f"{name} holds more than {MAX_STRINGS:,} different texts, the most that is allowed here: "
                "use a smaller file."
            )
    if begin is not None:
        lengths.append(start - begin)
    return lengths


def _refuse_large(name: str, rows: int, columns: int, limits: ReadLimits) -> None:
    limits.check_cells(name, rows, columns)
    free = free_memory()
    if free is not None and rows * columns * CELL_BYTES > free:
        raise TableFileError(
            f"{name} has a sheet of {rows:,} rows and {columns:,} columns, which needs "
            f"{rows * columns * CELL_BYTES / 1e9:,.0f} GB of memory: delete the cells far from the table."
        )


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of an XML file in pieces that end before a tag."""
    rest = b""
    while chunk := part.read(_CHUNK):
        data = rest + chunk
        cut = data.rfind(b"<") if len(data) < 64 * _CHUNK else len(data)
        rest = data[cut:] if cut > 0 else data
        if cut > 0:
            yield data[:cut]
    yield rest


def _xlsx_size(part: IO[bytes], name: str, limits: ReadLimits) -> tuple[int, int]:
    """Return at most how many rows and columns a worksheet in XML spans."""
    rows = columns = 0
    widest, width, tags, cells = 0, 0, 0, 0  # of rows and cells without a place
    for piece in _pieces(part):
        found = _REFERENCE.findall(piece)
        letters = {column for column, _ in found}
        columns = max(columns, *map(_column_number, letters), 0)
        rows = max(rows, max((int(row) for _, row in found), default=0))
        if limits.is_bounded:
            if _ODD.search(piece) or b"\x00" in piece:
                raise TableFileError(f"{name} has a damaged worksheet: save it again.")
            counts = [len(_CELL.findall(row)) for row in _ROW.split(piece)]
            placed = sum(column != b"" for column, _ in found)
            cells += sum(counts) - placed
            tags += len(counts) - 1 - (len(found) - placed)
            counts[0] += width
            width, widest = counts[-1], max(widest, *counts)
    return rows + max(tags, 0), columns + (widest if cells > 0 else 0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _xlsb_size(part: IO[bytes]) -> tuple[int, int]:
    """Return how many rows and columns a worksheet in binary records spans."""
    data, place, rows, columns = part.read(), 0, 0, 0
    end = len(data)
    while place + 2 <= end:
        kind, place = _variable(data, place, 2)
        size, place = _variable(data, place, 4)
        if kind == _BIFF_ROW and place + 4 <= end:
            rows = max(rows, struct.unpack_from("<I", data, place)[0] + 1)
        elif kind in _BIFF_CELLS and place + 4 <= end:
            columns = max(columns, struct.unpack_from("<I", data, place)[0] + 1)
        place += size
    return rows, columns


def _variable(data: bytes, place: int, most: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte, and the place after it."""
    number = 0
    for count in range(most):
        if place >= len(data):
            break
        byte = data[place]
        number |= (byte & 127) << (7 * count)
        place += 1
        if byte < 128:
            break
    return number, place


def _ods_size(part: IO[bytes]) -> tuple[int, int]:
    """Return at most how many rows and columns a sheet of an OpenDocument file has, repeated ones too.

    Repeated rows and cells at the end, which are empty, are not counted.
    """
    most_rows = most_columns = row = column = 0
    for piece in _pieces(part):
        for kind, attributes, table, _ in _REPEATED.findall(piece):
            if table:
                row = 0
                continue
            if not kind:  # a value, in the cell before it
                most_columns = max(most_columns, column)
                most_rows = max(most_rows, row)
                continue
            match = _TIMES.search(attributes)
            times = int(match[1]) if match else 1
            if kind == b"row":
                row, column = row + times, 0
            else:
                column += times
                if b"office:value" in attributes or b"office:formula" in attributes:
                    most_columns, most_rows = max(most_columns, column), max(most_rows, row)
    return most_rows, most_columns
