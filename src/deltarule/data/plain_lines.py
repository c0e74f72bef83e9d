"""The cells of a text table whose lines can be split at every separator, without a parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deltarule.data.dialects import Dialect
from deltarule.data.temporary_files import CHUNK

_MAX_BYTES = 1 << 30
_MAX_LINE = 2_000_000  # bytes; DuckDB refuses longer lines
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, eq=False)
class PlainLines:
    """The lines of a text table without quotation marks, all with the same number of cells.

    `begins` and `ends` (rows,) are the bytes of `data` where each line begins and ends, and `separators`
    (rows, columns - 1) the bytes between its cells.
    """

    data: bytes
    separator: str
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    separators: NDArray[np.int64]

    def lines(self, columns: range) -> list[str]:
        """Return the cells of neighboring columns as the texts (rows,) that hold them."""
        first, last = columns.start, columns.stop - 1
        starts = self.begins if first == 0 else self.separators[:, first - 1] + 1
        stops = self.ends if last == self.separators.shape[1] else self.separators[:, last]
        pairs = zip(starts.tolist(), stops.tolist(), strict=True)
        return [self.data[start:stop].decode() for start, stop in pairs]

    def columns(self, columns: range) -> Iterator[Sequence[str]]:
        """Return the cells of neighboring columns, each as texts (rows,); empty cells are ""."""
        return zip(*(line.split(self.separator) for line in self.lines(columns)), strict=True)


def plain_lines(path: Path, dialect: Dialect, max_rows: int) -> PlainLines | None:
    """Return the lines of a text table, None if it has more than `max_rows` or needs a parser.

    A file needs one if the lines of its rows have quotation marks, different line ends or different
    numbers of cells.
    """
    separator, quote = dialect.separator.encode(), dialect.quote.encode()
    if len(separator) != 1 or len(quote) != 1:
        return None
    data = _first_lines(path, max_rows + dialect.blank_lines + dialect.header_in_file)
    if data is None:
        return None
    begin = 0
    for number in range(dialect.blank_lines + dialect.header_in_file):
        end = data.find(b"\n", begin)
        is_header = number == dialect.blank_lines
        if end < 0 or (is_header and data.count(quote, begin, end) % 2):
            return None
        begin = end + 1
    returns = data.count(b"\r")
    if returns:
        if not returns == data.count(b"\n") == data.count(b"\r\n"):
            return None
        begin -= data.count(b"\r", 0, begin)
        data = data.replace(b"\r\n", b"\n")
    has_mark = begin == 0 and data.startswith(_BYTE_ORDER_MARK)
    if has_mark or data.find(quote, begin) >= 0 or b"\0" in data or not _is_utf8(data):
        return None
    if begin == len(data) or data.count(separator, begin) > max_rows * len(dialect.names):
        return None
    return _split(data, begin, separator, len(dialect.names))


def _first_lines(path: Path, max_lines: int) -> bytes | None:
    """Return the bytes of a file, None if it has more lines or is very large."""
    if path.stat().st_size > _MAX_BYTES:
        return None
    chunks, lines = [], 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            chunks.append(chunk)
            lines += chunk.count(b"\n")
            if lines > max_lines:
                return None
    return b"".join(chunks)


def _split(data: bytes, begin: int, separator: bytes, width: int) -> PlainLines | None:
    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters[begin:] == ord(b"\n")) + begin
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    begins = np.concatenate([[begin], ends[:-1] + 1])
    found = np.flatnonzero(letters[begin:] == ord(separator)) + begin
    if len(found) != len(ends) * (width - 1) or (ends - begins).max(initial=0) > _MAX_LINE:
        return None
    separators = found.reshape(len(ends), width - 1)
    if (separators[:, 0] < begins).any() or (separators[:, -1] > ends).any():
        return None
    return PlainLines(data, separator.decode(), begins, ends, separators)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
