"""Layout of network drawings: which units are shown, where, and with which weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, subscript
from deltarule.activations import Activation, Identity
from deltarule.drawing.link_weights import Links, network_links
from deltarule.errors import ShapeError
from deltarule.layers import Embedding, Normalization
from deltarule.network import Network
from deltarule.parameters import Parameters

Array = NDArray[Any]
MAX_AT_EDGES, MAX_HIDDEN = 14, 10  # units drawn of one layer
HIGH, MEDIUM = 0.6, 0.1
"""Lower bounds of the activation levels "high" and "medium"; below MEDIUM the level is "none"."""


@dataclass(frozen=True, eq=False)
class Column:
    """One layer of a drawing as a column of units.

    Parameters
    ----------
    name : str
        Name of the layer.
    subtitle : str
        Number of units and activation, below the name.
    units : int
        Number of units of the layer.
    shown : ndarray of shape (n_shown,), dtype int64
        Numbers of the units that are drawn, ascending.
    names : tuple of str
        Names of all units.
    biases : ndarray of shape (n_units,) or None
        Biases of all units.
    values : ndarray of shape (n_units,) or None
        Activations of all units for one sample.
    levels : ndarray of shape (n_units,) or None
        Absolute activations relative to the maximum, 0 to 1.
    blocks : tuple of str, default ()
        For a layer that embeds columns, the text in the block of each column.
    after : str, default ''
        The normalization of its values before the next layer, such as "→ batch normalization, relu".
    """

    name: str
    subtitle: str
    units: int
    shown: Array
    names: tuple[str, ...]
    biases: Array | None
    values: Array | None
    levels: Array | None
    blocks: tuple[str, ...] = ()
    after: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether some units are not shown."""
        return len(self.shown) < self.units

    @property
    def rows(self) -> int:
        """Number of rows of the column, including the ellipsis."""
        return len(self.shown) + self.is_cut

    @property
    def positions(self) -> Array:
        """Vertical positions of the shown units around 0, in rows, and one more for the ellipsis."""
        return np.arange(self.rows) - (self.rows - 1) / 2


@dataclass(frozen=True, eq=False)
class NetworkLayout:
    """The columns of a drawing, from inputs to outputs.

    Parameters
    ----------
    columns : tuple of Column
        Inputs and layers; the columns that a network embeds are a layer of blocks.
    links : tuple of Links
        Links between successive columns.
    title : str, default ''
        Which network of a model is drawn, if it has several.
    members : int, default 1
        Members of the network, over which biases and activations are averaged.
    """

    columns: tuple[Column, ...]
    links: tuple[Links, ...]
    title: str = ""
    members: int = 1

    @property
    def rows(self) -> int:
        """Number of rows of the longest column."""
        return max(column.rows for column in self.columns)


def network_layout(
    network: Network,
    parameters: Parameters,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    values: Sequence[Array] | None = None,
    *,
    max_at_edges: int = MAX_AT_EDGES,
    max_hidden: int = MAX_HIDDEN,
    networks: int = 1,
) -> NetworkLayout:
    """Choose the units to draw and their positions.

    Large layers show only the units with the largest weights.

    Parameters
    ----------
    network : Network
        The network.
    parameters : Parameters
        Its parameters.
    feature_names : sequence of str, optional
        Names of the inputs. By default x₁, x₂, ….
    output_names : sequence of str, optional
        Names of the outputs. By default y₁, y₂, ….
    values : sequence of ndarray of shape (n_units,), optional
        Inputs and layer outputs of one sample, for a drawing of that sample.
    max_at_edges : int, default 14
        Maximum number of inputs and of outputs.
    max_hidden : int, default 10
        Maximum number of units of a hidden layer.
    networks : int, default 1
        Number of networks of the model, the first of which is drawn.

    Returns
    -------
    NetworkLayout
        The layout.

    Raises
    ------
    ShapeError
        If the number of names does not match the network.
    """
    inputs, blocks = network.known_inputs, network.blocks
    features = _names(feature_names, inputs, "x", "feature_names")
    outputs = _names(output_names, network.outputs, "y", "output_names")
    links = list(network_links(network, parameters))
    strengths = _strengths([link.weights for link in links])
    noun = "column" if blocks[0].embedding is not None else "feature"
    subtitle = f"{inputs:,} {noun}{'s' * (inputs != 1)}"
    columns = [
        _column("inputs", subtitle, features, None, values, 0, strengths, max_at_edges, Identity())
    ]
    if blocks[0].embedding is not None:
        columns.append(_embedding_column(network, blocks[0].embedding, columns[0]))
        links.insert(0, Links(np.eye(inputs), np.zeros((inputs, inputs), bool)))
    for i, block in enumerate(blocks):
        last = i == len(blocks) - 1
        units, activation = block.dense.units, block.dense.activation
        names = outputs if last else tuple(f"{block.name} unit {j + 1}" for j in range(units))
        subtitle = f"{units:,} unit{'s' * (units != 1)}, {activation.kind}"
        most = max_at_edges if last else max_hidden
        bias = parameters.biases[i]
        bias = bias if bias is None or bias.ndim == 1 else bias.mean(axis=0)
        columns.append(
            _column(block.name, subtitle, names, bias, values, i + 1, strengths, most, activation)
        )
    for i, block in enumerate(blocks):
        if block.normalization is not None:  # then the first block has no embedding
            columns[i] = replace(columns[i], after=_then(block.normalization))
    title = f"Network 1 of {networks}, whose outputs are averaged" if networks > 1 else ""
    return NetworkLayout(tuple(columns), tuple(links), title, network.members)


