"""Errors of the operating system as `FileError` with a reason and a next step."""

from __future__ import annotations

import errno
import os

from deltarule.errors import FileError

_REASONS: dict[int, tuple[str, str]] = {
    errno.ENOENT: ("it does not exist", "Check the spelling."),
    errno.ENOTDIR: ("a part of its path is a file, not a folder", "Give another path."),
    errno.EISDIR: ("it is a folder", "Give the path of a file."),
    errno.EACCES: ("permission was denied", "Choose another place, or change its permissions."),
    errno.EPERM: ("permission was denied", "Choose another place, or change its permissions."),
    errno.EROFS: ("its file system is read-only", "Choose another folder."),
    errno.ENOSPC: ("the disk is full", "Free some space or choose another folder."),
    errno.EDQUOT: ("your disk quota is used up", "Free some space or choose another folder."),
    errno.EFBIG: ("it would be larger than a file may be", "Raise the limit (ulimit -f)."),
    errno.ENAMETOOLONG: ("its name is too long", "Give a shorter name."),
    errno.ELOOP: ("its symbolic links form a loop", "Give another path."),
    errno.EMFILE: ("too many files are open", "Close some, or raise the limit (ulimit -n)."),
    errno.EIO: ("the disk reported an input/output error", "Check the disk, or use another."),
}


def file_error(verb: str, path: str | os.PathLike[str], error: Exception) -> FileError:
    """Return the `FileError` "Cannot `verb` `path`: reason. What to do."

    `error` is an `OSError`, or the `ValueError` of a path that no file system accepts.
    """
    reason, advice = "", "Try again, or choose another place."
    if isinstance(error, OSError) and error.errno in _REASONS:
        reason, advice = _REASONS[error.errno]
        if error.errno == errno.ENOENT and verb != "read":
            advice = "Create its folder first, or choose another."
    elif isinstance(error, OSError):
        reason = (error.strerror or type(error).__name__).lower()
    else:
        reason, advice = "it is not a valid path", "Give another path."
    result = FileError(f"Cannot {verb} {path_text(path)!r}: {reason}. {advice}")
    result.errno = getattr(error, "errno", None)
    return result


def path_text(path: str | os.PathLike[str]) -> str:
    """Return `path` as text."""
    return os.fsdecode(path)
