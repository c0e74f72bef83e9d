"""A BLAS has one thread while results are computed, and afterwards as many as before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local

import numpy as np
import pytest
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits

import deltarule as dr
from deltarule._common import blas_threads as module
from deltarule._common.blas_threads import single_blas_thread

X = np.random.default_rng(0).normal(size=(200, 120))
Y = np.tanh(X[:, :2])
WIDE = dr.Network([dr.Dense(100, "tanh"), dr.Dense(2)], inputs=120)  # more than 10,000 parameters


def blas_threads() -> set[int]:
    assert scipy.linalg  # it loads a second BLAS
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    with threadpool_limits(2, "blas"):
        yield


def test_nested_calls_restore_at_the_last_end() -> None:
    before = blas_threads()
    with single_blas_thread():
        assert blas_threads() == {1}
        with single_blas_thread():
            pass
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_an_error_restores() -> None:
    before = blas_threads()

    @single_blas_thread()
    def fails() -> None:
        assert blas_threads() == {1}
        raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError, match=r"^$"):
            fails()
        assert blas_threads() == before


def test_calls_that_overlap_in_threads() -> None:
    before, barrier = blas_threads(), Barrier(5)

    def work(number: int) -> set[int]:
        seen = set()
        for repetition in range(20):
            with single_blas_thread():
                if (number + repetition) % 3 == 0:
                    sum(range(1000))
                seen |= blas_threads() if repetition % 5 == 0 else set()
        barrier.wait()
        return seen

    with ThreadPoolExecutor(5) as pool:
        assert all(seen == {1} for seen in pool.map(work, range(5)))
    assert blas_threads() == before


class OpenMPLibrary:
    """A library that has a number of threads for each thread that calls it."""

    filepath, threading_layer = "openmp", "openmp"

    def __init__(self) -> None:
        self._local = local()

    @property
    def num_threads(self) -> int:
        return getattr(self._local, "threads", 4)

    def set_num_threads(self, threads: int) -> None:
        self._local.threads = threads


def test_a_library_with_a_limit_per_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    library = OpenMPLibrary()
    monkeypatch.setattr(module, "_libraries", lambda loaded: (library,))

    def work(_: int) -> tuple[int, int]:
        with single_blas_thread():
            during = library.num_threads
        return during, library.num_threads

    with single_blas_thread(), ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, range(6))) == [(1, 4)] * 6
        assert library.num_threads == 1
    assert library.num_threads == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_process_keeps_only_its_own_limit() -> None:
    before = blas_threads()
    with ThreadPoolExecutor(1) as pool:
        ended, begun = Barrier(2), Barrier(2)

        def hold() -> None:
            with single_blas_thread():
                begun.wait()
                ended.wait()

        holding = pool.submit(hold)
        begun.wait()
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if blas_threads() == before else 1)
            finally:
                os._exit(2)
        ended.wait()
        holding.result()
    assert os.waitpid(child, 0)[1] == 0
    assert blas_threads() == before


def _results() -> list[np.ndarray]:
    both = [
        dr.fit(
            WIDE, X, Y, loss="mse", optimizer=optimizer, epochs=3, engine=engine, batch_size=batch
        ).network
        for engine, optimizer, batch in [
            ("reference", "adam", 100), ("reference", "lbfgs", None), ("auto", "lbfgs", None)
        ]
    ]  # fmt: skip
    regressor = dr.MLPRegressor(
        hidden_layer_sizes=(90,), solver="lbfgs", max_iter=2, random_state=0
    ).fit(X, Y)
    return [
        *(network.parameters.flat() for network in both),
        both[0].predict(X, engine="reference"),
        *regressor.coefs_,
        dr.insight.principal_components(X, 3).components,
    ]


@pytest.mark.filterwarnings("ignore")  # L-BFGS has not converged
def test_the_number_of_threads_changes_no_bit() -> None:
    two = _results()
    with threadpool_limits(1, "blas"):
        for left, right in zip(two, _results(), strict=True):
            np.testing.assert_array_equal(left, right)
