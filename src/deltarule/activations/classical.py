"""Identity, the threshold functions of perceptrons, and the S-shaped activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule.activations.base import ACTIVATIONS, Array, Elementwise, sigmoid

__all__ = ["Identity", "Sigmoid", "Sign", "Softsign", "Step", "Tanh"]


@ACTIVATIONS.register
@dataclass(frozen=True)
class Identity(Elementwise):
    """Identity: g(z) = z, g′(z) = 1."""

    kind = "identity"
    aliases = ("linear",)
    formula = "z"
    keras_names = ("linear",)

    def __call__(self, z: Array) -> Array:
        return z.copy()

    def derivative(self, z: Array) -> Array:
        return np.ones_like(z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Sign(Elementwise):
    """Sign: g(z) = −1, 0 or 1 for z below, at or above 0; g′(z) = 0.

    No gradient passes through it: it is for networks with given weights.

    References
    ----------
    F. Rosenblatt, "The perceptron", Psychological Review 65(6), 1958.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import Sign
    >>> Sign()(np.array([-0.3, 0.0, 2.0]))
    array([-1.,  0.,  1.])
    """

    kind = "sign"
    formula = "−1, 0 or 1"
    bounded = True
    learns = False

    def __call__(self, z: Array) -> Array:
        return np.sign(z)

    def derivative(self, z: Array) -> Array:
        return np.zeros_like(z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Step(Elementwise):
    """Unit step: g(z) = 1 if z ≥ 0, else 0; g′(z) = 0.

    No gradient passes through it: it is for networks with given weights.

    References
    ----------
    W. S. McCulloch and W. Pitts, "A logical calculus of the ideas immanent in nervous activity", 1943.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import Step
    >>> Step()(np.array([-0.3, 0.0, 2.0]))
    array([0., 1., 1.])
    """

    kind = "step"
    formula = "1 if z ≥ 0, else 0"
    bounded = True
    learns = False

    def __call__(self, z: Array) -> Array:
        return (z >= 0).astype(z.dtype)

    def derivative(self, z: Array) -> Array:
        return np.zeros_like(z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """Logistic function: g(z) = 1 / (1 + e⁻ᶻ), g′(z) = g(z) (1 − g(z)).

    Notes
    -----
    It computes exponentials of −|z| only, so nothing overflows, and g′ as g(z) g(−z), because 1 − g(z)
    would cancel for large z.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import Sigmoid
    >>> Sigmoid()(np.array([0.0])), Sigmoid().derivative(np.array([0.0]))
    (array([0.5]), array([0.25]))
    """

    kind = "sigmoid"
    aliases = ("logistic",)
    formula = "1 / (1 + e⁻ᶻ)"
    keras_names = ("sigmoid",)
    bounded = True

    def __call__(self, z: Array) -> Array:
        return sigmoid(z)

    def derivative(self, z: Array) -> Array:
        return sigmoid(z) * sigmoid(-z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Tanh(Elementwise):
    """Hyperbolic tangent: g(z) = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ), g′(z) = 1 − g(z)²."""

    kind = "tanh"
    formula = "(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)"
    keras_names = ("tanh",)
    bounded = True

    def __call__(self, z: Array) -> Array:
        return np.tanh(z)

    def derivative(self, z: Array) -> Array:
        return 1 - np.tanh(z) ** 2


@ACTIVATIONS.register
@dataclass(frozen=True)
class Softsign(Elementwise):
    """Softsign: g(z) = z / (1 + |z|), g′(z) = 1 / (1 + |z|)².

    Approaches ±1 like tanh, but as 1/|z| instead of e^(−2|z|), so its derivative stays larger for
    large |z|.

    References
    ----------
    J. Turian, J. Bergstra and Y. Bengio, "Quadratic features and deep architectures for chunking", 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import Softsign
    >>> Softsign()(np.array([-1.0, 0.0, 3.0]))
    array([-0.5 ,  0.  ,  0.75])
    """

    kind = "softsign"
    formula = "z / (1 + |z|)"
    keras_names = ("softsign",)
    bounded = True

    def __call__(self, z: Array) -> Array:
        return z / (1 + np.abs(z))

    def derivative(self, z: Array) -> Array:
        return 1 / (1 + np.abs(z)) ** 2
