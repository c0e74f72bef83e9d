"""Activations: g(z) and its derivative g′(z), formula, source and NumPy beside each other.

Each is a frozen description that can be called: `Sigmoid()(z)` is g(z), `Sigmoid().derivative(z)` is
g′(z), both element by element for any array of floats; the dtype is kept. `Softmax` works on rows.
To add one, write the class here and its formula in `native/core/activations.hpp`. Menus, estimators,
the Keras vocabulary and exports read it from `ACTIVATIONS`; the contract grid tests it on every engine.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "SELU",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Activation",
    "Elementwise",
    "Exponential",
    "Identity",
    "LeakyReLU",
    "Mish",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "sigmoid",
    "softplus",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class Activation(Description):
    """Base of all activations."""

    learns: ClassVar[bool] = True  # False: g′(z) = 0 everywhere, so no gradient passes through
    bounded: ClassVar[bool] = False  # whether |g(z)| ≤ 1 for every z
    keras_names: ClassVar[tuple[str, ...]] = ()  # none: Keras has no such activation
    keras_defaults: ClassVar[dict[str, Any]] = {}  # settings whose defaults differ in Keras

    @abstractmethod
    def __call__(self, z: Array) -> Array:
        """Return g(z), of z's shape and dtype."""

    @abstractmethod
    def backward(self, z: Array, delta: Array) -> Array:
        """Return ∂J/∂z from delta = ∂J/∂g(z); arrays of shape (rows, units)."""


ACTIVATIONS: Family[Activation] = Family("activation")


