"""Copy a plain text table to a Parquet file by the compiled core, in less time than DuckDB needs to read
the text.

A table that is not plain, such as one with a code among numbers, is left to DuckDB: `copy_plain_text`
returns None.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.compiled_core import compiled_core
from deltarule.data.dialects import Dialect
from deltarule.data.duckdb_connection import sql_text
from deltarule.data.files import TableFile
from deltarule.data.parquet_pages import ColumnCells, ParquetWriter, StoredPages

SKIPPED, TEXT, NUMBER = range(3)
"""Kinds of cells, as in `native/core/plain_text.hpp`."""
_SEPARATORS = (",", ";", "\t", "|", "\x1f")
_BYTES_AT_ONCE = 2**21
_MAX_COLUMNS = 128  # groups of more columns have few rows, and Parquet's list of pages grows large
_PADDING = 24  # numbers of a row at distances of 4 KiB would share one place in the cache
_MAX_TEXT_BYTES = 2**24  # of a group of rows


@dataclass(frozen=True)
class TextTable:
    """Text files with the same columns, each with its dialect."""

    files: Sequence[TableFile]
    dialects: Sequence[Dialect]

    @property
    def may_be_plain(self) -> bool:
        """Whether the layout of the files is one that the compiled core parses."""
        first = self.dialects[0]
        return (
            first.separator in _SEPARATORS
            and first.quote in ('"', "'")
            and 1 < len(first.names) <= _MAX_COLUMNS
            and not any(file.partitions for file in self.files)
            and all(
                (other.separator, other.quote, other.names)
                == (first.separator, first.quote, first.names)
                for other in self.dialects
            )
        )

    def has_underscore(self) -> bool:
        """Return whether there may be an underscore in a cell."""
        given = any(file.partitions for file in self.files)
        return given or any(map(_has_underscore, self.files, self.dialects))


@dataclass(frozen=True)
class PlainCells:
    """What the columns of a plain table hold: the kind of each, and the spellings of missing numbers.

    To `infer` types, codes and integers beyond 2⁵³ are no plain numbers.
    """

    kinds: Sequence[int]
    missing: Collection[str]
    infer: bool


def copy_plain_text(
    table: TextTable, cells: PlainCells, path: str, group_rows: int
) -> StoredPages | None:
    """Write the rows of a plain table to a Parquet file; return what reads its rows.

    None: the table is not plain, and there is no file.
    """
    core, first = compiled_core(), table.dialects[0]
    if core is None or not table.may_be_plain:
        return None
    parser = core.PlainTextParser(
        separator=ord(first.separator),
        quote=ord(first.quote),
        kinds=list(cells.kinds),
        missing=list(cells.missing),
        infers_types=cells.infer,
    )
    pages = None
    with open(path, "wb") as out:
        writer = ParquetWriter(out, [kind == NUMBER for kind in cells.kinds])
        if _write(parser, table, cells.kinds, writer, group_rows):
            writer.finish()
            columns = [index for index, kind in enumerate(cells.kinds) if kind == NUMBER]
            lowest = zip(columns, parser.lowest_fractions, strict=True)
            pages = writer.stored({i: None if np.isnan(x) else x for i, x in lowest})
    if pages is None:
        os.unlink(path)
    return pages


def _write(
    parser: Any, table: TextTable, kinds: Sequence[int], writer: ParquetWriter, group_rows: int
) -> bool:
    """Write all rows; return whether the table is plain."""
    numbers = np.empty((sum(kind == NUMBER for kind in kinds), group_rows + _PADDING))
    for file, dialect in zip(table.files, table.dialects, strict=True):
        with file.path.open("rb") as text:
            if not _skip_header(text, dialect):
                return False
            for some, stop in _lines(text):
                at = 0
                while at < stop:
                    at = parser.parse(some, at, stop, numbers, group_rows)
                    if not parser.is_plain:
                        return False
                    if parser.rows == group_rows or parser.text_bytes > _MAX_TEXT_BYTES:
                        _write_group(parser, kinds, numbers, writer)
                if not stop:  # a line that is too long
                    return False
    if parser.rows:
        _write_group(parser, kinds, numbers, writer)
    return bool(parser.has_all_numbers)


def _skip_header(text: IO[bytes], dialect: Dialect) -> bool:
    """Pass the lines before the first row; return whether none of them goes on in the next line."""
    quote = dialect.quote.encode()
    for _ in range(dialect.blank_lines + dialect.header_in_file):
        if text.readline(_BYTES_AT_ONCE).count(quote) % 2:
            return False
    return True


def _lines(text: IO[bytes]) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Yield bytes of the file and where their last line ends, 0 if a line is too long.

    The bytes are overwritten by the next ones.
    """
    buffer = bytearray(_BYTES_AT_ONCE + 1)
    view, array, kept = memoryview(buffer), np.frombuffer(buffer, np.uint8), 0
    while got := text.readinto(view[kept:_BYTES_AT_ONCE]):  # type: ignore[attr-defined]
        filled = kept + got
        stop = buffer.rfind(b"\n", 0, filled) + 1
        if stop or filled == _BYTES_AT_ONCE:
            yield array, stop
        buffer[: filled - stop] = view[stop:filled]
        kept = filled - stop
    if kept:
        buffer[kept] = ord("\n")
        yield array, kept + 1


def _write_group(
    parser: Any, kinds: Sequence[int], numbers: NDArray[np.float64], writer: ParquetWriter
) -> None:
    rows, missing = parser.rows, parser.missing
    dictionary_of = compiled_core().dictionary_of
    cells: list[ColumnCells] = []
    number = text = 0
    for kind in kinds:
        if kind == NUMBER:
            values, present = numbers[number, :rows], None
            if missing[number]:
                present = ~np.isnan(values)
                values = values[present]
            cells.append(
                ColumnCells(values.astype("<f8", copy=False), present, dictionary_of(values))
            )
            number += 1
        else:
            texts, marks, dictionary = parser.texts(text)
            are_present = np.frombuffer(marks, np.bool_)
            present = None if are_present.all() else are_present
            cells.append(ColumnCells(texts, present, dictionary))
            text += 1
    writer.add_group(rows, cells)
    parser.clear()


def _has_underscore(file: TableFile, dialect: Dialect) -> bool:
    with file.path.open("rb") as text:
        if dialect.header_in_file:
            text.readline(_BYTES_AT_ONCE)
        while some := text.read(_BYTES_AT_ONCE):
            if b"_" in some:
                return True
    return False


def parquet_sql(path: str, columns: int) -> str:
    """Return a SELECT of the columns and the numbers of the rows of a file that was written here."""
    cells = ", ".join(f"c{index}" for index in range(columns))
    return (
        f"SELECT {cells}, file_row_number FROM "
        f"read_parquet({sql_text(path)}, hive_partitioning=false, file_row_number=true)"
    )
