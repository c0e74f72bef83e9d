"""What is right for a table: everything that is chosen by its size, in one file.

The recipe is RealMLP's (Holzmüller et al. 2024), smaller and several times, with TabM's piecewise linear
embeddings (Gorishniy et al. 2025) beside its periodic ones. Numbers were chosen by what they brought on
held-out rows of twenty public tables, mostly their first splits, and of the half "dev" of those in
`benchmarks/unseen_tables.csv`. The "test" half was not used: see docs/benchmark-unseen-tables.md.
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
from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Dropout, Embedding, Layer, Scale
from deltarule.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import LBFGS, OPTIMIZERS, AdamW, Optimizer
from deltarule.parameters import Parameters
from deltarule.preprocessing import Encoding, Feature
from deltarule.schedules import CosineCycles, FlatCosine, Schedule
from deltarule.table_model.bin_edges import piece_edges
from deltarule.table_model.settings import TableSettings

Array = NDArray[Any]
MAX_BAGGED_ROWS = 20_000
"""Up to so many rows the networks of all folds are trained; above, one with held-out rows."""
MAX_EMBEDDED_FEATURES = 400
"""Tables of more features have their numbers as they are: embedded, each costs as much as eight."""
MIN_ROWS_OF_A_COLUMN = 4
"""And so have tables of fewer rows for each column: so many inputs would learn the noise by heart."""
MIN_UPDATES = 100
"""Small tables get more epochs, so that each network sees so many batches."""
MAX_ROW_VISITS = 20_000_000
"""Large tables get fewer epochs: rows times epochs stay below, but for `MIN_EPOCHS`."""
HIDDEN = (160, 160, 160)
CLASS_EPOCHS, NUMBER_EPOCHS, MIN_EPOCHS = 32, 48, 4
FOLDS = 8
BATCH_SIZE = 256


@dataclass(frozen=True)
class Recipe:
    """How one table is learned: RealMLP (Holzmüller et al. 2024) with what was measured as better.

    `periodic` and `pieces`: how each column of numbers is embedded, side by side; widths of 0 are none,
    and then the numbers go in as they are. `category_width`: of the embedding of each column of codes.
    `folds` 1: one network, stopped by `validation_fraction` of the rows. `batch_size` None: all rows.
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

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as strict JSON types."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}


def choose_recipe(
    rows: int, columns: int, outputs: int, task: str, settings: TableSettings
) -> Recipe:
    """Return the recipe for `rows` to learn from, with what `settings` say put in place.

    `columns` of the table; `outputs`: classes, 1 for a regression.
    """
    classifies = task == "classification"
    folds = _folds(rows, settings)
    share = settings.validation_fraction or 0.2
    trained = max(1, int(rows * (1 - 1 / folds) if folds > 1 else rows * (1 - share)) - 1)
    optimizer = _optimizer(settings, rate=0.04 if classifies else 0.1)
    is_lbfgs = isinstance(optimizer, LBFGS)
    batch = settings.batch_size or (None if is_lbfgs else default_batch_size(trained))
    epochs = settings.epochs or default_epochs(trained, batch or trained, task)
    dropout: float | Schedule = 0.0 if is_lbfgs else FlatCosine(0.15)
    is_wide = columns * MIN_ROWS_OF_A_COLUMN > rows
    width = 0 if is_wide else 4
    # A sum of numbers is a straight line in their sizes only; to classes, ranks told as much.
    numbers = "both" if is_wide or not classifies else "quantile"
    return Recipe(
        encoding=Encoding(numbers=numbers, embeds=True, most_levels=1000),
        hidden=HIDDEN if settings.hidden is None else settings.hidden,
        activation=settings.activation or ("selu" if classifies else "mish"),
        learned_activation=settings.activation is None,
        periodic_width=width,
        piece_width=width,
        category_width=8,
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
    )


