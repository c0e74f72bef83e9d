"""What is right for a table: everything that is chosen by its size, in one file.

Measured, not believed: `benchmarks/tables.py` beside the peers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.layers import Dense, Dropout, Layer
from deltarule.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import LBFGS, OPTIMIZERS, AdamW, Optimizer
from deltarule.parameters import Parameters
from deltarule.schedules import Cosine
from deltarule.start import initial_parameters
from deltarule.tables import Encoding, Feature
from deltarule.tabular.settings import TableSettings

Array = NDArray[Any]
MOST_BAGGED_ROWS = 20_000
"""Up to so many rows the networks of all folds are trained; above, one with held-out rows."""


@dataclass(frozen=True)
class Recipe:
    """How one table is learned. `folds` 1: one network, stopped by `validation_fraction` of the rows."""

    encoding: Encoding
    hidden: tuple[int, ...]
    activation: str
    dropout: float
    l1: float
    l2: float
    label_smoothing: float
    optimizer: Optimizer
    batch_size: int | None  # None: all rows
    epochs: int
    patience_epochs: int
    folds: int
    validation_fraction: float

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as strict JSON types."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        fields["encoding"] = dataclasses.asdict(self.encoding)
        fields["optimizer"] = self.optimizer.to_json()
        return {name: list(v) if isinstance(v, tuple) else v for name, v in fields.items()}


def recipe_for(rows: int, columns: int, outputs: int, task: str, settings: TableSettings) -> Recipe:
    """Return the recipe for `rows` to learn from, with what `settings` say put in place.

    `columns` of the table; `outputs`: classes, 1 for a regression.
    """
    folds = settings.folds or (
        1
        if settings.validation_fraction is not None or rows > MOST_BAGGED_ROWS
        else fitting_folds(rows)
    )
    folds, share = min(folds, rows), settings.validation_fraction or 0.2
    trained = max(1, int(rows * (1 - 1 / folds) if folds > 1 else rows * (1 - share)) - 1)
    epochs = settings.epochs or 60
    optimizer = _optimizer(settings, rate=3e-3)
    is_lbfgs = isinstance(optimizer, LBFGS)
    dropout = 0.0 if is_lbfgs else 0.1
    return Recipe(
        encoding=Encoding(most_levels=100),
        hidden=(128, 128) if settings.hidden is None else settings.hidden,
        activation=settings.activation or "silu",
        dropout=dropout if settings.dropout is None else settings.dropout,
        l1=settings.l1,
        l2=settings.l2,
        label_smoothing=0.0,
        optimizer=optimizer,
        batch_size=settings.batch_size or (None if is_lbfgs else fitting_batch_size(trained)),
        epochs=epochs,
        patience_epochs=settings.patience_epochs or max(epochs // 3, 20),
        folds=folds,
        validation_fraction=share,
    )


def network_of(recipe: Recipe, features: Sequence[Feature], outputs: int, task: str) -> Network:
    """Return the network for an encoder's `features`."""
    layers: list[Layer] = []
    for i, units in enumerate(recipe.hidden, start=1):
        layers.append(
            Dense(
                units, recipe.activation, initializer="he", l1=recipe.l1, l2=recipe.l2,
                name=f"hidden_{i}",
            )
        )  # fmt: skip
        if recipe.dropout:
            layers.append(Dropout(recipe.dropout, name=f"dropout_{i}"))
    last = "softmax" if task == "classification" else "identity"
    layers.append(Dense(outputs, last, name="output"))
    return Network(layers, len(features))


def loss_of(recipe: Recipe, task: str) -> Loss:
    """Return the loss that is trained on."""
    if task == "classification":
        return CategoricalCrossEntropy(label_smoothing=recipe.label_smoothing)
    return MeanSquaredError()


def start_of(network: Network, inputs: Array, seed: int) -> Parameters:
    """Draw the start; a feature that no training row has (an unseen category's) weighs nothing.

    Its gradient stays 0, so that it would keep its random weights and add noise to every prediction
    in which it occurs for the first time.
    """
    start = initial_parameters(network, seed, np.float32)
    start.weights[0][~inputs.any(axis=0)] = 0
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


def _optimizer(settings: TableSettings, rate: float) -> Optimizer:
    if settings.optimizer is None:
        return AdamW(Cosine(settings.learning_rate or rate), weight_decay=0.01)
    chosen = OPTIMIZERS.resolve(settings.optimizer, "optimizer")
    if settings.learning_rate is None:
        return chosen
    return dataclasses.replace(chosen, learning_rate=settings.learning_rate)  # type: ignore[call-arg]
