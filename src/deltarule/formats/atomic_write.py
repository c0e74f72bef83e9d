"""Write a file atomically: its path holds the old content or the new one, never a part of it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from deltarule.errors import FileError
from deltarule.formats.system_errors import file_error, path_text
from deltarule.formats.system_lock import lock

_BINARY = getattr(os, "O_BINARY", 0)  # without it Windows translates line ends

LEFTOVER_AGE_S = 3600.0
"""A temporary file that did not change for this time is of a killed process."""
UNLOCKED_AGE_S = 10.0
"""One that its writer would have locked is, if it is not locked and did not change for this time.

A writer locks the file just after it has made it, and gives the lock back just before it renames it.
"""

_RANDOM_END = r"[0-9a-f]{8}\.part"

Content = bytes | bytearray | memoryview | Callable[[BinaryIO], object]


def write_atomically(
    path: str | os.PathLike[str], content: Content, *, durable: bool = True, locked: bool = False
) -> None:
    """Write `content` to a temporary file next to `path`, sync it, and rename it to `path`.

    `content` is bytes, or a function that writes to a binary file. Symbolic links are followed and the
    permissions of an existing file are kept. After an error or interrupt the temporary file is removed
    and an existing file is unchanged. A killed process can leave one file `.NAME.XXXXXXXX.part`, which
    `remove_leftovers` removes. A file that need not be `durable` is not synced: it survives that its
    process is killed, but not that the machine loses power. The temporary file of a `locked` one tells
    `remove_parts` whether its writer still runs.

    Raises `FileError` with the path and the reason: no such folder, permission, full disk.
    """
    try:
        target = os.path.realpath(os.fspath(path))
        mode = _mode_of_existing(target)
        folder, name = os.path.split(target)
        part = os.path.join(folder, f"{_part_start(name)}{secrets.token_hex(4)}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    except (OSError, ValueError) as error:
        raise _translated(path, error) from error
    try:
        if locked:
            _lock_if_possible(descriptor)
        _write_and_rename(descriptor, part, target, mode, content, durable)
    except OSError as error:
        _remove(part)
        raise _translated(path, error) from error
    except BaseException:
        _remove(part)
        raise
    if durable:
        _sync_folder(folder)


def remove_leftovers(path: str | os.PathLike[str], *, no_other_writer: bool) -> None:
    """Remove the temporary files of killed processes that wrote `path`.

    `no_other_writer`: whether it is known that no other process is writing `path` now.
    """
    folder, name = os.path.split(os.path.realpath(os.fspath(path)))
    with suppress(OSError):
        for entry in os.listdir(folder):
            rest = entry.removeprefix(_part_start(name))
            if rest != entry and re.fullmatch(_RANDOM_END, rest):
                remove_part(os.path.join(folder, entry), no_other_writer=no_other_writer)


def remove_part(part: str, *, no_other_writer: bool) -> None:
    """Remove a temporary file; if another process may be writing it, only one of `LEFTOVER_AGE_S`."""
    with suppress(OSError):
        if no_other_writer or time.time() - os.stat(part).st_mtime >= LEFTOVER_AGE_S:
            os.unlink(part)


def remove_parts(folder: str | os.PathLike[str], *, no_other_writer: bool, start: str = "") -> None:
    """Remove what killed processes left of the files of a folder, which are written `locked`.

    `start` is how the names of the files begin. Others may be writing there, on other machines too,
    unless it is known that there is `no_other_writer`.
    """
    pattern = rf"\.{re.escape(start)}.*\.{_RANDOM_END}"
    with suppress(OSError):
        for entry in os.listdir(folder):
            if re.fullmatch(pattern, entry, re.DOTALL):
                part = os.path.join(folder, entry)
                remove_part(part, no_other_writer=no_other_writer or _has_no_writer(part))


def _has_no_writer(part: str) -> bool:
    """Whether it is known that no process writes a temporary file that its writer would lock."""
    with suppress(OSError):
        if time.time() - os.stat(part).st_mtime < UNLOCKED_AGE_S:
            return False
        descriptor = os.open(part, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        try:
            lock(descriptor)
            return True
        finally:
            os.close(descriptor)
    return False


def _lock_if_possible(descriptor: int) -> None:
    with suppress(OSError):  # a file system without locks
        lock(descriptor)
        os.lseek(descriptor, 0, os.SEEK_SET)


def _part_start(name: str) -> str:
    return f".{name[:200]}."


def _mode_of_existing(target: str) -> int | None:
    """Return the permission bits of the file at `target`, None if there is no file."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if not stat.S_ISREG(mode):
        # Renaming would replace a device or a pipe by a regular file.
        raise FileError(
            f"Cannot write {target!r}: it is a device, pipe or socket. Give the path of a "
            "regular file."
        )
    return stat.S_IMODE(mode)


def _write_and_rename(
    descriptor: int, part: str, target: str, mode: int | None, content: Content, durable: bool
) -> None:
    with os.fdopen(descriptor, "wb") as file:
        if callable(content):
            content(file)
        else:
            file.write(content)
        file.flush()
        if mode is not None:
            os.chmod(part, mode)
        if durable:
            os.fsync(file.fileno())
    os.replace(part, target)


def _sync_folder(folder: str) -> None:
    """Make the rename durable, if the platform supports it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(part: str) -> None:
    with suppress(OSError):
        os.unlink(part)


def _translated(path: str | os.PathLike[str], error: Exception) -> FileError:
    """Return `error` as a `FileError`."""
    if isinstance(error, FileError):
        return error
    if isinstance(error, FileNotFoundError):
        folder = os.path.dirname(path_text(path)) or "."
        return FileError(
            f"Cannot write {path_text(path)!r}: its folder {folder!r} does not exist. "
            "Create the folder first, or choose another."
        )
    return file_error("write", path, error)
