"""learn: rows of a table in, a model out. `train` and the estimators are this with something around."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.preprocessing import ClassTarget
from deltarule.table_model.calibration import at_temperature, fitted_temperature, of_mean
from deltarule.table_model.design import Plan
from deltarule.table_model.fold_networks import (
    Lesson,
    Member,
    Running,
    explain_members,
    train_members,
)
from deltarule.table_model.model import TableModel
from deltarule.table_model.prediction_intervals import ErrorQuantiles, error_quantiles
from deltarule.training import TrainingResult

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Learned:
    """A model with how it came about; of networks that learned nothing only where all did not.

    `held_out` float64 (rows,) or (rows, classes): what was predicted for each of `plan.rows` by networks
    that were not trained on it, NaN where there is none.
    """

    model: TableModel
    plan: Plan
    trainings: tuple[TrainingResult, ...]
    held_out: Array
    explanation: str
    seconds: float  # of training, by the clock on the wall
    notes: tuple[str, ...] = ()  # what a person should know of how it went, one sentence each


def learn(plan: Plan, running: Running) -> Learned:
    """Train the networks of a plan and make a model of them."""
    began = time.perf_counter()
    limited = plan.limited
    if limited is not None and limited.epoch is not None:
        results = [limited.epoch]
    else:
        limit = None if limited is None else limited.limit
        results = train_members(plan.members, plan.lesson, running, limit)
    seconds = time.perf_counter() - began
    trained = [(m, r) for m, r in zip(plan.members, results, strict=False) if r.kept_epoch > 0]
    if not trained:
        trained = list(zip(plan.members, results, strict=False))[:1]
    if not trained:
        raise KeyboardInterrupt
    bare = TableModel(tuple(r.network for _, r in trained), plan.encoder, plan.target, {})
    held_out = _held_out(trained, plan.lesson, running, bare)
    model, held_out = _calibrated(bare, plan, held_out)
    if not isinstance(plan.target, ClassTarget):
        held_out = plan.target.decode(held_out[:, 0])
    if len(results) == 1:
        seconds = results[0].seconds  # those before an interruption too
    explanation, notes = _told(plan, results)
    return Learned(model, plan, tuple(results), held_out, explanation, seconds, notes)


def _told(plan: Plan, results: Sequence[TrainingResult]) -> tuple[str, tuple[str, ...]]:
    """Return why training ended, and what a person should know of a time limit, one sentence each."""
    limited = plan.limited
    if limited is None:
        return explain_members(results, len(plan.members), plan.recipe.epochs), ()
    limit = limited.limit
    explanation = explain_members(results, limited.members, limited.epochs, limit)
    notes = []
    if limited.drawn_rows is not None:
        notes.append(
            f"The time limit of {limit.seconds:g} s had time for {limited.drawn_rows:,} of "
            f"{limited.rows:,} rows to learn from, drawn at random."
        )
    if limit.spent() > limit.seconds + max(0.1 * limit.seconds, 0.1):
        notes.append(
            f"The time limit of {limit.seconds:g} s could not be kept: to read the rows and to train a "
            f"network on {limited.drawn_rows or limited.rows:,} of them took {limit.spent():.1f} s."
        )
    return explanation, tuple(notes)


def _held_out(
    trained: Sequence[tuple[Member, TrainingResult]],
    lesson: Lesson,
    running: Running,
    model: TableModel,
) -> Array:
    """Return the outputs for each row of those networks that did not train on it, averaged."""
    rows = len(lesson.targets)
    total = np.zeros((rows, lesson.network.outputs))
    count = np.zeros(rows)
    for member, result in trained:
        places = member.validation
        if len(places):
            outputs = result.network.predict(
                lesson.inputs[places], engine=running.engine, threads=running.threads or 1
            )
            total[places] += model.calibrated(outputs)
            count[places] += 1
    with np.errstate(invalid="ignore"):
        return total / count[:, None]


def _calibrated(model: TableModel, plan: Plan, held_out: Array) -> tuple[TableModel, Array]:
    """Return the model with what the held-out predictions teach, temperature or errors and limits; and
    these predictions, which are of one network each, at the temperature of one."""
    seen = np.isfinite(held_out[:, 0])
    truth = plan.targets[seen]
    weights = None if plan.weights is None else plan.weights[seen]
    if isinstance(plan.target, ClassTarget):
        alone = fitted_temperature(held_out[seen], truth, weights)
        held_out[seen] = at_temperature(held_out[seen], alone)
        return dataclasses.replace(model, temperature=of_mean(alone, len(model.networks))), held_out
    everything = plan.target.decode(plan.targets)
    limits = (float(everything.min()), float(everything.max()))
    errors: ErrorQuantiles | None = None
    if seen.any():
        predicted = np.clip(plan.target.decode(held_out[seen, 0]), *limits)
        errors = error_quantiles(predicted, plan.target.decode(truth), weights)
    return dataclasses.replace(model, limits=limits, errors=errors), held_out
