"""A network that gets some of the features of a table, and the same network for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.layers import Embedding
from deltarule.network import Network
from deltarule.parameters import from_flat
from deltarule.training import TrainedNetwork

Array = NDArray[Any]


def network_for_features(network: Network, features: Array) -> Network:
    """Return `network` for inputs that hold only `features` (k,), ascending indexes of its inputs."""
    layers = list(network.layers)
    first = layers[0]
    if isinstance(first, Embedding):
        places = {source: i for i, source in enumerate(features.tolist())}
        kept = [
            (column, places[source])
            for column, source in zip(first.columns, first.source_columns, strict=True)
            if source in places
        ]
        columns, sources = zip(*kept, strict=True)
        layers[0] = Embedding(columns, name=first.name, sources=sources)
    return Network(layers, len(features))


def with_all_features(trained: TrainedNetwork, network: Network, features: Array) -> TrainedNetwork:
    """Return the network for all features with the same outputs as `trained`, which gets `features`.

    `network` is what `network_for_features` was given. The other features have weights of 0.
    """
    first, part = network.blocks[0], trained.network.blocks[0]
    rows, values = _places(network, features)
    flat = np.zeros(network.parameter_count, trained.parameters.weights[0].dtype)
    parameters = from_flat(network, flat)
    for i in range(len(network.blocks)):
        learned = trained.parameters.of_layer(i)
        for name, array in parameters.of_layer(i).items():
            if i or name not in ("embedding", "scale", "weights"):
                array[...] = learned[name]
            elif name == "embedding":
                array[values] = learned[name]
            elif name == "scale":
                array[...] = 1
                array[rows] = learned[name]
            else:
                array[rows] = learned[name] * (part.weight_factor / first.weight_factor)
    return TrainedNetwork(network, parameters)


def _places(network: Network, features: Array) -> tuple[Array, Array]:
    """Return where the inputs of the first layer and the embedding's parameters are in `network`."""
    embedding = network.blocks[0].embedding
    if embedding is None:
        return features, np.zeros(0, np.int64)
    is_kept = np.isin(embedding.source_columns, features)
    outputs = [column.outputs for column in embedding.columns]
    counts = [column.parameter_count for column in embedding.columns]
    return np.flatnonzero(np.repeat(is_kept, outputs)), np.flatnonzero(np.repeat(is_kept, counts))
