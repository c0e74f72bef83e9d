"""Open the files of a table: unpack them, detect their format by content, and convert text to UTF-8."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from deltarule._common.file_signatures import binary_file_type
from deltarule.data.archives import TAR_MARK, ZIP_START, unpacked, unzipped, zip_contents
from deltarule.data.file_search import plain_suffix
from deltarule.data.read_options import ReadOptions
from deltarule.data.temporary_files import CHUNK
from deltarule.data.text_encodings import as_utf8, with_line_feeds
from deltarule.errors import FileError, TableFileError

Format = Literal["csv", "json", "parquet", "spreadsheet", "sqlite", "duckdb", "arff"]
_HEAD = 1 << 18  # bytes read to detect the format and the dialect
_MAX_LAYERS = 4  # table.csv.gz in a zip archive has two
_ADVICE = (
    "deltarule reads CSV, TSV, JSON lines, Parquet, Excel, SQLite, DuckDB and ARFF. Read other tables "
    "with pandas, polars or pyarrow, and give the data frame."
)
_CODE = ("c", "cc", "cpp", "h", "hpp", "cs", "go", "java", "jl", "js", "r", "rs", "sh", "ts")
_DOCUMENTS = {
    **dict.fromkeys((".md", ".markdown"), "a Markdown document"),
    **dict.fromkeys((".py", ".pyi"), "Python source"),
    **dict.fromkeys((".yaml", ".yml"), "a YAML file"),
    ".rst": "a reStructuredText document",
    ".tex": "a LaTeX document",
    ".ipynb": "a notebook",
    ".toml": "a TOML file",
    ".rtf": "an RTF document",
    ".sql": "SQL statements",
    ".eml": "an e-mail",
    **{f".{suffix}": "source code" for suffix in _CODE},
}
"""Texts that are no tables, by the suffixes of their names."""
_LIBSVM = re.compile(r"(?:[-+]?[0-9.]+(?:[ \t]+[0-9]+:[-+.0-9eE]+)+[ \t]*\r?\n){2}")
_OLE_START = b"\xd0\xcf\x11\xe0"  # Excel before 2007


@dataclass(frozen=True)
class TableFile:
    """One file, ready for DuckDB: `path` may be a temporary copy, `name` is the name that users know.

    `head` holds its first complete lines, and `head_is_all` is whether these are all lines; both are
    empty for binary formats. `partitions` are the values in the names of its folders.
    """

    name: str
    path: Path
    format: Format
    encoding: str = "utf-8"
    head: str = ""
    head_is_all: bool = False
    partitions: tuple[tuple[str, str | None], ...] = ()
    notes: tuple[str, ...] = ()
    from_zip: bool = False


def open_table_file(path: Path, name: str, options: ReadOptions, stack: ExitStack) -> TableFile:
    """Unpack a file, detect its format by its content and convert text to UTF-8.

    Temporary copies are removed by `stack`. Raises `FileError` if the file cannot be opened,
    `TableFileError` if it is not a table.
    """
    from_zip = False
    for _ in range(_MAX_LAYERS):
        start = _start(path, name)
        inner = unpacked(path, start, name, options.max_bytes, stack)
        if inner is None and start.startswith(ZIP_START):
            kind, entries = zip_contents(path, name, options.max_bytes)
            if kind == "spreadsheet":
                return TableFile(name, path, "spreadsheet", from_zip=from_zip)
            if kind:
                raise TableFileError(f"{name} is {kind}, not a table. {_ADVICE}")
            wanted = None if from_zip else options.table
            inner, entry = unzipped(path, entries, wanted, name, options.max_bytes, stack)
            name, from_zip = f"{name}/{entry}", True
        if inner is None:
            break
        path = inner
    return replace(_opened(path, start, name, options, stack), from_zip=from_zip)


def with_plain_line_ends(file: TableFile, stack: ExitStack) -> TableFile:
    """Return a copy of a text file in which every line ends with a line feed."""
    return head_of(file, with_line_feeds(file.path, file.name, stack))


def head_of(file: TableFile, path: Path) -> TableFile:
    """Return the text file with the content of another path."""
    head, is_all = _head(path)
    return replace(file, path=path, head=head, head_is_all=is_all)


def _start(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(CHUNK)
    except OSError as error:
        advice = "Change its permissions" if isinstance(error, PermissionError) else "Try again"
        raise FileError(
            f"{name} cannot be read: {error.strerror or error}. {advice}, or choose another file."
        ) from None
    if not start.strip(b"\x00 \t\r\n"):
        raise TableFileError(f"{name} is empty: it holds no table.")
    return start


def _opened(
    path: Path, start: bytes, name: str, options: ReadOptions, stack: ExitStack
) -> TableFile:
    if start.startswith(b"PAR1"):
        return TableFile(name, path, "parquet")
    if start.startswith(b"SQLite format 3\x00"):
        return TableFile(name, path, "sqlite")
    if start[8:12] == b"DUCK":
        return TableFile(name, path, "duckdb")
    if start.startswith(_OLE_START):
        return TableFile(name, path, "spreadsheet")
    foreign = binary_file_type(start)
    if start[TAR_MARK[0]] == TAR_MARK[1]:
        foreign = "a tar archive"
    decoded = None
    if not foreign:
        decoded = as_utf8(path, start, options.encoding, name, stack)
        foreign = "" if decoded is not None else "a binary file"
    if foreign or decoded is None:
        raise TableFileError(f"{name} is {foreign}, not a table. {_ADVICE}")
    head, is_all = _head(decoded.path)
    if "\x00" in head:
        raise TableFileError(f"{name} is a binary file, not a table. {_ADVICE}")
    if re.match(r"\s*<(!doctype|html|\?xml)", head, re.IGNORECASE):
        raise TableFileError(f"{name} is a web page or XML, not a table. {_ADVICE}")
    document = _DOCUMENTS.get(plain_suffix(name))
    if document and options.separator is None:
        raise TableFileError(
            f"{name} is {document} by its name, not a table. If its lines are rows, set `separator` or "
            "rename the file."
        )
    if _LIBSVM.match(head):
        raise TableFileError(
            f"{name} is in the sparse format of LIBSVM, not a table: read it with "
            "sklearn.datasets.load_svmlight_file, and give its columns as a dict of arrays."
        )
    return TableFile(
        name,
        decoded.path,
        _text_format(head, name),
        decoded.encoding,
        head,
        is_all,
        (),
        decoded.notes,
    )


def _text_format(head: str, name: str) -> Format:
    """Whether the file holds JSON (lines or an array of objects), ARFF, or separated cells."""
    start = re.sub(r"\s+", "", head[:1000])
    suffix = plain_suffix(name)
    if start.startswith(('{"', '[{"', "{}", "[{}")) or suffix in (".json", ".jsonl", ".ndjson"):
        return "json"
    if re.match(r"(\s*(%.*)?\r?\n)*\s*@relation\b", head, re.IGNORECASE):
        return "arff"
    return "csv"


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
