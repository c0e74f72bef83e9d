"""Ctrl-C between any two lines around a call of an engine leaves a session that can be used."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from inspect import getsourcelines
from types import CodeType
from typing import Any

import numpy as np
import pytest
from contract import runs

from deltarule.engines.session_guard import SessionGuard


def signal_at(number: int, codes: dict[CodeType, int], use: Callable[[], Any]) -> bool:
    """Send SIGINT at the n-th executed line of the codes, each up to a line; return whether it came."""
    count = 0

    def trace(frame: Any, event: str, given: Any) -> Any:
        nonlocal count
        if frame.f_code not in codes:
            return None
        if event == "line" and frame.f_lineno < codes[frame.f_code]:
            count += 1
            if count == number:
                signal.raise_signal(signal.SIGINT)
        return trace

    sys.settrace(trace)
    try:
        use()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def test_the_end_of_a_session_loses_no_arrays(engine: Any) -> None:
    run = runs.AGREEING["adam, batches"]
    kind = type(run.open(engine))
    codes = {kind.end.__code__: sys.maxsize, kind.state.__code__: sys.maxsize}
    number = 0
    interrupted = True
    while interrupted:
        session = run.open(engine)
        session.run(1)
        before, number = session.state(), number + 1
        interrupted = signal_at(number, codes, session.end)
        assert np.array_equal(session.state().weights, before.weights)
        assert np.array_equal(session.result.flat(), before.weights)
    assert number > 2


def test_a_session_is_free_after_an_interrupt() -> None:
    lines, first = getsourcelines(SessionGuard.run)
    end = first + next(i for i, text in enumerate(lines) if text.strip() == "finally:")
    guard = SessionGuard()
    came = [
        signal_at(number, {SessionGuard.run.__code__: end}, lambda: guard.run(int))
        for number in range(1, 10)
    ]
    assert came.count(True) >= 3
    guard.check()
    with pytest.raises(KeyboardInterrupt):
        guard.run(lambda: signal.raise_signal(signal.SIGINT))
    assert guard.run(lambda: 3) == 3
