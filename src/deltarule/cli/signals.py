"""Ctrl-C and SIGTERM: the first ends training in good order, the second gives up."""

from __future__ import annotations

import signal
import time
from contextlib import AbstractContextManager
from enum import Enum
from types import FrameType, TracebackType
from typing import Any

LONG_EPOCH_S = 0.5
"""So long after the last sign of life an epoch is cut short instead of being waited for."""


class GivenUp(BaseException):
    """A second signal: not a KeyboardInterrupt, which training would take for the first one."""


class Phase(Enum):
    """What a signal would interrupt."""

    BEFORE = "nothing is learned yet: leave at once"
    TRAINING = "end the epoch, keep what was learned"
    AFTER = "finish writing"


class Interruption(AbstractContextManager["Interruption"]):
    """Takes SIGINT and SIGTERM while it is entered.

    While training, a signal is only remembered, and `tick`, called between epochs, raises the
    KeyboardInterrupt: the history and the kept weights then agree. Where no `tick` comes for
    `LONG_EPOCH_S`, a timer raises it within the epoch. After training a signal is remembered too,
    so that what was learned is written. A second signal raises `GivenUp` at once.
    """

    def __init__(self) -> None:
        self.phase = Phase.BEFORE
        self.received: int | None = None
        self._ticked = 0.0
        self._former: dict[int, Any] = {}

    @property
    def exit_status(self) -> int:
        """128 + the signal's number, as shells have it; 0 where none came."""
        return 0 if self.received is None else 128 + self.received

    def training_begins(self) -> None:
        """From now on a signal leaves a model behind."""
        self.phase, self._ticked = Phase.TRAINING, time.monotonic()

    def training_ended(self) -> None:
        """From now on the first signal changes nothing but the exit status."""
        self.phase = Phase.AFTER

    def tick(self) -> None:
        """Raise KeyboardInterrupt here if a signal came."""
        self._ticked = time.monotonic()
        if self.received is not None and self.phase is Phase.TRAINING:
            raise KeyboardInterrupt

    def __enter__(self) -> Interruption:
        numbers = [signal.SIGINT, signal.SIGTERM]
        try:
            for number in numbers:
                self._former[number] = signal.signal(number, self._on_signal)
            if hasattr(signal, "SIGALRM"):
                self._former[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._on_timer)
        except ValueError:  # not in the main thread: whoever called has the signals
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if hasattr(signal, "setitimer") and self._former:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        again = self.received is not None
        self.received = number
        if again:
            raise GivenUp
        if self.phase is Phase.BEFORE:
            raise KeyboardInterrupt
        if self.phase is Phase.TRAINING and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, LONG_EPOCH_S)

    def _on_timer(self, number: int, frame: FrameType | None) -> None:
        if self.phase is Phase.TRAINING and time.monotonic() - self._ticked >= LONG_EPOCH_S:
            raise KeyboardInterrupt
