"""The network of a recipe: its layers, its embeddings, and their initial parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Dropout, Embedding, Layer, Scale
from deltarule.network import Network
from deltarule.optimizers import LBFGS
from deltarule.parameters import Parameters
from deltarule.preprocessing import Feature, Task
from deltarule.table_model.bin_edges import piece_edges
from deltarule.table_model.recipe import Recipe
from deltarule.table_model.task_methods import METHODS

Array = NDArray[Any]
MAX_EMBEDDED_FEATURES = 400
"""Numbers are not embedded in tables with more features: embedded, each costs as much as eight."""


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


def with_recipe(network: Network, recipe: Recipe, task: Task) -> Network:
    """Return the network of another recipe, whose embeddings are fitted as those of `network` are."""
    first, outputs = network.layers[0], network.outputs
    assert outputs is not None
    embedding = _with_widths(first, recipe) if isinstance(first, Embedding) else None
    return assemble_network(recipe, embedding, network.known_inputs, outputs, task)


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


def _with_widths(embedding: Embedding, recipe: Recipe) -> Embedding | None:
    """Return an embedding in the widths of a recipe; None if all columns are plain in it."""
    by_source: dict[int, list[ColumnEmbedding]] = {}
    for source, column in zip(embedding.source_columns, embedding.columns, strict=True):
        parts = by_source.setdefault(source, [])
        if (changed := _with_width(column, recipe)) is not None:
            parts.append(changed)
    columns: list[ColumnEmbedding] = []
    sources: list[int] = []
    for source, parts in by_source.items():
        columns += parts or [Plain()]
        sources += [source] * max(len(parts), 1)
    if all(isinstance(column, Plain) for column in columns):
        return None
    return Embedding(columns, name=embedding.name, sources=sources)


def _with_width(column: ColumnEmbedding, recipe: Recipe) -> ColumnEmbedding | None:
    """Return an embedding in the recipe's width, None if the recipe has none of its kind."""
    if isinstance(column, Category):
        width = recipe.category_width
    elif isinstance(column, Periodic):
        width = recipe.periodic_width
    elif isinstance(column, PiecewiseLinear):
        width = recipe.piece_width
    else:
        return column
    return dataclasses.replace(column, width=width) if width else None
