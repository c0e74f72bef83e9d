"""Networks without activations between their layers, as the one layer that they are."""

from __future__ import annotations

import numpy as np

from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork


def collapsed(trained: TrainedNetwork) -> TrainedNetwork:
    """Return the single layer that computes the same as layers without activations.

    (x W₁ + b₁) W₂ + b₂ = x (W₁ W₂) + (b₁ W₂ + b₂), layer by layer. The activation of the output layer is
    kept; hidden layers must have the identity.
    """
    network, parameters = trained.network, trained.parameters
    n_inputs = parameters.weights[0].shape[0]
    weights, bias = np.eye(n_inputs), np.zeros(n_inputs)
    for w, b in zip(parameters.weights, parameters.biases, strict=True):
        weights, bias = weights @ w, bias @ w + (0.0 if b is None else b)
    output = Dense(weights.shape[1], network.output_layer.activation)
    return TrainedNetwork(Network([output], n_inputs), Parameters((weights,), (bias,)))
