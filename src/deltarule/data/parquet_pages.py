"""Write a Parquet file without compression, of numbers and texts, and read its rows without DuckDB.

A column of a group of rows is one page: its cells in the encoding PLAIN, or a dictionary of its few
values and their places.

References
----------
Apache Parquet, file format: https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_Field = tuple[int, int, Any]
_MAGIC = b"PAR1"
_INT32, _INT64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12  # of Thrift's compact protocol
_DOUBLE, _BYTE_ARRAY, _OPTIONAL, _UTF8, _UNCOMPRESSED = 5, 6, 1, 0, 0
_PLAIN, _RLE, _RLE_DICTIONARY = 0, 3, 8
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2


@dataclass(frozen=True)
class ColumnCells:
    """The cells of a column: the bytes of the present ones, and which are present (None: all).

    A `dictionary` has the bytes of the distinct cells, their number, and the place of each present cell
    among them as bytes of uint16; `data` is then not needed.
    """

    data: Any
    present: NDArray[np.bool_] | None
    dictionary: tuple[bytes, int, bytes] | None = None


class _Page(NamedTuple):
    """Where a page is in the file; `size` is that of the page, with its dictionary.

    Bits at `marks` say which of its cells are present; 0 if all are. With a dictionary of `entries`
    values in `dictionary_bytes` at `dictionary`, places of `width` bits begin at `values`.
    """

    position: int
    size: int
    data_position: int
    values: int
    marks: int
    dictionary: int = 0
    dictionary_bytes: int = 0
    entries: int = 0
    width: int = 0


class ParquetWriter:
    """Writes groups of rows; `columns` says which columns hold numbers, and the others hold texts."""

    def __init__(self, file: IO[bytes], columns: Sequence[bool]) -> None:
        self._file, self._columns = file, tuple(columns)
        self._position = file.write(_MAGIC)
        self._rows: list[int] = []  # of each group
        self._pages = array("q")  # the numbers of each page: there may be very many

    def add_group(self, rows: int, cells: Sequence[ColumnCells]) -> None:
        """Write the cells of each column of some rows."""
        self._rows.append(rows)
        for column in cells:
            self._pages.extend(self._page(column, rows))

    def finish(self) -> None:
        """Write the end of the file."""
        schema = [_struct((4, _BINARY, b"rows"), (5, _INT32, len(self._columns)))]
        for index, is_number in enumerate(self._columns):
            fields: list[_Field] = [
                (1, _INT32, _DOUBLE if is_number else _BYTE_ARRAY),
                (3, _INT32, _OPTIONAL),
            ]
            fields.append((4, _BINARY, f"c{index}".encode()))
            schema.append(_struct(*fields, *([] if is_number else [(6, _INT32, _UTF8)])))
        begin, pages = self._position, self._all_pages()
        head = _struct((1, _INT32, 1), (2, _LIST, (_STRUCT, schema)), (3, _INT64, sum(self._rows)))
        # The groups are a list in the struct, which ends with a zero byte.
        self._write(head[:-1], _list_field(1, len(self._rows)))
        for rows, group in zip(self._rows, pages, strict=True):
            self._write(self._group(rows, [_Page(*page) for page in group.tolist()]))
        self._write(b"\x00")
        self._write((self._position - begin).to_bytes(4, "little") + _MAGIC)

    def _all_pages(self) -> NDArray[np.int64]:
        shape = len(self._rows), len(self._columns), len(_Page._fields)
        return np.array(self._pages, np.int64).reshape(shape)

    def stored(self, lowest_fractions: Mapping[int, float | None]) -> StoredPages:
        """Return what reads the columns, of which the lowest numbers that are not whole are known."""
        starts = np.cumsum([0, *self._rows])
        pages, path = self._all_pages(), os.fspath(self._file.name)
        return StoredPages(path, self._columns, starts, pages, lowest_fractions)

    def _page(self, cells: ColumnCells, rows: int) -> _Page:
        position, dictionary, dictionary_bytes, entries, width = self._position, 0, 0, 0, 0
        body: list[Any] = [cells.data]
        if cells.dictionary is not None:
            values, entries, places = cells.dictionary
            head = _header(_DICTIONARY_PAGE, len(values), (1, _INT32, entries), (2, _INT32, _PLAIN))
            dictionary, dictionary_bytes = position + len(head), len(values)
            self._write(head, values)
            width, packed = _packed(np.frombuffer(places, "<u2"), entries)
            body = [bytes([width]) + _varint(len(packed) // width << 1 | 1), packed]
        # The levels say which cells are present: one run of equal ones, or bits.
        levels, bits = _varint(rows << 1) + b"\x01", b""
        if cells.present is not None:
            bits = np.packbits(cells.present, bitorder="little").tobytes()
            levels = _varint(len(bits) << 1 | 1) + bits
        levels = len(levels).to_bytes(4, "little") + levels
        size = len(levels) + sum(memoryview(part).nbytes for part in body)
        encoding = _PLAIN if cells.dictionary is None else _RLE_DICTIONARY
        head = _header(
            _DATA_PAGE, size, (1, _INT32, rows), (2, _INT32, encoding), (3, _INT32, _RLE),
            (4, _INT32, _RLE),
        )  # fmt: skip
        data_position = self._position
        of_values = data_position + len(head) + len(levels)
        marks = of_values - len(bits) if bits else 0
        of_values += len(body[0]) if width else 0
        self._write(head + levels, *body)
        return _Page(
            position, self._position - position, data_position, of_values, marks, dictionary,
            dictionary_bytes, entries, width,
        )  # fmt: skip

    def _write(self, *parts: Any) -> None:
        for part in parts:
            self._file.write(part)
            self._position += memoryview(part).nbytes

    def _group(self, rows: int, pages: Sequence[_Page]) -> bytes:
        chunks = []
        for index, page in enumerate(pages):
            about = [
                (1, _INT32, _DOUBLE if self._columns[index] else _BYTE_ARRAY),
                (2, _LIST, (_INT32, [_zigzag(e) for e in (_PLAIN, _RLE, _RLE_DICTIONARY)])),
                (3, _LIST, (_BINARY, [_binary(f"c{index}".encode())])),
                (4, _INT32, _UNCOMPRESSED),
                (5, _INT64, rows),
                (6, _INT64, page.size),
                (7, _INT64, page.size),
                (9, _INT64, page.data_position),
            ]
            if page.width:
                about.append((11, _INT64, page.position))
            chunks.append(_struct((2, _INT64, page.position), (3, _STRUCT, _struct(*about))))
        size = sum(page.size for page in pages)
        return _struct((1, _LIST, (_STRUCT, chunks)), (2, _INT64, size), (3, _INT64, rows))


@dataclass(frozen=True, eq=False)
class StoredPages:
    """The columns of a file that `ParquetWriter` wrote; groups of rows begin at `starts`.

    `pages` has the numbers of a `_Page` for each group and column.
    `lowest_fractions` has the lowest number that is not whole of each column of numbers, if any.
    """

    path: str
    are_numbers: tuple[bool, ...]
    starts: NDArray[np.int64]
    pages: NDArray[np.int64]
    lowest_fractions: Mapping[int, float | None]

    def has_few_texts(self, column: int) -> bool:
        """Whether the texts of a column have dictionaries in all groups."""
        widths = self.pages[:, column, _Page._fields.index("width")]
        return not self.are_numbers[column] and bool(widths.all())

    def _page(self, group: int, column: int) -> _Page:
        return _Page(*self.pages[group, column].tolist())

    def numbers(self, columns: Sequence[int], begin: int, stop: int) -> list[NDArray[np.float64]]:
        """Return the numbers of some adjacent rows for each column, NaN where missing."""
        found = [np.full(stop - begin, np.nan) for _ in columns]
        with open(self.path, "rb", buffering=0) as file:
            for group, rows, place in self._groups(begin, stop):
                for column, values in zip(columns, found, strict=True):
                    page, some = self._page(group, column), values[place]
                    if page.width:
                        entries = np.empty(page.entries)
                        _read_into(file, page.dictionary, entries)
                        _fill(file, page, rows, some, entries.take)
                    else:
                        _fill(file, page, rows, some, None)
        return found

    def codes(
        self, column: int, begin: int, stop: int, code_of: Callable[[str], int], dtype: Any
    ) -> NDArray[Any]:
        """Return the code of each text of some adjacent rows, -1 where missing.

        The column must have few texts.
        """
        found = np.full(stop - begin, -1, dtype)
        with open(self.path, "rb", buffering=0) as file:
            for group, rows, place in self._groups(begin, stop):
                page = self._page(group, column)
                data = np.empty(page.dictionary_bytes, np.uint8)
                _read_into(file, page.dictionary, data)
                codes = np.array([code_of(text) for text in _texts(data.tobytes())], dtype)
                _fill(file, page, rows, found[place], codes.take)
        return found

    def _groups(self, begin: int, stop: int) -> Iterator[tuple[int, slice, slice]]:
        """Yield each group, which of its rows are among those from `begin` on, and their places there."""
        first = int(np.searchsorted(self.starts, begin, "right")) - 1
        for group in range(first, len(self.starts) - 1):
            start, end = self.starts[group : group + 2].tolist()
            if start >= stop:
                return
            low, high = max(begin, start), min(stop, end)
            yield group, slice(low - start, high - start), slice(low - begin, high - begin)


def _fill(
    file: Any,
    page: _Page,
    rows: slice,
    values: NDArray[Any],
    entry_of: Callable[[NDArray[Any]], NDArray[Any]] | None,
) -> None:
    """Write the cells of some rows of a page into `values`, and leave missing ones as they are."""
    before, count, present = rows.start, rows.stop - rows.start, None
    if page.marks:
        bits = np.empty(-(-rows.stop // 8), np.uint8)
        _read_into(file, page.marks, bits)
        marks = np.unpackbits(bits, count=rows.stop, bitorder="little").view(np.bool_)
        before, present = int(np.count_nonzero(marks[: rows.start])), marks[rows.start :]
        count = int(np.count_nonzero(present))
    if not page.width:
        some = values if present is None else np.empty(count)
        _read_into(file, page.values + 8 * before, some)
    elif page.width == 1:
        bits = np.empty(-(-(before + count) // 8), np.uint8)
        _read_into(file, page.values, bits)
        places = np.unpackbits(bits, count=before + count, bitorder="little")[before:]
        some = places
    else:
        some = np.empty(count, np.uint8 if page.width == 8 else "<u2")
        _read_into(file, page.values + page.width // 8 * before, some)
    if entry_of is not None:
        some = entry_of(some)
    if present is not None:
        values[present] = some
    elif some is not values:
        values[:] = some


def _read_into(file: Any, position: int, values: NDArray[Any]) -> None:
    file.seek(position)
    view = values.data.cast("B") if len(values) else memoryview(b"")
    while len(view):
        got = file.readinto(view)
        if not got:
            raise OSError("the copy of the table ended early")
        view = view[got:]


def _texts(data: bytes) -> Iterator[str]:
    """Yield the texts of a dictionary: the length of each in four bytes, and its bytes."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        yield data[at + 4 : at + 4 + size].decode()
        at += 4 + size


