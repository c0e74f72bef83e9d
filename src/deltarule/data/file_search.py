"""Find the files of a table: paths, patterns and folders, with the columns that folders name."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from urllib.parse import unquote

from deltarule.errors import FileError, SettingError

_TABLE_SUFFIXES = (
    ".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".pq",
)  # fmt: skip
_COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zip")
_PARTITION = re.compile(r"([^=]+)=(.*)")
_HIVE_MISSING = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class FoundFile:
    """A file, and the values that its folders give: year=2024/month=01/part.parquet."""

    path: Path
    partitions: tuple[tuple[str, str | None], ...] = ()


def find_files(source: str | os.PathLike[str]) -> list[FoundFile]:
    """Return the files of a path, a folder or a glob pattern, sorted by name.

    An existing path is never a pattern, whatever characters it contains. Raises `FileError`.
    """
    text = os.fspath(source)
    if not text.strip():
        raise SettingError(
            "source", "must be a path, and is empty", hint="Give the path of a file."
        )
    path = Path(text).expanduser()
    if path.is_dir():
        return _partitioned(_files_below(path, text))
    if path.exists():
        return _partitioned([path])
    if not has_magic(text):
        raise FileError(f"There is no file {text}: check the path and the folder you are in.")
    found = sorted(Path(name) for name in glob(str(path), recursive=True))
    files = [name for name in found if name.is_file()]
    folders = [name for name in found if name.is_dir()]
    if not files and folders:
        files = [file for folder in folders for file in _files_below(folder, text)]
    if not files:
        raise FileError(f"No file matches {text}: check the pattern and the folder you are in.")
    return _partitioned(files)


def _files_below(folder: Path, name: str) -> list[Path]:
    """Return the tables in a folder and in its subfolders that are called key=value."""
    files: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if _PARTITION.fullmatch(n))
        files += [Path(place, n) for n in names if not n.startswith((".", "_")) and _is_table(n)]
    if not files:
        raise FileError(
            f"{name} is a folder without tables: give a file, a folder with CSV, JSON lines or "
            "Parquet files, or a pattern."
        )
    return sorted(files)


def _is_table(name: str) -> bool:
    lowered = name.lower()
    for suffix in _COMPRESSED_SUFFIXES:
        lowered = lowered.removesuffix(suffix)
    return lowered.endswith(_TABLE_SUFFIXES)


def _partitioned(files: Sequence[Path]) -> list[FoundFile]:
    """Return the files with the values of their folders, if all have the same keys."""
    pairs = [_pairs(file) for file in files]
    keys = [name for name, _ in pairs[0]]
    if not keys or any([name for name, _ in found] != keys for found in pairs):
        return [FoundFile(file) for file in files]
    plain = [
        all(value is None or _INTEGER.fullmatch(value) for _, value in column)
        for column in zip(*pairs, strict=True)
    ]
    return [
        FoundFile(
            file,
            tuple(
                (name, str(int(value)) if whole and value is not None else value)
                for (name, value), whole in zip(found, plain, strict=True)
            ),
        )
        for file, found in zip(files, pairs, strict=True)
    ]


def _pairs(file: Path) -> list[tuple[str, str | None]]:
    matches = (_PARTITION.fullmatch(part) for part in file.parts[:-1])
    found = [(unquote(m.group(1)), unquote(m.group(2))) for m in matches if m is not None]
    return [(name, None if value == _HIVE_MISSING else value) for name, value in found]


def plain_suffix(name: str) -> str:
    """Return the suffix of a file name or address in small letters, without that of a compression."""
    lowered = re.sub(r"(?<=.)[?#].*", "", name.lower()) if "://" in name else name.lower()
    for suffix in _COMPRESSED_SUFFIXES:
        lowered = lowered.removesuffix(suffix)
    return Path(lowered).suffix
