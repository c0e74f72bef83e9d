"""Threads that share predictors, cannot start or run out of memory, and forked processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import numpy as np
import pytest
from contract.engines import opened

import deltarule
from deltarule.engines.capabilities import compile_predictor, prepare_objective
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.errors import EngineError
from deltarule.layers import Dense
from deltarule.losses import MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.parameters import Parameters, from_flat
from deltarule.sampling import MiniBatches

NETWORK = Network([Dense(64, "tanh"), Dense(2)], inputs=8)
DRAW = np.random.default_rng(0)
FLAT = DRAW.normal(size=NETWORK.parameter_count).astype(np.float32)
INPUTS = DRAW.normal(size=(600, 8)).astype(np.float32)
DATA = ArrayData(INPUTS, np.ascontiguousarray(INPUTS[:, :2]))


def parameters() -> Parameters:
    return from_flat(NETWORK, FLAT.copy())


def session_of(engine: Any, epochs: int = 10**6) -> Any:
    plan = TrainingPlan(
        NETWORK, MeanSquaredError(), Adam(), MiniBatches(100), epochs, dtype="float32"
    )
    return engine.open(plan, DATA, None, parameters(), threads=2)


def in_threads(work: Any, threads: int = 4, times: int = 30) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda _: work(), range(times)))


@pytest.mark.parametrize("rows", [1, 3, 600])
def test_threads_share_a_predictor(engine: Any, rows: int) -> None:
    predict = compile_predictor(engine, NETWORK, FLAT, threads=2)
    expected = predict(INPUTS[:rows]).copy()
    for outputs in in_threads(lambda: predict(INPUTS[:rows])):
        np.testing.assert_array_equal(outputs, expected)


def test_threads_predict_rows_of_their_own(engine: Any) -> None:
    """NumPy lets other threads run while it copies more than 500 outputs."""
    network = Network([Dense(16, "tanh"), Dense(600)], inputs=8)
    flat = DRAW.normal(size=network.parameter_count).astype(np.float32)
    predict = compile_predictor(engine, network, flat)
    one_row = getattr(predict, "one_row", lambda row: None)

    def outputs_of(row: Any) -> Any:
        outputs = one_row(row)
        return predict(row) if outputs is None else outputs

    rows = [INPUTS[i : i + 1] for i in range(200)]
    expected = [predict(row).copy() for row in rows]
    with ThreadPoolExecutor(4) as pool:
        for outputs, own in zip(pool.map(outputs_of, rows), expected, strict=True):
            np.testing.assert_array_equal(outputs, own)


def test_threads_share_an_objective(engine: Any) -> None:
    objective = prepare_objective(engine, NETWORK, MeanSquaredError(), DATA, threads=2)
    value, gradient = objective(FLAT)
    for other, its_gradient in in_threads(lambda: objective(FLAT)):
        assert other == value
        np.testing.assert_array_equal(its_gradient, gradient)


def test_a_session_that_another_thread_runs_is_refused(engine: Any) -> None:
    session = session_of(engine)
    state, stop = session.state(), Event()
    refused: dict[str, str] = {}

    def attempt(name: str, use: Any) -> None:
        try:
            use()
        except EngineError as error:
            refused[name] = str(error)

    def run() -> None:
        while not stop.is_set():
            attempt("run", lambda: session.run(100))

    thread = Thread(target=run)
    thread.start()
    until = monotonic() + 20
    while len(refused) < 4 and monotonic() < until:
        attempt("run", lambda: session.run(1))
        attempt("state", session.state)
        attempt("result", lambda: session.result)
        attempt("restore", lambda: session.restore(state))
    stop.set()
    thread.join()
    assert set(refused) == {"run", "state", "result", "restore"}
    assert all("Another thread runs this session" in message for message in refused.values())
    assert len(session.run(1).records) == 1


def run_script(script: str) -> str:
    """Run Python in a process of its own, which can be limited and forked."""
    source = str(Path(deltarule.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": source, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


TRAINING = """
import os, resource, sys, threading, warnings
import numpy as np
import deltarule as dr
X = np.random.default_rng(0).normal(size=(600, 64)).astype(np.float32)
network = dr.Network([dr.Dense(128, "relu"), dr.Dense(128, "relu"), dr.Dense(1)], inputs=64)
def fit(threads, epochs=1):
    return dr.fit(network, X, X[:, :1], loss="mse", epochs=epochs, validation_fraction=0.5,
                  engine="native", batch_size=200, threads=threads, seed=1).network
def limit_memory(megabytes):
    size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + int(megabytes * 2**20), resource.RLIM_INFINITY))
def limit_nothing():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
one = fit(1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits on memory are Linux's")
def test_threads_that_cannot_start_are_done_without() -> None:
    opened("native")
    script = """
    limit_memory(40)  # 64 threads have stacks of at least 2 MB each
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        many = fit(64)
        limit_nothing()
        assert "The system refused to start" in str(caught[0].message), caught
        assert len(caught) == 1, caught
        fit(2)
        assert len(caught) == 1, caught
    assert np.array_equal(one.parameters.flat(), many.parameters.flat())
    assert np.array_equal(one.predict(X), many.predict(X, threads=64))
    for megabytes in np.arange(0, 6, 0.25):  # at some of them, memory is missing in a worker
        limit_memory(megabytes)
        try:
            many = fit(2)
        except MemoryError:
            many = one
        limit_nothing()
        assert np.array_equal(one.parameters.flat(), many.parameters.flat())
    print("fine")
    """
    assert run_script(TRAINING + textwrap.dedent(script)) == "fine\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_process_with_threads_may_fork() -> None:
    opened("native")
    script = """
    from deltarule.engines import get_engine
    from deltarule.engines.training_plan import TrainingPlan
    from deltarule.engines.data import ArrayData
    from deltarule.engines.capabilities import compile_predictor
    warnings.simplefilter("ignore", DeprecationWarning)  # Python's own about forks with threads
    engine = get_engine("native")
    plan = TrainingPlan(network, dr.losses.MeanSquaredError(), dr.optimizers.Adam(),
                        dr.sampling.MiniBatches(200), 10**6, dtype="float32")
    data = ArrayData(X, X[:, :1].copy())
    def opened(): return engine.open(plan, data, None, one.parameters, threads=2)
    idle, used, busy, expected = opened(), opened(), opened(), opened()
    used.run(3); expected.run(5)
    predict = compile_predictor(engine, network, one.parameters.flat().astype(np.float32), 2)
    outputs = predict(X).copy()
    stop = threading.Event()
    def work():
        while not stop.is_set():
            busy.run(20)
    def predicts():
        while not stop.is_set():
            predict(X)
    threads = [threading.Thread(target=target) for target in (work, predicts, predicts)]
    for thread in threads: thread.start()
    for repetition in range(6):
        child = os.fork()
        if child == 0:
            assert np.array_equal(predict(X), outputs)
            used.run(2)
            assert np.array_equal(used.result.flat(), expected.result.flat())
            assert np.array_equal(one.parameters.flat(), fit(2).parameters.flat())
            del idle, used, busy, predict
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    stop.set()
    for thread in threads: thread.join()
    print("fine")
    """
    assert run_script(TRAINING + textwrap.dedent(script)) == "fine\n"


def test_a_daemon_thread_that_trains_does_not_abort_the_end() -> None:
    opened("native")
    script = """
    started = threading.Event()
    def train():
        started.set()
        while True: fit(2, 20)
    for _ in range(3): threading.Thread(target=train, daemon=True).start()
    started.wait()
    print("fine")
    """
    assert run_script(TRAINING + textwrap.dedent(script)) == "fine\n"
