"""The recipe: everything that is chosen by the size of a table, in one file.

It is RealMLP (Holzmüller et al. 2024), smaller and as an ensemble of fold networks, with the piecewise
linear embeddings of TabM (Gorishniy et al. 2025) beside its periodic ones. The numbers were tuned on
twenty public tables, mostly on their first splits, and on the half "dev" of
`benchmarks/unseen_tables.csv`. The half "test" was not used: see docs/benchmarks/unseen-tables.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.descriptions import Description
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Dropout, Embedding, Layer, Scale
from deltarule.network import Network
from deltarule.optimizers import LBFGS, OPTIMIZERS, AdamW, Optimizer
from deltarule.parameters import Parameters
from deltarule.preprocessing import Encoding, Feature, Task
from deltarule.schedules import CosineCycles, FlatCosine, Schedule
from deltarule.table_model.bin_edges import piece_edges
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.task_methods import METHODS

Array = NDArray[Any]
MAX_EMBEDDED_FEATURES = 400
"""Numbers are not embedded in tables with more features: embedded, each costs as much as eight."""
MIN_ROWS_OF_A_COLUMN = 4
"""Nor in tables with fewer rows per column, which would overfit the many inputs."""
MAX_FEATURES_WITHOUT_SCREENING = 1024
"""Wide tables with more features have their columns screened: see `feature_screening`."""
MAX_SCREENED_INPUTS = 1024
"""Each network of such a table gets columns that become at most this many inputs of its first layer."""
MIN_UPDATES = 100
"""Minimum updates per network: small tables get more epochs."""
MAX_ROW_VISITS = 20_000_000
"""Upper bound on rows times epochs: large tables get fewer epochs, at least `MIN_EPOCHS`."""
HIDDEN = (160, 160, 160)
CATEGORY_WIDTH = 8
MAX_WORDS = 1000
"""Most words of a column of free text that become features."""
MIN_EPOCHS = 4
FOLDS = 8
MAX_ENSEMBLE_VISITS = 10_000_000
"""Upper bound on rows times epochs of all networks together, for tables with more than `SMALL_ROWS` rows:
the larger the table, the fewer of its folds train a network. A single network may visit more rows."""
SMALL_ROWS = 20_000
"""Tables with at most this many rows train a network on every fold."""
BATCH_SIZE = 256


@dataclass(frozen=True, repr=False)
class Recipe(NotebookDisplay):
    """How the networks of one table are built and trained.

    Parameters
    ----------
    encoding : Encoding
        Encoding of the columns.
    hidden : tuple of int
        Units of each hidden layer.
    activation : str
        Activation of the hidden layers.
    learned_activation : bool
        Whether each hidden unit learns how much of the activation it uses.
    periodic_width, piece_width : int
        Width of the periodic and of the piecewise linear embedding of each number; 0 for none.
    category_width : int
        Width of the embedding of each text column with codes.
    dropout : float or Schedule
        Dropout rate before each layer after the first.
    l1, l2 : float
        Penalties on the weights.
    label_smoothing : float
        Share of each class target that is spread over all classes.
    optimizer : Optimizer
        The optimizer with its schedules.
    batch_size : int or None
        Rows per update; None for all rows.
    epochs, patience_epochs : int
        Maximum epochs; epochs without improvement after which training stops.
    folds : int
        Number of folds, each of which validates a network that trains on the others; with 1,
        `validation_fraction` of the rows validate.
    validation_fraction : float
        Share of the rows that validate a single network.
    networks : int
        Number of networks: one for each of the first folds.
    max_inputs : int or None, default None
        Maximum inputs of the first layer, for which the columns are screened; None for all columns.
    """

    encoding: Encoding
    hidden: tuple[int, ...]
    activation: str
    learned_activation: bool
    periodic_width: int
    piece_width: int
    category_width: int
    dropout: float | Schedule
    l1: float
    l2: float
    label_smoothing: float
    optimizer: Optimizer
    batch_size: int | None
    epochs: int
    patience_epochs: int
    folds: int
    validation_fraction: float
    networks: int
    max_inputs: int | None = None

    def _sentence(self) -> str:
        rows = "all rows" if self.batch_size is None else counted(self.batch_size, "row")
        units = ", ".join(map(str, self.hidden))
        return (
            f"{counted(self.networks, 'network')} with hidden layers of {units} "
            f"{self.activation} units, {self.optimizer.kind}, batches of {rows}, at most "
            f"{counted(self.epochs, 'epoch')}"
        )

    def with_rows(self, rows: int) -> Recipe:
        """Return the recipe with batches of at most `rows`, the training rows of the smallest fold."""
        if self.batch_size is None or self.batch_size <= rows:
            return self
        return dataclasses.replace(self, batch_size=rows)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as strict JSON types."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}


def choose_recipe(
    rows: int,
    columns: int,
    outputs: int,
    task: Task,
    settings: TableSettings,
    *,
    features: int = 0,
) -> Recipe:
    """Return the recipe for a table of `rows` training rows and `columns` columns.

    `outputs` is the number of classes, 1 for a regression; `features` is about how many features the
    columns become. Given settings replace the recipe's choices.
    """
    folds, networks = _folds(rows, task, settings)
    share = settings.validation_fraction or 0.2
    trained = max(1, int(rows * (1 - 1 / folds) if folds > 1 else rows * (1 - share)) - 1)
    defaults = METHODS[task].defaults
    optimizer = _optimizer(settings, rate=defaults.learning_rate)
    is_lbfgs = isinstance(optimizer, LBFGS)
    batch = settings.batch_size or (None if is_lbfgs else default_batch_size(trained))
    epochs = settings.epochs or default_epochs(trained, batch or trained, task)
    dropout: float | Schedule = 0.0 if is_lbfgs else FlatCosine(0.15)
    is_wide = columns * MIN_ROWS_OF_A_COLUMN > rows
    width = 0 if is_wide else 4
    is_screened = is_wide and features > MAX_FEATURES_WITHOUT_SCREENING
    numbers = "both" if is_wide and not is_screened else defaults.numbers
    return Recipe(
        encoding=Encoding(numbers=numbers, embed_levels=True, max_levels=1000, max_words=MAX_WORDS),
        hidden=HIDDEN if settings.hidden is None else settings.hidden,
        activation=settings.activation or defaults.activation,
        learned_activation=settings.activation is None,
        periodic_width=width,
        piece_width=width,
        category_width=CATEGORY_WIDTH // 2 if is_screened else CATEGORY_WIDTH,
        dropout=dropout if settings.dropout is None else settings.dropout,
        l1=settings.l1,
        l2=settings.l2,
        label_smoothing=0.0,
        optimizer=optimizer,
        batch_size=batch,
        epochs=epochs,
        patience_epochs=settings.patience_epochs or epochs,
        folds=folds,
        validation_fraction=share,
        networks=networks,
        max_inputs=MAX_SCREENED_INPUTS if is_screened else None,
    )


def build_network(
    recipe: Recipe,
    features: Sequence[Feature],
    inputs: Array,
    targets: Array,
    weights: Array | None,
    outputs: int,
    task: Task,
) -> Network:
    """Return the network for an encoder's `features`.

    Embeddings are fitted to encoded rows `inputs` (rows, features), their `targets` (rows,), class
    numbers or numbers, and `weights` (rows,).
    """
    tree_targets = METHODS[task].indicators(targets, outputs)
    embedding = _embedding(recipe, features, inputs, tree_targets, weights)
    return assemble_network(recipe, embedding, len(features), outputs, task)


def assemble_network(
    recipe: Recipe, embedding: Embedding | None, inputs: int, outputs: int, task: Task
) -> Network:
    """Return the layers of the recipe behind an embedding of `inputs` features."""
    factors = _Factors(1, 1, 1, 1) if isinstance(recipe.optimizer, LBFGS) else _Factors()
    layers: list[Layer] = []
    if embedding is not None:
        layers.append(embedding)
    layers.append(Scale(rate_factor=factors.scale, name="scale"))
    for i, units in enumerate(recipe.hidden, start=1):
        layers.append(
            Dense(
                units, recipe.activation, initializer="unit_variance", bias_initializer="he_plus",
                l1=recipe.l1, l2=recipe.l2, name=f"hidden_{i}", parameterization="ntk",
                learned_activation=recipe.learned_activation, bias_rate_factor=factors.slow,
                bias_decay_factor=factors.bias_decay, activation_rate_factor=factors.slow,
                activation_decay_factor=factors.activation_decay,
            )
        )  # fmt: skip
        if recipe.dropout:
            layers.append(Dropout(recipe.dropout, name=f"dropout_{i}"))
    last = METHODS[task].output_activation
    layers.append(
        Dense(
            outputs, last, initializer="unit_variance", bias_initializer="he_plus", name="output",
            parameterization="ntk", bias_rate_factor=factors.slow,
            bias_decay_factor=factors.bias_decay,
        )
    )  # fmt: skip
    return Network(layers, inputs)


def draw_initial_parameters(
    network: Network, inputs: Array, chosen: Array, seed: int, *, all_categories: bool = False
) -> Parameters:
    """Draw the initial parameters for the `chosen` rows of `inputs`.

    Embedded categories that do not occur in these rows are 0, because they cannot be learned; unless the
    rows are a sample of those that train, in which `all_categories` occur.
    """
    start = initial_parameters(network, seed, np.float32, inputs, chosen)
    first = network.blocks[0].embedding
    if first is not None and not all_categories:
        place = 0
        values = start.of_layer(0)["embedding"]
        for j, column in zip(first.source_columns, first.columns, strict=True):
            if isinstance(column, Category):
                codes = inputs[chosen, j].astype(np.int64)
                seen = np.bincount(codes, minlength=column.count) > 0
                table = values[place : place + column.parameter_count].reshape(column.count, -1)
                table[~seen] = 0
            place += column.parameter_count
    return start


def default_batch_size(rows: int) -> int:
    """Return the batch size for `rows` training rows: 256, less for small and more for large tables."""
    if rows > 32_000:
        return 512 if rows <= 108_000 else 1024  # as TabM
    size = BATCH_SIZE
    while size > 16 and size * 4 > rows:
        size //= 2
    return min(size, rows)


def default_epochs(rows: int, batch_size: int, task: Task) -> int:
    """Return the maximum epochs of a network on `rows` training rows."""
    usual = METHODS[task].defaults.epochs
    most = max(MIN_EPOCHS, MAX_ROW_VISITS // rows)
    return min(max(usual, math.ceil(MIN_UPDATES * batch_size / rows)), most)


def _folds(rows: int, task: Task, settings: TableSettings) -> tuple[int, int]:
    """Return the number of folds, and how many of them train a network."""
    if settings.folds is not None:
        folds = min(settings.folds, rows)
        return folds, folds
    if settings.validation_fraction is not None:
        return 1, 1
    folds = min(FOLDS, rows)
    if rows <= SMALL_ROWS:
        return folds, folds
    trained = rows - rows // folds
    visits = trained * default_epochs(trained, default_batch_size(trained), task)
    networks = min(MAX_ENSEMBLE_VISITS // visits, folds)
    return (folds, networks) if networks > 1 else (1, 1)


@dataclass(frozen=True)
class _Factors:
    """Learning rates and decays of other parameters, relative to those of the weights (RealMLP)."""

    scale: float = 6.0
    slow: float = 0.1
    bias_decay: float = 0.0
    activation_decay: float = 0.1


def _embedding(
    recipe: Recipe,
    features: Sequence[Feature],
    inputs: Array,
    tree_targets: Array,
    weights: Array | None,
) -> Embedding | None:
    """Return the embedding of the columns; None if all of them are plain."""
    embeds_numbers = (
        sum(f.role not in ("scaled", "word") for f in features) <= MAX_EMBEDDED_FEATURES
    )
    has_pieces = embeds_numbers and recipe.piece_width
    embeddings: list[ColumnEmbedding] = []
    sources: list[int] = []
    for j, feature in enumerate(features):
        parts: list[ColumnEmbedding] = []
        if feature.role == "codes":
            parts.append(Category(feature.count, recipe.category_width))
        elif feature.role == "number" and embeds_numbers:
            if recipe.periodic_width:
                parts.append(Periodic(16, recipe.periodic_width, 0.1))
            edges = piece_edges(inputs[:, j], tree_targets, weights) if has_pieces else None
            if edges is not None:
                parts.append(PiecewiseLinear(edges, recipe.piece_width))
        parts = parts or [Plain()]
        embeddings += parts
        sources += [j] * len(parts)
    if all(isinstance(embedding, Plain) for embedding in embeddings):
        return None
    return Embedding(embeddings, name="columns", sources=sources)


def _optimizer(settings: TableSettings, rate: float) -> Optimizer:
    if settings.optimizer is None:
        schedule = CosineCycles(settings.learning_rate or rate)
        return AdamW(schedule, weight_decay=FlatCosine(0.02), decay_square=0.95)
    chosen = OPTIMIZERS.resolve(settings.optimizer, "optimizer")
    if settings.learning_rate is None:
        return chosen
    return dataclasses.replace(chosen, learning_rate=settings.learning_rate)  # type: ignore[call-arg]


def _plain(value: Any) -> Any:
    if isinstance(value, Description):
        return value.to_json()
    if isinstance(value, Encoding):
        return dataclasses.asdict(value)
    return list(value) if isinstance(value, tuple) else value
