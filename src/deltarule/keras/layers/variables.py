"""The arrays of a layer as Keras's variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import ArrayLike

from deltarule.keras.values import Array, ArrayValue


class ArrayHolder(Protocol):
    """A layer, as its variables use it."""

    name: str
    arrays: dict[str, Array]

    def refresh(self) -> None:
        """Copy the newest weights from a training run in progress."""

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Set all arrays."""


class WeightSource(Protocol):
    """A training run that holds newer weights than the layers."""

    def pull(self) -> None:
        """Copy the weights of the run to the layers."""

    def push(self) -> None:
        """Copy the layers' arrays to the run."""


class Variable(ArrayValue):
    """One array of a layer.

    It calculates, compares and can be indexed as a NumPy array; `assign` sets its values.

    Parameters
    ----------
    layer : Layer
        The layer that holds the array.
    key : str
        Name of the array in the layer: "kernel", "bias", ...
    trainable : bool
        Whether training changes it.

    Examples
    --------
    >>> from deltarule import keras
    >>> layer = keras.layers.Dense(2, kernel_initializer="ones")
    >>> layer.build((None, 3))
    >>> layer.kernel.assign(layer.kernel * 2).shape
    (3, 2)
    >>> float(layer.kernel[0, 0])
    2.0
    """

    def __init__(self, layer: ArrayHolder, key: str, trainable: bool) -> None:
        self._layer, self._key, self.trainable = layer, key, trainable

    @property
    def name(self) -> str:
        """Name within the layer: "kernel", "bias", ..."""
        return self._key

    @property
    def path(self) -> str:
        """Name of the layer and of the array: "dense/kernel"."""
        return f"{self._layer.name}/{self._key}"

    def _read(self) -> Array:
        self._layer.refresh()
        return self._layer.arrays[self._key]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._layer.arrays[self._key].shape

    def assign(self, value: ArrayLike) -> Any:
        self._layer.refresh()
        values = {**self._layer.arrays, self._key: value}
        self._layer.set_weights(list(values.values()))
        return self.value
