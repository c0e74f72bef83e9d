"""The networks of one model: which rows each trains on and which it is stopped by; trained at once."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines import get_engine
from deltarule.errors import DeltaruleError
from deltarule.network import Network
from deltarule.stopping import NoProgress, StoppingRule, StopReason, TimeLimit
from deltarule.tables import fold_rows, split_rows
from deltarule.tabular.recipe import Recipe, loss_of, start_of
from deltarule.training import Checkpoint, Progress, TrainingResult, fit, fit_many
from deltarule.training.events import Callback, ProgressListener
from deltarule.training.fitting import available_threads

Array = NDArray[Any]
FEWEST_ROWS_TO_VALIDATE = 10
_SEED_STEP = 0x9E3779B97F4A7C15  # odd: the seeds of a run's networks are all different
_RESERVE = 0.1  # of a time limit, for what comes after training


@dataclass(frozen=True, eq=False)
class Member:
    """Places in the rows to learn from, int64, ascending; no `validation`: the last epoch is kept."""

    train: Array
    validation: Array
    seed: int


@dataclass(frozen=True, eq=False)
class Lesson:
    """What all members learn from.

    `inputs`: encodes some of the rows, given by their places (k,), as float32 (k, features). `targets`
    int32 (rows,) or float64 (rows,), `weights` float64 (rows,) or None.
    """

    inputs: Callable[[Array], Array]
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
    return rows >= FEWEST_ROWS_TO_VALIDATE


def train_members(
    members: Sequence[Member], lesson: Lesson, running: Running, time_limit_s: float | None
) -> list[TrainingResult]:
    """Train all members; return a result for each that began, in order."""
    limit = None
    if time_limit_s is not None:
        members, lesson, limit = _within(members, lesson, running, time_limit_s)
    listen = _shared_listener(running.progress, len(members))

    def job(i: int) -> dict[str, Any]:
        return {
            **_arguments(members[i], lesson, limit),
            "progress": None if listen is None else listen(i),
            "checkpoint": _checkpoint_of(running.checkpoint, i),
            "callbacks": running.callbacks,
            "engine": running.engine,
        }

    get_engine(running.engine)  # raises where there is none of that name, once and not in each job
    if len(members) == 1:
        return [fit(**job(0), threads=running.threads)]
    try:
        return fit_many([partial(job, i) for i in range(len(members))], threads=running.threads)
    except DeltaruleError as error:
        error.__notes__ = []  # which of the jobs it was says nothing to who knows of no jobs
        raise


def _arguments(member: Member, lesson: Lesson, limit: float | None) -> dict[str, Any]:
    """Return the arguments of `fit` for one member."""
    recipe, weights = lesson.recipe, lesson.weights
    inputs = lesson.inputs(member.train)
    stopping: list[StoppingRule] = []
    validation = None
    if len(member.validation):
        stopping.append(NoProgress(recipe.patience_epochs))
        held = [lesson.inputs(member.validation), lesson.targets[member.validation]]
        if weights is not None and weights[member.validation].any():
            held.append(weights[member.validation])
        validation = tuple(held)
    if limit is not None:
        stopping.append(TimeLimit(limit))
    return {
        "network": lesson.network,
        "X": inputs,
        "y": lesson.targets[member.train],
        "sample_weight": None if weights is None else weights[member.train],
        "validation_data": validation,
        "loss": loss_of(recipe, lesson.task),
        "optimizer": recipe.optimizer,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "stopping": stopping,
        "seed": member.seed,
        "start": start_of(lesson.network, inputs, member.seed),
    }


def _within(
    members: Sequence[Member], lesson: Lesson, running: Running, seconds: float
) -> tuple[Sequence[Member], Lesson, float]:
    """Return as many members and epochs as fit into `seconds`, and the time that each may take.

    One epoch of the first member is timed. First the number of epochs is lowered to a third, as its
    schedule then still comes to its end, then the number of members, then epochs again.
    """
    left = seconds * (1 - _RESERVE)
    probe = dataclasses.replace(lesson, recipe=dataclasses.replace(lesson.recipe, epochs=1))
    threads = available_threads(running.threads)
    result = fit(
        **_arguments(members[0], probe, left),
        engine=running.engine,
        threads=1 if len(members) > 1 else threads,
    )
    left = max(left - result.seconds, seconds * _RESERVE)
    epochs = lesson.recipe.epochs
    side_by_side = threads if len(members) > 1 else 1
    possible = left / max(result.seconds, 1e-6) * side_by_side  # epochs of one network
    if possible < epochs * len(members):
        fewer = max(int(possible / len(members)), -(-epochs // 3))
        count = int(np.clip(possible / fewer, 1, len(members)))
        members, epochs = members[:count], max(1, min(fewer, int(possible / count)))
    recipe = dataclasses.replace(lesson.recipe, epochs=epochs)
    waves = math.ceil(len(members) / side_by_side)
    return members, dataclasses.replace(lesson, recipe=recipe), left / waves


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


def explain_members(results: Sequence[TrainingResult], planned: int) -> str:
    """Say in words why training stopped and which weights were kept."""
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
        f"{len(results)}{fewer} networks, each stopped by its own share of the rows after "
        f"{_span(ended)} epochs. Kept: the weights of the best validation loss, of epoch {_span(kept)}."
    )


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]}" if numbers[0] == numbers[-1] else f"{numbers[0]} to {numbers[-1]}"
