"""Small results of `fit_many` in a folder, which a second call reads instead of training again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from drills.sample_files import Sample

import deltarule as dr
from deltarule._common.executors import CallingThread
from deltarule.training.job import FitJob
from deltarule.training.job_folder import result_path
from deltarule.training.job_results import read_result

X = np.random.default_rng(2).standard_normal((40, 2)).astype(np.float32)
NETWORK = dr.Network([dr.Dense(3, "tanh"), dr.BatchNormalization(), dr.Dense(1)])
JOBS: dict[str, dict[str, Any]] = {
    "stopped": {
        "network": NETWORK,
        "y": X[:, 0],
        "epochs": 3,
        "validation_fraction": 0.2,
        "stopping": dr.stopping.TargetReached(1e9, monitor="training_loss"),
    },
    "diverged": {
        "network": NETWORK,
        "y": X[:, :1],
        "epochs": 3,
        "optimizer": dr.optimizers.GradientDescent(1e30),
    },
    "small": {"network": dr.Network([dr.Dense(1)]), "y": X[:, 0], "epochs": 1},
}


class _Trial:
    """A job in a folder, in which damaged files are put in the place of its result."""

    def __init__(self, folder: Path, job: dict[str, Any]) -> None:
        self._folder, self._call = folder, {"X": X, **job}
        self.train()
        [self.path] = (folder / "results").iterdir()
        self._job = self._read_job()

    def train(self) -> Any:
        [result] = dr.fit_many([self._call], folder=self._folder, executor=CallingThread())
        return result

    def load(self, path: Path) -> Any:
        shutil.copyfile(path, self.path)
        found = read_result(str(self._folder), self._job)
        assert found is not None
        return found

    def use(self, _: Any, path: Path) -> None:
        shutil.copyfile(path, self.path)
        result = self.train()
        repr(result)
        result.network.predict(X[:1])

    def _read_job(self) -> FitJob:
        from deltarule.formats.model_file import read_model

        described = read_model(self.path, kind="job result").description["job"]
        job = FitJob.from_json(described, "the job")
        assert Path(result_path(str(self._folder), job.digest)) == self.path
        return job


def results(folder: Path) -> list[Sample]:
    return trial_samples(_Trial, JOBS, folder)


def trial_samples(
    trial_of: Callable[[Path, dict[str, Any]], Any], jobs: dict[str, dict[str, Any]], folder: Path
) -> list[Sample]:
    """Return a sample of the file of each job, which is tried in a folder of its own."""
    found = []
    for name, job in jobs.items():
        trial = trial_of(Path(tempfile.mkdtemp(dir=folder)), job)
        content = trial.path.read_bytes()
        found.append(Sample(name, content, trial.load, trial.use, small=name == "small"))
    return found
