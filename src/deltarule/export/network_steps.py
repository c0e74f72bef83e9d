"""A trained network as plain steps, with everything that training needed folded into weights.

Factors of members, scale layers and the "ntk" factor are part of the weights, and so is a batch
normalization without an activation of its own. Exporters translate the steps; `run` defines what they
compute, in NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.activations import Activation, Identity
from deltarule.embeddings import ColumnEmbedding
from deltarule.engines.parameterization import effective
from deltarule.layers import Embedding, Normalization
from deltarule.network import Block, Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Embed:
    """Each embedding of a column, side by side: (source column, embedding, its parameters)."""

    columns: tuple[tuple[int, ColumnEmbedding, Array], ...]

    def apply(self, x: Array) -> Array:
        """Return the embedded rows."""
        return np.concatenate([e.embed(x[:, i], p) for i, e, p in self.columns], axis=1)


@dataclass(frozen=True, eq=False)
class Standardize:
    """x → (x − mean) / scale, arrays of shape (inputs,)."""

    mean: Array
    scale: Array

    def apply(self, x: Array) -> Array:
        """Return the standardized rows."""
        return (x - self.mean) / self.scale


@dataclass(frozen=True, eq=False)
class Affine:
    """x → x ⊙ factor + shift, arrays of shape (units,)."""

    factor: Array
    shift: Array

    def apply(self, x: Array) -> Array:
        """Return the scaled rows."""
        return x * self.factor + self.shift


@dataclass(frozen=True, eq=False)
class NormalizeRow:
    """x → (x − μ) / √(σ² + ε), mean and variance over the units of a row."""

    epsilon: float

    def apply(self, x: Array) -> Array:
        """Return the normalized rows."""
        centered = x - x.mean(axis=1, keepdims=True)
        variance = np.square(centered).mean(axis=1, keepdims=True)
        return centered / np.sqrt(variance + x.dtype.type(self.epsilon))


@dataclass(frozen=True, eq=False)
class Dense:
    """x → x W + b, W of shape (inputs, units), b of shape (units,)."""

    weights: Array
    biases: Array

    def apply(self, x: Array) -> Array:
        """Return the weighted sums."""
        return x @ self.weights + self.biases


@dataclass(frozen=True, eq=False)
class Activate:
    """z → g(z), or z + a ⊙ (g(z) − z) with learned `slopes` a of shape (units,)."""

    activation: Activation
    slopes: Array | None = None

    def apply(self, z: Array) -> Array:
        """Return the activations."""
        outputs = self.activation(z)
        return outputs if self.slopes is None else z + self.slopes * (outputs - z)


Step = Standardize | Embed | Affine | NormalizeRow | Dense | Activate


def network_steps(
    trained: TrainedNetwork, before: tuple[Standardize, ...] = ()
) -> tuple[tuple[Step, ...], ...]:
    """Return the steps of each member of a network; its prediction is the mean of their outputs.

    `before` are steps before the network.
    """
    network, parameters = trained.network, trained.parameters
    members = range(network.blocks[0].members)
    return tuple((*before, *_member(network, parameters, m)) for m in members)


def run(members: tuple[tuple[Step, ...], ...], x: Array) -> Array:
    """Return the mean of the members' outputs for rows (rows, inputs)."""
    outputs = []
    for steps in members:
        y = x
        for step in steps:
            y = step.apply(y)
        outputs.append(y)
    return sum(outputs) * outputs[0].dtype.type(1 / len(outputs))


def _member(network: Network, parameters: Parameters, member: int) -> tuple[Step, ...]:
    layers = effective(network, parameters, member)
    steps: list[Step] = []
    for i, block in enumerate(network.blocks):
        own = parameters.of_layer(i)
        weights, biases = layers.weights[i], layers.biases[i]
        if biases is None:
            biases = np.zeros(weights.shape[1], weights.dtype)
        if block.embedding is not None:
            steps.append(_embed(block.embedding, own["embedding"]))
        if block.normalization is not None:
            before, fold = _normalize(block, block.normalization, own)
            steps += before
            if fold is not None:
                weights, biases = _folded(fold, weights, biases)
        steps.append(Dense(weights, biases))
        slopes = own["slopes"] if block.dense.learned_activation else None
        if not isinstance(block.dense.activation, Identity):
            steps.append(Activate(block.dense.activation, slopes))
    return tuple(steps)


def _embed(layer: Embedding, parameters: Array) -> Embed:
    stops = np.cumsum([column.parameter_count for column in layer.columns])[:-1]
    own = np.split(parameters, stops)
    return Embed(tuple(zip(layer.source_columns, layer.columns, own, strict=True)))


def _normalize(
    block: Block, layer: Normalization, own: dict[str, Array]
) -> tuple[list[Step], Affine | None]:
    """Return the steps of a normalization; an affine map at their end that a dense layer can absorb."""
    kind = own["weights"].dtype
    gamma = own["gamma"].astype(np.float64) if layer.scale else np.ones(block.inputs)
    shift = own["beta"].astype(np.float64) if layer.center else np.zeros(block.inputs)
    steps: list[Step] = []
    if layer.keeps_averages:
        gamma = gamma / np.sqrt(own["moving_variance"].astype(np.float64) + layer.epsilon)
        shift = shift - own["moving_mean"].astype(np.float64) * gamma
    else:
        steps.append(NormalizeRow(layer.epsilon))
    if isinstance(layer.activation, Identity):
        return steps, Affine(gamma, shift)
    steps += [Affine(gamma.astype(kind), shift.astype(kind)), Activate(layer.activation)]
    return steps, None


def _folded(affine: Affine, weights: Array, biases: Array) -> tuple[Array, Array]:
    """Return weights and biases of x → (x ⊙ factor + shift) W + b, computed in float64."""
    exact = weights.astype(np.float64)
    shifted = biases.astype(np.float64) + affine.shift @ exact
    return (affine.factor[:, None] * exact).astype(weights.dtype), shifted.astype(biases.dtype)
