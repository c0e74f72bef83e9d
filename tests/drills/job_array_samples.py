"""Small arrays in a folder of jobs, which a worker reads before it trains."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from drills.job_samples import NETWORK, X, trial_samples
from drills.sample_files import Sample

import deltarule as dr
from deltarule._common.executors import CallingThread
from deltarule.training.job_folder import load_array

DRAW = np.random.default_rng(3)
JOB: dict[str, Any] = {"network": NETWORK, "X": X, "y": X[:, 0], "epochs": 1}
JOBS: dict[str, dict[str, Any]] = {
    "small": {"rows": np.arange(1, 3)},
    "rows": {"rows": DRAW.permutation(40)[:20]},
    "weights": {"sample_weight": DRAW.random(40)},
    "parameters": {"initial_parameters": dr.fit(**JOB).network},
}
"""Arguments of `fit` that are stored as an array."""


class _Trial:
    """A job in a folder, in which damaged files are put in the place of its array."""

    def __init__(self, folder: Path, job: dict[str, Any]) -> None:
        self._folder, self._call = folder, {**JOB, **job}
        self._expected = self._trained()
        [self.path] = (folder / "arrays").iterdir()

    def load(self, path: Path) -> Any:
        shutil.copyfile(path, self.path)
        return load_array(str(self._folder), self.path.stem)

    def use(self, _: Any, path: Path) -> None:
        shutil.copyfile(path, self.path)
        np.testing.assert_array_equal(self._trained(), self._expected)

    def _trained(self) -> Any:
        results = self._folder / "results"
        for result in results.iterdir() if results.exists() else ():
            result.unlink()
        [result] = dr.fit_many([self._call], folder=self._folder, executor=CallingThread())
        return result.network.parameters.flat()


def arrays(folder: Path) -> list[Sample]:
    return trial_samples(_Trial, JOBS, folder)
