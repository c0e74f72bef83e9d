"""A lock on a file or folder that one run writes, held until the run ends or its process dies.

The lock is one of the operating system's on a hidden file beside what is written, so that a killed
process leaves none behind. On file systems without locks, and in folders where no file can be created,
nothing is locked.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import weakref
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from types import TracebackType

from deltarule.errors import FileError
from deltarule.formats.system_errors import file_error
from deltarule.formats.system_lock import lock as _lock
from deltarule.formats.system_lock import unlock as _unlock

_held: weakref.WeakSet[RunLock] = weakref.WeakSet()


class RunLock(AbstractContextManager["RunLock"]):
    """Locks `path`, a file name for a hidden file that says which process holds it.

    Parameters
    ----------
    path : str or path-like
        The file of the lock. It is removed when the lock is released.
    owner : str
        What is locked, as the subject of a message, such as "The folder 'iris-model'".
    advice : str
        What to do if another run holds the lock.
    """

    def __init__(self, path: str | os.PathLike[str], owner: str, advice: str) -> None:
        self._path, self._owner, self._advice = os.path.abspath(path), owner, advice
        self._file: _OpenFile | None = None

    @property
    def held(self) -> bool:
        """Whether this process holds the lock."""
        return self._file is not None

    def acquire(self) -> None:
        """Take the lock, or raise `FileError` if another run holds it."""
        file: _OpenFile | None = None
        while not self.held:
            file = _opened(self._path)
            if file is None:
                return
            try:
                _lock(file.descriptor)
                if _is_at(file.descriptor, self._path):
                    self._file = file
                    _held.add(self)
                # Else the other run ended just now and removed this file.
            except BlockingIOError:
                raise FileError(
                    f"{self._owner} is in use by another run{_read_holder(file.descriptor)}. "
                    f"{self._advice}"
                ) from None
            except OSError:  # the file system has no locks
                return
            finally:
                if not self.held:
                    file.close()
        if file is not None:
            try:
                _write_holder(file.descriptor)
            except OSError:  # a full disk; the lock itself needs no space
                pass
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Give the lock back."""
        if self._file is None:
            return
        file, self._file = self._file, None
        if sys.platform != "win32":  # before others can take it; they check that it is still there
            with suppress(OSError):
                if _is_at(file.descriptor, self._path):
                    os.unlink(self._path)
        with suppress(OSError):
            _unlock(file.descriptor)
        _held.discard(self)
        file.close()
        if sys.platform == "win32":  # an open file cannot be removed
            with suppress(OSError):
                os.unlink(self._path)

    def forget(self) -> None:
        """Close the file without releasing the lock: in a forked child, which inherits the file."""
        _held.discard(self)
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class _OpenFile:
    """A file descriptor that is closed once: by `close`, or when an interrupt loses the object."""

    _open = False

    def __init__(self, path: str, flags: int) -> None:
        self.descriptor = os.open(path, flags, 0o666)
        self._open = True

    def close(self) -> None:
        if self._open:
            self._open = False
            os.close(self.descriptor)

    __del__ = close


def lock_path(path: str | os.PathLike[str]) -> str:
    """Return the path of the lock on a file, resolved as `write_atomically` resolves it."""
    try:
        folder, name = os.path.split(os.path.realpath(os.fspath(path)))
    except (OSError, ValueError) as error:
        raise file_error("write", path, error) from error
    return os.path.join(folder, f".{name[:200]}.lock")


def _forget_all() -> None:
    for lock in list(_held):
        lock.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


def _opened(path: str) -> _OpenFile | None:
    """Open the file of a lock, of another user if need be; return None where that is impossible."""
    safe = getattr(os, "O_NOFOLLOW", 0)
    with suppress(OSError):
        return _OpenFile(path, os.O_RDWR | os.O_CREAT | safe)
    with suppress(OSError):
        return _OpenFile(path, os.O_RDONLY | safe)
    return None


def _write_holder(descriptor: int) -> None:
    started = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
    holder = {"process": os.getpid(), "host": socket.gethostname(), "started": started}
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(holder).encode())


def _read_holder(descriptor: int) -> str:
    """Return " (process 12 on host, started 2026-01-31 12:00:00)", or nothing if it is not known."""
    for wait_s in (0.01, 0.1, 0.5, 0.0):
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            holder = json.loads(os.read(descriptor, 1000))
            process, host, started = int(holder["process"]), holder["host"], holder["started"]
            return f" (process {process} on {str(host)[:80]}, started {str(started)[:40]})"
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            time.sleep(wait_s)  # the other run has the lock and is about to write this
    return ""


def _is_at(descriptor: int, path: str) -> bool:
    """Return whether an open file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False
