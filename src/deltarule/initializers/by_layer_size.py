"""Initializers that depend on the size of the layer."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from deltarule._common import checks, random
from deltarule._common.blas_threads import single_blas_thread
from deltarule.initializers.base import INITIALIZERS, Array, Initializer, Normal, Shape, Uniform

__all__ = ["Glorot", "He", "LeCun", "Orthogonal", "VarianceScaling"]

DISTRIBUTIONS = ("uniform", "normal")


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """Base class of initializers with mean 0 and a variance that depends on the size of the layer.

    Parameters
    ----------
    distribution : {"uniform", "normal"}, default "uniform"
        Distribution of the weights.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    "uniform" draws from ±√(3 · variance), "normal" from N(0, variance) without truncation.
    """

    distribution: str = "uniform"

    def __post_init__(self) -> None:
        owner = f"{type(self).__name__}.distribution"
        checks.one_of(owner, self.distribution, DISTRIBUTIONS)

    @abstractmethod
    def variance(self, fan_in: int, fan_out: int) -> float:
        """Return the variance of one weight.

        Parameters
        ----------
        fan_in : int
            Inputs of the layer.
        fan_out : int
            Units of the layer.

        Returns
        -------
        float
            Variance.
        """

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        variance = self.variance(shape[0], shape[-1])
        if self.distribution == "normal":
            return Normal(0.0, math.sqrt(variance)).sample(shape, seed, purpose, layer)
        limit = math.sqrt(3 * variance)
        return Uniform(-limit, limit).sample(shape, seed, purpose, layer)


@INITIALIZERS.register
@dataclass(frozen=True)
class Glorot(VarianceScaling):
    """Glorot (Xavier) initialization: variance 2 / (fan_in + fan_out); for tanh and sigmoid.

    Parameters
    ----------
    distribution : {"uniform", "normal"}, default "uniform"
        Distribution of the weights.

    Raises
    ------
    SettingError
        If a setting is out of range.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 16.

    Examples
    --------
    >>> from deltarule.initializers import Glorot
    >>> Glorot().variance(30, 20)
    0.04
    """

    kind = "glorot"
    aliases = ("glorot_uniform", "xavier")
    label = "Glorot (tanh, sigmoid)"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 2 / (fan_in + fan_out)


@INITIALIZERS.register
@dataclass(frozen=True)
class He(VarianceScaling):
    """He (Kaiming) initialization: variance 2 / fan_in; for ReLU and similar activations.

    Parameters
    ----------
    distribution : {"uniform", "normal"}, default "uniform"
        Distribution of the weights.

    Raises
    ------
    SettingError
        If a setting is out of range.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", 2015, equation 10.

    Examples
    --------
    >>> import deltarule as dr
    >>> dr.Dense(8, "relu", initializer="he").initializer
    He(distribution='uniform')
    """

    kind = "he"
    aliases = ("he_uniform", "kaiming")
    label = "He (ReLU)"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 2 / fan_in


@INITIALIZERS.register
@dataclass(frozen=True)
class LeCun(VarianceScaling):
    """LeCun initialization: variance 1 / fan_in; for SELU.

    Parameters
    ----------
    distribution : {"uniform", "normal"}, default "uniform"
        Distribution of the weights.

    Raises
    ------
    SettingError
        If a setting is out of range.

    References
    ----------
    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", 1998, section 4.6.
    """

    kind = "lecun"
    aliases = ("lecun_uniform",)
    label = "LeCun (SELU)"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / fan_in


@INITIALIZERS.register
@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Random orthogonal matrix times a gain: orthonormal rows or columns.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the matrix.

    Raises
    ------
    SettingError
        If `gain` is not a finite number.

    Notes
    -----
    Q of the QR decomposition of a normal matrix, its columns multiplied by the signs of R's
    diagonal, so that it is uniformly distributed (Mezzadri 2007).

    References
    ----------
    A. M. Saxe, J. L. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", 2014.
    """

    kind = "orthogonal"
    gain: float = 1.0

    def __post_init__(self) -> None:
        checks.number("Orthogonal.gain", self.gain)

    @single_blas_thread()
    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        matrix = random.normal(seed, purpose, math.prod(shape), layer=layer)
        matrix = matrix.reshape(shape[0], -1)
        tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
        q, r = np.linalg.qr(tall)
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
        square = q if matrix.shape[0] >= matrix.shape[1] else q.T
        return self.gain * square.reshape(shape)
