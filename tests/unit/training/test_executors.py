"""The contract of executors, for threads, worker processes and Dask; tests/peers has Ray."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from executor_contract import (
    JOBS,
    check_bits,
    check_errors,
    check_second_call,
    check_sharded_bits,
    flat,
    from_threads,
)

import deltarule as dr
from deltarule.errors import WorkerError


def processes(count):
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


@contextmanager
def dask_workers():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with cluster, dr.cluster.connect(cluster.scheduler_address) as executor:
        assert executor.worker_count == 2
        yield executor


EXECUTORS = {
    "threads": lambda: ThreadPoolExecutor(2),
    "1 process": lambda: processes(1),
    "2 processes": lambda: processes(2),
    "4 processes": lambda: processes(4),
    "8 threads": lambda: ThreadPoolExecutor(8),
    "Dask": dask_workers,
}


@pytest.fixture(scope="module", params=EXECUTORS)
def executor(request):
    with EXECUTORS[request.param]() as made:
        yield made


def test_the_bits_are_those_of_threads(executor):
    check_bits(executor)


def test_the_bits_of_shards_are_those_of_one_thread(executor):
    check_sharded_bits(executor)


def test_a_second_call_in_a_folder_finds_the_results(executor, tmp_path):
    check_second_call(executor, tmp_path)


def test_an_error_of_a_job_arrives_with_its_place(executor, tmp_path):
    check_errors(executor, tmp_path)


def test_what_a_killed_worker_leaves_is_found_again(tmp_path):
    endless = JOBS[0] | {"epochs": 10**9}

    with processes(1) as pool:
        dr.fit_many(JOBS[:3], executor=pool, folder=tmp_path)
        (worker,) = pool._processes

        def kill(*_):
            os.kill(worker, signal.SIGKILL)

        before = signal.signal(signal.SIGALRM, kill)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(WorkerError) as caught:
            dr.fit_many([*JOBS[:3], endless], executor=pool, folder=tmp_path)
        signal.signal(signal.SIGALRM, before)
    assert "3 of 4 jobs are finished in" in str(caught.value)
    with processes(1) as pool:
        results = dr.fit_many(JOBS, executor=pool, folder=tmp_path)
    np.testing.assert_array_equal(flat(results), from_threads())
