#!/usr/bin/env python3
"""Measure `fit_many` on worker processes and on a Dask cluster of this machine.

python benchmarks/many_networks.py                      jobs of a second, then 10,000 small ones
python benchmarks/many_networks.py --executor dask      one of: processes, dask
python benchmarks/many_networks.py --fits 1000          fewer small ones

Overhead: how much longer jobs of a second take than in threads of this process, and than the seconds
that they train; the executor has run other jobs before, so that its workers have imported all they need.
Memory: resident memory of this process and of all workers after each tenth of the small jobs, which go
through one executor, 10 calls of `fit_many` without a folder of their own. Dask's profiler is off, which
keeps an hour of stacks, some 50 kB a second. The scheduler of Dask is part of this process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import psutil
from machine import describe

import deltarule as dr

ROWS, COLUMNS = 2000, 10
SECONDS = 1.0
"""What one job of the first part trains."""
ROUNDS = 10


def job(epochs: int, seed: int) -> dict[str, Any]:
    """Return a training of a small network on a small table."""
    network = dr.Network([dr.Dense(32, "relu"), dr.Dense(2, "softmax")])
    return {"network": network, "X": X, "y": Y, "epochs": epochs, "seed": seed}


X = np.random.default_rng(0).standard_normal((ROWS, COLUMNS)).astype(np.float32)
Y = (X[:, 0] > X[:, 1] * X[:, 2]).astype(np.int32)


@contextmanager
def started(name: str, workers: int) -> Iterator[Executor]:
    """Start the workers."""
    if name == "processes":
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
            yield pool
        return
    os.environ["DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED"] = "False"  # workers read it too
    from distributed import LocalCluster

    cluster = LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with cluster, dr.cluster.connect(cluster.scheduler_address) as executor:
        yield executor


def memory_mib() -> tuple[float, float]:
    """Return the resident memory of this process and of all its children, in MiB."""
    own = psutil.Process()
    others = sum(child.memory_info().rss for child in own.children(recursive=True))
    return own.memory_info().rss / 2**20, others / 2**20


def measure_overhead(executor: Executor, jobs: int, workers: int) -> None:
    """Print how long jobs of a second take, beside threads."""
    trial = dr.fit(**job(200, 0), threads=1).seconds
    epochs = max(round(200 * SECONDS / trial), 1)
    dr.fit_many([job(1, seed) for seed in range(4 * workers)], executor=executor)
    walls, trained = {}, {}
    for name, given in (("threads", {"threads": workers}), ("executor", {"executor": executor})):
        calls = [job(epochs, seed) for seed in range(jobs)]
        began = time.perf_counter()
        results = dr.fit_many(calls, **given)
        walls[name] = time.perf_counter() - began
        trained[name] = sum(result.seconds for result in results)
    print(f"{jobs} jobs of {trained['threads'] / jobs:.2f} s on {workers} workers:")
    for name, wall in walls.items():
        ideal = trained[name] / workers
        print(f"  {name:9} {wall:7.2f} s, {100 * (wall / ideal - 1):5.1f} % over its training time")
    more = 100 * (walls["executor"] / walls["threads"] - 1)
    print(f"  the executor takes {more:.1f} % longer than threads")


def measure_memory(executor: Executor, fits: int) -> None:
    """Print the memory after each tenth of many small jobs."""
    print(f"{fits:,} jobs of 5 epochs:")
    each = max(fits // ROUNDS, 1)
    for done in range(0, fits, each):
        began = time.perf_counter()
        dr.fit_many([job(5, seed) for seed in range(done, done + each)], executor=executor)
        own, others = memory_mib()
        rate = each / (time.perf_counter() - began)
        print(
            f"  {done + each:7,}: {rate:6.0f} a second, {own:6.0f} MiB here, {others:6.0f} MiB in workers"
        )


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--executor", choices=("processes", "dask"), action="append")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--fits", type=int, default=10_000)
    options = parser.parse_args()
    print(describe().description)
    for name in options.executor or ("processes", "dask"):
        print(name)
        with started(name, options.workers) as executor:
            measure_overhead(executor, options.jobs, options.workers)
            measure_memory(executor, options.fits)


if __name__ == "__main__":
    main()
