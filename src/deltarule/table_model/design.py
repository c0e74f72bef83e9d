"""Design the training of a table: column encoders, recipe, network, and the rows of each fold."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Table
from deltarule.network import Network
from deltarule.preprocessing import TableEncoder, Target
from deltarule.preprocessing.row_deduplication import merge_equal_rows
from deltarule.preprocessing.table_encoder import (
    DROPPED_BY_USER,
    HOLDS_GROUPS,
    HOLDS_TIMES,
    HOLDS_WEIGHTS,
)
from deltarule.preprocessing.whole_table import WholeTable
from deltarule.schema import TableSchema
from deltarule.table_model.decision_threshold import positive_class
from deltarule.table_model.feature_screening import expected_features, screen_columns
from deltarule.table_model.fold_networks import FoldSplit, TrainingSet, fold_splits
from deltarule.table_model.recipe import Recipe, choose_recipe, with_more_cycles
from deltarule.table_model.recipe_networks import build_network
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.split_rule import RANDOM_SPLIT, SplitRule
from deltarule.table_model.task_methods import METHODS
from deltarule.table_model.time_budget import TimeBudget
from deltarule.table_model.training_distribution import ColumnDistribution, training_distributions
from deltarule.training import TrainingResult

Array = NDArray[Any]
MAX_EMBEDDING_ROWS = 100_000
"""Upper bound on the rows that column embeddings are fitted to."""
MAX_MERGED_ROWS = 1000
"""Tables with at most this many rows have equal rows merged into one, with the sum of their weights. In
larger tables a few rows that occur thousands of times would dominate every batch."""
MIN_DISTINCT_SHARE = 0.25
"""Rows are not merged if fewer than this share of them is distinct: each fold would lose whole groups."""


@dataclass(frozen=True, eq=False)
class LabeledTable:
    """A table with the target of each row, and the rows that training may use.

    Parameters
    ----------
    table : Table
        The columns.
    target : Target
        What to predict.
    targets : ndarray of shape (n_rows,), dtype int32 or float64
        Class numbers, or numbers in the target's units, of all rows of the table.
    rows : ndarray of shape (n_training_rows,), dtype int64
        Indexes of the rows to train and validate on.
    weights : ndarray of shape (n_rows,), dtype float64, optional
        Sample weights of all rows of the table.
    split_rule : SplitRule, optional
        How the rows of the table are split into folds; at random by default.
    whole : WholeTable, optional
        The streamed table of which `table` is a sample.
    """

    table: Table
    target: Target
    targets: Array
    rows: Array
    weights: Array | None = None
    split_rule: SplitRule = RANDOM_SPLIT
    whole: WholeTable | None = None


@dataclass(frozen=True, eq=False)
class TrainingDesign:
    """Encoded rows of a table with the recipe, the network and the rows of each fold."""

    encoder: TableEncoder
    target: Target
    targets: Array  # encoded, of `rows`
    rows: Array  # of the table, dtype int64
    inputs: Array  # of `rows`, encoded, float32 (rows, features)
    weights: Array | None  # of `rows`, float64
    recipe: Recipe
    network: Network
    splits: tuple[FoldSplit, ...]  # indexes into `rows`
    settings: TableSettings
    class_factors: Array | None = None  # class weights (classes,), part of `weights`
    schema: TableSchema = dataclasses.field(default_factory=TableSchema)  # how the table was read
    distributions: tuple[ColumnDistribution, ...] = ()  # of the columns that the encoder uses
    allocation: BudgetAllocation | None = None
    split_rule: SplitRule = RANDOM_SPLIT  # of `rows`

    @property
    def training_set(self) -> TrainingSet:
        """The training data that the fold networks share."""
        return TrainingSet(
            self.inputs, self.targets, self.weights, self.network, self.target.task, self.recipe
        )

    @property
    def positive_class(self) -> int:
        """The number of the positive class; it means nothing unless there are two classes."""
        return positive_class(self.target, self.settings)

    @property
    def sample_weights(self) -> Array | None:
        """The weights of `rows` without class weights, which scores must not depend on."""
        if self.class_factors is None:
            return self.weights
        weights = np.ones(len(self.rows)) if self.weights is None else self.weights
        return weights / self.class_factors[self.targets]


@dataclass(frozen=True, eq=False)
class BudgetAllocation:
    """What fits into a time budget.

    Parameters
    ----------
    budget : TimeBudget
        The budget.
    rows : int
        Rows that could be used without a time limit.
    drawn_rows : int or None
        Rows drawn because of the limit; None for all.
    networks, epochs : int
        Networks and epochs for these rows without a time limit.
    only_epoch : TrainingResult or None
        The measured epoch, where there is no time for another.
    read_s : float, default 0.0
        Seconds from the start of the budget until the table was read.
    """

    budget: TimeBudget
    rows: int
    drawn_rows: int | None
    networks: int
    epochs: int
    only_epoch: TrainingResult | None
    read_s: float = 0.0


def design_table(
    labeled: LabeledTable, weights: Array, settings: TableSettings, encoded_target: str | None
) -> TrainingDesign:
    """Return the design for all rows of `labeled`, with `weights` (rows,)."""
    table, rows, whole = labeled.table, labeled.rows, labeled.whole
    class_factors = _class_factors(labeled, weights)
    counted = rows[weights > 0]  # equal rows are merged for training, but counted for distributions
    if len(rows) <= MAX_MERGED_ROWS and whole is None:
        merged = merge_equal_rows(table.select(rows), labeled.targets[rows], weights)
        if len(merged.rows) >= MIN_DISTINCT_SHARE * np.count_nonzero(weights):
            rows, weights = rows[merged.rows], merged.weights
    rows, weights = rows[weights > 0], weights[weights > 0]
    even = bool((weights == weights[0]).all())
    targets = labeled.targets[rows]
    target = labeled.target.fit(targets)
    target = target if whole is None else whole.fit_target(target)
    targets, task, outputs = target.standardize(targets), target.task, len(target.output_names)
    drop = columns_without_use(settings, table.names, encoded_target)
    recipe = choose_recipe(
        len(rows) if whole is None else whole.training_rows,
        len(table.columns) - (encoded_target is not None),
        outputs,
        task,
        settings,
        features=expected_features(table, {*drop, encoded_target}),
    )
    stated = () if table.schema is None else table.schema.stated_values
    keep = tuple(name for name in (*settings.keep, *stated) if name not in drop)
    chosen = rows
    if 2 * len(counted) < table.rows:
        places = np.zeros(table.rows, np.int64)
        places[counted] = np.arange(len(counted))
        table, chosen, counted = table.select(counted), places[rows], places[counted]
    encoder = TableEncoder.fit(
        table, encoded_target, drop=drop, keep=keep, rows=chosen, encoding=recipe.encoding, whole=whole
    )  # fmt: skip
    values = encoder.cast(table)
    encoded = encoder.encode(values, rows=chosen)
    rule = labeled.split_rule.select(rows)
    splits = fold_splits(targets, recipe, task, settings.seed, rule)
    if whole is None:
        trained = [len(split.training) for split in splits]
        if settings.batch_size is None:
            recipe = recipe.with_rows(min(trained))
        recipe = with_more_cycles(recipe, max(trained), task, settings)
    if recipe.max_inputs is not None:
        screened = screen_columns(
            encoder,
            encoded,
            METHODS[task].indicators(targets, outputs),
            splits,
            max_inputs=recipe.max_inputs,
            category_width=recipe.category_width,
            keep=settings.keep,
        )
        used = set(screened.encoder.columns)
        values = tuple(
            cells for name, cells in zip(encoder.columns, values, strict=True) if name in used
        )
        encoder, encoded, splits = screened.encoder, screened.inputs, screened.splits
    distributions = training_distributions(encoder.used, (cells[counted] for cells in values))
    step = -(-len(rows) // MAX_EMBEDDING_ROWS)
    sample_weights = None if even else weights
    network = build_network(
        recipe,
        encoder.features,
        encoded[::step],
        targets[::step],
        None if sample_weights is None else sample_weights[::step],
        outputs,
        task,
    )
    return TrainingDesign(
        encoder, target, targets, rows, encoded, sample_weights, recipe, network, splits, settings,
        class_factors, table.schema or TableSchema(), distributions, split_rule=rule,
    )  # fmt: skip


def _class_factors(labeled: LabeledTable, weights: Array) -> Array | None:
    """Return the weight of each class that is part of `weights` (rows,); None if all are 1."""
    if not labeled.target.classes:
        return None
    samples = np.ones(len(weights)) if labeled.weights is None else labeled.weights[labeled.rows]
    used = samples > 0
    factors = np.ones(len(labeled.target.classes))
    factors[labeled.targets[labeled.rows[used]]] = weights[used] / samples[used]
    return None if (factors == 1).all() else factors


def columns_without_use(
    settings: TableSettings, names: Sequence[str], target: str | None
) -> dict[str, str]:
    """Return the columns that are not inputs, and why.

    The column of times is one if there is no other.
    """
    roles = {
        settings.weight: HOLDS_WEIGHTS,
        settings.groups: HOLDS_GROUPS,
        settings.time: HOLDS_TIMES,
    }
    drop = dict.fromkeys(settings.drop, DROPPED_BY_USER)
    drop |= {n: why for n, why in roles.items() if n is not None and n not in settings.keep}
    if settings.time in drop and set(names) <= {*drop, target}:
        del drop[settings.time]
    return drop
