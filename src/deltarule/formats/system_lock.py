"""The operating system's lock on an open file, which ends with the process that holds it."""

from __future__ import annotations

import errno
import os
import sys

_LOCKED_BYTE = 1 << 30  # beyond the content, which Windows would else let no other process read

if sys.platform == "win32":
    import msvcrt

    def lock(descriptor: int) -> None:
        """Lock a file, and move its position.

        Raises `BlockingIOError` if another one holds it, `OSError` where there are no locks.
        """
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from None

    def unlock(descriptor: int) -> None:
        """Give the lock back."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

elif sys.platform == "emscripten":  # Pyodide: one process, whose file system has no locks

    def lock(descriptor: int) -> None:
        """Raise `OSError`."""
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    def unlock(descriptor: int) -> None:
        """Do nothing."""

else:
    import fcntl

    def lock(descriptor: int) -> None:
        """Lock a file.

        Raises `BlockingIOError` if another one holds it, `OSError` where there are no locks.
        """
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def unlock(descriptor: int) -> None:
        """Give the lock back."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)
