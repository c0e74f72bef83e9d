"""What is right for a table: everything that is chosen by its size, in one file.

Measured, not believed: `benchmarks/tables.py` beside the peers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.columns import Category, ColumnEmbedding, Periodic, Plain
from deltarule.descriptions import Description
from deltarule.layers import Dense, Dropout, Embedding, Layer, Scale
from deltarule.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import LBFGS, OPTIMIZERS, AdamW, Optimizer
from deltarule.parameters import Parameters
from deltarule.schedules import CosineCycles, FlatCosine, Schedule
from deltarule.start import initial_parameters
from deltarule.tables import Encoding, Feature
from deltarule.tabular.settings import TableSettings

Array = NDArray[Any]
MOST_BAGGED_ROWS = 20_000
"""Up to so many rows the networks of all folds are trained; above, one with held-out rows."""


@dataclass(frozen=True)
class Recipe:
    """How one table is learned: RealMLP (Holzmüller et al. 2024) with what was measured as better.

    `folds` 1: one network, stopped by `validation_fraction` of the rows. `frequencies`: of the periodic
    embedding of each number column, `category_width`: of the embedding of each column of codes.
    `batch_size` None: all rows.
    """

    encoding: Encoding
    hidden: tuple[int, ...]
    activation: str
    learned_activation: bool
    scales: bool  # a learned factor for each input
    frequencies: int  # 0: numbers as they are
    embedding_width: int
    sigma: float
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


def recipe_for(rows: int, columns: int, outputs: int, task: str, settings: TableSettings) -> Recipe:
    """Return the recipe for `rows` to learn from, with what `settings` say put in place.

    `columns` of the table; `outputs`: classes, 1 for a regression.
    """
    classifies = task == "classification"
    folds = _folds(rows, settings)
    share = settings.validation_fraction or 0.2
    trained = max(1, int(rows * (1 - 1 / folds) if folds > 1 else rows * (1 - share)) - 1)
    epochs = settings.epochs or 60
    optimizer = _optimizer(settings, rate=0.04 if classifies else 0.2)
    is_lbfgs = isinstance(optimizer, LBFGS)
    dropout: float | Schedule = 0.0 if is_lbfgs else FlatCosine(0.15)
    return Recipe(
        encoding=Encoding(embeds=True, most_levels=1000),
        hidden=(128, 128) if settings.hidden is None else settings.hidden,
        activation=settings.activation or ("selu" if classifies else "mish"),
        learned_activation=settings.activation is None,
        scales=True,
        frequencies=16,
        embedding_width=4,
        sigma=0.1,
        category_width=8,
        dropout=dropout if settings.dropout is None else settings.dropout,
        l1=settings.l1,
        l2=settings.l2,
        label_smoothing=0.0,
        optimizer=optimizer,
        batch_size=settings.batch_size or (None if is_lbfgs else fitting_batch_size(trained)),
        epochs=epochs,
        patience_epochs=settings.patience_epochs or epochs,
        folds=folds,
        validation_fraction=share,
    )


def network_of(
    recipe: Recipe,
    features: Sequence[Feature],
    inputs: Callable[[], Array],
    targets: Array,
    outputs: int,
    task: str,
) -> Network:
    """Return the network for an encoder's `features`.

    `inputs()` gives the encoded training rows, float32 (rows, features), or of very many some thousands
    of them, for embeddings that look at data; `targets` (rows,) are theirs.
    """
    embeddings = [_embedding(recipe, feature) for feature in features]
    layers: list[Layer] = []
    if not all(isinstance(embedding, Plain) for embedding in embeddings):
        layers.append(Embedding(embeddings, name="columns"))
    factors = _Factors(1, 1, 1, 1) if isinstance(recipe.optimizer, LBFGS) else _Factors()
    if recipe.scales:
        layers.append(Scale(rate_factor=factors.scale, name="scale"))
    for i, units in enumerate(recipe.hidden, start=1):
        layers.append(
            Dense(
                units, recipe.activation, initializer="unit_variance", bias_initializer="he_plus",
                l1=recipe.l1, l2=recipe.l2, name=f"hidden_{i}", parametrisation="ntk",
                learned_activation=recipe.learned_activation, bias_rate_factor=factors.slow,
                bias_decay_factor=factors.decay, activation_rate_factor=factors.slow,
                activation_decay_factor=factors.activation_decay,
            )
        )  # fmt: skip
        if recipe.dropout:
            layers.append(Dropout(recipe.dropout, name=f"dropout_{i}"))
    last = "softmax" if task == "classification" else "identity"
    layers.append(
        Dense(
            outputs, last, initializer="unit_variance", bias_initializer="he_plus", name="output",
            parametrisation="ntk", bias_rate_factor=factors.slow, bias_decay_factor=factors.decay,
        )
    )  # fmt: skip
    return Network(layers, len(features))


def loss_of(recipe: Recipe, task: str) -> Loss:
    """Return the loss that is trained on."""
    if task == "classification":
        return CategoricalCrossEntropy(label_smoothing=recipe.label_smoothing)
    return MeanSquaredError()


def start_of(network: Network, inputs: Array, seed: int) -> Parameters:
    """Draw the start; an embedded category that no training row has is 0, as nothing will be learned."""
    start = initial_parameters(network, seed, np.float32, inputs)
    first = network.blocks[0].embedding
    if first is not None:
        place = 0
        values = start.of_layer(0)["embedding"]
        for j, column in zip(first.source_columns, first.columns, strict=True):
            if isinstance(column, Category):
                seen = np.bincount(inputs[:, j].astype(np.int64), minlength=column.count) > 0
                table = values[place : place + column.parameter_count].reshape(column.count, -1)
                table[~seen] = 0
            place += column.parameter_count
    return start


def fitting_folds(rows: int) -> int:
    """Return how many networks are trained on a table of so many rows, each without its fold."""
    return 8 if rows <= 2000 else 4


def fitting_batch_size(rows: int) -> int:
    """Return a batch size for so many training rows: about √rows, a power of 2 from 16 to 1024."""
    size = 16
    while size < 1024 and size * size * 4 <= rows * 2:
        size *= 2
    return min(size, rows)


def _folds(rows: int, settings: TableSettings) -> int:
    if settings.folds is not None:
        return min(settings.folds, rows)
    if settings.validation_fraction is not None or rows > MOST_BAGGED_ROWS:
        return 1
    return min(fitting_folds(rows), rows)


@dataclass(frozen=True)
class _Factors:
    """Learning rates and decays of what is no weight, relative to those of the weights (RealMLP)."""

    scale: float = 6.0
    slow: float = 0.1
    decay: float = 0.0
    activation_decay: float = 0.1


def _embedding(recipe: Recipe, feature: Feature) -> ColumnEmbedding:
    if feature.role == "codes":
        return Category(feature.count, recipe.category_width)
    if feature.role == "number" and recipe.frequencies:
        slow = 1.0 if isinstance(recipe.optimizer, LBFGS) else 0.1
        return Periodic(recipe.frequencies, recipe.embedding_width, recipe.sigma, rate_factor=slow)
    return Plain()


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
