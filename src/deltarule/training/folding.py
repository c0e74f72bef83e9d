"""Batch normalization folded into dense layers, for export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.activations import Identity
from deltarule.errors import SettingError
from deltarule.layers import BatchNormalization, Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training.trained_network import TrainedNetwork

Array = NDArray[Any]


def fold_normalization(trained: TrainedNetwork) -> TrainedNetwork:
    """Return a network of Dense layers alone that predicts the same.

    Parameters
    ----------
    trained : TrainedNetwork
        A network of Dense, Dropout and BatchNormalization layers.

    Returns
    -------
    TrainedNetwork
        The network without BatchNormalization and Dropout; the trained network itself if it has no
        BatchNormalization. Its predictions differ by rounding only.

    Raises
    ------
    SettingError
        If the network has other layers, whose outputs are no affine function of their inputs.

    Notes
    -----
    Outside training, batch normalization is x ↦ g(a ⊙ x + c) with a = γ / √(σ² + ε) and c = β − a ⊙ μ.
    Without an activation g it is folded into the Dense layer after it, W ← diag(a) W and b ← b + c W;
    with one, into a Dense layer without activation before it, W ← W diag(a) and b ← a ⊙ b + c. Between
    two activations it becomes a Dense layer of its own with W = diag(a).

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule.insight import initialize
    >>> from deltarule.training import fold_normalization
    >>> network = dr.Network([dr.Dense(3), dr.BatchNormalization(activation="relu"), dr.Dense(1)])
    >>> [layer.kind for layer in fold_normalization(initialize(network, inputs=2)).network.layers]
    ['dense', 'dense']
    """
    network, parameters = trained.network, trained.parameters
    if all(block.normalization is None for block in network.blocks):
        return trained
    layers: list[Dense] = []
    weights: list[Array] = []
    biases: list[Array] = []
    for i, block in enumerate(network.blocks):
        _check(block.normalization, replace(block, normalization=None).is_plain)
        own = {name: array.astype(np.float64) for name, array in parameters.of_layer(i).items()}
        dense, weight = block.dense, own["weights"]
        bias = own.get("biases", np.zeros(dense.units))
        if isinstance(block.normalization, BatchNormalization):
            normalization = block.normalization
            factor, shift = _affine(normalization, own)
            if isinstance(normalization.activation, Identity):
                weight, bias = factor[:, None] * weight, bias + shift @ weight
            elif layers and isinstance(layers[-1].activation, Identity):
                weights[-1], biases[-1] = weights[-1] * factor, biases[-1] * factor + shift
                layers[-1] = replace(layers[-1], activation=normalization.activation)
            else:
                name = normalization.name
                layers.append(Dense(block.inputs, normalization.activation, name=name))
                weights.append(np.diag(factor))
                biases.append(shift)
        layers.append(replace(dense, bias=True))
        weights.append(weight)
        biases.append(bias)
    dtype = parameters.weights[0].dtype
    folded = Parameters(tuple(weights), tuple(biases)).astype(dtype)
    return TrainedNetwork(Network(layers, network.inputs), folded)


def _affine(layer: BatchNormalization, own: dict[str, Array]) -> tuple[Array, Array]:
    """Return a and c of a ⊙ x + c."""
    factor = own.get("gamma", 1.0) / np.sqrt(own["moving_variance"] + layer.epsilon)
    return factor, own.get("beta", 0.0) - factor * own["moving_mean"]


def _check(normalization: object, is_plain: bool) -> None:
    if not is_plain or (normalization and not isinstance(normalization, BatchNormalization)):
        raise SettingError.message(
            "fold_normalization supports networks of plain Dense, Dropout and BatchNormalization layers: "
            "LayerNormalization, Scale, Embedding and members cannot be folded into Dense layers."
        )
