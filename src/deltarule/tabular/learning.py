"""learn: rows of a table in, a model out. `train` and the estimators are this with something around."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule import checks
from deltarule.errors import DataError, SettingError
from deltarule.network import Network
from deltarule.tables import ClassTarget, NumberTarget, Table, TableEncoder
from deltarule.tables.merge import merge_equal_rows
from deltarule.tabular.calibration import at_temperature, fitted_temperature, of_mean
from deltarule.tabular.intervals import ErrorQuantiles, error_quantiles
from deltarule.tabular.members import (
    Lesson,
    Member,
    Running,
    explain_members,
    members_of,
    train_members,
)
from deltarule.tabular.model import TableModel
from deltarule.tabular.recipe import Recipe, network_of, recipe_for
from deltarule.tabular.settings import TableSettings
from deltarule.training import TrainingResult

Array = NDArray[Any]
MOST_LOOKED_AT = 100_000
"""Of more rows, only so many say what the embeddings of columns should look like."""
MOST_MERGED_ROWS = 1000
"""In tables of at most so many rows equal ones become one with their weights' sum: of larger tables a
batch would be ruled by the few rows that occur thousands of times."""


@dataclass(frozen=True, eq=False)
class Examples:
    """What is there to learn from.

    `targets` (rows of the table,): class numbers int32, or numbers in their own units. `weights` float64
    (rows,) or None. `rows` int64 (k,): the rows of the table that may be learned from.
    """

    table: Table
    target: ClassTarget | NumberTarget
    targets: Array
    rows: Array
    weights: Array | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A table made ready: encoded by what its rows say, with the recipe and the networks to train."""

    encoder: TableEncoder
    target: ClassTarget | NumberTarget
    targets: Array  # encoded, of `rows`
    rows: Array  # of the table, int64
    inputs: Array  # of `rows`, encoded, float32 (rows, features)
    weights: Array | None  # of `rows`, float64
    recipe: Recipe
    network: Network
    members: tuple[Member, ...]  # places in `rows`


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


def plan_for(examples: Examples, settings: TableSettings, *, encoded_target: str | None) -> Plan:
    """Look at the rows: choose the recipe, encode each column, say who trains on what.

    `encoded_target`: the table's column that must not be learned from, where it is one.
    """
    table, rows = examples.table, examples.rows
    weights = _weights(examples, settings)
    if len(rows) <= MOST_MERGED_ROWS:
        merged = merge_equal_rows(table.select(rows), examples.targets[rows], weights)
        rows, weights = rows[merged.rows], merged.weights
    elif (weights == 0).any():
        rows, weights = rows[weights > 0], weights[weights > 0]
    even = bool((weights == weights[0]).all())
    targets = examples.targets[rows]
    target, task = examples.target, examples.target.task
    if isinstance(target, NumberTarget):
        target = target.fit_scale(targets)
        targets = (targets - target.mean) / target.scale
    outputs = _outputs(target, targets)
    inputs = len(table.columns) - (encoded_target is not None)
    recipe = recipe_for(len(rows), inputs, outputs, task, settings)
    drop = (*settings.drop, *((settings.weight,) if settings.weight is not None else ()))
    encoder = TableEncoder.fit(
        table, encoded_target, drop=drop, rows=rows, encoding=recipe.encoding
    )
    encoded = encoder.transform(table, rows=rows)
    every = -(-len(rows) // MOST_LOOKED_AT)
    own = None if even else weights
    network = network_of(
        recipe,
        encoder.features,
        encoded[::every],
        targets[::every],
        None if own is None else own[::every],
        outputs,
        task,
    )
    members = members_of(targets, recipe, task, settings.seed)
    return Plan(encoder, target, targets, rows, encoded, own, recipe, network, members)


def learn(
    plan: Plan,
    settings: TableSettings,
    running: Running,
    *,
    started: float | None = None,
) -> Learned:
    """Train the networks of a plan and make a model of them.

    `started`: since when a time limit counts, of `time.perf_counter()`; by default since now.
    """
    started = time.perf_counter() if started is None else started
    lesson = Lesson(
        plan.inputs, plan.targets, plan.weights, plan.network, plan.target.task, plan.recipe
    )
    began = time.perf_counter()
    results = train_members(plan.members, lesson, running, settings.time_limit_s, started)
    seconds = time.perf_counter() - began
    trained = [(m, r) for m, r in zip(plan.members, results, strict=False) if r.kept_epoch > 0]
    if not trained:
        trained = list(zip(plan.members, results, strict=False))[:1]
    if not trained:
        raise KeyboardInterrupt
    bare = TableModel(tuple(r.network for _, r in trained), plan.encoder, plan.target, {})
    held_out = _held_out(trained, lesson, running, bare)
    model, held_out = _calibrated(bare, plan, held_out)
    if not isinstance(plan.target, ClassTarget):
        held_out = plan.target.decode(held_out[:, 0])
    explanation = explain_members(
        results, len(plan.members), plan.recipe.epochs, settings.time_limit_s
    )
    if len(results) == 1:
        seconds = results[0].seconds  # those before an interruption too
    notes = _late(time.perf_counter() - started, settings.time_limit_s)
    return Learned(model, plan, tuple(results), held_out, explanation, seconds, notes)


def _late(seconds: float, limit: float | None) -> tuple[str, ...]:
    """Return the note on a time limit that was too short to be kept; none where it was kept."""
    if limit is None or seconds < limit + max(0.1 * limit, 0.1):
        return ()
    return (
        f"The time limit of {limit:g} s could not be kept: to prepare the table and train a network for "
        f"one epoch took {seconds:.1f} s.",
    )


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


def _outputs(target: ClassTarget | NumberTarget, targets: Array) -> int:
    if not isinstance(target, ClassTarget):
        return 1
    present = np.unique(targets)
    if len(present) < 2:
        raise DataError(
            f"Target {target.name!r} has one class only, {target.classes[int(present[0])]!r}, among "
            "the rows that count: there is nothing to tell apart. Add rows of another class."
        )
    return len(target.classes)


def _weights(examples: Examples, settings: TableSettings) -> Array:
    """Return the weight of each row to learn from, float64 (k,): its own times its class's."""
    rows = examples.rows
    weights = np.ones(len(rows)) if examples.weights is None else examples.weights[rows]
    weights = weights.astype(np.float64)
    if settings.class_weight is not None:
        weights = weights * _class_weights(examples, settings, weights)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise DataError("Weights must be finite numbers >= 0, not all of them 0.")
    return weights


def _class_weights(examples: Examples, settings: TableSettings, weights: Array) -> Array:
    target, chosen = examples.target, settings.class_weight
    if not isinstance(target, ClassTarget):
        raise SettingError("class_weight is for classes, and the target is a number: leave it out.")
    codes = examples.targets[examples.rows]
    if chosen == "balanced":
        totals = np.bincount(codes, weights=weights, minlength=len(target.classes))
        by_class = weights.sum() / ((totals > 0).sum() * np.maximum(totals, 1e-300))
        return by_class[codes]
    assert isinstance(chosen, tuple)
    given = dict(chosen)
    for name in given:
        if name not in target.classes:
            raise SettingError(
                f"class_weight names {name!r}, which is no class of {target.name!r}."
                f"{checks.did_you_mean(name, target.classes)}"
            )
    return np.array([given.get(name, 1.0) for name in target.classes])[codes]
