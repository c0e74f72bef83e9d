"""A small trained network whose inputs and activations are never negative: a disc inside a ring."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule.course.live_training import LiveTraining
from deltarule.insight import make_circles
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
RANGE = (0.0, 1.0)
EPOCHS, LEARNING_RATE = 250, 0.05
_SEEDS = {3: 5, 4: 9}
"""Initial weights with which training separates disc and ring, by number of hidden units."""
_SHIFT, _SIZE = 1.25, 2.5


@cache
def disc_points() -> tuple[Array, Array]:
    """Return 160 points with both coordinates between 0 and 1, and 1 for those of the disc."""
    X, y = make_circles(n_samples=160, noise=0.05, seed=1)
    return (X + _SHIFT) / _SIZE, y


@cache
def disc_network(hidden: int) -> TrainedNetwork:
    """Return a trained network of sigmoid units, its weights rounded to one decimal."""
    X, y = disc_points()
    network = dr.Network([dr.Dense(hidden, "sigmoid"), dr.Dense(1, "sigmoid")], 2)
    run = LiveTraining(
        network, X, y, optimizer=dr.optimizers.Adam(LEARNING_RATE), epochs=EPOCHS,
        seed=_SEEDS[hidden],
    )  # fmt: skip
    while run.train(EPOCHS):
        pass
    found = run.parameters
    weights = tuple(np.round(one, 1) for one in found.weights)
    biases = tuple(None if one is None else np.round(one, 1) for one in found.biases)
    return TrainedNetwork(network, Parameters(weights, biases))


def without_unit(trained: TrainedNetwork, unit: int) -> TrainedNetwork:
    """Return a network of one hidden layer without hidden unit `unit`, counted from 0."""
    hidden, output = trained.parameters.weights
    bias, last = trained.parameters.biases
    assert bias is not None
    kept = np.delete(np.arange(hidden.shape[1]), unit)
    layer, *others = trained.network.layers
    assert isinstance(layer, dr.Dense)
    network = dr.Network([dr.Dense(len(kept), layer.activation), *others], trained.network.inputs)
    return TrainedNetwork(network, Parameters((hidden[:, kept], output[kept]), (bias[kept], last)))


def accuracy(trained: TrainedNetwork) -> float:
    """Return the share of the points that a network classifies correctly."""
    X, y = disc_points()
    return float(np.mean((trained.predict(X)[:, 0] > 0.5) == y))
