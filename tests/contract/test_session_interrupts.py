"""Ctrl-C between any two lines around a call of an engine leaves a session that can be used."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np
import pytest
from contract import runs

from deltarule.engines import loss_scale
from deltarule.engines.capabilities import missed_chunk
from deltarule.engines.session_guard import SessionGuard
from deltarule.errors import EngineError
from deltarule.stopping import StopReason


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


def test_no_finished_epoch_is_lost_on_the_way_back(engine: Any) -> None:
    run = runs.AGREEING["adam, batches"]
    kind = type(run.open(engine))
    codes = dict.fromkeys((kind.run.__code__, kind._run.__code__), sys.maxsize)
    found = set()
    for number in range(1, 40):
        session = run.open(engine)
        session.run(1)
        signal_at(number, codes, lambda opened=session: opened.run(3))
        missed = missed_chunk(session, 1)
        epochs = [] if missed is None else missed.records["epoch"].tolist()
        assert epochs == [*range(2, session.state().epochs_done + 1)]
        found.add(len(epochs))
    assert {0, 3} <= found


def test_a_session_is_free_after_an_interrupt() -> None:
    guard = SessionGuard()
    codes = dict.fromkeys((SessionGuard.run.__code__, SessionGuard._let_go.__code__), sys.maxsize)
    came = []
    for number in range(1, 20):
        came.append(signal_at(number, codes, lambda: guard.run(int)))
        guard.check()
    assert came.count(True) >= 8
    with pytest.raises(KeyboardInterrupt):
        guard.run(lambda: signal.raise_signal(signal.SIGINT))
    assert guard.run(lambda: 3) == 3


def test_a_signal_handler_cannot_touch_the_session_that_it_interrupts(engine: Any) -> None:
    session = runs.AGREEING["adam, batches"].open(engine)
    refused = []

    def touch(*_: object) -> None:
        for use in (session.state, lambda: session.run(1), lambda: session.result):
            with pytest.raises(EngineError, match="runs this session"):
                use()
            refused.append(use)

    before = signal.signal(signal.SIGINT, touch)
    try:
        assert not signal_at(1, {type(session)._run.__code__: sys.maxsize}, lambda: session.run(2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(refused) == 3
    assert session.state().epochs_done == 2


@pytest.mark.parametrize("name", ["saturated", "slowly", "keep best"])
def test_ctrl_c_while_a_loss_is_found_to_be_too_large_is_no_divergence(
    engine: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The size of the loss of a constant prediction is computed in Python, within a run."""
    run = runs.EXPLODING[name]
    whole, session = run.open(engine), run.open(engine)
    expected = whole.run(100)
    assert expected.reason is StopReason.DIVERGED

    def interrupt(*_: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(loss_scale, "constant_prediction_loss", interrupt)
    finished = len(expected.records) - 1
    if finished:
        chunk = session.run(100)
        assert (len(chunk.records), chunk.reason) == (finished, None)
    with pytest.raises(KeyboardInterrupt):
        session.run(100)
    assert session.state().epochs_done == finished
    monkeypatch.undo()
    chunk = session.run(100)
    assert chunk.reason is StopReason.DIVERGED
    assert chunk.divergence == expected.divergence
    assert session.result.flat().tobytes() == whole.result.flat().tobytes()
