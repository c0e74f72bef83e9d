"""The networks of one model: which rows each trains on and which it is stopped by; trained at once."""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines import get_engine
from deltarule.errors import DeltaruleError
from deltarule.initialization import DATA_ROWS
from deltarule.network import Network
from deltarule.splitting import fold_rows, split_rows
from deltarule.stopping import NoProgress, StoppingRule, StopReason, TimeLimit
from deltarule.table_model.recipe import Recipe, loss_of, start_of
from deltarule.training import Checkpoint, Progress, TrainingResult, fit, fit_many
from deltarule.training.events import Callback, ProgressListener
from deltarule.training.fitting import available_threads

Array = NDArray[Any]
MIN_ROWS_TO_VALIDATE = 10
_SEED_STEP = 0x9E3779B97F4A7C15  # odd: the seeds of a run's networks are all different
_RESERVE = 0.1  # of a time limit, for what comes after training
_START_BYTES = 1 << 25  # of rows that starts look at, at a time
_MIN_SECONDS = 0.1  # of training where a limit is over before it: less would teach nothing


@dataclass(frozen=True, eq=False)
class Member:
    """Places in the rows to learn from, int64, ascending; no `validation`: the last epoch is kept."""

    train: Array
    validation: Array
    seed: int


@dataclass(frozen=True, eq=False)
class Lesson:
    """What all members learn from.

    `inputs` float32 (rows, features): all share it. `targets` int32 (rows,) or float64 (rows,), `weights`
    float64 (rows,) or None.
    """

    inputs: Array
    targets: Array
    weights: Array | None
    network: Network
    task: str
    recipe: Recipe


@dataclass(frozen=True)
class Running:
    """How to run: nothing here changes the result."""

    engine: str = "auto"
    threads: int | None = None
    progress: ProgressListener | None = None
    callbacks: Sequence[Callback] = ()
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class Limit:
    """A time limit in seconds since it `began`, of `time.perf_counter()`, and the most of one network."""

    seconds: float
    began: float
    each: float = math.inf

    def spent(self) -> float:
        return time.perf_counter() - self.began

    def left(self) -> float:
        """Return the seconds that training still has: at least a moment, as one network there must be."""
        return max(self.seconds * (1 - _RESERVE) - self.spent(), _MIN_SECONDS)

    @property
    def over(self) -> bool:
        return self.spent() >= self.seconds * (1 - _RESERVE)


def members_of(targets: Array, recipe: Recipe, task: str, seed: int) -> tuple[Member, ...]:
    """Return who is trained on what. `targets` (rows,): class numbers or numbers."""
    rows = np.arange(len(targets), dtype=np.int64)
    if not validates(len(rows)):
        return (Member(rows, rows[:0], seed),)
    if recipe.folds > 1:
        folds = fold_rows(targets, min(recipe.folds, len(rows)), seed=seed)
        return tuple(
            Member(np.setdiff1d(rows, fold), fold, (seed + i * _SEED_STEP) % 2**64)
            for i, fold in enumerate(folds)
        )
    fractions = (recipe.validation_fraction, 0.0)
    stratify = task == "classification"
    split = split_rows(targets, fractions=fractions, seed=seed, stratify=stratify)
    return (Member(split.train, split.validation, seed),)


def validates(rows: int) -> bool:
    """Tell whether so many rows are enough to hold some back."""
    return rows >= MIN_ROWS_TO_VALIDATE


def train_members(
    members: Sequence[Member],
    lesson: Lesson,
    running: Running,
    limit: Limit | None = None,
) -> list[TrainingResult]:
    """Train all members; return a result for each that began, in order.

    Whose turn comes after the limit is not trained any more, but for the first.
    """
    listen = _shared_listener(running.progress, len(members))
    starting = threading.BoundedSemaphore(_starts_at_once(lesson.network))

    def job(i: int) -> dict[str, Any]:
        with starting:
            arguments = arguments_of(members[i], lesson, limit)
        return {
            **arguments,
            "progress": None if listen is None else listen(i),
            "checkpoint": _checkpoint_of(running.checkpoint, i),
            "callbacks": running.callbacks,
            "engine": running.engine,
        }

    get_engine(running.engine)  # raises where there is none of that name, once and not in each job
    if len(members) == 1:
        return [fit(**job(0), threads=running.threads)]
    try:
        if limit is None:
            return fit_many([partial(job, i) for i in range(len(members))], threads=running.threads)
        return _in_waves(job, len(members), running.threads, limit)
    except DeltaruleError as error:
        error.__notes__ = []  # which of the jobs it was says nothing to who knows of no jobs
        raise


def _in_waves(
    job: Callable[[int], dict[str, Any]], members: int, threads: int | None, limit: Limit
) -> list[TrainingResult]:
    """Train as many side by side as there are threads, again and again until the limit."""
    side_by_side = available_threads(threads)
    results: list[TrainingResult] = []
    for first in range(0, members, side_by_side):
        if results and limit.over:
            break
        wave = range(first, min(first + side_by_side, members))
        ended = fit_many([partial(job, i) for i in wave], threads=threads)
        results += ended
        if len(ended) < len(wave) or any(r.reason is StopReason.INTERRUPTED for r in ended):
            break
    return results


