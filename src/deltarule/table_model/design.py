"""plan_for: look at the rows and say what is done to each column, which network, who trains on what."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.data import Table
from deltarule.errors import DataError, SettingError
from deltarule.network import Network
from deltarule.preprocessing import ClassTarget, NumberTarget, TableEncoder
from deltarule.preprocessing.row_deduplication import merge_equal_rows
from deltarule.splitting import split_rows
from deltarule.table_model.fold_networks import Lesson, Limit, Member, Running, members_of
from deltarule.table_model.recipe import Recipe, network_of, recipe_for
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.time_budget import (
    WORTHWHILE,
    Pace,
    affordable_rows,
    fewest_epochs,
    shared_out,
    timed,
)
from deltarule.training import TrainingResult

Array = NDArray[Any]
MAX_LOOKED_AT = 100_000
"""Of more rows, only so many say what the embeddings of columns should look like."""
MAX_MERGED_ROWS = 1000
"""In tables of at most so many rows equal ones become one with their weights' sum: of larger tables a
batch would be ruled by the few rows that occur thousands of times."""
MIN_DIFFERENT = 0.25
"""Where fewer of the rows are different they stay as they are: whoever leaves out one of these few leaves
out all that is known of its kind."""
FIRST_ROWS = 500
"""So many rows are timed before a time limit chooses how many are learned from."""


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
    limited: Limited | None = None

    @property
    def lesson(self) -> Lesson:
        """What the members learn from."""
        return Lesson(
            self.inputs, self.targets, self.weights, self.network, self.target.task, self.recipe
        )


@dataclass(frozen=True, eq=False)
class Limited:
    """What a time limit made of a plan.

    Of `rows` to learn from there was time for `drawn_rows`, None: for all; and for these so many
    `members` and `epochs` would have been right. `epoch`: what one epoch gave, where there was time for
    no more.
    """

    limit: Limit
    rows: int
    drawn_rows: int | None
    members: int
    epochs: int
    epoch: TrainingResult | None


def plan_for(
    examples: Examples,
    settings: TableSettings,
    running: Running,
    *,
    encoded_target: str | None,
    started: float,
) -> Plan:
    """Look at the rows: choose the recipe, encode each column, say who trains on what.

    `encoded_target`: the table's column that must not be learned from, where it is one. `started`: since
    when a time limit counts, of `time.perf_counter()`. Under a limit as many rows are taken, drawn by the
    seed, as one network has time for, then as many epochs and networks.
    """
    weights = _weights(examples, settings)
    if settings.time_limit_s is None:
        return _plan(examples, weights, settings, encoded_target)
    if running.checkpoint is not None:
        raise SettingError(
            "A run under a time limit saves no checkpoint, as what there is time for differs from run to "
            "run: leave out checkpoint or time_limit_s."
        )
    limit = Limit(settings.time_limit_s, started)
    plan, pace, drawn = _largest(examples, weights, settings, running, encoded_target, limit)
    planned, epochs = len(plan.members), plan.recipe.epochs
    members, fewer, limit = shared_out(pace, planned, epochs, running.threads, limit)
    return dataclasses.replace(
        plan,
        recipe=dataclasses.replace(plan.recipe, epochs=fewer),
        members=plan.members[: max(members, 1)],
        limited=Limited(
            limit=limit,
            rows=len(examples.rows),
            drawn_rows=drawn if drawn < len(examples.rows) else None,
            members=planned,
            epochs=epochs,
            epoch=None if members else pace.result,
        ),
    )


def _largest(
    examples: Examples,
    weights: Array,
    settings: TableSettings,
    running: Running,
    encoded_target: str | None,
    limit: Limit,
) -> tuple[Plan, Pace, int]:
    """Return the plan for as many rows as the limit has time for, its pace, and how many these are.

    Few are tried at first, then as many as should fit by what these took, until no more do.
    """
    rows = len(examples.rows)
    count = min(rows, FIRST_ROWS)
    paces: list[Pace] = []
    while True:
        began = time.perf_counter()
        try:
            plan = _plan(*_part(examples, weights, count, settings.seed), settings, encoded_target)
        except DataError:
            if count == rows:
                raise
            count = rows  # these few are all alike: what the others are has to be seen
            continue
        plan_s = time.perf_counter() - began
        paces.append(timed(plan.lesson, plan.members, running, limit, rows=count, plan_s=plan_s))
        more = affordable_rows(paces, rows, partial(_fewest_epochs, plan, settings), limit)
        if count == rows or paces[-1].interrupted or (more < rows and more < WORTHWHILE * count):
            return plan, paces[-1], count
        count = more


def _fewest_epochs(plan: Plan, settings: TableSettings, rows: int) -> int:
    """Return how many epochs a network needs for `rows` rows such as the plan's."""
    columns, outputs = len(plan.encoder.treatments), plan.network.outputs
    recipe = recipe_for(rows, columns, outputs, plan.target.task, settings)
    return fewest_epochs(rows, recipe.batch_size, recipe.epochs)


def _part(examples: Examples, weights: Array, count: int, seed: int) -> tuple[Examples, Array]:
    """Return `count` of the rows that weigh something, drawn by the seed: of each class its share, and at
    least one."""
    if count == len(examples.rows):
        return examples, weights
    places = np.flatnonzero(weights)
    if count < len(places):
        targets = examples.targets[examples.rows[places]]
        stratify = isinstance(examples.target, ClassTarget)
        fractions = (1 - count / len(places), 0.0)
        places = places[
            split_rows(targets, fractions=fractions, seed=seed, stratify=stratify).train
        ]
    return dataclasses.replace(examples, rows=examples.rows[places]), weights[places]


def _plan(
    examples: Examples, weights: Array, settings: TableSettings, encoded_target: str | None
) -> Plan:
    """Return the plan for all rows; `weights` float64 (rows,): how much each counts."""
    table, rows = examples.table, examples.rows
    if len(rows) <= MAX_MERGED_ROWS:
        merged = merge_equal_rows(table.select(rows), examples.targets[rows], weights)
        if len(merged.rows) >= MIN_DIFFERENT * np.count_nonzero(weights):
            rows, weights = rows[merged.rows], merged.weights
    if (weights == 0).any():
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
    seen = rows
    if 2 * len(rows) < table.rows:
        table, seen = table.select(rows), np.arange(len(rows))
    encoder = TableEncoder.fit(
        table, encoded_target, drop=drop, rows=seen, encoding=recipe.encoding
    )
    encoded = encoder.transform(table, rows=seen)
    every = -(-len(rows) // MAX_LOOKED_AT)
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
