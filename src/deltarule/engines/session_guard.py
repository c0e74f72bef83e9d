"""A session belongs to one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from deltarule.errors import EngineError


class SessionGuard:
    """Refuses to touch a session that another thread runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the session for the time of one run."""
        if not self._lock.acquire(blocking=False):
            raise _busy()
        try:
            yield
        finally:
            self._lock.release()

    def check(self) -> None:
        """Raise an EngineError if the session runs."""
        if self._lock.locked():
            raise _busy()


def _busy() -> EngineError:
    return EngineError(
        "Another thread runs this session: wait until it has returned, or open one session per thread."
    )
