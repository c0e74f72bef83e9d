"""Activations of every layer, weights as images, and dropout masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay, one_line
from deltarule.engines.equations import StreamPosition, forward, members_forward
from deltarule.errors import SettingError, ShapeError
from deltarule.network import Network
from deltarule.training import TrainedNetwork
from deltarule.training.trained_network import as_rows

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class LayerActivations(NotebookDisplay):
    """Inputs, pre-activations and outputs of one layer.

    Parameters
    ----------
    name : str
        Name of the layer.
    activation : str
        Name of the activation function g.
    inputs : ndarray of shape (n_rows, n_inputs), dtype float64
        Outputs of the layer before, x⁽ˡ⁻¹⁾.
    weights : ndarray of shape (n_inputs, n_units), dtype float64
        The weight matrix W.
    biases : ndarray of shape (n_units,) or None
        The biases b.
    pre_activations : ndarray of shape (n_rows, n_units), dtype float64
        Weighted sums z = x⁽ˡ⁻¹⁾ W + b.
    outputs : ndarray of shape (n_rows, n_units), dtype float64
        Outputs x = g(z).

    See Also
    --------
    forward_pass : Compute all layers.
    """

    name: str
    activation: str
    inputs: Array
    weights: Array
    biases: Array | None
    pre_activations: Array
    outputs: Array

    def _sentence(self) -> str:
        (rows, units), inputs = self.outputs.shape, self.inputs.shape[1]
        low, high = (format_number(float(of(self.outputs)), 3) for of in (np.min, np.max))
        return (
            f"{one_line(self.name, 40)}, {inputs:,} inputs → {units:,} {self.activation}, "
            f"{counted(rows, 'row')}: outputs {low} to {high}"
        )

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
    """Compute the pre-activations and outputs of every layer.

    Parameters
    ----------
    trained : TrainedNetwork
        A network whose layers are all of the form g(x W + b).
    X : array-like of shape (n_rows, n_inputs)
        Inputs.

    Returns
    -------
    list of LayerActivations
        One entry per dense layer, in float64.

    Raises
    ------
    ShapeError
        If `X` has another number of columns than the network has inputs.
    SettingError
        If the network has embeddings, members or learned activations.

    Examples
    --------
    >>> from deltarule import insight
    >>> unit = insight.perceptron(bias=1, weights=[3, -2])
    >>> (layer,) = insight.forward_pass(unit, [[-1, 2]])
    >>> layer.pre_activations
    array([[-6.]])
    >>> print(layer)
    perceptron: (1, 2) · (2, 1) + b (1,) → (1, 1)
      z = [-6.]
      sigmoid(z) = [0.0025]
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
    """Compute the outputs of every layer of any network.

    Parameters
    ----------
    trained : TrainedNetwork
        Any network.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.

    Returns
    -------
    list of ndarray of shape (n_rows, n_units)
        One array per dense layer, in float64, before a normalization that follows; the mean over the
        members if there are several.

    Raises
    ------
    ShapeError
        If `X` has another number of columns than the network has inputs.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> network = insight.initialize(dr.Network([dr.Dense(3, "relu"), dr.Dense(2)]), inputs=4)
    >>> [outputs.shape for outputs in insight.layer_outputs(network, [[1, 2, 3, 4]])]
    [(1, 3), (1, 2)]
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
    """Reshape the incoming weights of each unit into an image.

    In the first layer of an image classifier these are templates: z is the inner product of the image
    and the template of the unit, plus the bias.

    Parameters
    ----------
    trained : TrainedNetwork
        A network whose layers are all of the form g(x W + b).
    shape : tuple of int
        Height and width; their product is the number of inputs of the layer.
    layer : int, default 0
        Number of the dense layer, from 0.

    Returns
    -------
    ndarray of shape (n_units, height, width)
        One image per unit.

    Raises
    ------
    ShapeError
        If `shape` does not match the number of inputs of the layer.
    SettingError
        If there is no such layer, or the network is not of the form above.

    Examples
    --------
    >>> from deltarule import insight
    >>> insight.weight_images(insight.perceptron(0, [1, 2, 3, 4]), (2, 2))
    array([[[1., 2.],
            [3., 4.]]])
    """
    require_plain(trained.network, "weight_images")
    layers = len(trained.parameters.weights)
    checks.integer("weight_images.layer", layer, at_least=0, at_most=layers - 1)
    weights = trained.parameters.weights[layer]
    if shape[0] * shape[1] != weights.shape[0]:
        raise ShapeError(
            f"The layer has {weights.shape[0]} inputs, which do not match an image of {shape[0]} by "
            f"{shape[1]}."
        )
    return weights.T.reshape(-1, *shape)


def dropout_masks(
    trained: TrainedNetwork, *, seed: int = 0, epoch: int = 0, step: int = 0
) -> tuple[Array, ...]:
    """Return which inputs of each layer dropout keeps in one training update.

    The same seed, epoch and step give the mask that `fit` uses for the first row of that batch.

    Parameters
    ----------
    trained : TrainedNetwork
        A network with dropout layers.
    seed : int, default 0
        Seed of the training run.
    epoch : int, default 0
        Number of the epoch, from 0.
    step : int, default 0
        Number of the update within the epoch, from 0.

    Returns
    -------
    tuple of ndarray of shape (n_inputs,), dtype bool
        One mask per dense layer; all True if there is no dropout before it.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> network = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.5), dr.Dense(1)])
    >>> masks = insight.dropout_masks(insight.initialize(network, inputs=2))
    >>> [mask.shape for mask in masks], bool(masks[0].all())
    ([(2,), (8,)], True)
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
    """Raise `SettingError` unless each layer of the network is g(x W + b); return the network."""
    if network.is_plain:
        return network
    kinds = [f"{network.members} members"] if network.members > 1 else []
    blocks = network.blocks
    special = {
        "embeddings": any(block.embedding is not None for block in blocks),
        "a Scale": any(block.scale is not None for block in blocks),
        "a normalization": any(block.normalization is not None for block in blocks),
        'parameterization="ntk"': any(block.dense.parameterization == "ntk" for block in blocks),
        "a learned activation": any(block.dense.learned_activation for block in blocks),
        "shared weights": network.members == 1
        and any(block.dense.sharing != "shared" for block in blocks),
    }
    kinds += [kind for kind, present in special.items() if present]
    *others, last = kinds
    listing = f"{', '.join(others)} and {last}" if others else last
    raise SettingError.message(
        f"{owner} supports layers of the form g(x W + b), but this network has {listing}: "
        "use a network of Dense and Dropout layers only, or call predict."
    )
