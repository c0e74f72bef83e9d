"""The base class and the family of initializers, and distributions that do not depend on the layer."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks, random
from deltarule._common.descriptions import Description, Family

__all__ = [
    "INITIALIZERS",
    "Constant",
    "Initializer",
    "Normal",
    "TruncatedNormal",
    "Uniform",
    "Zeros",
]

TRUNCATION = 2.0  # standard deviations from the mean

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Initializer(Description):
    """Base class of all initializers.

    Notes
    -----
    The class attribute ``place`` is "weights" or "biases" for initializers of these alone, else None.
    """

    place: ClassVar[str | None] = None

    @abstractmethod
    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        """Return initial values; the same for the same four arguments.

        Parameters
        ----------
        shape : tuple of int
            Shape of the values; (n_inputs, n_units) for weights.
        seed : int
            Seed of the random numbers.
        purpose : random.Purpose
            Purpose of the values, which selects the random stream.
        layer : int
            Number of the layer, which selects the random stream.

        Returns
        -------
        ndarray of the given shape, dtype float64
            Initial values.
        """


INITIALIZERS: Family[Initializer] = Family("initializer")


@INITIALIZERS.register
@dataclass(frozen=True)
class Zeros(Initializer):
    """All zeros: the usual initial biases."""

    kind = "zeros"

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        return np.zeros(shape)


@INITIALIZERS.register
@dataclass(frozen=True)
class Constant(Initializer):
    """All values equal.

    Parameters
    ----------
    value : float, default 0.0
        The value.

    Raises
    ------
    SettingError
        If `value` is not a finite number.
    """

    kind = "constant"
    value: float = 0.0

    def __post_init__(self) -> None:
        checks.number("Constant.value", self.value)

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        return np.full(shape, float(self.value))


@INITIALIZERS.register
@dataclass(frozen=True)
class Uniform(Initializer):
    """Uniform distribution on [low, high).

    Parameters
    ----------
    low : float, default -0.05
        Lower bound.
    high : float, default 0.05
        Upper bound, at least `low`.

    Raises
    ------
    SettingError
        If a setting is out of range.
    """

    kind = "uniform"
    low: float = -0.05
    high: float = 0.05

    def __post_init__(self) -> None:
        checks.number("Uniform.low", self.low)
        checks.number("Uniform.high", self.high, at_least=self.low)

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        unit = random.uniform(seed, purpose, math.prod(shape), layer=layer).reshape(shape)
        unit *= self.high - self.low
        unit += self.low
        return unit


@INITIALIZERS.register
@dataclass(frozen=True)
class Normal(Initializer):
    """Normal distribution.

    Parameters
    ----------
    mean : float, default 0.0
        Mean.
    standard_deviation : float, default 0.05
        Standard deviation, at least 0.

    Raises
    ------
    SettingError
        If a setting is out of range.
    """

    kind = "normal"
    mean: float = 0.0
    standard_deviation: float = 0.05

    def __post_init__(self) -> None:
        checks.number("Normal.mean", self.mean)
        checks.number("Normal.standard_deviation", self.standard_deviation, at_least=0)

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        unit = random.normal(seed, purpose, math.prod(shape), layer=layer).reshape(shape)
        unit *= self.standard_deviation
        unit += self.mean
        return unit


@INITIALIZERS.register
@dataclass(frozen=True)
class TruncatedNormal(Initializer):
    """Normal distribution without the values farther than two standard deviations from the mean.

    Parameters
    ----------
    mean : float, default 0.0
        Mean.
    standard_deviation : float, default 0.05
        Standard deviation before truncation, at least 0; afterwards it is 0.88 times as large.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> from deltarule import Dense, Network
    >>> from deltarule.initialization import initial_parameters
    >>> from deltarule.initializers import TruncatedNormal
    >>> layer = Dense(50, initializer=TruncatedNormal(0.0, 0.1))
    >>> weights = initial_parameters(Network([layer], 50), seed=0).weights[0]
    >>> bool(abs(weights).max() <= 0.2)
    True
    """

    kind = "truncated_normal"
    mean: float = 0.0
    standard_deviation: float = 0.05

    def __post_init__(self) -> None:
        checks.number("TruncatedNormal.mean", self.mean)
        checks.number("TruncatedNormal.standard_deviation", self.standard_deviation, at_least=0)

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        size = math.prod(shape)
        count = size + size // 16 + 32  # one number in 22 is beyond the limit
        while True:
            drawn = random.normal(seed, purpose, count, layer=layer)
            within = drawn[np.abs(drawn) <= TRUNCATION]
            if len(within) >= size:
                unit = within[:size].reshape(shape)
                return self.mean + self.standard_deviation * unit
            count *= 2
