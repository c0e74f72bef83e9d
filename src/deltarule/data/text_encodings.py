"""Detect the encoding of a text file and convert it to UTF-8."""

from __future__ import annotations

import codecs
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deltarule._common.formatting import counted
from deltarule.data.temporary_files import CHUNK, temporary_copy
from deltarule.errors import TableFileError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 1 << 18
_NOT_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_LETTERS = re.compile(b"[A-Za-z]")
_BAD_BYTES = re.compile("[\udc80-\udcff]+")
_ESCAPED = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True)
class Decoded:
    """A path whose text is UTF-8, the encoding of the original, and notes."""

    path: Path
    encoding: str
    notes: tuple[str, ...] = ()


def as_utf8(
    path: Path, start: bytes, encoding: str | None, name: str, stack: ExitStack
) -> Decoded | None:
    """Return the file as UTF-8, or None if it is binary; `start` holds its first bytes.

    The encoding is the given one, that of the byte order mark, UTF-8 if more of the characters beyond
    ASCII are valid UTF-8 than not, or Windows-1252, which extends Latin-1. In the third case the other
    bytes become U+FFFD, with a note.
    """
    known = codecs.lookup(encoding).name if encoding is not None else _marked(start)
    if known is None:
        if b"\x00" in start[:_HEAD]:
            return None
        if _is_utf8(path):
            return Decoded(path, "utf-8")
        good, bad, line = _utf8_counts(path)
        if good > bad:
            copy = _transcoded(path, "utf-8", name, stack, errors="replace")
            return Decoded(copy, "utf-8", (_bad_bytes_note(bad, line),))
        known = "cp1252"
    elif known == "utf-8" and not _is_utf8(path):
        raise TableFileError(_wrong_encoding(name, known))
    if known == "utf-8":
        return Decoded(path, known)
    errors = "replace" if known == "cp1252" else "strict"
    notes = () if encoding is not None or known != "cp1252" else _doubts(start)
    return Decoded(_transcoded(path, known, name, stack, errors=errors), known, notes)


def with_line_feeds(path: Path, name: str, stack: ExitStack) -> Path:
    """Return a copy of a UTF-8 file in which every line ends with a line feed."""
    return _transcoded(path, "utf-8", name, stack, newline=None)


def _marked(start: bytes) -> str | None:
    """Return the encoding that the first bytes show."""
    for mark, known in _BOMS:
        if start.startswith(mark):
            return known
    # ASCII text in UTF-16: every other byte is zero.
    for known, zeros in (("utf-16-le", start[1:_HEAD:2]), ("utf-16-be", start[0:_HEAD:2])):
        if zeros.count(0) > 0.9 * len(zeros) and start.count(0) < 0.6 * len(start):
            return known
    return None


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if not (chunk.isascii() and decoder.getstate()[0] == b""):
                    decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf8_counts(path: Path) -> tuple[int, int, int]:
    """Return the numbers of valid characters beyond ASCII and of other bytes, and the first such line."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good, bad, line, first = 0, 0, 1, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            if not (chunk and chunk.isascii() and decoder.getstate()[0] == b""):
                text = decoder.decode(chunk, final=not chunk)
                found = len(_ESCAPED.findall(text))
                if found and not bad:
                    match = _BAD_BYTES.search(text)
                    first = line + text.count("\n", 0, match.start() if match else 0)
                good += len(_NOT_ASCII.findall(text))
                bad += found
            if not chunk:
                return good, bad, first
            line += chunk.count(b"\n")


def _transcoded(
    path: Path,
    encoding: str,
    name: str,
    stack: ExitStack,
    errors: str = "strict",
    newline: str | None = "",
) -> Path:
    copy_path, copy = temporary_copy(stack)
    try:
        with path.open(encoding=encoding, errors=errors, newline=newline) as text:
            while chunk := text.read(CHUNK):
                copy.write(chunk.encode("utf-8"))
    except UnicodeError:
        raise TableFileError(_wrong_encoding(name, encoding)) from None
    copy.flush()
    return copy_path


def _bad_bytes_note(bad: int, line: int) -> str:
    verb = "is" if bad == 1 else "are"
    place = f"in line {line:,}" if bad == 1 else f"the first in line {line:,}"
    return (
        f"{counted(bad, 'byte')}, {place}, {verb} not UTF-8 like the rest of the file and "
        f"{verb} read as \N{REPLACEMENT CHARACTER}."
    )


def _doubts(start: bytes) -> tuple[str, ...]:
    """Return the note on a text that is Windows-1252 only for lack of a better guess.

    Such texts have bytes without a meaning there, or more letters beyond ASCII than within it.
    """
    undefined = sum(start.count(byte) for byte in _NOT_CP1252)
    beyond = sum(byte >= 0xC0 for byte in start)
    letters = len(_LETTERS.findall(start))
    if not undefined and beyond <= letters:
        return ()
    return (
        "The text is not UTF-8 and is read as cp1252 (Western European), but seems to be in another "
        "encoding. State it with --encoding (Python: encoding=...), such as cp1250, cp1251, shift_jis, "
        "gb18030 or euc_kr.",
    )


def _wrong_encoding(name: str, encoding: str) -> str:
    return f"{name} is not {encoding} text: give its encoding, typically utf-8, latin-1 or utf-16."
