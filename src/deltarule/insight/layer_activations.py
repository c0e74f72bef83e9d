"""What every layer says to some rows, and what its units look for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.engines.equations import StreamPosition, forward, members_forward
from deltarule.errors import SettingError, ShapeError
from deltarule.network import Network
from deltarule.training import TrainedNetwork
from deltarule.training.trained_network import as_rows

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class LayerActivations:
    """One layer's numbers for some rows: z = x⁽ˡ⁻¹⁾ W + b and x = g(z), both (rows, units)."""

    name: str
    activation: str
    inputs: Array  # x⁽ˡ⁻¹⁾, (rows, inputs)
    weights: Array  # (inputs, units)
    biases: Array | None  # (units,)
    pre_activations: Array
    outputs: Array

    def __str__(self) -> str:
        """Return the shapes as a matrix formula, and the numbers of the first row."""
        rows, fan_in = self.inputs.shape
        units = self.weights.shape[1]
        bias = "" if self.biases is None else f" + b ({units},)"
        shapes = f"({rows}, {fan_in}) · ({fan_in}, {units}){bias} → ({rows}, {units})"
        z = np.array2string(self.pre_activations[0], precision=4, suppress_small=True)
        x = np.array2string(self.outputs[0], precision=4, suppress_small=True)
        return f"{self.name}: {shapes}\n  z = {z}\n  {self.activation}(z) = {x}"


def forward_pass(trained: TrainedNetwork, X: ArrayLike) -> list[LayerActivations]:
    """Return each layer's numbers for rows X (rows, inputs), computed in float64.

    Raises `SettingError` for a network that is not plain.
    """
    require_plain(trained.network, "forward_pass")
    parameters = trained.parameters.astype(np.float64)
    passed = forward(trained.network, parameters, _rows_for(trained, X))
    return [
        LayerActivations(
            block.name,
            block.dense.activation.kind,
            passed.inputs[i],
            parameters.weights[i],
            parameters.biases[i],
            passed.logits[i],
            passed.outputs[i],
        )
        for i, block in enumerate(trained.network.blocks)
    ]


def layer_outputs(trained: TrainedNetwork, X: ArrayLike) -> list[Array]:
    """Return what each layer hands on for rows X (rows, inputs): (rows, units) each, in float64.

    For any network; of several members the mean.
    """
    parameters = trained.parameters.astype(np.float64)
    passes = members_forward(trained.network, parameters, _rows_for(trained, X))
    return [
        np.mean([passed.outputs[i] for passed in passes], axis=0)
        for i in range(len(trained.network.blocks))
    ]


def _rows_for(trained: TrainedNetwork, X: ArrayLike) -> Array:
    rows = as_rows(X, np.float64, "X")
    if rows.shape[1] != trained.network.inputs:
        raise ShapeError(
            f"X has {rows.shape[1]} columns, but the network takes {trained.network.inputs}."
        )
    return rows


def weight_images(trained: TrainedNetwork, shape: tuple[int, int], layer: int = 0) -> Array:
    """Return the incoming weights of each unit of a layer as an image, (units, *shape).

    For the first layer of a network on images these are templates: z is the image's inner product with
    its unit's template, plus the bias. Raises `SettingError` for a network that is not plain.
    """
    require_plain(trained.network, "weight_images")
    layers = len(trained.parameters.weights)
    checks.integer("weight_images.layer", layer, at_least=0, at_most=layers - 1)
    weights = trained.parameters.weights[layer]
    if shape[0] * shape[1] != weights.shape[0]:
        raise ShapeError(
            f"The layer has {weights.shape[0]} inputs: they do not fill an image of {shape[0]} by "
            f"{shape[1]}."
        )
    return weights.T.reshape(-1, *shape)


def dropout_masks(
    trained: TrainedNetwork, *, seed: int = 0, epoch: int = 0, step: int = 0
) -> tuple[Array, ...]:
    """Return which inputs of each layer dropout keeps for one sample in one update of training.

    Booleans of shape (inputs,) for each dense layer; all True where no Dropout stands before it. The
    same seed, epoch and step (from 0) give the mask that `fit` uses for the first row of that batch.
    """
    network = trained.network
    rows = np.ones((1, network.known_inputs))
    parameters = trained.parameters.astype(np.float64)
    passed = forward(network, parameters, rows, StreamPosition(seed, epoch, step))
    return tuple(
        np.ones(block.inputs, bool) if mask is None else mask[0] > 0
        for block, mask in zip(network.blocks, passed.masks, strict=True)
    )


def require_plain(network: Network, owner: str) -> Network:
    """Return the network if each layer is g(x W + b); else a `SettingError` that says what it has."""
    if network.is_plain:
        return network
    found = [f"{network.members} members"] if network.members > 1 else []
    blocks = network.blocks
    kinds = {
        "embeddings": any(block.embedding is not None for block in blocks),
        "a Scale": any(block.scale is not None for block in blocks),
        'parameterization="ntk"': any(block.dense.parameterization == "ntk" for block in blocks),
        "a learned activation": any(block.dense.learned_activation for block in blocks),
        "shared weights": network.members == 1
        and any(block.dense.sharing != "shared" for block in blocks),
    }
    found += [kind for kind, there in kinds.items() if there]
    *most, last = found
    told = f"{', '.join(most)} and {last}" if most else last
    raise SettingError.message(
        f"{owner} supports layers of the form g(x W + b), but this network has {told}: "
        "give it a network of Dense and Dropout layers only, or use predict."
    )
