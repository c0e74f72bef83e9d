"""tune on an executor: the bits of threads, on drawn rows too, and after an interrupt."""

from __future__ import annotations

import dataclasses
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import deltarule as dr
from deltarule.tuning import rungs

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(160, 2))
TABLE = {"a": X[:, 0], "b": X[:, 1], "y": np.where(X.prod(axis=1) > 0, "yes", "no")}


def tune(**changes):
    return dr.tune(TABLE, "y", folds=3, epochs=15, trials=6, **changes)


def check_same(one, other):
    first, second = (tuned.model.predict(TABLE).probabilities for tuned in (one, other))
    np.testing.assert_array_equal(first, second)
    trials = [[dataclasses.replace(t, seconds=0) for t in tuned.trials] for tuned in (one, other)]
    assert trials[0] == trials[1]


@pytest.fixture(scope="module")
def from_threads():
    return tune()


def test_worker_processes_find_the_same(from_threads):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        check_same(tune(executor=executor), from_threads)


def test_a_first_rung_on_drawn_rows_finds_the_same(monkeypatch):
    monkeypatch.setattr(rungs, "MAX_FIRST_ROWS", 40)
    with ThreadPoolExecutor(2) as executor:
        check_same(tune(executor=executor), tune())


def test_an_interrupted_search_goes_on(tmp_path, from_threads):
    class Interrupting(ThreadPoolExecutor):
        """Interrupts after some networks."""

        left = 4

        def submit(self, fn, /, *args):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().submit(fn, *args)

    with Interrupting(2) as executor, pytest.raises(KeyboardInterrupt):
        tune(executor=executor, folder=tmp_path)
    assert list(tmp_path.glob("trial-*.safetensors"))
    with ThreadPoolExecutor(2) as executor:
        check_same(tune(executor=executor, folder=tmp_path, resume=True), from_threads)
