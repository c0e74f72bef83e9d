"""Many networks at once."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import SettingError, ShapeError
from deltarule.stopping import StopReason

X = np.random.default_rng(0).standard_normal((150, 4)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(np.int32)
NETWORK = dr.Network([dr.Dense(4, "relu"), dr.Dense(2, "softmax")])
JOB = {"network": NETWORK, "X": X, "y": Y, "epochs": 20}


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_each_network_has_the_bits_of_fit(threads):
    many = dr.fit_many([JOB | {"seed": seed} for seed in range(6)], threads=threads)
    for seed, result in enumerate(many):
        alone = dr.fit(NETWORK, X, Y, epochs=20, seed=seed)
        np.testing.assert_array_equal(
            result.network.parameters.flat(), alone.network.parameters.flat()
        )


def test_jobs_may_differ_in_everything():
    other = dr.Network([dr.Dense(1)])
    results = dr.fit_many([JOB, {"network": other, "X": X[:, :2], "y": X[:, 2], "epochs": 3}])
    assert [len(result.history) for result in results] == [20, 3]
    assert results[1].network.network.inputs == 2


def test_no_jobs_give_no_results():
    assert dr.fit_many([]) == []


def test_an_error_ends_the_others_and_names_its_job():
    endless = JOB | {"epochs": 10**9}
    with pytest.raises(ShapeError) as caught:
        dr.fit_many([endless, JOB | {"y": Y[:3]}], threads=2)
    assert caught.value.__notes__ == ["in job 1 of fit_many"]


def test_a_job_needs_its_data():
    with pytest.raises(SettingError, match="Job 1 of fit_many has no y"):
        dr.fit_many([JOB, {"network": NETWORK, "X": X}])


def test_ctrl_c_keeps_the_weights():
    endless = [JOB | {"epochs": 10**9, "seed": seed} for seed in range(4)]
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    results = dr.fit_many(endless, threads=2)
    timer.join()
    assert len(results) == 2
    assert {result.reason for result in results} == {StopReason.INTERRUPTED}
