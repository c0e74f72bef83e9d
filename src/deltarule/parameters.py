"""Parameters: the weights and biases of a network as plain NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import ShapeError
from deltarule.network import PART_NAMES, Block, Network, Part

__all__ = [
    "Parameters",
    "check_size",
    "from_flat",
    "from_named",
    "from_parts",
    "shared_vector",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class Parameters:
    """Weights of shape (inputs, units) and biases of shape (units,) or None, one of each per layer.

    `others`: for each layer what else it learns, by the names of `network.Part`; () where no layer does.
    Where members of a network have weights or biases of their own, members come first in the shape.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]
    others: tuple[Mapping[str, Array], ...] = ()

    def flat(self) -> Array:
        """Return all numbers in one vector: layer by layer, in each the order of `network.PART_NAMES`."""
        return np.concatenate([array.ravel() for _, _, array in self.pieces()])

    def astype(self, dtype: Any) -> Parameters:
        """Return a copy with arrays of another float dtype."""
        return Parameters(
            tuple(w.astype(dtype) for w in self.weights),
            tuple(None if b is None else b.astype(dtype) for b in self.biases),
            tuple(
                {name: array.astype(dtype) for name, array in own.items()} for own in self.others
            ),
        )

    def of_layer(self, i: int) -> dict[str, Array]:
        """Return the arrays of layer i by their names."""
        return {name: array for layer, name, array in self.pieces() if layer == i}

    def named(self, network: Network) -> dict[str, Array]:
        """Return the arrays under `<layer>.weights`, `<layer>.biases`, ..., as in a model file."""
        blocks = network.blocks
        return {f"{blocks[i].name}.{name}": array for i, name, array in self.pieces()}

    def pieces(self) -> Iterator[tuple[int, str, Array]]:
        """Yield (layer, name, array) in the order of `flat`."""
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays = {"weights": weight, "biases": bias, **(self.others[i] if self.others else {})}
            for name in PART_NAMES:
                array = arrays.get(name)
                if array is not None:
                    yield i, name, array


def from_parts(network: Network, part_of: Callable[[Block, Part], Array]) -> Parameters:
    """Return the parameters whose arrays `part_of` answers with, asked in the order of `flat`."""
    weights: list[Array] = []
    biases: list[Array | None] = []
    others: list[Mapping[str, Array]] = []
    for block in network.blocks:
        arrays = {part.name: part_of(block, part) for part in block.parts}
        weights.append(arrays.pop("weights"))
        biases.append(arrays.pop("biases", None))
        others.append(arrays)
    return Parameters(tuple(weights), tuple(biases), tuple(others) if any(others) else ())


def check_size(network: Network, vector: Array) -> None:
    """Raise `ShapeError` where `vector` does not have one number for each parameter."""
    if vector.shape != (network.parameter_count,):
        raise ShapeError(
            f"The network has {network.parameter_count} parameters, got an array of shape "
            f"{vector.shape}."
        )


def from_flat(network: Network, vector: Array) -> Parameters:
    """Return the parameters whose `flat()` is `vector`: views of it, nothing is copied."""
    check_size(network, vector)
    start = 0

    def next_part(block: Block, part: Part) -> Array:
        nonlocal start
        start += part.size
        return vector[start - part.size : start].reshape(part.shape)

    return from_parts(network, next_part)


def shared_vector(parameters: Parameters) -> Array:
    """Return `parameters.flat()`, without a copy where they are the views that `from_flat` makes."""
    vector = parameters.weights[0].base
    if not isinstance(vector, np.ndarray) or vector.ndim != 1 or not vector.flags.c_contiguous:
        return parameters.flat()
    place = vector.ctypes.data
    for _, _, part in parameters.pieces():
        if part.base is not vector or part.ctypes.data != place or not part.flags.c_contiguous:
            return parameters.flat()
        place += part.nbytes
    return vector if place == vector.ctypes.data + vector.nbytes else parameters.flat()


def from_named(network: Network, named: Mapping[str, Array]) -> Parameters:
    """Return the parameters that `named` wrote; `ShapeError` if an array is missing, odd or left over."""
    left = dict(named)
    parameters = from_parts(
        network, lambda block, part: _taken(left, f"{block.name}.{part.name}", part.shape)
    )
    if left:
        raise ShapeError(f"The network has no place for the array {sorted(left)[0]!r}.")
    return parameters


def _taken(left: dict[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    array = left.pop(name, None)
    if array is None:
        raise ShapeError(f"The array {name!r} of shape {shape} is missing.")
    if array.shape != shape:
        raise ShapeError(f"The array {name!r} must have shape {shape}, got {array.shape}.")
    return array
