"""Networks with every part, and random parameters for them."""

from __future__ import annotations

import numpy as np
from contract import grid, learned, normalized

from deltarule import keras
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import from_flat
from deltarule.training import TrainedNetwork

NETWORKS: dict[str, Network] = (
    {f"learned: {name}": network for name, network in learned.NETWORKS.items()}
    | {f"normalized: {name}": network for name, network in normalized.NETWORKS.items()}
    | {
        f"activation {activation!r}": Network([Dense(5, activation), Dense(2)], 3)
        for activation in grid.ALL_ACTIVATIONS
    }
)


def random_network(name: str, dtype: type = np.float64) -> TrainedNetwork:
    """Return a network with random parameters; variances are positive."""
    return randomized(NETWORKS[name], np.random.default_rng(len(name)), dtype)


def randomized(
    network: Network, rng: np.random.Generator, dtype: type, scale: float = 0.4
) -> TrainedNetwork:
    """Return a network with random parameters of a standard deviation; variances are positive."""
    flat = scale * rng.normal(size=network.parameter_count)
    parameters = from_flat(network, flat.astype(dtype))
    for i, block in enumerate(network.blocks):
        if "moving_variance" in block.normalization_parts:
            variance = parameters.of_layer(i)["moving_variance"]
            variance[:] = np.abs(variance) + 0.1
    return TrainedNetwork(network, parameters)


def normalized_keras_model(flatten_first: bool) -> tuple[keras.Sequential, np.ndarray]:
    """Return a model that standardizes images and normalizes batches, and images for it."""
    rng = np.random.default_rng(0)
    images = rng.normal(100, 5, (40, 3, 2)).astype(np.float32)
    adapted = keras.layers.Normalization(axis=None)
    adapted.adapt(images)
    flat = keras.layers.Flatten()
    size = 6 if flatten_first else 2
    known = keras.layers.Normalization(mean=rng.normal(size=size), variance=rng.uniform(1, 4, size))
    batches = keras.layers.BatchNormalization()
    model = keras.Sequential(
        [
            keras.Input((3, 2)),
            adapted,
            *([flat, known] if flatten_first else [known, flat]),
            keras.layers.Dense(4),
            batches,
            keras.layers.Activation("tanh"),
            keras.layers.Dense(2),
        ]
    )
    batches.set_weights([rng.uniform(0.5, 2, 4) for _ in range(4)])
    return model, images


def random_rows(network: Network, rows: int = 50, dtype: type = np.float64) -> np.ndarray:
    """Return rows in the range of embeddings of numbers and of categories."""
    return np.random.default_rng(rows).uniform(-2, 4, (rows, network.known_inputs)).astype(dtype)
