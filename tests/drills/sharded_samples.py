"""Small files of a training on shards, with which it goes on: averages, and rounds of shards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from drills.sample_files import Sample

import deltarule as dr
from deltarule._common.executors import CallingThread
from deltarule.engines import BlockFileData
from deltarule.formats.strict_json import read_json
from deltarule.training.job import unpack
from deltarule.training.round_files import (
    RoundOrder,
    average_path,
    read_average,
    read_round,
    round_path,
)

WHOLE: dict[str, Any] = {
    "network": dr.Network([dr.Dense(3, "relu"), dr.BatchNormalization(), dr.Dense(1, "sigmoid")]),
    "shards": 2,
    "rounds_per_epoch": 2,
    "epochs": 3,
    "stopping": dr.stopping.NoProgress(2),
    "optimizer": dr.optimizers.Adam(dr.schedules.OnPlateau(0.01)),
}
SMALL: dict[str, Any] = {
    "network": dr.Network([dr.Dense(1)]),
    "loss": "mse",
    "shards": 2,
    "rounds_per_epoch": 1,
    "epochs": 1,
    "optimizer": dr.optimizers.GradientDescent(0.01),
}
DIVERGED = {**SMALL, "optimizer": dr.optimizers.GradientDescent(1e30)}
SETTINGS = {"whole": (WHOLE, 7), "small": (SMALL, 1), "diverged": (DIVERGED, 1)}
"""Settings, and after how many rounds of single shards the training is interrupted."""


class _Interrupted(CallingThread):
    """Runs some tasks, then the training is interrupted."""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.orders: list[RoundOrder] = []
        self._tasks = tasks

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if len(self.orders) == self._tasks:
            raise KeyboardInterrupt
        self.orders.append(RoundOrder.from_json(read_json(unpack(args[-1])[0])))
        return super().submit(fn, *args, **kwargs)


class _Trial:
    """A training that was interrupted, in whose folder damaged files are put."""

    def __init__(self, folder: Path, settings: dict[str, Any], tasks: int) -> None:
        self.folder = folder / "jobs"
        self._settings = {**settings, "X": _rows(folder), "batch_size": 8, "folder": self.folder}
        if settings is WHOLE:
            self._settings["validation_data"] = self._settings["X"].validation
        executor = _Interrupted(tasks)
        dr.fit_sharded(**self._settings, executor=executor)
        self.order = executor.orders[-1]
        self._files = {path: path.read_bytes() for path in (self.folder / "rounds").iterdir()}
        where, order = str(self.folder), self.order
        self.average = Path(average_path(where, order.run, order.number))
        self.round = Path(round_path(where, order.run, order.number, order.shard))

    def read_average(self, path: Path) -> Any:
        shutil.copyfile(path, self.average)
        return read_average(str(self.folder), self.order.run, self.order.number)

    def read_round(self, path: Path) -> Any:
        shutil.copyfile(path, self.round)
        order = self.order
        return read_round(str(self.folder), order.run, order.number, order.shard)

    def to_end(self, place: Path, content: bytes) -> None:
        """Go on from the files of the interruption, one of which is damaged."""
        shutil.rmtree(self.folder / "rounds")
        (self.folder / "rounds").mkdir()
        for path, undamaged in {**self._files, place: content}.items():
            path.write_bytes(undamaged)
        result = dr.fit_sharded(**self._settings, executor=CallingThread())
        assert np.isfinite(result.network.parameters.flat()).all()


def averages(folder: Path) -> list[Sample]:
    found = []
    for name in ("whole", "small"):
        trial = _trial(folder, name)
        found.append(
            Sample(
                name, trial.average.read_bytes(), trial.read_average,
                lambda _, path, t=trial: t.to_end(t.average, path.read_bytes()), small=name == "small",
            )
        )  # fmt: skip
    return found


def rounds(folder: Path) -> list[Sample]:
    found = []
    for name in SETTINGS:
        trial = _trial(folder, name)
        found.append(
            Sample(
                name, trial.round.read_bytes(), trial.read_round,
                lambda _, path, t=trial: t.to_end(t.round, path.read_bytes()), small=name == "small",
            )
        )  # fmt: skip
    return found


def _trial(folder: Path, name: str) -> _Trial:
    return _Trial(Path(tempfile.mkdtemp(dir=folder)), *SETTINGS[name])


def _rows(folder: Path) -> BlockFileData:
    X = np.random.default_rng(0).standard_normal((96, 2)).astype(np.float32)
    y = (X[:, 0] > X[:, 1]).astype(np.int64)
    return BlockFileData.write(
        folder / "rows.blocks", [(X, y)], block_rows=8, validation_fraction=0.2
    )