def build_network(
    recipe: Recipe,
    features: Sequence[Feature],
    inputs: Array,
    targets: Array,
    weights: Array | None,
    outputs: int,
    task: str,
) -> Network:
    """Return the network for an encoder's `features`.

    `inputs`: the encoded training rows, float32 (rows, features), or of very many some thousands of them,
    for embeddings that look at data; `targets` (rows,) are theirs, class numbers or numbers, and so are
    `weights` (rows,), None: alike.
    """
    factors = _Factors(1, 1, 1, 1) if isinstance(recipe.optimizer, LBFGS) else _Factors()
    layers: list[Layer] = []
    embedding = _embedding(recipe, features, inputs, targets, weights, outputs)
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
    last = "softmax" if task == "classification" else "identity"
    layers.append(
        Dense(
            outputs, last, initializer="unit_variance", bias_initializer="he_plus", name="output",
            parameterization="ntk", bias_rate_factor=factors.slow,
            bias_decay_factor=factors.bias_decay,
        )
    )  # fmt: skip
    return Network(layers, len(features))


def training_loss(recipe: Recipe, task: str) -> Loss:
    """Return the loss that is trained on."""
    if task == "classification":
        return CategoricalCrossEntropy(label_smoothing=recipe.label_smoothing)
    return MeanSquaredError()


def draw_initial_parameters(
    network: Network, inputs: Array, chosen: Array, seed: int
) -> Parameters:
    """Draw the initial parameters for the `chosen` rows of `inputs`.

    Embedded categories that do not occur in these rows are 0, because they cannot be learned.
    """
    start = initial_parameters(network, seed, np.float32, inputs, chosen)
    first = network.blocks[0].embedding
    if first is not None:
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
    """Return a batch size for so many training rows: 256; a quarter of small tables, up to 1024 of large
    ones."""
    if rows > 32_000:
        return 512 if rows <= 108_000 else 1024  # as TabM
    size = BATCH_SIZE
    while size > 16 and size * 4 > rows:
        size //= 2
    return min(size, rows)


def default_epochs(rows: int, batch_size: int, task: str) -> int:
    """Return for how many epochs a network is trained: longer on numbers, as classes are learned by heart
    sooner."""
    usual = CLASS_EPOCHS if task == "classification" else NUMBER_EPOCHS
    most = max(MIN_EPOCHS, MAX_ROW_VISITS // rows)
    return min(max(usual, math.ceil(MIN_UPDATES * batch_size / rows)), most)


def _folds(rows: int, settings: TableSettings) -> int:
    if settings.folds is not None:
        return min(settings.folds, rows)
    if settings.validation_fraction is not None or rows > MAX_BAGGED_ROWS:
        return 1
    return min(FOLDS, rows)


@dataclass(frozen=True)
class _Factors:
    """Learning rates and decays of what is no weight, relative to those of the weights (RealMLP)."""

    scale: float = 6.0
    slow: float = 0.1
    bias_decay: float = 0.0
    activation_decay: float = 0.1


def _embedding(
    recipe: Recipe,
    features: Sequence[Feature],
    inputs: Array,
    targets: Array,
    weights: Array | None,
    outputs: int,
) -> Embedding | None:
    """Return what columns become before the first layer; None where all go in as they are."""
    embeds_numbers = sum(f.role != "size" for f in features) <= MAX_EMBEDDED_FEATURES
    looks = embeds_numbers and recipe.piece_width
    truth = np.eye(outputs)[targets] if outputs > 1 else targets[:, None]
    embeddings: list[ColumnEmbedding] = []
    sources: list[int] = []
    for j, feature in enumerate(features):
        own: list[ColumnEmbedding] = []
        if feature.role == "codes":
            own.append(Category(feature.count, recipe.category_width))
        elif feature.role == "number" and embeds_numbers:
            if recipe.periodic_width:
                own.append(Periodic(16, recipe.periodic_width, 0.1))
            edges = piece_edges(inputs[:, j], truth, weights) if looks else None
            if edges is not None:
                own.append(PiecewiseLinear(edges, recipe.piece_width))
        own = own or [Plain()]
        embeddings += own
        sources += [j] * len(own)
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
