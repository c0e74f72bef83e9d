"""Signals wait while something runs that must not be left half done."""

from __future__ import annotations

import signal
import threading

import pytest

from deltarule._common.deferred_signals import deferred_signals


def interrupted_block(reached: list[bool]) -> None:
    with deferred_signals():
        signal.raise_signal(signal.SIGINT)
        reached.append(True)


def test_a_signal_is_handled_at_the_end_of_the_block() -> None:
    previous = signal.getsignal(signal.SIGINT)
    reached: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted_block(reached)
    assert reached == [True]
    assert signal.getsignal(signal.SIGINT) is previous


def test_other_threads_have_no_handlers() -> None:
    ran = []

    def run() -> None:
        with deferred_signals():
            ran.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert ran == [True]
