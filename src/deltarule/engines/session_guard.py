"""A session belongs to one thread at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from deltarule.errors import EngineError

R = TypeVar("R")
_RUN = "run"


class SessionGuard:
    """Refuses to touch a session that runs, in another thread or below a signal handler."""

    def __init__(self) -> None:
        self._held: dict[str, object] = {}  # the run in progress: setdefault is atomic

    def run(self, function: Callable[[], R]) -> R:
        """Return what the function returns; hold the session meanwhile."""
        mine = object()
        try:
            try:
                if self._held.setdefault(_RUN, mine) is not mine:
                    raise _busy()
                return function()
            finally:
                self._let_go(mine)
        finally:
            self._let_go(mine)  # again, for the case that Ctrl-C came before it was done

    def check(self) -> None:
        """Raise an EngineError if the session runs."""
        if self._held:
            raise _busy()

    def _let_go(self, run: object) -> None:
        if self._held.get(_RUN) is run:
            del self._held[_RUN]


def _busy() -> EngineError:
    return EngineError(
        "Another thread runs this session, or the code that a signal handler interrupted: wait until the "
        "run has returned, or open one session per thread."
    )
