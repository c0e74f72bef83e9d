"""Ctrl-C, SIGTERM and SIGHUP: the first stops training cleanly, the second aborts."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from types import FrameType, TracebackType
from typing import Any

MAX_WAIT_S = 0.5
"""After this time without a tick, an epoch is interrupted instead of awaited."""


class Signaled(KeyboardInterrupt):
    """A signal. After a KeyboardInterrupt itself that passed `exec`, Python exits as by SIGINT."""


class Aborted(BaseException):
    """A second signal; no KeyboardInterrupt, which training would handle as the first one.

    Its argument is the exit status.
    """


@contextmanager
def termination_is_interrupt() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP raise `Signaled`, so that temporary files are removed.

    The error holds the exit status. A handler that the caller installed stays, and a signal that is
    ignored stays ignored.
    """
    received: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        raise Signaled

    defaults = {"SIGINT": signal.default_int_handler}
    previous: dict[int, Any] = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number, default = getattr(signal, name, None), defaults.get(name, signal.SIG_DFL)
        is_main = threading.current_thread() is threading.main_thread()
        if number is not None and is_main and signal.getsignal(number) is default:
            previous[number] = signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt as error:
        if received and not error.args:
            error.args = (128 + received[0],)
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class Phase(Enum):
    """What a signal would interrupt."""

    BEFORE = "training has not started: exit immediately"
    TRAINING = "end the epoch and keep the weights"
    AFTER = "finish writing"


class Interruption(AbstractContextManager["Interruption"]):
    """Handles SIGINT, SIGTERM and SIGHUP inside a `with` block; one that nohup ignores stays ignored.

    During training a signal is only recorded, and `tick`, called between epochs, raises the
    KeyboardInterrupt, so that the history and the kept weights agree. If there is no tick for
    `MAX_WAIT_S`, a timer raises it within the epoch. After training a signal is recorded too, so that
    the model is written. A second signal raises `Aborted` immediately.
    """

    def __init__(self) -> None:
        self.phase = Phase.BEFORE
        self.received: int | None = None
        self._last_tick = 0.0
        self._previous_handlers: dict[int, Any] = {}

    @property
    def exit_status(self) -> int:
        """128 + the signal's number, as in shells; 0 without a signal."""
        return 0 if self.received is None else 128 + self.received

    def training_started(self) -> None:
        """From now on a signal stops training and keeps the weights."""
        self.phase, self._last_tick = Phase.TRAINING, time.monotonic()

    def training_ended(self) -> None:
        """From now on the first signal only changes the exit status."""
        self.phase = Phase.AFTER

    def tick(self) -> None:
        """Raise KeyboardInterrupt here if a signal came."""
        self._last_tick = time.monotonic()
        if self.received is not None and self.phase is Phase.TRAINING:
            raise KeyboardInterrupt

    def __enter__(self) -> Interruption:
        numbers = [signal.SIGINT, signal.SIGTERM]
        hangup = getattr(signal, "SIGHUP", None)  # the terminal or the connection is gone
        if hangup is not None and signal.getsignal(hangup) != signal.SIG_IGN:
            numbers.append(hangup)
        try:
            for number in numbers:
                self._previous_handlers[number] = signal.signal(number, self._on_signal)
            if hasattr(signal, "SIGALRM"):
                self._previous_handlers[signal.SIGALRM] = signal.signal(
                    signal.SIGALRM, self._on_timer
                )
        except ValueError:  # outside the main thread the caller handles signals
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if hasattr(signal, "setitimer") and self._previous_handlers:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        again = self.received is not None
        self.received = number
        if again:
            raise Aborted(128 + number)
        if self.phase is Phase.BEFORE:
            raise Signaled
        if self.phase is Phase.TRAINING and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, MAX_WAIT_S)

    def _on_timer(self, number: int, frame: FrameType | None) -> None:
        if self.phase is Phase.TRAINING and time.monotonic() - self._last_tick >= MAX_WAIT_S:
            raise KeyboardInterrupt
