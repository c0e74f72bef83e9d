"""Design the training of a table, within a time limit where there is one."""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError, SettingError
from deltarule.splitting import split_rows
from deltarule.table_model.decision_threshold import positive_class
from deltarule.table_model.design import (
    BudgetAllocation,
    LabeledTable,
    TrainingDesign,
    design_table,
)
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.recipe import CYCLES, choose_recipe
from deltarule.table_model.recipe_networks import with_recipe
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.task_methods import METHODS
from deltarule.table_model.throughput import (
    MIN_GROWTH,
    Throughput,
    affordable_rows,
    allocate_budget,
    measure_throughput,
    min_epochs,
)
from deltarule.table_model.time_budget import TimeBudget

Array = NDArray[Any]
INITIAL_ROWS = 500
"""Rows of the first measurement under a time limit."""


def design_training(
    labeled: LabeledTable,
    settings: TableSettings,
    options: RunOptions,
    *,
    encoded_target: str | None,
    started: float,
) -> TrainingDesign:
    """Choose the recipe, encode each column and split the rows into folds.

    `encoded_target` names the column of the table that holds the target, if it is one. `started`, a
    value of `time.perf_counter()`, is when the time limit begins. Under a time limit, rows are drawn at
    random so that one network has time for them; then epochs and networks are reduced. More than four
    cycles of the learning rate are only begun if all networks have time for four.
    """
    positive_class(labeled.target, settings)  # raises before anything is computed
    weights = _weights(labeled, settings)
    if settings.time_limit_s is None:
        return design_table(labeled, weights, settings, encoded_target)
    if options.checkpoint is not None:
        raise SettingError(
            "checkpoint",
            "cannot be used with `time_limit_s`, as the result depends on the available time",
        )
    budget = TimeBudget(settings.time_limit_s, started)
    read_s = budget.elapsed()
    design, throughput, drawn, budget = _largest_design(
        labeled, weights, settings, options, encoded_target, budget
    )
    planned, most, four = len(design.splits), design.recipe, design.recipe.with_cycles(CYCLES)
    networks, epochs, budget = allocate_budget(
        throughput, planned, four.epochs, options.threads, budget
    )
    if (networks, epochs) == (planned, four.epochs):
        recipe = most  # its later cycles take what time is left, and are cut short without loss
    else:
        recipe = dataclasses.replace(four, epochs=epochs)
    return dataclasses.replace(
        design,
        recipe=recipe,
        network=with_recipe(design.network, recipe, design.target.task),
        splits=design.splits[: max(networks, 1)],
        allocation=BudgetAllocation(
            budget=budget,
            rows=len(labeled.rows),
            drawn_rows=drawn if drawn < len(labeled.rows) else None,
            networks=planned,
            epochs=most.epochs,
            only_epoch=None if networks else throughput.result,
            read_s=read_s,
        ),
    )


def _largest_design(
    labeled: LabeledTable,
    weights: Array,
    settings: TableSettings,
    options: RunOptions,
    encoded_target: str | None,
    budget: TimeBudget,
) -> tuple[TrainingDesign, Throughput, int, TimeBudget]:
    """Return the design with the most rows that fit into the budget, its throughput, rows and budget.

    Starts with few rows and repeats with the number that should fit by the measured time.
    """
    rows = len(labeled.rows)
    count = rows if rows <= 2 * INITIAL_ROWS else INITIAL_ROWS
    measured: list[Throughput] = []
    while True:
        started, processor_started = time.perf_counter(), time.process_time()
        try:
            design = design_table(
                *_subset(labeled, weights, count, settings.seed), settings, encoded_target
            )
        except DataError:
            if count == rows:
                raise
            count = rows  # these few rows may all be equal
            continue
        preparation_s = time.perf_counter() - started
        processor_s = time.process_time() - processor_started
        measured.append(
            measure_throughput(
                design.training_set,
                design.splits,
                options,
                budget,
                rows=count,
                preparation_s=preparation_s,
            )
        )
        budget = budget.paused_for(measured[-1].result.warm_up_s)
        budget = dataclasses.replace(budget, preparation_s=preparation_s, processor_s=processor_s)
        more = affordable_rows(measured, rows, partial(_min_epochs, design, settings), budget)
        if count == rows or measured[-1].interrupted or (more < rows and more < MIN_GROWTH * count):
            return design, measured[-1], count, budget
        count = more


def _min_epochs(design: TrainingDesign, settings: TableSettings, rows: int) -> int:
    """Return the minimum epochs of a network on `rows` rows of the same table."""
    columns, outputs = len(design.encoder.column_encoders), design.network.outputs
    recipe = choose_recipe(rows, columns, outputs, design.target.task, settings)
    return min_epochs(rows, recipe.batch_size, recipe.epochs)


def _subset(
    labeled: LabeledTable, weights: Array, count: int, seed: int
) -> tuple[LabeledTable, Array]:
    """Return `count` rows of nonzero weight, drawn at random and stratified by class."""
    if count == len(labeled.rows):
        return labeled, weights
    places = np.flatnonzero(weights)
    if count < len(places):
        targets = labeled.targets[labeled.rows[places]]
        stratify = labeled.target.task.stratified
        fractions = (1 - count / len(places), 0.0)
        places = places[
            split_rows(targets, fractions=fractions, seed=seed, stratify=stratify).training
        ]
    return dataclasses.replace(labeled, rows=labeled.rows[places]), weights[places]


def _weights(labeled: LabeledTable, settings: TableSettings) -> Array:
    """Return the weight of each training row, float64 (k,): sample weight times class weight."""
    rows = labeled.rows
    weights = np.ones(len(rows)) if labeled.weights is None else labeled.weights[rows]
    weights = weights.astype(np.float64)
    if settings.class_weight is not None:
        methods = METHODS[labeled.target.task]
        codes = labeled.targets[rows]
        known = None if labeled.whole is None else labeled.whole.target_rows(labeled.target)
        values, sums = known or (codes, weights)
        of_rows = methods.class_weights(labeled.target, values, settings.class_weight, sums)
        weights = weights * (of_rows if known is None else of_rows[codes])
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise DataError("Weights must be finite numbers >= 0, and not all of them may be 0.")
    return weights
