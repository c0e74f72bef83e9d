"""One contract for every executor: the bits of threads, errors of jobs, workers that die."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import ShapeError, WorkerError

DRAW = np.random.default_rng(0)
X = DRAW.standard_normal((300, 4)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(np.int32)
NETWORK = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.2), dr.Dense(2, "softmax")])
JOBS = [
    {"network": NETWORK, "X": X, "y": Y, "epochs": 5, "seed": seed, "validation_fraction": 0.2}
    for seed in range(12)
]


def processes(count):
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


EXECUTORS = {
    "threads": lambda: ThreadPoolExecutor(2),
    "1 process": lambda: processes(1),
    "2 processes": lambda: processes(2),
    "4 processes": lambda: processes(4),
}


@pytest.fixture(scope="module", params=EXECUTORS)
def executor(request):
    with EXECUTORS[request.param]() as made:
        yield made


@pytest.fixture(scope="module")
def from_threads():
    return [result.network.parameters.flat() for result in dr.fit_many(JOBS)]


def test_the_bits_are_those_of_threads(executor, from_threads):
    results = dr.fit_many(JOBS, executor=executor)
    found = [result.network.parameters.flat() for result in results]
    np.testing.assert_array_equal(found, from_threads)


def test_a_second_call_in_a_folder_finds_the_results(executor, tmp_path, from_threads):
    first = dr.fit_many(JOBS[:5], executor=executor, folder=tmp_path)
    second = dr.fit_many(JOBS, executor=executor, folder=tmp_path)
    for results in (first, second):
        for result, expected in zip(results, from_threads, strict=False):
            np.testing.assert_array_equal(result.network.parameters.flat(), expected)
    assert [one.seconds for one in first] == [one.seconds for one in second[:5]]


def test_an_error_of_a_job_arrives_with_its_place(executor):
    rows = dr.engines.ArrayData(X, np.eye(3, dtype=np.float32)[Y])
    with pytest.raises(ShapeError) as caught:
        dr.fit_many([JOBS[0], {"network": NETWORK, "X": rows}], executor=executor)
    assert caught.value.__notes__ == ["in job 1 of fit_many"]


def test_what_a_killed_worker_leaves_is_found_again(tmp_path, from_threads):
    endless = JOBS[0] | {"epochs": 10**9}

    with processes(1) as pool:
        dr.fit_many(JOBS[:3], executor=pool, folder=tmp_path)

        def kill(*_):
            for worker in multiprocessing.active_children():
                os.kill(worker.pid, signal.SIGKILL)

        before = signal.signal(signal.SIGALRM, kill)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(WorkerError) as caught:
            dr.fit_many([*JOBS[:3], endless], executor=pool, folder=tmp_path)
        signal.signal(signal.SIGALRM, before)
    assert "3 of 4 jobs are finished in" in str(caught.value)
    with processes(1) as pool:
        results = dr.fit_many(JOBS, executor=pool, folder=tmp_path)
    found = [result.network.parameters.flat() for result in results]
    np.testing.assert_array_equal(found, from_threads)