def _packed(places: NDArray[np.uint16], entries: int) -> tuple[int, bytes]:
    """Return the bits of a place, and the bytes of all, a multiple of eight places."""
    padded = np.append(places, np.zeros(-len(places) % 8, np.uint16))
    if entries <= 2:
        return 1, np.packbits(padded.astype(np.uint8), bitorder="little").tobytes()
    return (8, padded.astype(np.uint8).tobytes()) if entries <= 256 else (16, padded.tobytes())


def _header(kind: int, size: int, *fields: _Field) -> bytes:
    """Return the header of a page, whose own header has some fields."""
    own = 5 if kind == _DATA_PAGE else 7
    return _struct(
        (1, _INT32, kind), (2, _INT32, size), (3, _INT32, size), (own, _STRUCT, _struct(*fields))
    )


def _struct(*fields: _Field) -> bytes:
    """Return a struct of fields (number, type, value); values that are structs are bytes already."""
    out, last = bytearray(), 0
    for number, kind, value in fields:
        out.append((number - last) << 4 | kind)
        last = number
        if kind in (_INT32, _INT64):
            out += _zigzag(value)
        elif kind == _BINARY:
            out += _binary(value)
        elif kind == _LIST:
            of, items = value
            count = len(items)
            out += bytes([count << 4 | of]) if count < 15 else bytes([0xF0 | of]) + _varint(count)
            out += b"".join(items)
        else:
            out += value
    return bytes(out) + b"\x00"


def _list_field(step: int, count: int) -> bytes:
    """Return the beginning of a field with a list of structs, `step` after the field before."""
    size = bytes([count << 4 | _STRUCT]) if count < 15 else bytes([0xF0 | _STRUCT]) + _varint(count)
    return bytes([step << 4 | _LIST]) + size


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _zigzag(number: int) -> bytes:
    return _varint(number << 1)  # none is negative


def _binary(value: bytes) -> bytes:
    return _varint(len(value)) + value
