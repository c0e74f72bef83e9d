"""Training some epochs at a time on an executor."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from executor_contract import JOBS

from deltarule.errors import ShapeError, WorkerError
from deltarule.training.checkpoint import Checkpoint
from deltarule.training.fit_arguments import FitArguments, training_loop
from deltarule.training.remote_training import RemoteTraining

ARGUMENTS = {name: value for name, value in JOBS[3].items() if name != "epochs"} | {"epochs": 9}


def parts(paused):
    return paused.parameters.flat(), paused.chunk.records["validation_loss"]


def checked_out(path):
    """Return the training as the calling process finds it, which does not train here."""
    return training_loop(FitArguments(**ARGUMENTS, checkpoint=Checkpoint(path, resume=True)))


@pytest.mark.parametrize("stops", [(9,), (2, 5, 9)])
def test_it_ends_in_the_bits_of_training_here(tmp_path, stops):
    path = tmp_path / "trial.safetensors"
    with ThreadPoolExecutor(2) as pool, RemoteTraining(pool, tmp_path / "jobs") as remote:
        for epochs in stops:
            remote.until(ARGUMENTS, path, epochs)
            here = training_loop(FitArguments(**ARGUMENTS)).until(epochs)
            before = path.stat().st_mtime_ns
            found = checked_out(path).until(epochs)
            assert path.stat().st_mtime_ns == before
            assert found.has_ended == here.has_ended == (epochs == 9)
            for one, other in zip(parts(found), parts(here), strict=True):
                np.testing.assert_array_equal(one, other)


def test_errors_arrive_as_they_are(tmp_path):
    class Elsewhere(ThreadPoolExecutor):
        def submit(self, fn, /, *args):
            return super().submit(fn, "0.0.1", *args[1:])

    with Elsewhere(1) as pool, RemoteTraining(pool, tmp_path / "jobs") as remote:
        with pytest.raises(WorkerError, match=r"this process 0\.0\.1: install the same"):
            remote.until(ARGUMENTS, tmp_path / "trial", 2)
        with pytest.raises(ShapeError):
            remote.until(ARGUMENTS | {"y": [1, 2, 3]}, tmp_path / "trial", 2)


def test_closing_ends_what_workers_train(tmp_path):
    endless = ARGUMENTS | {"epochs": 10**9}
    with ThreadPoolExecutor(1) as pool, RemoteTraining(pool, tmp_path / "jobs") as remote:
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            remote.until(endless, tmp_path / "trial", 10**9)
        timer.join()
    assert list(tmp_path.glob(".*trial*")) == []  # the worker has given its lock back
