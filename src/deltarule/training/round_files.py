"""The files of a sharded training: the averages, and what each shard makes of them in a round.

A training is a description without arrays, whose digest begins the names of its files:

    rounds/<digest>-<round>.safetensors           the average after this many rounds
    rounds/<digest>-<round>-<shard>.safetensors   what a shard made of that average

Both follow from the description alone, so that whoever writes one writes the same.
"""

from __future__ import annotations

import math
import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.array_reader import ArrayReader
from deltarule._common.strict_reader import StrictReader
from deltarule.engines.contract import DivergenceLocation
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.errors import ModelFileError
from deltarule.formats.model_file import ModelFile, read_model, write_model
from deltarule.formats.strict_json import read_json, write_json
from deltarule.formats.system_errors import file_error
from deltarule.history import EPOCH_RECORD
from deltarule.training.checkpoint import records_from_arrays
from deltarule.training.finished_epochs import FinishedEpochs, location_json, read_location
from deltarule.training.job import FitJob, JobOrder, digest_of
from deltarule.training.provenance import Provenance
from deltarule.training.round_plan import round_plan
from deltarule.training.shards import Sharding

Array = NDArray[Any]
AVERAGE_KIND, ROUND_KIND = "average of shards", "round of a shard"
_STATE, _HISTORY = "state.", "history."


@dataclass(frozen=True)
class ShardedRun:
    """A sharded training as a description.

    Parameters
    ----------
    job : FitJob
        Plan, engine, training rows and initial parameters.
    sharding : Sharding
        Shards and rounds.
    validation : str or None
        Digest of the validation rows, which only the calling process reads.
    """

    job: FitJob
    sharding: Sharding
    validation: str | None

    def to_json(self) -> dict[str, Any]:
        """Return all of it as strict JSON types."""
        sharding = self.sharding.to_json()
        return {"job": self.job.to_json(), "sharding": sharding, "validation": self.validation}

    @classmethod
    def from_json(cls, reader: StrictReader) -> ShardedRun:
        """Return what `to_json` wrote."""
        job = FitJob.from_json(reader.take("job", dict), f"{reader.where}.job")
        sharding = Sharding.from_json(reader.reader("sharding"))
        validation = reader.take("validation", str) if reader.has_value("validation") else None
        reader.finish()
        return cls(job, sharding, validation)

    @cached_property
    def text(self) -> str:
        """The description as JSON text."""
        return write_json(self.to_json())

    @cached_property
    def digest(self) -> str:
        """The beginning of the names of its files."""
        return digest_of(self.text.encode())

    @cached_property
    def plans(self) -> tuple[TrainingPlan, ...]:
        """The plan of each shard."""
        shards = range(self.sharding.shards)
        return tuple(round_plan(self.job.plan, self.sharding, shard) for shard in shards)


@dataclass(frozen=True)
class RoundOrder:
    """A round of a shard, with what a process needs to run it and what does not change its result.

    `files`: the path of each block file by its digest. `threads`: the maximum number of threads.
    """

    run: ShardedRun
    number: int
    shard: int
    files: dict[str, str]
    threads: int

    @property
    def job_order(self) -> JobOrder:
        """The rows, the engine and the threads, as those of a job."""
        return JobOrder(self.run.job, self.files, self.threads)

    def to_text(self) -> str:
        """Return it as JSON text."""
        return write_json({**vars(self), "run": self.run.text})

    @classmethod
    def from_json(cls, data: object) -> RoundOrder:
        """Return what `to_text` wrote, parsed."""
        reader = StrictReader(data, "the round")
        run = _run_of(reader.take("run", str))
        number, shard, threads = (reader.take(name, int) for name in ("number", "shard", "threads"))
        found = cls(run, number, shard, reader.take("files", dict), threads)
        reader.finish()
        return found


@lru_cache(maxsize=4)  # a process visits many shards of a training
def _run_of(text: str) -> ShardedRun:
    return ShardedRun.from_json(StrictReader(read_json(text), "the round"))


@dataclass(frozen=True, eq=False)
class Average:
    """The average of all shards after some rounds, with all that the training needs to go on.

    Parameters
    ----------
    rounds : int
        Number of finished rounds.
    state : TrainingState
        Weights and slots after them; the rest is of the finished epochs.
    velocity : ndarray of shape (n_parameters,), dtype float64
        What the momentum remembers.
    sums : tuple of float
        Loss and score of the rounds of the unfinished epoch, times their rows.
    epochs : FinishedEpochs
        The records of all finished epochs, and why training ended if it has.
    computed_by : tuple of Provenance
        What computed the rounds.
    """

    rounds: int
    state: TrainingState
    velocity: Array
    sums: tuple[float, float]
    epochs: FinishedEpochs
    computed_by: tuple[Provenance, ...]


@dataclass(frozen=True, eq=False)
class ShardRound:
    """What a shard made of an average.

    Parameters
    ----------
    state : TrainingState
        The state after the round, whose epochs are rounds.
    values : tuple of float
        Learning rate of the last update, training loss and score.
    divergence : DivergenceLocation or None
        Where it diverged; the state is then that before the round.
    computed_by : Provenance
        What computed it.
    """

    state: TrainingState
    values: tuple[float, float, float]
    divergence: DivergenceLocation | None
    computed_by: Provenance


def write_average(folder: str, run: ShardedRun, average: Average) -> str:
    """Write an average, completely or not at all; return its path."""
    arrays = {f"{_STATE}{name}": array for name, array in average.state.to_arrays().items()}
    records = average.epochs.records
    for name in EPOCH_RECORD.names or ():
        arrays[f"{_HISTORY}{name}"] = np.ascontiguousarray(records[name])
    arrays |= {"velocity": average.velocity, "sums": np.array(average.sums)}
    description = {
        "run": run.digest,
        "rounds": average.rounds,
        "epochs": average.epochs.to_json(),
        "computed_by": [each.to_json() for each in average.computed_by],
    }
    path = average_path(folder, run, average.rounds)
    write_model(path, description, arrays, kind=AVERAGE_KIND, locked=True)
    return path


