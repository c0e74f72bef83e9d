"""Unpack compressed tables: gzip, bzip2, xz, zstd and zip."""

from __future__ import annotations

import errno
import gzip
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from deltarule._common.notebook_display import MAX_SHOWN_NAME, listed
from deltarule.data.temporary_files import CHUNK, Readable, spooled, too_large
from deltarule.errors import DeltaruleError, MissingPackageError, SettingError, TableFileError

_MAX_SHOWN = 8
_MAX_ENTRIES = 100_000
_OFFICE = {
    "xl/": "spreadsheet",
    "word/": "a Word document",
    "ppt/": "a PowerPoint document",
}
ZIP_START = b"PK\x03\x04"
TAR_MARK = slice(257, 262), b"ustar"


def _opened_with(module: str, kind: str, path: Path) -> IO[bytes]:
    """Open a compressed file with a module that some builds of Python lack, as in a browser."""
    try:
        compression = import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"Files compressed with {kind} need the module {module}, which this Python does not have: "
            "unpack the file first."
        ) from error
    return cast("IO[bytes]", compression.open(path, "rb"))


def _open_zstd(path: Path) -> IO[bytes]:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise MissingPackageError(
            "Files compressed with zstd need the package backports.zstd before Python 3.14: install it "
            "with pip install 'deltarule[zstd]', or unpack the file first."
        ) from error
    return cast("IO[bytes]", zstd.open(path, "rb"))


_COMPRESSIONS: dict[bytes, tuple[str, Callable[[Path], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", partial(_opened_with, "bz2", "bzip2")),
    b"\xfd7zXZ\x00": ("xz", partial(_opened_with, "lzma", "xz")),
    b"\x28\xb5\x2f\xfd": ("zstd", _open_zstd),
}


def unpacked(
    path: Path, start: bytes, name: str, max_bytes: int | None, stack: ExitStack
) -> Path | None:
    """Return the content of a compressed file as a temporary file, or None if it is not compressed."""
    for signature, (kind, opened) in _COMPRESSIONS.items():
        if start.startswith(signature):
            with opened(path) as packed:
                return _spooled(packed, kind, name, max_bytes, stack)
    return None


def _spooled(
    packed: Readable, kind: str, name: str, max_bytes: int | None, stack: ExitStack
) -> Path:
    try:
        return spooled(packed, name, max_bytes, stack)
    except TableFileError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # a full disk
            raise
        raise TableFileError(
            f"{name} is a damaged {kind} file: compress or copy it again."
        ) from None


def zip_contents(path: Path, name: str, max_bytes: int | None) -> tuple[str, list[str]]:
    """Return the kind of a zip file and the files in it that may be tables.

    The kind is "spreadsheet" for Excel and OpenDocument, "" for an archive, or what else it is.
    """
    try:
        _refuse_many_entries(path, name)
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if max_bytes is not None and sum(info.file_size for info in infos) > max_bytes:
                raise TableFileError(too_large(name, "holds", max_bytes))
            names = [info.filename for info in infos if not info.is_dir()]
            if "mimetype" in names:
                with archive.open("mimetype") as entry:
                    kind = entry.read(100).decode("ascii", errors="replace")
                is_sheet = kind.endswith("opendocument.spreadsheet")
                return ("spreadsheet" if is_sheet else f"a file of type {kind}"), []
    except DeltaruleError:
        raise
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error):
        raise TableFileError(f"{name} is a damaged zip file: compress or copy it again.") from None
    if "[Content_Types].xml" in names:
        folders = (
            kind for folder, kind in _OFFICE.items() if any(n.startswith(folder) for n in names)
        )
        return next(folders, "an Office document"), []
    return "", [entry for entry in names if _may_be_table(entry)]


def _refuse_many_entries(path: Path, name: str) -> None:
    """Raise `TableFileError` for an archive whose list of files would take much memory."""
    count = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            count += chunk.count(b"PK\x01\x02")
    if count > _MAX_ENTRIES:
        raise TableFileError(f"{name} is a zip archive of more than {_MAX_ENTRIES:,} files.")


def _may_be_table(entry: str) -> bool:
    path = PurePosixPath(entry)
    return path.parts[0] != "__MACOSX" and not path.name.startswith((".", "_"))


def unzipped(
    path: Path,
    entries: list[str],
    wanted: str | None,
    name: str,
    max_bytes: int | None,
    stack: ExitStack,
) -> tuple[Path, str]:
    """Return the table in a zip archive as a temporary file, and its name in the archive.

    Raises `TableFileError` if there are several and `wanted` names none of them.
    """
    chosen = [e for e in entries if wanted in (None, e, PurePosixPath(e).name)]
    if len(chosen) != 1:
        shown = listed(entries, _MAX_SHOWN, MAX_SHOWN_NAME)
        if not entries:
            raise TableFileError(f"{name} is a zip archive without files: it holds no table.")
        if wanted is not None:
            raise SettingError("table", f"must name a file in {name}: {shown}", wanted)
        raise SettingError("table", f"must name one of the files in {name}: {shown}")
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(chosen[0])
        if info.flag_bits & 1:
            raise TableFileError(f"{name} is encrypted: unpack it first.")
        try:
            with archive.open(info) as packed:
                return _spooled(packed, "zip", name, max_bytes, stack), chosen[0]
        except NotImplementedError:
            raise TableFileError(
                f"{name} is compressed by a method that Python does not know: unpack it first."
            ) from None
        except (zipfile.BadZipFile, OSError, RuntimeError) as error:  # before it is unpacked
            if isinstance(error, DeltaruleError) or getattr(error, "errno", None) == errno.ENOSPC:
                raise
            raise TableFileError(
                f"{name} is a damaged zip file: compress or copy it again."
            ) from None
