"""Which units of a network are drawn and where: data for every picture of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.activations import Activation, Identity
from deltarule.errors import ShapeError
from deltarule.network import Network
from deltarule.parameters import Parameters

Array = NDArray[Any]
MAX_AT_EDGES, MAX_HIDDEN = 14, 10  # units drawn of one layer
HIGH, MEDIUM = 0.6, 0.1
"""An activity from HIGH on is "high", from MEDIUM on "medium", below "none"."""


@dataclass(frozen=True, eq=False)
class Column:
    """One layer as a column of units. `shown` (k,): the numbers of the units drawn, ascending."""

    name: str
    words: str
    units: int
    shown: Array
    names: tuple[str, ...]  # of all units
    biases: Array | None  # (units,)
    values: Array | None  # what the units say to one sample, (units,)
    activities: Array | None  # the same as a share of what is much, 0 to 1, (units,)

    @property
    def is_cut(self) -> bool:
        """Whether some units are left out."""
        return len(self.shown) < self.units

    @property
    def rows(self) -> int:
        """How many places the column takes: an ellipsis is one."""
        return len(self.shown) + self.is_cut

    @property
    def places(self) -> Array:
        """The heights of the shown units around 0, in rows, downwards; one more for the ellipsis."""
        return np.arange(self.rows) - (self.rows - 1) / 2


@dataclass(frozen=True, eq=False)
class NetworkLayout:
    """Columns from inputs to outputs, and the weights between them, (inputs, units) each."""

    columns: tuple[Column, ...]
    weights: tuple[Array, ...]

    @property
    def rows(self) -> int:
        """The places of the longest column."""
        return max(column.rows for column in self.columns)


def network_layout(
    network: Network,
    parameters: Parameters,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    values: Sequence[Array] | None = None,
    *,
    most_at_edges: int = MAX_AT_EDGES,
    most_hidden: int = MAX_HIDDEN,
) -> NetworkLayout:
    """Return the layout; of large layers only the units with the largest weights are shown.

    `values`: one sample's inputs and each layer's outputs, where the picture is of that sample. Raises
    `ShapeError` for names that do not fit.
    """
    inputs, blocks = network.known_inputs, network.blocks
    features = _names(feature_names, inputs, "x", "feature_names")
    outputs = _names(output_names, network.outputs, "y", "output_names")
    weights = link_weights(network, parameters)
    strengths = _strengths(weights)
    words = f"{inputs:,} feature{'s' * (inputs != 1)}"
    columns = [
        _column("inputs", words, features, None, values, 0, strengths, most_at_edges, Identity())
    ]
    for i, block in enumerate(blocks):
        last = i == len(blocks) - 1
        units, activation = block.dense.units, block.dense.activation
        names = outputs if last else tuple(f"{block.name} unit {j + 1}" for j in range(units))
        words = f"{units:,} unit{'s' * (units != 1)}, {activation.kind}"
        most = most_at_edges if last else most_hidden
        bias = parameters.biases[i]
        bias = bias if bias is None or bias.ndim == 1 else bias.mean(axis=0)
        columns.append(
            _column(block.name, words, names, bias, values, i + 1, strengths, most, activation)
        )
    return NetworkLayout(tuple(columns), weights)


def link_weights(network: Network, parameters: Parameters) -> tuple[Array, ...]:
    """Return a matrix (units before, units) for each dense layer.

    A plain layer's are its weights. A learned scale before a layer is multiplied in; where members have
    weights of their own, their mean is taken. Left out are the factors of members, which may start with
    signs by chance so that their mean says little, and the "ntk" factor, one number for a whole layer.
    Where a column is embedded, its link is the Euclidean norm of the weights from all numbers that it
    became: how strongly the column is heard, without a sign.
    """
    drawn = []
    for i, block in enumerate(network.blocks):
        weights = parameters.weights[i]
        if weights.ndim == 3:
            weights = weights.mean(axis=0)
        scale = parameters.of_layer(i).get("scale")
        if scale is not None:
            weights = scale[:, None] * weights
        if block.embedding is not None:
            sources = np.repeat(
                block.embedding.source_columns, [c.outputs for c in block.embedding.columns]
            )
            squares = np.zeros((network.known_inputs, weights.shape[1]), weights.dtype)
            np.add.at(squares, sources, np.square(weights))
            weights = np.sqrt(squares)
        drawn.append(weights)
    return tuple(drawn)


def level(activity: float) -> str:
    """Return "high", "medium" or "none" for an activity from 0 to 1."""
    return "high" if activity >= HIGH else "medium" if activity >= MEDIUM else "none"


def _column(
    name: str,
    words: str,
    names: tuple[str, ...],
    biases: Array | None,
    values: Sequence[Array] | None,
    place: int,
    strengths: list[Array],
    most: int,
    activation: Activation,
) -> Column:
    own = None if values is None else np.asarray(values[place], np.float64)
    shown = _strongest(strengths[place], most)
    activities = None if own is None else _activities(own, activation)
    return Column(name, words, len(names), shown, names, biases, own, activities)


def _activities(values: Array, activation: Activation) -> Array:
    """Return |values| by the largest the activation can give, or by the largest of the layer."""
    size = np.abs(values)
    return size / (1.0 if activation.bounded else float(size.max()) or 1.0)


def _names(given: Sequence[str] | None, count: int, letter: str, owner: str) -> tuple[str, ...]:
    if given is None:
        low = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
        return tuple(f"{letter}{str(i + 1).translate(low)}" for i in range(count))
    if len(given) != count:
        raise ShapeError(f"{owner} must have {count} names, one for each, got {len(given)}.")
    return tuple(str(name) for name in given)


def _strengths(weights: Sequence[Array]) -> list[Array]:
    """Return for each unit of each column the sum of |weights| that it receives and sends."""
    strengths = [np.abs(weights[0]).sum(axis=1)]
    for i, weight in enumerate(weights):
        leaving = np.abs(weights[i + 1]).sum(axis=1) if i + 1 < len(weights) else 0.0
        strengths.append(np.abs(weight).sum(axis=0) + leaving)
    return strengths


def _strongest(strength: Array, most: int) -> Array:
    if len(strength) <= most:
        return np.arange(len(strength))
    return np.sort(np.argsort(-strength, kind="stable")[:most])
