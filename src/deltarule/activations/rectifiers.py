"""ReLU and activations that approach it for large |z|."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from deltarule._common import checks
from deltarule.activations.base import ACTIVATIONS, Array, Elementwise, sigmoid, softplus

__all__ = ["ELU", "GELU", "SELU", "LeakyReLU", "Mish", "ReLU", "SiLU", "Softplus"]

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@ACTIVATIONS.register
@dataclass(frozen=True)
class ReLU(Elementwise):
    """Rectified linear unit: g(z) = max(0, z); g′(z) = 1 where z > 0, else 0.

    References
    ----------
    V. Nair and G. E. Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import ReLU
    >>> ReLU()(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """

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
    """Leaky ReLU: g(z) = z where z > 0, else a·z.

    Parameters
    ----------
    negative_slope : float, default 0.01
        Slope a of the negative part. PyTorch's default is 0.01 too; that of Keras's layer is 0.3.

    Raises
    ------
    SettingError
        If `negative_slope` is not a finite number.

    References
    ----------
    A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve neural network acoustic
    models", 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.activations import LeakyReLU
    >>> LeakyReLU(0.1)(np.array([-2.0, 3.0]))
    array([-0.2,  3. ])
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
    """Exponential linear unit: g(z) = z where z > 0, else α (eᶻ − 1); g′(z) = 1, else α eᶻ.

    Parameters
    ----------
    alpha : float, default 1.0
        Scale α of the negative part; g(z) approaches −α for large negative z.

    Raises
    ------
    SettingError
        If `alpha` is not a finite number.

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network learning by
    exponential linear units", 2016.
    """

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


@ACTIVATIONS.register
@dataclass(frozen=True)
class SELU(Elementwise):
    """Scaled ELU: g(z) = λ z where z > 0, else λ α (eᶻ − 1).

    Notes
    -----
    λ ≈ 1.0507 and α ≈ 1.6733 keep mean 0 and variance 1 from layer to layer with `LeCun` initialization
    (equation 2 of the paper).

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-normalizing neural networks", 2017.
    """

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
    """Gaussian error linear unit: g(z) = z Φ(z), g′(z) = Φ(z) + z φ(z).

    Notes
    -----
    Φ is the standard normal distribution function, φ its density. This is the exact form with erf, the
    default of PyTorch and Keras, not the approximation with tanh.

    References
    ----------
    D. Hendrycks and K. Gimpel, "Gaussian error linear units", 2016.
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
    """Sigmoid linear unit, also called swish: g(z) = z σ(z), g′(z) = σ(z) (1 + z σ(−z)).

    References
    ----------
    S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning", 2018.
    """

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
    """Mish: g(z) = z t with t = tanh(softplus(z)), g′(z) = t + z (1 − t²) σ(z).

    References
    ----------
    D. Misra, "Mish: a self regularized non-monotonic activation function", 2019.
    """

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
    """Softplus: g(z) = log(1 + eᶻ), g′(z) = σ(z).

    References
    ----------
    C. Dugas et al., "Incorporating second-order functional knowledge for better option pricing", 2001.
    """

    kind = "softplus"
    formula = "log(1 + eᶻ)"
    keras_names = ("softplus",)

    def __call__(self, z: Array) -> Array:
        return softplus(z)

    def derivative(self, z: Array) -> Array:
        return sigmoid(z)


# NumPy has no erfc; the C library's, element by element, is exact but slow.
_erfc = np.frompyfunc(math.erfc, 1, 1)


def _normal_cdf(z: Array) -> Array:
    # ½ erfc(−z/√2) instead of ½ (1 + erf(z/√2)): the sum would cancel for z far below 0.
    halves = 0.5 * np.asarray(_erfc(-z / math.sqrt(2)), dtype=np.float64)
    return halves.astype(z.dtype)
