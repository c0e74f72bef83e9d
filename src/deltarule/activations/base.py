"""The base classes and the family of activations, and functions that several of them use."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.descriptions import Description, Family

__all__ = ["ACTIVATIONS", "Activation", "Elementwise", "sigmoid", "softplus"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Activation(Description):
    """Base class of all activations.

    See Also
    --------
    Elementwise : Base class of activations that work unit by unit.

    Notes
    -----
    Subclasses state facts as class attributes: ``learns`` (False where g′ is 0 everywhere), ``bounded``
    (whether |g(z)| ≤ 1), ``keras_names`` (empty where Keras has no such activation) and
    ``keras_defaults`` (settings whose defaults differ in Keras).
    """

    learns: ClassVar[bool] = True
    bounded: ClassVar[bool] = False
    keras_names: ClassVar[tuple[str, ...]] = ()
    keras_defaults: ClassVar[dict[str, Any]] = {}

    @property
    def __name__(self) -> str:
        """Keras's name, as that of a function: code reads `layer.activation.__name__`."""
        return self.keras_names[0] if self.keras_names else self.kind

    @abstractmethod
    def __call__(self, z: Array) -> Array:
        """Return g(z), of z's shape and dtype."""

    @abstractmethod
    def backward(self, z: Array, delta: Array) -> Array:
        """Backpropagate through the activation.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_units)
            Weighted sums of the units.
        delta : ndarray of shape (n_samples, n_units)
            ∂J/∂g(z).

        Returns
        -------
        ndarray of shape (n_samples, n_units)
            ∂J/∂z, of z's dtype.
        """


ACTIVATIONS: Family[Activation] = Family("activation")


@dataclass(frozen=True)
class Elementwise(Activation):
    """Base class of activations whose output j depends on z_j alone: ∂J/∂z = ∂J/∂g · g′(z)."""

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """Return the derivative g′(z).

        Parameters
        ----------
        z : ndarray of any shape
            Weighted sums.

        Returns
        -------
        ndarray of z's shape
            Derivative g′(z), of z's dtype.
        """

    def backward(self, z: Array, delta: Array) -> Array:
        return delta * self.derivative(z)


def sigmoid(z: Array) -> Array:
    """Compute 1 / (1 + e⁻ᶻ) without overflow.

    Parameters
    ----------
    z : ndarray of any shape
        Floating-point numbers.

    Returns
    -------
    ndarray of z's shape
        Values from 0 to 1, of z's dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import sigmoid
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    small = np.exp(-np.abs(z))  # in (0, 1]
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def softplus(z: Array) -> Array:
    """Compute log(1 + eᶻ) without overflow.

    Parameters
    ----------
    z : ndarray of any shape
        Floating-point numbers.

    Returns
    -------
    ndarray of z's shape
        Positive values, of z's dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import softplus
    >>> softplus(np.array([-1000.0, 1000.0]))
    array([   0., 1000.])
    """
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