def _then(layer: Normalization) -> str:
    own = "" if isinstance(layer.activation, Identity) else f", {layer.activation.kind}"
    return f"→ {layer.label}{own}"


def number_meaning(layout: NetworkLayout) -> str:
    """Return what the number in a circle is, "" if there is none."""
    units = [column for column in layout.columns[1:] if not column.blocks]
    mean = f", mean of {layout.members} members" if layout.members > 1 else ""
    if any(column.values is not None for column in units):
        return f"number: input or activation{mean}"
    if any(column.biases is not None for column in units):
        return f"number: bias{mean}"
    return ""


def unsigned_meaning(layout: NetworkLayout) -> str:
    """Return what a link without a sign stands for."""
    embedded = any(column.blocks for column in layout.columns)
    if layout.members == 1:
        return "size of several weights, no sign"
    both = "of members or of a column" if embedded else "of members that differ in sign"
    return f"size of the weights {both}, no sign"


def activation_level(share: float) -> str:
    """Return "high", "medium" or "none" for an activation relative to its maximum, 0 to 1."""
    return "high" if share >= HIGH else "medium" if share >= MEDIUM else "none"


def _column(
    name: str,
    subtitle: str,
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
    levels = None if own is None else _relative(own, activation)
    return Column(name, subtitle, len(names), shown, names, biases, own, levels)


def _embedding_column(network: Network, embedding: Embedding, inputs: Column) -> Column:
    """Return the layer of blocks, one for each input column."""
    counts = np.bincount(embedding.source_columns, [one.outputs for one in embedding.columns])
    blocks = tuple(counted(int(count), "feature") for count in counts)
    names = []
    for place, name in enumerate(inputs.names):
        kinds = [
            f"{one.kind.replace('_', ' ')} ({one.outputs})"
            for one, source in zip(embedding.columns, embedding.source_columns, strict=True)
            if source == place
        ]
        names.append(f"{name} as {blocks[place]}: {', '.join(kinds)}")
    layer = next(layer for layer in network.layers if isinstance(layer, Embedding))
    subtitle = f"{embedding.outputs:,} features"
    return Column(
        layer.name or "embedding", subtitle, inputs.units, inputs.shown, tuple(names), None, None, None,
        blocks,
    )  # fmt: skip


def _relative(values: Array, activation: Activation) -> Array:
    """Return |values| relative to the maximum of the activation, or of the layer if unbounded."""
    size = np.abs(values)
    return size / (1.0 if activation.bounded else float(size.max()) or 1.0)


def _names(given: Sequence[str] | None, count: int, letter: str, owner: str) -> tuple[str, ...]:
    if given is None:
        return tuple(f"{letter}{subscript(i + 1)}" for i in range(count))
    if len(given) != count:
        raise ShapeError(f"{owner} must have {count} names, one for each, got {len(given)}.")
    return tuple(str(name) for name in given)


def _strengths(weights: Sequence[Array]) -> list[Array]:
    """Return the sum of absolute incoming and outgoing weights of each unit of each column."""
    strengths = [np.abs(weights[0]).sum(axis=1)]
    for i, weight in enumerate(weights):
        leaving = np.abs(weights[i + 1]).sum(axis=1) if i + 1 < len(weights) else 0.0
        strengths.append(np.abs(weight).sum(axis=0) + leaving)
    return strengths


def _strongest(strength: Array, most: int) -> Array:
    if len(strength) <= most:
        return np.arange(len(strength))
    return np.sort(np.argsort(-strength, kind="stable")[:most])
