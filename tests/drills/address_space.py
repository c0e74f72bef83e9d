"""Bound the memory that this process may still take, so that a too large allocation fails."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AddressSpace:
    """Sets the limit of this process relative to what it took at the last `look`."""

    def __init__(self) -> None:
        self._hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        self.look()

    def look(self) -> None:
        """Find out how much the process takes now, without any limit."""
        self._set(self._hard)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        self._taken = pages * resource.getpagesize()

    @contextmanager
    def limited(self, more: int) -> Iterator[None]:
        """Let the process take this many bytes more."""
        self._set(self._taken + more)
        try:
            yield
        finally:
            self._set(self._hard)

    def _set(self, limit: int) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, self._hard))
