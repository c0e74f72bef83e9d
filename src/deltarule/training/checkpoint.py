"""Checkpoints: the whole state of a run in one file, from which it resumes to the same bits."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule._common.array_reader import ArrayReader
from deltarule._common.strict_reader import StrictReader, file_error
from deltarule.engines.contract import Array, Chunk, Engine, TrainingSession
from deltarule.engines.data import Data, fingerprint
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.errors import EngineError, FileError, SettingError
from deltarule.formats.atomic_write import remove_leftovers
from deltarule.formats.model_file import ModelFile, read_model, write_model
from deltarule.formats.run_lock import RunLock, lock_path
from deltarule.formats.strict_json import same_json
from deltarule.formats.system_errors import path_text
from deltarule.history import EPOCH_RECORD, Records
from deltarule.network import Network
from deltarule.stopping import StopReason
from deltarule.training.finished_epochs import FinishedEpochs
from deltarule.training.provenance import Provenance
from deltarule.training.trained_network import is_finite

FILE_KIND = "checkpoint"


MIN_SECONDS_TO_SAVE = 1.0
"""A network that has ended is saved if it trained for at least this long since the last time."""
_RESUME_HINT = "Repeat that run's command, or start again without `resume`."


class CheckpointWarning(UserWarning):
    """A checkpoint could not be written, or a run that continues from one may end in other bits."""


@dataclass(frozen=True)
class Checkpoint:
    """Where and how often a training run saves its state.

    Parameters
    ----------
    path : str or path-like
        The file, written completely or not at all. While a run uses it, another one is refused.
    every_seconds : float, default 30.0
        Seconds between two writes, at least 0. The state is written at the end of an epoch, after
        Ctrl-C, and when training ends after at least a second.
    resume : bool, default False
        Whether to continue from the file if it exists. The run ends in the same bits as if it had never
        been interrupted; settings, data and engine must be the same. If training had ended, its result
        is returned at once. Callbacks are called again for an epoch in which they were interrupted.

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


@dataclass(frozen=True)
class LockedCheckpoint(Checkpoint):
    """A checkpoint whose file no other run writes.

    Parameters
    ----------
    is_exclusive : bool, default True
        Whether the lock is held; False on a file system without locks.
    before_write : callable, optional
        Called before each write.
    on_failure : callable, optional
        Receives the error of a write that failed; by default a warning.
    """

    is_exclusive: bool = True
    before_write: Callable[[], None] | None = None
    on_failure: Callable[[FileError], None] | None = None


@contextmanager
def locked(checkpoint: Checkpoint | None) -> Iterator[LockedCheckpoint | None]:
    """Lock a checkpoint, unless the caller has done so; raise `FileError` if another run uses it."""
    if checkpoint is None or isinstance(checkpoint, LockedCheckpoint):
        yield checkpoint
        return
    name = path_text(checkpoint.path)
    advice = "Wait until it ends, or give another path."
    with RunLock(lock_path(checkpoint.path), f"The checkpoint {name!r}", advice) as lock:
        yield LockedCheckpoint(
            checkpoint.path, checkpoint.every_seconds, checkpoint.resume, lock.held
        )


