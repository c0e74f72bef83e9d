"""A session belongs to one thread at a time."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TypeVar

from deltarule.errors import EngineError

R = TypeVar("R")
_RUN = "run"


class SessionGuard:
    """Refuses to touch a session that another thread runs."""

    def __init__(self) -> None:
        self._held: dict[str, int] = {}  # the thread of the run in progress: setdefault is atomic

    def run(self, function: Callable[[], R]) -> R:
        """Return what the function returns; hold the session meanwhile."""
        mine = get_ident()
        try:
            # What this thread still holds is of a run that was interrupted while it let go.
            if self._held.setdefault(_RUN, mine) != mine:
                raise _busy()
            return function()
        finally:
            # Without a call, so that Ctrl-C cannot come in between and leave the session held.
            if _RUN in self._held and self._held[_RUN] == mine:
                del self._held[_RUN]

    def check(self) -> None:
        """Raise an EngineError if the session runs in another thread."""
        if self._held.get(_RUN, mine := get_ident()) != mine:
            raise _busy()


def _busy() -> EngineError:
    return EngineError(
        "Another thread runs this session: wait until it has returned, or open one session per thread."
    )
