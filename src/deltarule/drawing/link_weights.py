"""The links of a network as a picture shows them: one weight from each unit to each of the next layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.network import Network
from deltarule.parameters import Parameters

Array = NDArray[Any]


def drawn_weights(network: Network, parameters: Parameters) -> tuple[Array, ...]:
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
