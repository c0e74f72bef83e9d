"""The links of network drawings: what a line between two units or columns stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.layers import Embedding
from deltarule.network import Block, Network
from deltarule.parameters import Parameters

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Links:
    """The links between two columns of a drawing.

    Parameters
    ----------
    weights : ndarray of shape (n_inputs, n_units)
        The weight of each link; its size where it stands for several weights.
    signed : ndarray of shape (n_inputs, n_units), dtype bool
        Whether the link has a sign: it is a single weight, or one that has the same sign in all members.
    """

    weights: Array
    signed: Array


def network_links(network: Network, parameters: Parameters) -> tuple[Links, ...]:
    """Compute the links into each dense layer of a network.

    A weight is drawn as the layer computes with it: times a learned scale, the factors of a member and
    the factor of the "ntk" parameterization. Members of a network count as the mean of their weights if
    all have the same sign. Otherwise the link is the root of their mean square and has no sign, just as
    the Euclidean norm of the weights of several features that one column is embedded as.

    Parameters
    ----------
    network : Network
        The network.
    parameters : Parameters
        Its parameters.

    Returns
    -------
    tuple of Links
        One for each dense layer. Those of an embedding lead from the embedded columns.
    """
    return tuple(
        _of_columns(block.embedding, _of_members(block, parameters.of_layer(i)))
        if block.embedding is not None
        else _joined(_of_members(block, parameters.of_layer(i)))
        for i, block in enumerate(network.blocks)
    )


def _of_members(block: Block, own: dict[str, Array]) -> Array:
    """Return what each member multiplies its inputs by, of shape (members, inputs, units)."""
    weights = own["weights"] if own["weights"].ndim == 3 else own["weights"][None]
    weights = weights * np.asarray(block.weight_factor, weights.dtype)
    if "scale" in own:
        weights = weights * own["scale"][:, None]
    if "input_factors" in own:
        weights = weights * own["input_factors"][:, :, None]
    if "output_factors" in own:
        weights = weights * own["output_factors"][:, None, :]
    return np.asarray(weights)


def _joined(weights: Array) -> Links:
    if len(weights) == 1:
        return Links(weights[0], np.ones(weights.shape[1:], bool))
    signed = np.asarray((weights >= 0).all(axis=0) | (weights <= 0).all(axis=0))
    size = np.sqrt(np.square(weights).mean(axis=0))
    return Links(np.where(signed, weights.mean(axis=0), size), signed)


def _of_columns(embedding: Embedding, weights: Array) -> Links:
    """Return the links from the embedded columns: one weight, or the norm of several."""
    sources = np.repeat(embedding.source_columns, [one.outputs for one in embedding.columns])
    of_features = _joined(weights)
    squares = np.zeros((embedding.inputs, weights.shape[2]), weights.dtype)
    np.add.at(squares, sources, np.square(weights).mean(axis=0))
    links = Links(np.sqrt(squares), np.zeros(squares.shape, bool))
    for column in np.flatnonzero(np.bincount(sources) == 1).tolist():
        feature = int(np.flatnonzero(sources == column)[0])
        links.weights[column] = of_features.weights[feature]
        links.signed[column] = of_features.signed[feature]
    return links
