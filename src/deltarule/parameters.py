"""Parameters: the weights and biases of a network as plain NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import ShapeError
from deltarule.network import Network
from deltarule.random import Purpose

Array = NDArray[Any]


@dataclass(frozen=True)
class Parameters:
    """Weights of shape (inputs, units) and biases of shape (units,) or None, one of each per layer."""

    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]

    def flat(self) -> Array:
        """Return all numbers in one vector: layer by layer, weights row by row, then biases."""
        pieces = [
            part.ravel()
            for weight, bias in zip(self.weights, self.biases, strict=True)
            for part in (weight, bias)
            if part is not None
        ]
        return np.concatenate(pieces)

    def astype(self, dtype: Any) -> Parameters:
        """Return a copy with arrays of another float dtype."""
        return Parameters(
            tuple(w.astype(dtype) for w in self.weights),
            tuple(None if b is None else b.astype(dtype) for b in self.biases),
        )

    def named(self, network: Network) -> dict[str, Array]:
        """Return the arrays under `<layer>.weights` and `<layer>.biases`, as in a model file."""
        named: dict[str, Array] = {}
        for block, weight, bias in zip(network.blocks, self.weights, self.biases, strict=True):
            named[f"{block.name}.weights"] = weight
            if bias is not None:
                named[f"{block.name}.biases"] = bias
        return named


def from_flat(network: Network, vector: Array) -> Parameters:
    """Return the parameters whose `flat()` is `vector`: views of it, nothing is copied."""
    if vector.shape != (network.parameter_count,):
        raise ShapeError(
            f"The network has {network.parameter_count} parameters, got an array of shape "
            f"{vector.shape}."
        )
    weights: list[Array] = []
    biases: list[Array | None] = []
    start = 0
    for block in network.blocks:
        shape = (block.inputs, block.dense.units)
        end = start + shape[0] * shape[1]
        weights.append(vector[start:end].reshape(shape))
        start = end + (shape[1] if block.dense.bias else 0)
        biases.append(vector[end:start] if block.dense.bias else None)
    return Parameters(tuple(weights), tuple(biases))


def shared_vector(parameters: Parameters) -> Array:
    """Return `parameters.flat()`, without a copy where they are the views that `from_flat` makes."""
    vector = parameters.weights[0].base
    if not isinstance(vector, np.ndarray) or vector.ndim != 1 or not vector.flags.c_contiguous:
        return parameters.flat()
    place = vector.ctypes.data
    for weight, bias in zip(parameters.weights, parameters.biases, strict=True):
        for part in (weight, bias):
            if part is None:
                continue
            if part.base is not vector or part.ctypes.data != place or not part.flags.c_contiguous:
                return parameters.flat()
            place += part.nbytes
    return vector if place == vector.ctypes.data + vector.nbytes else parameters.flat()


def from_named(network: Network, named: Mapping[str, Array]) -> Parameters:
    """Return the parameters that `named` wrote; `ShapeError` if an array is missing, odd or left over."""
    left = dict(named)
    weights: list[Array] = []
    biases: list[Array | None] = []
    for block in network.blocks:
        shape = (block.inputs, block.dense.units)
        weights.append(_taken(left, f"{block.name}.weights", shape))
        bias = _taken(left, f"{block.name}.biases", shape[1:]) if block.dense.bias else None
        biases.append(bias)
    if left:
        raise ShapeError(f"The network has no place for the array {sorted(left)[0]!r}.")
    return Parameters(tuple(weights), tuple(biases))


def initial_parameters(network: Network, seed: int, dtype: Any = np.float64) -> Parameters:
    """Draw the parameters that each layer's initializers describe; the same for the same seed."""
    parameters = from_flat(network, np.empty(network.parameter_count, dtype))
    layers = zip(network.blocks, parameters.weights, parameters.biases, strict=True)
    for i, (block, weight, bias) in enumerate(layers):
        dense = block.dense
        weight[:] = dense.initializer.sample(weight.shape, seed, Purpose.INITIAL_WEIGHTS, i)
        if bias is not None:
            bias[:] = dense.bias_initializer.sample(bias.shape, seed, Purpose.INITIAL_BIASES, i)
    return parameters


def _taken(left: dict[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    array = left.pop(name, None)
    if array is None:
        raise ShapeError(f"The array {name!r} of shape {shape} is missing.")
    if array.shape != shape:
        raise ShapeError(f"The array {name!r} must have shape {shape}, got {array.shape}.")
    return array
