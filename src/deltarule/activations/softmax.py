"""The exponential, and softmax, its normalization over a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule.activations.base import ACTIVATIONS, Activation, Array, Elementwise

__all__ = ["Exponential", "Softmax"]


@ACTIVATIONS.register
@dataclass(frozen=True)
class Exponential(Elementwise):
    """Exponential: g(z) = g′(z) = eᶻ, a positive output, such as the rate of a Poisson distribution."""

    kind = "exponential"
    formula = "eᶻ"
    keras_names = ("exponential",)

    def __call__(self, z: Array) -> Array:
        return np.exp(z)

    def derivative(self, z: Array) -> Array:
        return np.exp(z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Softmax(Activation):
    """Softmax over each row: g(z)ⱼ = e^(zⱼ) / Σₖ e^(zₖ), the probabilities of classes.

    Notes
    -----
    ∂J/∂zⱼ = gⱼ (δⱼ − Σₖ δₖ gₖ) with δ = ∂J/∂g.

    References
    ----------
    J. S. Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import Softmax
    >>> Softmax()(np.zeros((1, 4)))
    array([[0.25, 0.25, 0.25, 0.25]])
    """

    kind = "softmax"
    formula = "e^zⱼ / Σₖ e^zₖ"
    keras_names = ("softmax",)
    bounded = True

    def __call__(self, z: Array) -> Array:
        powers = np.exp(z - z.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def backward(self, z: Array, delta: Array) -> Array:
        g = self(z)
        return g * (delta - (delta * g).sum(axis=-1, keepdims=True))
