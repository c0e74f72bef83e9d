"""Parameters: the weights and biases of a network as plain NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule.errors import ShapeError, shortened
from deltarule.network import PART_NAMES, Block, Network, Part

__all__ = [
    "Parameters",
    "check_size",
    "from_flat",
    "from_named",
    "from_parts",
    "shared_vector",
    "variances_are_valid",
]

Array = NDArray[Any]


@dataclass(frozen=True, repr=False)
class Parameters(NotebookDisplay):
    """The learned arrays of a network, layer by layer.

    Layers are the dense layers (`network.blocks`), the output layer last. Arrays that each member of an
    ensemble has for itself have the members as first dimension.

    Parameters
    ----------
    weights : tuple of ndarray of shape (n_inputs, n_units)
        Weights of each layer.
    biases : tuple of ndarray of shape (n_units,) or None
        Biases of each layer; None for a layer without bias.
    others : tuple of mapping of str to ndarray, default ()
        What else each layer learns, by the names of `network.Part` and in its shapes; () if no layer
        learns anything else.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.parameters import Parameters
    >>> parameters = Parameters((np.ones((2, 3)),), (np.zeros(3),))
    >>> parameters.flat()
    array([1., 1., 1., 1., 1., 1., 0., 0., 0.])
    """

    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]
    others: tuple[Mapping[str, Array], ...] = ()

    def _sentence(self) -> str:
        biases = [array for array in self.biases if array is not None]
        others = [array for layer in self.others for array in layer.values()]
        size = sum(array.size for array in (*self.weights, *biases, *others))
        shapes = [" × ".join(f"{n:,}" for n in array.shape) for array in self.weights]
        return (
            f"{counted(size, 'number')} in {counted(len(shapes), 'layer')}, "
            f"{self.weights[0].dtype.name}; weights {listed(shapes, 6)}"
        )

    def flat(self) -> Array:
        """Return all parameters as one new vector.

        Returns
        -------
        ndarray of shape (n_parameters,)
            Layer by layer, the arrays of each in the order of `network.PART_NAMES`, row by row.
        """
        return np.concatenate([array.ravel() for _, _, array in self.pieces()])

    def astype(self, dtype: Any) -> Parameters:
        """Return a copy with arrays of another floating-point type.

        Parameters
        ----------
        dtype : str or dtype
            The type of the new arrays, "float32" or "float64".

        Returns
        -------
        Parameters
            The copy.
        """
        return Parameters(
            tuple(w.astype(dtype) for w in self.weights),
            tuple(None if b is None else b.astype(dtype) for b in self.biases),
            tuple(
                {name: array.astype(dtype) for name, array in own.items()} for own in self.others
            ),
        )

    def of_layer(self, index: int) -> dict[str, Array]:
        """Return the arrays of one layer.

        Parameters
        ----------
        index : int
            Index of the layer in `network.blocks`, from 0.

        Returns
        -------
        dict of str to ndarray
            The arrays by name, such as "weights" of shape (n_inputs, n_units); not copies.
        """
        return dict(self._arrays(index))

    def named(self, network: Network) -> dict[str, Array]:
        """Return the arrays by the names that model files use.

        Parameters
        ----------
        network : Network
            The network, which knows the names of its layers.

        Returns
        -------
        dict of str to ndarray
            The arrays as "<layer>.weights" of shape (n_inputs, n_units), "<layer>.biases" of shape
            (n_units,) and so on; not copies.
        """
        blocks = network.blocks
        return {f"{blocks[i].owner(name)}.{name}": array for i, name, array in self.pieces()}

    def pieces(self) -> Iterator[tuple[int, str, Array]]:
        """Iterate over all arrays in the order of `flat`.

        Yields
        ------
        layer : int
            Index of the layer, from 0.
        name : str
            Name of the array, one of `network.PART_NAMES`.
        array : ndarray of the part's shape
            The array itself, not a copy.
        """
        for i, _ in enumerate(zip(self.weights, self.biases, strict=True)):
            for name, array in self._arrays(i):
                yield i, name, array

    def _arrays(self, index: int) -> list[tuple[str, Array]]:
        weight, bias = self.weights[index], self.biases[index]
        if not self.others or not self.others[index]:
            return (
                [("weights", weight)] if bias is None else [("weights", weight), ("biases", bias)]
            )
        arrays = {"weights": weight, "biases": bias, **self.others[index]}
        found = [(name, arrays.get(name)) for name in PART_NAMES]
        return [(name, array) for name, array in found if array is not None]


def from_parts(network: Network, part_of: Callable[[Block, Part], Array]) -> Parameters:
    """Make parameters from a function that returns each array.

    Parameters
    ----------
    network : Network
        The network; its number of inputs is known.
    part_of : callable
        Called with the block (the layer) and the part, in the order of `Parameters.flat`; returns the
        array of that part.

    Returns
    -------
    Parameters
        The arrays that `part_of` returned.
    """
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
    """Check that a vector has one number for each parameter.

    Parameters
    ----------
    network : Network
        The network.
    vector : ndarray of shape (n_parameters,)
        The vector to check.

    Raises
    ------
    ShapeError
        If the vector has another shape.
    """
    if vector.shape != (network.parameter_count,):
        raise ShapeError(
            f"The network has {network.parameter_count} parameters, got an array of shape "
            f"{vector.shape}."
        )


def from_flat(network: Network, vector: Array) -> Parameters:
    """Make parameters from one vector, the inverse of `Parameters.flat`.

    Parameters
    ----------
    network : Network
        The network; its number of inputs is known.
    vector : ndarray of shape (n_parameters,)
        All parameters in the order of `Parameters.flat`.

    Returns
    -------
    Parameters
        Views of the vector; nothing is copied.

    Raises
    ------
    ShapeError
        If the vector does not have one number for each parameter.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule.parameters import from_flat
    >>> network = dr.Network([dr.Dense(1)], inputs=2)
    >>> parameters = from_flat(network, np.array([3.0, -2.0, 1.0]))
    >>> parameters.weights[0].shape, parameters.biases[0]
    ((2, 1), array([1.]))
    """
    check_size(network, vector)
    start = 0

    def next_part(block: Block, part: Part) -> Array:
        nonlocal start
        start += part.size
        return vector[start - part.size : start].reshape(part.shape)

    return from_parts(network, next_part)


def shared_vector(parameters: Parameters) -> Array:
    """Return all parameters as one vector, without a copy if they are the views of `from_flat`.

    Parameters
    ----------
    parameters : Parameters
        The parameters.

    Returns
    -------
    ndarray of shape (n_parameters,)
        The vector that the parameters are views of, else `parameters.flat()`.
    """
    vector = parameters.weights[0].base
    if not isinstance(vector, np.ndarray) or vector.ndim != 1 or not vector.flags.c_contiguous:
        return parameters.flat()
    place = vector.ctypes.data
    for _, _, part in parameters.pieces():
        # Arrays of a file are views of its bytes, which are no vector of numbers.
        follows = part.ctypes.data == place and part.flags.c_contiguous
        if part.base is not vector or part.dtype != vector.dtype or not follows:
            return parameters.flat()
        place += part.nbytes
    return vector if place == vector.ctypes.data + vector.nbytes else parameters.flat()


def from_named(network: Network, named: Mapping[str, Array]) -> Parameters:
    """Make parameters from arrays by name, the inverse of `Parameters.named`.

    Parameters
    ----------
    network : Network
        The network; its number of inputs is known.
    named : mapping of str to ndarray
        The arrays as "<layer>.weights", "<layer>.biases" and so on, each in the shape of its part.

    Returns
    -------
    Parameters
        The same arrays, not copies.

    Raises
    ------
    ShapeError
        If an array is missing, has another shape, or has no place in the network.
    """
    left = dict(named)
    parameters = from_parts(
        network,
        lambda block, part: _taken(left, f"{block.owner(part.name)}.{part.name}", part.shape),
    )
    if left:
        raise ShapeError(f"The network has no place for the array {shortened(min(left))}.")
    return parameters


def variances_are_valid(parameters: Parameters) -> bool:
    """Return whether no moving variance of a batch normalization is negative, for files.

    Parameters
    ----------
    parameters : Parameters
        The parameters.

    Returns
    -------
    bool
        False if one is.
    """
    found = (own.get("moving_variance") for own in parameters.others)
    return all((variance >= 0).all() for variance in found if variance is not None)


def _taken(left: dict[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    array = left.pop(name, None)
    if array is None:
        raise ShapeError(f"The array {shortened(name)} of shape {shape} is missing.")
    if array.shape != shape:
        raise ShapeError(f"The array {shortened(name)} must have shape {shape}, got {array.shape}.")
    return array
