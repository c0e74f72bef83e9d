"""Checkpoints: the whole state of a run in one file, from which it resumes to the same bits."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule._common.array_reader import ArrayReader
from deltarule._common.strict_reader import file_error
from deltarule.engines.contract import Array
from deltarule.engines.data import Data, fingerprint
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.errors import FileError, SettingError
from deltarule.formats.atomic_write import remove_leftovers
from deltarule.formats.model_file import read_model, write_model
from deltarule.history import EPOCH_RECORD, Records
from deltarule.training.trained_network import is_finite

FILE_KIND = "checkpoint"


class CheckpointWarning(UserWarning):
    """A checkpoint could not be written; training continues without it."""


@dataclass(frozen=True)
class Checkpoint:
    """Where and how often a training run saves its state.

    Parameters
    ----------
    path : str or path-like
        The file, written completely or not at all.
    every_seconds : float, default 30.0
        Seconds between two writes, at least 0. The state is written at the end of an epoch, and after
        Ctrl-C.
    resume : bool, default False
        Whether to continue from the file if it exists. The run ends in the same bits as if it had never
        been interrupted; settings and data must be the same.

    Raises
    ------
    SettingError
        If `every_seconds` is negative, or `resume` is no bool.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import deltarule as dr
    >>> network = dr.Network([dr.Dense(1)])
    >>> def interrupt(event):
    ...     if event.epoch == 3:
    ...         raise KeyboardInterrupt
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     checkpoint = dr.Checkpoint(Path(folder) / "run.safetensors", resume=True)
    ...     settings = {"epochs": 8, "checkpoint": checkpoint}
    ...     first = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], callbacks=[interrupt], **settings)
    ...     second = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], **settings)
    >>> first.reason.name, second.reason.name, len(second.history)
    ('INTERRUPTED', 'EPOCHS_DONE', 8)
    """

    path: str | PathLike[str]
    every_seconds: float = 30.0
    resume: bool = False

    def __post_init__(self) -> None:
        checks.number("Checkpoint.every_seconds", self.every_seconds, at_least=0)
        checks.flag("Checkpoint.resume", self.resume)


class CheckpointWriter:
    """Writes the state of a run when it is due, and reads it."""

    def __init__(
        self, settings: Checkpoint, plan: TrainingPlan, data: Data, validation: Data | None
    ) -> None:
        self._settings, self._plan = settings, plan
        self._identity = {
            "plan": plan_json(plan),
            "data": fingerprint(data, validation),
        }
        self._written_at = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether `every_seconds` have passed since the last one."""
        return time.monotonic() - self._written_at >= self._settings.every_seconds

    def write(self, state: TrainingState, records: Records) -> None:
        """Write the state after the last finished epoch; complete or not at all."""
        arrays = {f"state.{name}": array for name, array in state.to_arrays().items()}
        for name in EPOCH_RECORD.names or ():
            arrays[f"history.{name}"] = np.ascontiguousarray(records[name])
        write_model(self._settings.path, self._identity, arrays, kind=FILE_KIND)
        self._written_at = time.monotonic()

    def try_to_write(self, state: TrainingState, records: Records) -> None:
        """Write the state; if that fails (a full disk), warn and continue training."""
        try:
            self.write(state, records)
        except FileError as error:
            self._written_at = time.monotonic()
            warnings.warn(f"No checkpoint was written: {error}", CheckpointWarning, stacklevel=2)

    def read(self) -> tuple[TrainingState, Records] | None:
        """Return the state to continue from, or None if the run begins.

        Raises `SettingError` if the file belongs to a run with other settings or data.
        """
        path = Path(self._settings.path)
        if not self._settings.resume:
            return None
        remove_leftovers(path)  # of a write that was killed half-way
        if not path.exists():
            return None
        file = read_model(path, kind=FILE_KIND)
        for key, what in (("plan", "settings"), ("data", "data")):
            if file.description.get(key) != self._identity[key]:
                raise SettingError(
                    "resume",
                    f"cannot continue {path}, the checkpoint of a run with other {what}",
                    hint="Repeat that run's command, or start again without `resume`.",
                )
        return self._parsed(path, file.arrays)

    def _parsed(self, path: Path, arrays: dict[str, Array]) -> tuple[TrainingState, Records]:
        state = {k[6:]: a for k, a in arrays.items() if k.startswith("state.")}
        others = {k: a for k, a in arrays.items() if not k.startswith("state.")}
        records = records_from_arrays(others, str(path))
        return TrainingState.from_arrays(state, self._plan), records


def records_from_arrays(arrays: dict[str, Array], where: str) -> Records:
    """Return the records of a checkpoint, whose epochs are counted from 1."""
    reader = ArrayReader(arrays, where)
    epochs = reader.take("history.epoch", (None,), "int64")
    records = np.zeros(len(epochs), EPOCH_RECORD)
    records["epoch"] = epochs
    for name in (EPOCH_RECORD.names or ())[1:]:
        # Scores that are not computed are NaN.
        values = reader.take(f"history.{name}", epochs.shape, "float64", finite=False)
        # One NaN for all: comparing a signaling one raises a warning.
        records[name] = np.where(np.isnan(values), np.nan, values)
    reader.finish()
    if (epochs != np.arange(1, len(epochs) + 1)).any() or not is_finite(records["elapsed_s"]):
        raise file_error(
            f"{where}: history must hold the epochs from 1 in order, with their times."
        )
    return records


def plan_json(plan: TrainingPlan) -> dict[str, Any]:
    """Return everything in a plan as strict JSON types."""
    return {
        "network": plan.network.to_json(),
        "loss": plan.loss.to_json(),
        "optimizer": plan.optimizer.to_json(),
        "sampling": plan.sampling.to_json(),
        "epochs": plan.epochs,
        "stopping": [rule.to_json() for rule in plan.stopping],
        "keep_best": plan.keep_best,
        "score": plan.score,
        "seed": plan.seed,
        "dtype": plan.dtype,
    }
