"""Networks without activations between their layers, as the one layer that they are."""

from __future__ import annotations

import numpy as np

from deltarule.errors import SettingError
from deltarule.insight.layer_activations import require_plain
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork


def collapse_layers(trained: TrainedNetwork) -> TrainedNetwork:
    """Return the single layer that computes the same as a network without hidden activations.

    Parameters
    ----------
    trained : TrainedNetwork
        A network whose hidden layers have the activation "identity", and whose layers are all of the
        form g(x W + b). Dropout is left out, as in predictions.

    Returns
    -------
    TrainedNetwork
        One dense layer with the activation of the output layer. Its weights are float64.

    Raises
    ------
    SettingError
        If a hidden layer has another activation, or the network is not of the form above.

    Notes
    -----
    Layer by layer, (x W₁ + b₁) W₂ + b₂ = x (W₁ W₂) + (b₁ W₂ + b₂).

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> network = dr.Network([dr.Dense(8), dr.Dense(8), dr.Dense(1, "sigmoid")])
    >>> deep = insight.initialize(network, inputs=2)
    >>> insight.collapse_layers(deep).parameters.weights[0].shape
    (2, 1)
    """
    network, parameters = trained.network, trained.parameters.astype(np.float64)
    require_plain(network, "collapse_layers")
    for block in network.blocks[:-1]:
        if block.dense.activation.kind != "identity":
            raise SettingError(
                "collapse_layers.trained",
                'must have the activation "identity" in its hidden layers',
                block.dense.activation.kind,
                "A network with other hidden activations is no single layer.",
            )
    weights, bias = np.eye(network.known_inputs), np.zeros(network.known_inputs)
    for w, b in zip(parameters.weights, parameters.biases, strict=True):
        weights, bias = weights @ w, bias @ w + (0.0 if b is None else b)
    output = Dense(weights.shape[1], network.output_layer.activation)
    return TrainedNetwork(Network([output], network.known_inputs), Parameters((weights,), (bias,)))