def read_average(folder: str, run: ShardedRun, rounds: int) -> Average:
    """Return an average; raise `ModelFileError` if it is damaged or of another training."""
    file = read_model(average_path(folder, run, rounds), kind=AVERAGE_KIND)
    reader = _reader(file, run)
    if reader.take("rounds", int) != rounds:
        raise _of_another(file)
    arrays = ArrayReader(file.arrays, file.path)
    plan = run.job.plan
    velocity = arrays.take("velocity", (plan.network.parameter_count,), "float64")
    # A loss may be large, and a score that is not computed is NaN.
    sums = arrays.take("sums", (2,), "float64", finite=False).tolist()
    history = {name: a for name, a in file.arrays.items() if name.startswith(_HISTORY)}
    records = records_from_arrays(history, file.path)
    epochs = FinishedEpochs.from_json(reader.reader("epochs"), records, plan)
    state = TrainingState.from_arrays(_without_prefix(file.arrays), plan)
    computed_by = tuple(map(Provenance.from_json, reader.readers("computed_by")))
    reader.finish()
    diverged = epochs.last.divergence is not None
    if not epochs.match(state) or not (
        diverged or state.epochs_done == rounds // run.sharding.rounds_per_epoch
    ):
        raise _of_another(file)
    return Average(rounds, state, velocity, (sums[0], sums[1]), epochs, computed_by)


def known_averages(folder: str, run: ShardedRun) -> list[int]:
    """Return after which numbers of rounds there is an average, the highest first."""
    found = [name for name in _names(folder, run) if not name["shard"] and not name["part"]]
    return sorted((int(name["rounds"]) for name in found), reverse=True)


def write_round(folder: str, order: RoundOrder, result: ShardRound) -> None:
    """Write what a shard made of an average, completely or not at all; what is lost is computed again."""
    arrays = {f"{_STATE}{name}": array for name, array in result.state.to_arrays().items()}
    description = {
        "run": order.run.digest,
        "round": order.number,
        "shard": order.shard,
        "divergence": location_json(result.divergence),
        "computed_by": result.computed_by.to_json(),
    }
    path = round_path(folder, order.run, order.number, order.shard)
    write_model(
        path,
        description,
        {**arrays, "values": np.array(result.values)},
        kind=ROUND_KIND,
        durable=False,
        locked=True,
    )


def read_round(folder: str, run: ShardedRun, number: int, shard: int) -> ShardRound | None:
    """Return what a shard made of an average, None if it is not finished.

    Raises `ModelFileError` if the file is damaged or of another training.
    """
    path = round_path(folder, run, number, shard)
    if not os.path.exists(path):
        return None
    file = read_model(path, kind=ROUND_KIND)
    reader = _reader(file, run)
    if (reader.take("round", int), reader.take("shard", int)) != (number, shard):
        raise _of_another(file)
    place = read_location(reader, "divergence", run.plans[shard])
    computed_by = Provenance.from_json(reader.reader("computed_by"))
    reader.finish()
    values = ArrayReader(file.arrays, path).take("values", (3,), "float64", finite=False).tolist()
    state = TrainingState.from_arrays(_without_prefix(file.arrays), run.plans[shard])
    return ShardRound(state, (values[0], values[1], values[2]), place, computed_by)


def state_of_round(average: Average) -> TrainingState:
    """Return the state in which a shard begins the round after an average."""
    return replace(
        average.state,
        rules=(),
        best_value=math.inf,
        best_weights=None,
        epochs_done=average.rounds,
        elapsed_s=0.0,
    )


def average_path(folder: str, run: ShardedRun, rounds: int) -> str:
    """Return the path of an average."""
    return os.path.join(folder, "rounds", f"{run.digest}-{rounds}.safetensors")


def round_path(folder: str, run: ShardedRun, number: int, shard: int) -> str:
    """Return the path of what a shard made of an average."""
    return os.path.join(folder, "rounds", f"{run.digest}-{number}-{shard}.safetensors")


def remove_rounds(folder: str, run: ShardedRun, before: int) -> None:
    """Remove the files of rounds whose average is written, and what killed processes left of them.

    Another process may still be writing such a file, for which nobody waits.
    """
    for name in _names(folder, run):
        if int(name["rounds"]) < before:
            with suppress(OSError):
                os.unlink(os.path.join(folder, "rounds", name.string))


def _names(folder: str, run: ShardedRun) -> list[re.Match[str]]:
    """Return the names of the files of a training, with temporary ones of `write_atomically`."""
    pattern = (
        rf"\.?{run.digest}-(?P<rounds>\d+)(-(?P<shard>\d+))?\.safetensors(?P<part>\.\w+\.part)?"
    )
    path = os.path.join(folder, "rounds")
    try:
        names = os.listdir(path)
    except OSError as error:
        raise file_error("read", path, error) from error
    return [found for name in names if (found := re.fullmatch(pattern, name))]


def _reader(file: ModelFile, run: ShardedRun) -> StrictReader:
    reader = StrictReader(file.description, file.path)
    if reader.take("run", str) != run.digest:
        raise _of_another(file)
    return reader


def _of_another(file: ModelFile) -> ModelFileError:
    return ModelFileError(f"{file.path!r} is of another training than its name says: remove it.")


def _without_prefix(arrays: dict[str, Array]) -> dict[str, Array]:
    return {name[len(_STATE) :]: a for name, a in arrays.items() if name.startswith(_STATE)}
