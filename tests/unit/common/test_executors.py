"""Tasks that run side by side, where Python cannot start a thread."""

import sys
import threading

import numpy as np
import pytest

import deltarule as dr
from deltarule._common.executors import CallingThread, canceled_last, executor
from deltarule.errors import SettingError
from deltarule.stopping import StopReason

X = np.linspace(-1, 1, 32)[:, None]
NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)])


@pytest.fixture
def without_threads(monkeypatch):
    def refuse(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(threading.Thread, "start", refuse)


def jobs(*epochs):
    return [
        {"network": NETWORK, "X": X, "y": X**2, "epochs": n, "seed": i, "engine": "reference"}
        for i, n in enumerate(epochs)
    ]


def test_networks_train_one_after_another_with_the_same_bits(without_threads, monkeypatch):
    one_by_one = dr.fit_many(jobs(3, 2, 1))
    monkeypatch.undo()
    for result, expected in zip(one_by_one, dr.fit_many(jobs(3, 2, 1)), strict=True):
        np.testing.assert_array_equal(result.history.training_loss, expected.history.training_loss)


def test_an_error_ends_the_others_and_names_its_job(without_threads):
    begun = []

    def last():
        begun.append(True)
        return jobs(1)[0]

    with pytest.raises(SettingError) as caught:
        dr.fit_many([*jobs(1), {**jobs(1)[0], "epochs": -1}, last])
    assert caught.value.__notes__ == ["in job 1 of fit_many"]
    assert not begun


def test_a_keyboard_interrupt_in_a_listener_ends_all(without_threads):
    def interrupt(progress):
        raise KeyboardInterrupt

    first, *others = jobs(5, 5, 5)
    results = dr.fit_many([{**first, "progress": interrupt}, *others])
    assert [result.reason for result in results] == [StopReason.INTERRUPTED]


def test_elsewhere_threads_run_the_tasks():
    with executor(2) as pool:
        assert not isinstance(pool, CallingThread)
        assert pool.submit(threading.get_ident).result() != threading.get_ident()


def test_the_task_that_raised_comes_before_those_that_were_canceled():
    def fail():
        raise KeyboardInterrupt

    pool = CallingThread()
    futures = [pool.submit(fail), *(pool.submit(int) for _ in range(20))]
    assert [future.cancelled() for future in futures] == [False] + [True] * 20
    for order in (futures, futures[::-1]):
        with pytest.raises(KeyboardInterrupt):
            canceled_last(order)[0].result()
