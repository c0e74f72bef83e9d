"""Signals wait while something runs that an error of their handlers would leave half done.

The import of an extension module would be aborted, and a result could be taken without its line in the
journal.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM")


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Call the handlers of signals that come inside the block at its end."""
    if threading.current_thread() is not threading.main_thread():  # which runs the handlers
        yield
        return
    received: list[int] = []
    previous: dict[int, Callable[[int, FrameType | None], Any]] = {}
    waiting = True

    def receive(number: int, frame: FrameType | None) -> None:
        if waiting:
            received.append(number)
        else:  # another handler raised before this one was replaced
            previous[number](number, frame)

    for name in _NAMES:
        number = getattr(signal, name, None)
        handler = None if number is None else signal.getsignal(number)
        if number is not None and callable(handler):
            previous[number] = handler
            signal.signal(number, receive)
    try:
        yield
    finally:
        waiting = False
        for number, handler in previous.items():
            signal.signal(number, handler)
        for number in received:
            signal.raise_signal(number)