class CheckpointWriter:
    """Writes the state of a run when it is due, and reads it."""

    def __init__(
        self,
        settings: LockedCheckpoint,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        engine: Engine,
    ) -> None:
        self._settings, self._plan = settings, plan
        self._provenance = Provenance.of(engine)
        self._identity = {
            "plan": plan_json(plan),
            "data": fingerprint(data, validation),
            "provenance": self._provenance.to_json(),
        }
        self._written_at = time.monotonic()

    def is_due(self, *, ended: bool) -> bool:
        """Return whether to write now; a run that has ended is saved unless it was very short."""
        every = self._settings.every_seconds
        if ended:
            every = min(every, MIN_SECONDS_TO_SAVE)
        return time.monotonic() - self._written_at >= every

    def write(self, state: TrainingState, epochs: FinishedEpochs) -> None:
        """Write the state after the last finished epoch; complete or not at all."""
        arrays = {f"state.{name}": array for name, array in state.to_arrays().items()}
        records = epochs.records
        for name in EPOCH_RECORD.names or ():
            arrays[f"history.{name}"] = np.ascontiguousarray(records[name])
        description = {**self._identity, "epochs": epochs.to_json()}
        if self._settings.before_write is not None:
            self._settings.before_write()
        write_model(self._settings.path, description, arrays, kind=FILE_KIND)
        self._written_at = time.monotonic()

    def try_to_write(self, session: TrainingSession, epochs: FinishedEpochs) -> None:
        """Write the state of a session; if that fails (a full disk), warn and continue training.

        Nothing is written if an interrupt left no state, or one without the records of its last epochs:
        the file then still holds an earlier state.
        """
        try:
            state = session.state()
        except EngineError:
            return
        if not epochs.match(state):
            return
        try:
            self.write(state, epochs)
        except FileError as error:
            self._written_at = time.monotonic()
            if self._settings.on_failure is not None:
                self._settings.on_failure(error)
                return
            warnings.warn(f"No checkpoint was written: {error}", CheckpointWarning, stacklevel=2)

    def read(self) -> tuple[TrainingState, FinishedEpochs] | None:
        """Return the state to continue from, or None if the run begins.

        Raises `SettingError` if the file belongs to a run with other settings, data or engine; warns if
        it was computed by another version or with other instructions.
        """
        path = Path(self._settings.path)
        if not self._settings.resume:
            return None
        remove_leftovers(path, no_other_writer=self._settings.is_exclusive)
        if not path.exists():
            return None
        file = read_model(path, kind=FILE_KIND)
        for key, what in (("plan", "settings"), ("data", "data")):
            if not same_json(file.description.get(key), self._identity[key]):
                raise SettingError(
                    "resume",
                    f"cannot continue {path}, the checkpoint of a run with other {what}",
                    hint=_RESUME_HINT,
                )
        # The comparison takes 1.0 for 1, which is not a number of units.
        plan = StrictReader(file.description["plan"], f"{path}: plan")
        Network.from_json(plan.take("network", dict), f"{path}: network")
        self._check_provenance(file)
        return self._parsed(file)

    def _check_provenance(self, file: ModelFile) -> None:
        """Raise if another engine wrote the file, warn if another version or processor did."""
        here = self._provenance
        if "provenance" not in file.description:  # before it was stored
            there, differences = here, ["an earlier version of deltarule"]
        else:
            where = f"{file.path}: provenance"
            there = Provenance.from_json(StrictReader(file.description["provenance"], where))
            differences = there.differences(here)
        if there.engine != here.engine:
            raise SettingError(
                "resume",
                f"cannot continue {file.path} with the {here.engine} engine: the {there.engine} engine "
                "wrote it, and the bits would differ",
                hint=f"Set `engine` to {there.engine}, or start again without `resume`.",
            )
        if differences:
            warnings.warn(
                f"The run continues from a checkpoint of {' and '.join(differences)}: it "
                "may end in other bits than an uninterrupted run.",
                CheckpointWarning,
                stacklevel=2,
            )

    def _parsed(self, file: ModelFile) -> tuple[TrainingState, FinishedEpochs]:
        arrays = {k[6:]: a for k, a in file.arrays.items() if k.startswith("state.")}
        others = {k: a for k, a in file.arrays.items() if not k.startswith("state.")}
        records = records_from_arrays(others, file.path)
        state = TrainingState.from_arrays(arrays, self._plan)
        if "epochs" in file.description:
            reader = StrictReader(file.description["epochs"], f"{file.path}: epochs")
            epochs = FinishedEpochs.from_json(reader, records, self._plan)
        else:  # of an earlier version, which also saved runs that had ended
            records = records[: state.epochs_done]
            ended = len(records) >= self._plan.epochs
            epochs = FinishedEpochs(Chunk(records, StopReason.EPOCHS_DONE if ended else None))
        if not epochs.match(state):
            raise file_error(f"{file.path}: the history and the state end with different epochs.")
        return state, epochs


def has_ended(file: ModelFile) -> bool:
    """Return whether the run of a checkpoint has ended, so that resuming it only returns its result."""
    epochs = file.description.get("epochs")
    return isinstance(epochs, dict) and epochs.get("verdict") is not None


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
