"""Find the files of a table, detect their format by content, and convert them to UTF-8."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO, Literal, cast

from deltarule._common.file_signatures import binary_file_type
from deltarule.errors import FileError, TableFileError

Format = Literal["csv", "json", "parquet"]
_CHUNK = 1 << 20
_HEAD = 1 << 18  # bytes read to detect the format and the dialect
_ADVICE = "deltarule reads CSV, TSV, JSON lines and Parquet."
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class TableFile:
    """One file, ready for DuckDB: `path` may be a temporary copy, `name` is the name that users know.

    `head` holds its first complete lines, and `head_is_all` is whether these are all lines; both are
    empty for Parquet.
    """

    name: str
    path: Path
    format: Format
    encoding: str = "utf-8"
    head: str = ""
    head_is_all: bool = False


def find_files(source: str | os.PathLike[str]) -> list[Path]:
    """Return the files of a path or a glob pattern, sorted by name.

    An existing path is never a pattern, whatever characters it contains. Raises `FileError`.
    """
    text = os.fspath(source)
    path = Path(text).expanduser()
    if path.is_dir():
        raise FileError(
            f"{text} is a folder, not a table: give a file, or a pattern like {text}/*.csv."
        )
    if path.exists():
        return [path]
    if not has_magic(text):
        if re.match(r"[a-z0-9]{2,}://", text):
            raise FileError(f"{text} is a network address: download the file first.")
        raise FileError(f"There is no file {text}: check the path and the folder you are in.")
    found = sorted(Path(name) for name in glob(str(path), recursive=True))
    files = [name for name in found if name.is_file()]
    if not files:
        raise FileError(f"No file matches {text}: check the pattern and the folder you are in.")
    return files


@contextmanager
def spooled(stream: BinaryIO) -> Iterator[Path]:
    """Copy a binary stream to a temporary file, which exists as long as the context."""
    with _temporary_file() as (path, copy):
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)
        copy.flush()
        yield path


def open_table_file(path: Path, name: str, encoding: str | None, stack: ExitStack) -> TableFile:
    """Detect the format of a file by its content and convert text to UTF-8.

    Temporary copies are removed by `stack`. `encoding` overrides the detection. Raises `FileError` if the
    file cannot be opened, `TableFileError` if it is not a table.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_CHUNK)
    except OSError as error:
        raise FileError(f"{name} cannot be read: {error.strerror or error}.") from None
    if not start.strip(b"\x00 \t\r\n"):
        raise TableFileError(f"{name} is empty: it holds no table.")
    if start.startswith(b"PAR1"):
        return TableFile(name, path, "parquet")
    if start.startswith(b"\x1f\x8b"):
        path = _unpacked(path, name, stack)
        return open_table_file(path, name, encoding, stack)
    foreign = binary_file_type(start)
    if foreign:
        raise TableFileError(f"{name} is {foreign}, not a table. {_ADVICE}")
    known = _known_encoding(path, start, encoding, name)
    if known != "utf-8":
        path = _transcoded(path, known, name, stack)
    head, is_all = _head(path)
    if "\x00" in head:
        raise TableFileError(f"{name} is a binary file, not a table. {_ADVICE}")
    if re.match(r"\s*<(!doctype|html|\?xml)", head, re.IGNORECASE):
        raise TableFileError(f"{name} is a web page or XML, not a table. {_ADVICE}")
    kind: Format = "json" if _looks_like_json(head, name) else "csv"
    return TableFile(name, path, kind, known, head, is_all)


def with_plain_line_ends(file: TableFile, stack: ExitStack) -> TableFile:
    """Return a copy of a text file in which every line ends with a line feed."""
    path = _transcoded(file.path, "utf-8", file.name, stack, newline=None)
    return head_of(file, path)


def _known_encoding(path: Path, start: bytes, encoding: str | None, name: str) -> str:
    """Return the requested encoding, that of the byte order mark, UTF-8 if all bytes are valid, or
    Windows-1252, which extends Latin-1."""
    if encoding is not None:
        known = codecs.lookup(encoding).name
        if known == "utf-8" and not _is_utf8(path):
            raise TableFileError(_wrong_encoding(name, known))
        return known
    for mark, known in _BOMS:
        if start.startswith(mark):
            return known
    # ASCII text in UTF-16: every other byte is zero.
    for known, zeros in (("utf-16-le", start[1:_HEAD:2]), ("utf-16-be", start[0:_HEAD:2])):
        if zeros.count(0) > 0.9 * len(zeros) and start.count(0) < 0.6 * len(start):
            return known
    if b"\x00" in start[:_HEAD]:
        raise TableFileError(f"{name} is a binary file, not a table. {_ADVICE}")
    return "utf-8" if _is_utf8(path) else "cp1252"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if not (chunk.isascii() and decoder.getstate()[0] == b""):
                    decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _transcoded(
    path: Path, encoding: str, name: str, stack: ExitStack, newline: str | None = ""
) -> Path:
    copy_path, copy = temporary_copy(stack)
    errors = "replace" if encoding == "cp1252" else "strict"
    try:
        with path.open(encoding=encoding, errors=errors, newline=newline) as text:
            while chunk := text.read(_CHUNK):
                copy.write(chunk.encode("utf-8"))
    except UnicodeError:
        raise TableFileError(_wrong_encoding(name, encoding)) from None
    copy.flush()
    return copy_path


def _wrong_encoding(name: str, encoding: str) -> str:
    return f"{name} is not {encoding} text: give its encoding, typically utf-8, latin-1 or utf-16."


def _unpacked(path: Path, name: str, stack: ExitStack) -> Path:
    try:
        with gzip.open(path, "rb") as packed:
            return stack.enter_context(spooled(cast(BinaryIO, packed)))
    except (OSError, EOFError, zlib.error):
        raise TableFileError(f"{name} is a damaged gzip file: compress or copy it again.") from None


def temporary_copy(stack: ExitStack) -> tuple[Path, BinaryIO]:
    """Return a new temporary file, open for writing, that `stack` removes."""
    return stack.enter_context(_temporary_file())


def head_of(file: TableFile, path: Path) -> TableFile:
    """Return the text file with the content of another path."""
    head, is_all = _head(path)
    return replace(file, path=path, head=head, head_is_all=is_all)


@contextmanager
def _temporary_file() -> Iterator[tuple[Path, BinaryIO]]:
    # delete=False: Windows does not let DuckDB open a file that is deleted on closing.
    with tempfile.NamedTemporaryFile(prefix="deltarule-", delete=False) as file:
        path = Path(file.name)
        try:
            yield path, cast(BinaryIO, file)
        finally:
            file.close()
            path.unlink(missing_ok=True)


def _head(path: Path) -> tuple[str, bool]:
    """Return the first complete lines, and whether they are the whole file."""
    with path.open("rb") as file:
        data = file.read(_HEAD)
        # A line of a very wide table may be longer.
        while len(data) < 64 * _HEAD and b"\n" not in data and b"\r" not in data:
            more = file.read(_HEAD)
            if not more:
                break
            data += more
        is_all = not file.read(1)
    if not is_all:
        cut = max(data.rfind(b"\n"), data.rfind(b"\r"))
        data = data[: cut + 1] if cut >= 0 else data
    return data.decode("utf-8-sig", errors="replace"), is_all


def _looks_like_json(head: str, name: str) -> bool:
    """Whether the file holds JSON lines or a JSON array of objects."""
    start = re.sub(r"\s+", "", head[:1000])
    if start.startswith(('{"', '[{"', "{}", "[{}")):
        return True
    return Path(name).suffix.lower() in (".json", ".jsonl", ".ndjson")