def _starts_at_once(network: Network) -> int:
    """Return how many networks may look at rows for their start at a time: very wide ones take turns."""
    first = network.blocks[0].embedding
    width = network.known_inputs if first is None else first.outputs
    return max(_START_BYTES // (8 * DATA_ROWS * width), 1)


def arguments_of(member: Member, lesson: Lesson, limit: Limit | None) -> dict[str, Any]:
    """Return the arguments of `fit` for one member."""
    recipe, weights = lesson.recipe, lesson.weights
    stopping: list[StoppingRule] = []
    validation = None
    if len(member.validation):
        stopping.append(NoProgress(recipe.patience_epochs))
        held = [lesson.inputs[member.validation], lesson.targets[member.validation]]
        if weights is not None and weights[member.validation].any():
            held.append(weights[member.validation])
        validation = tuple(held)
    start = start_of(lesson.network, lesson.inputs, member.train, member.seed)
    if limit is not None:  # what came before has taken its time
        stopping.append(TimeLimit(min(limit.each, limit.left())))
    return {
        "network": lesson.network,
        "X": lesson.inputs,
        "y": lesson.targets,
        "sample_weight": weights,
        "rows": member.train,
        "validation_data": validation,
        "loss": loss_of(recipe, lesson.task),
        "optimizer": recipe.optimizer,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "stopping": stopping,
        "seed": member.seed,
        "initial_parameters": start,
    }


def _shared_listener(
    told: ProgressListener | None, networks: int
) -> Callable[[int], ProgressListener] | None:
    """Return what makes a listener for the i-th network; they speak one at a time."""
    if told is None:
        return None
    lock = threading.Lock()

    def listener(i: int) -> ProgressListener:
        def listen(progress: Progress) -> None:
            with lock:
                told(dataclasses.replace(progress, network=i + 1, networks=networks))

        return listen

    return listener


def _checkpoint_of(checkpoint: Checkpoint | None, i: int) -> Checkpoint | None:
    """Return the checkpoint of the i-th network: the first has the name that was asked for."""
    if checkpoint is None or i == 0:
        return checkpoint
    return dataclasses.replace(checkpoint, path=checkpoint_path(checkpoint.path, i))


def checkpoint_path(path: Any, i: int) -> Path:
    """Return checkpoint-3.safetensors for the third network beside checkpoint.safetensors."""
    first = Path(path)
    return first if i == 0 else first.with_name(f"{first.stem}-{i + 1}{first.suffix}")


def reason_of(results: Sequence[TrainingResult]) -> StopReason:
    """Return why training ended: the first network's reason, but a bad end of any other comes first."""
    reasons = [result.reason for result in results]
    for bad in (StopReason.INTERRUPTED, StopReason.DIVERGED):
        if bad in reasons:
            return bad
    return reasons[0]


def explain_members(
    results: Sequence[TrainingResult], planned: int, epochs: int, limit: Limit | None = None
) -> str:
    """Say in words why training stopped and which weights were kept.

    `planned` networks of at most `epochs` epochs: fewer of either are those that a limit left.
    """
    told = _explanation(results, planned)
    if limit is None or not _cut_short(results, planned, epochs):
        return told
    if planned == 1:
        ended, kept = len(results[0].history), results[0].kept_epoch
        told = f"training ended after epoch {ended}. Kept: the weights of epoch {kept}."
    return f"The time limit of {limit.seconds:g} s allowed no more: {told}"


def _cut_short(results: Sequence[TrainingResult], planned: int, epochs: int) -> bool:
    """Tell whether a time limit and nothing else ended training, or made it smaller."""
    if reason_of(results) in (StopReason.INTERRUPTED, StopReason.DIVERGED):
        return False
    fewer_epochs = any(
        r.reason is StopReason.TIME_LIMIT
        or (r.reason is StopReason.EPOCHS_DONE and len(r.history) < epochs)
        for r in results
    )
    return fewer_epochs or len(results) < planned


def _explanation(results: Sequence[TrainingResult], planned: int) -> str:
    if planned == 1:
        return results[0].explanation
    reason = reason_of(results)
    if reason in (StopReason.INTERRUPTED, StopReason.DIVERGED):
        told = next(result.explanation for result in results if result.reason is reason)
        begun = f" {len(results)} of {planned} networks had begun." * (len(results) < planned)
        return f"{told}{begun}"
    kept = sorted(result.kept_epoch for result in results)
    ended = sorted(len(result.history) for result in results)
    fewer = f" of {planned}" if len(results) < planned else ""
    return (
        f"{len(results)}{fewer} networks, {'each ' * (len(results) > 1)}stopped by its own share of the "
        f"rows after {_span(ended)} epoch{'s' * (ended[-1] > 1)}. Kept: the weights of the best "
        f"validation loss, of epoch {_span(kept)}."
    )


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]}" if numbers[0] == numbers[-1] else f"{numbers[0]} to {numbers[-1]}"
