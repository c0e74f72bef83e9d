"""Copies of text files that DuckDB can read: rows only, without alignment by blanks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial

from deltarule.data.files import TableFile, head_of
from deltarule.data.temporary_files import CHUNK, temporary_copy
from deltarule.data.text_records import split_aligned, text_lines

UNIT = "\x1f"
"""The unit separator of ASCII, which separates the cells of a copy: no text table contains it."""
_MAX_RECORD = 2_000_000
"""Longest row to look for quoted cells in, in characters; DuckDB refuses longer lines."""


def aligned_copy(file: TableFile, separator: str, quote: str, stack: ExitStack) -> TableFile:
    """Return a copy of a table aligned by spaces, with one separator between cells."""
    path, copy = temporary_copy(stack)
    with file.path.open(encoding="utf-8", errors="replace") as text:
        for line in text:
            cells = split_aligned(line, separator, quote)
            quoted = (f'"{c.replace(chr(34), 2 * chr(34))}"' if '"' in c else c for c in cells)
            copy.write(f"{UNIT.join(quoted)}\n".encode())
    copy.flush()
    return head_of(file, path)


def blanked_copy(
    file: TableFile,
    lines: int,
    end: int | None,
    comment_separator: str | None,
    width: int,
    stack: ExitStack,
) -> TableFile:
    """Return a copy whose first lines are blank, so that the other lines keep their numbers.

    The blank lines end as the last of them does.

    What follows the byte `end` is cut off. With `comment_separator`, lines that start with # and do not
    have `width` cells are blanked too.
    """
    mark = comment_separator.encode() if comment_separator is not None else b""
    path, copy = temporary_copy(stack)
    first = text_lines(file.head)[:lines]
    begin = sum(len(line.encode()) for line in first)
    end_of_line = first[-1][len(first[-1].rstrip("\r\n")) :] if first else ""
    copy.write(len(first) * end_of_line.encode())
    with file.path.open("rb") as text:
        text.seek(begin)
        read = text.readline if mark else text.read
        while line := read(CHUNK):
            rest = len(line) if end is None else end - text.tell() + len(line)
            if rest <= 0:
                break
            if mark and line.startswith(b"#") and line.count(mark) != width - 1:
                line = b"\r\n" if line.endswith(b"\r\n") else b"\n"
            copy.write(line[:rest])
    copy.flush()
    return head_of(file, path)


def has_padded_quotes(file: TableFile, separator: str, quote: str) -> bool:
    """Whether the first lines have blanks around quoted cells that DuckDB or csv would not skip."""
    mark, end = re.escape(quote), re.escape(separator)
    return bool(re.search(rf"(?m)(?:^ |{end}  ) *{mark}|{mark} +(?:{end}|\r?$)", file.head))


def unpadded_copy(file: TableFile, separator: str, quote: str, stack: ExitStack) -> TableFile:
    """Return a copy without the blanks around quoted cells; its lines keep their numbers."""
    mark, end = re.escape(quote), re.escape(separator)
    cell = rf"{mark}(?>[^{mark}]|{mark}{mark})*+{mark}"
    quoted = re.compile(rf"(?:^|(?<=[{end}\r\n])) *({cell}) *(?=[{end}\r\n]|\Z)")
    path, copy = temporary_copy(stack)
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        for record in _records(iter(partial(text.readline, _MAX_RECORD), ""), quote):
            copy.write(quoted.sub(r"\1", record).encode())
    copy.flush()
    return head_of(file, path)


def _records(lines: Iterable[str], quote: str) -> Iterator[str]:
    """Return the lines, joined where a quoted cell goes on in the next one."""
    parts: list[str] = []
    size, is_open = 0, False
    for line in lines:
        parts.append(line)
        size += len(line)
        is_open ^= line.count(quote) % 2 == 1
        if not is_open or size > _MAX_RECORD:
            yield "".join(parts)
            parts, size, is_open = [], 0, False
    yield "".join(parts)