@dataclass(frozen=True)
class Elementwise(Activation):
    """An activation whose output j depends on z_j alone, so that ∂J/∂z = ∂J/∂g · g′(z)."""

    @abstractmethod
    def derivative(self, z: Array) -> Array:
        """Return g′(z), of z's shape and dtype."""

    def backward(self, z: Array, delta: Array) -> Array:
        return delta * self.derivative(z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Identity(Elementwise):
    """g(z) = z, g′(z) = 1."""

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
    """g(z) = −1, 0 or 1 for z below, at or above 0 (Rosenblatt 1958); g′ = 0: no gradient learns it."""

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
    """g(z) = 1 if z ≥ 0, else 0 (McCulloch and Pitts 1943); g′ = 0: no gradient learns it."""

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
    """g(z) = 1 / (1 + e⁻ᶻ), g′(z) = g (1 − g). Exponentials of −|z| only, so nothing overflows."""

    kind = "sigmoid"
    aliases = ("logistic",)
    formula = "1 / (1 + e⁻ᶻ)"
    keras_names = ("sigmoid",)
    bounded = True

    def __call__(self, z: Array) -> Array:
        return sigmoid(z)

    def derivative(self, z: Array) -> Array:
        # g(z) g(−z) instead of g (1 − g): 1 − g would cancel for large z.
        return sigmoid(z) * sigmoid(-z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Tanh(Elementwise):
    """g(z) = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ), g′(z) = 1 − g²."""

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
class ReLU(Elementwise):
    """g(z) = max(0, z), g′(z) = 1 where z > 0, else 0 (Nair and Hinton 2010)."""

    kind = "relu"
    label = "ReLU"
    formula = "max(0, z)"
    keras_names = ("relu",)

    def __call__(self, z: Array) -> Array:
        return np.maximum(z, 0)

    def derivative(self, z: Array) -> Array:
        return (z > 0).astype(z.dtype)


@ACTIVATIONS.register
@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """g(z) = z where z > 0, else a·z with a = negative_slope (Maas et al. 2013).

    The default slope is the paper's and PyTorch's 0.01; Keras's layer uses 0.3.
    """

    kind = "leaky_relu"
    label = "leaky ReLU"
    formula = "z if z > 0, else 0.01 z"
    keras_names = ("leaky_relu",)
    keras_defaults: ClassVar[dict[str, Any]] = {"negative_slope": 0.2}
    negative_slope: float = 0.01

    def __post_init__(self) -> None:
        checks.number("LeakyReLU.negative_slope", self.negative_slope)

    def __call__(self, z: Array) -> Array:
        return np.where(z > 0, z, z * z.dtype.type(self.negative_slope))

    def derivative(self, z: Array) -> Array:
        return np.where(z > 0, z.dtype.type(1), z.dtype.type(self.negative_slope))


@ACTIVATIONS.register
@dataclass(frozen=True)
class ELU(Elementwise):
    """g(z) = z where z > 0, else α (eᶻ − 1); g′ = 1, else α eᶻ (Clevert et al. 2016)."""

    kind = "elu"
    label = "ELU"
    formula = "z if z > 0, else eᶻ − 1"
    keras_names = ("elu",)
    alpha: float = 1.0

    def __post_init__(self) -> None:
        checks.number("ELU.alpha", self.alpha)

    def __call__(self, z: Array) -> Array:
        return np.where(z > 0, z, z.dtype.type(self.alpha) * np.expm1(np.minimum(z, 0)))

    def derivative(self, z: Array) -> Array:
        slope = z.dtype.type(self.alpha) * np.exp(np.minimum(z, 0))
        return np.where(z > 0, z.dtype.type(1), slope)


SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@ACTIVATIONS.register
@dataclass(frozen=True)
class SELU(Elementwise):
    """g(z) = λ z where z > 0, else λ α (eᶻ − 1), λ and α as in Klambauer et al. (2017), equation 2."""

    kind = "selu"
    label = "SELU"
    formula = "1.05 z if z > 0, else 1.76 (eᶻ − 1)"
    keras_names = ("selu",)

    def __call__(self, z: Array) -> Array:
        below = z.dtype.type(SELU_SCALE * SELU_ALPHA) * np.expm1(np.minimum(z, 0))
        return np.where(z > 0, z.dtype.type(SELU_SCALE) * z, below)

    def derivative(self, z: Array) -> Array:
        below = z.dtype.type(SELU_SCALE * SELU_ALPHA) * np.exp(np.minimum(z, 0))
        return np.where(z > 0, z.dtype.type(SELU_SCALE), below)


@ACTIVATIONS.register
@dataclass(frozen=True)
class GELU(Elementwise):
    """g(z) = z Φ(z), g′(z) = Φ(z) + z φ(z), Φ the standard normal distribution (Hendrycks and Gimpel
    2016). The exact form through erf, as PyTorch and Keras default to, not the tanh approximation.
    """

    kind = "gelu"
    label = "GELU"
    formula = "z Φ(z)"
    keras_names = ("gelu",)

    def __call__(self, z: Array) -> Array:
        return z * _normal_cdf(z)

    def derivative(self, z: Array) -> Array:
        density = np.exp(-0.5 * z * z) * z.dtype.type(1 / math.sqrt(2 * math.pi))
        return _normal_cdf(z) + z * density


@ACTIVATIONS.register
@dataclass(frozen=True)
class SiLU(Elementwise):
    """g(z) = z σ(z), g′(z) = σ(z) (1 + z σ(−z)) (Elfwing et al. 2018); also called swish."""

    kind = "silu"
    aliases = ("swish",)
    label = "SiLU (swish)"
    formula = "z σ(z)"
    keras_names = ("silu", "swish")

    def __call__(self, z: Array) -> Array:
        return z * sigmoid(z)

    def derivative(self, z: Array) -> Array:
        return sigmoid(z) * (1 + z * sigmoid(-z))


@ACTIVATIONS.register
@dataclass(frozen=True)
class Mish(Elementwise):
    """g(z) = z tanh(softplus(z)), g′ = t + z (1 − t²) σ(z) with t = tanh(softplus(z)) (Misra 2019)."""

    kind = "mish"
    label = "Mish"
    formula = "z tanh(log(1 + eᶻ))"
    keras_names = ("mish",)

    def __call__(self, z: Array) -> Array:
        return z * np.tanh(softplus(z))

    def derivative(self, z: Array) -> Array:
        t = np.tanh(softplus(z))
        return t + z * (1 - t * t) * sigmoid(z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Softplus(Elementwise):
    """g(z) = log(1 + eᶻ) = max(z, 0) + log(1 + e^−|z|), g′ = σ(z) (Dugas et al. 2001)."""

    kind = "softplus"
    formula = "log(1 + eᶻ)"
    keras_names = ("softplus",)

    def __call__(self, z: Array) -> Array:
        return softplus(z)

    def derivative(self, z: Array) -> Array:
        return sigmoid(z)


@ACTIVATIONS.register
@dataclass(frozen=True)
class Softsign(Elementwise):
    """g(z) = z / (1 + |z|), g′(z) = 1 / (1 + |z|)² (Bergstra et al. 2009; Glorot and Bengio 2010).

    Approaches ±1 as tanh does, but like 1/|z| instead of e^(−2|z|), so its slope stays larger far out.
    """

    kind = "softsign"
    formula = "z / (1 + |z|)"
    keras_names = ("softsign",)
    bounded = True

    def __call__(self, z: Array) -> Array:
        return z / (1 + np.abs(z))

    def derivative(self, z: Array) -> Array:
        return 1 / (1 + np.abs(z)) ** 2


@ACTIVATIONS.register
@dataclass(frozen=True)
class Exponential(Elementwise):
    """g(z) = g′(z) = eᶻ: the rate of a Poisson count, a positive output with a log link."""

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
    """g(z)ⱼ = e^(zⱼ) / Σₖ e^(zₖ) over each row; ∂J/∂zⱼ = gⱼ (δⱼ − Σₖ δₖ gₖ) (Bridle 1990)."""

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


def sigmoid(z: Array) -> Array:
    """1 / (1 + e⁻ᶻ) without overflow, of z's shape and dtype."""
    small = np.exp(-np.abs(z))  # in (0, 1]
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def softplus(z: Array) -> Array:
    """log(1 + eᶻ) without overflow, of z's shape and dtype."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


# NumPy has no erfc; the C library's, element by element, is exact and slow, as a reference may be.
_erfc = np.frompyfunc(math.erfc, 1, 1)


def _normal_cdf(z: Array) -> Array:
    # ½ erfc(−z/√2) instead of ½ (1 + erf(z/√2)): the sum would cancel for z far below 0.
    halves = 0.5 * np.asarray(_erfc(-z / math.sqrt(2)), dtype=np.float64)
    return halves.astype(z.dtype)
