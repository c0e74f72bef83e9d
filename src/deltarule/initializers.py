"""Initializers: the parameters before the first update.

`sample` returns a float64 array of `shape`; for weights that is (inputs, units), fan_in = inputs and
fan_out = units. Engines are handed the arrays, so that all start from the same numbers.
"""

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
    "DISTRIBUTIONS",
    "INITIALIZERS",
    "Constant",
    "DataDriven",
    "Glorot",
    "He",
    "HePlus",
    "Initializer",
    "LeCun",
    "Normal",
    "Orthogonal",
    "Uniform",
    "UnitVariance",
    "VarianceScaling",
    "Zeros",
]

Array = NDArray[Any]
Shape = tuple[int, ...]

DISTRIBUTIONS = ("uniform", "normal")


@dataclass(frozen=True)
class Initializer(Description):
    """Base of all initializers; `place`: "weights" or "biases" where it is for these alone."""

    place: ClassVar[str | None] = None

    @abstractmethod
    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        """Return starting values of `shape`, float64; the same for the same four arguments."""


INITIALIZERS: Family[Initializer] = Family("initializer")


@INITIALIZERS.register
@dataclass(frozen=True)
class Zeros(Initializer):
    """All zero: right for biases, and for weights a way to see why they must differ."""

    kind = "zeros"

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        return np.zeros(shape)


@INITIALIZERS.register
@dataclass(frozen=True)
class Constant(Initializer):
    """All equal to `value`."""

    kind = "constant"
    value: float = 0.0

    def __post_init__(self) -> None:
        checks.number("Constant.value", self.value)

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        return np.full(shape, float(self.value))


@INITIALIZERS.register
@dataclass(frozen=True)
class Uniform(Initializer):
    """U[low, high)."""

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
    """N(mean, standard_deviation²)."""

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


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """Zero mean and a variance fitted to the layer's size.

    `distribution`: "uniform" draws from ±√(3 · variance), "normal" from N(0, variance), not truncated
    (Keras truncates at two standard deviations).
    """

    distribution: str = "uniform"

    def __post_init__(self) -> None:
        owner = f"{type(self).__name__}.distribution"
        checks.one_of(owner, self.distribution, DISTRIBUTIONS)

    @abstractmethod
    def variance(self, fan_in: int, fan_out: int) -> float:
        """Return the variance of one weight."""

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        variance = self.variance(shape[0], shape[-1])
        if self.distribution == "normal":
            return Normal(0.0, math.sqrt(variance)).sample(shape, seed, purpose, layer)
        limit = math.sqrt(3 * variance)
        return Uniform(-limit, limit).sample(shape, seed, purpose, layer)


@INITIALIZERS.register
@dataclass(frozen=True)
class Glorot(VarianceScaling):
    """variance = 2 / (fan_in + fan_out) (Glorot and Bengio 2010, equation 16): tanh and sigmoid."""

    kind = "glorot"
    aliases = ("glorot_uniform", "xavier")
    label = "Glorot (tanh, sigmoid)"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 2 / (fan_in + fan_out)


@INITIALIZERS.register
@dataclass(frozen=True)
class He(VarianceScaling):
    """variance = 2 / fan_in (He et al. 2015, equation 10): ReLU and its kin."""

    kind = "he"
    aliases = ("he_uniform", "kaiming")
    label = "He (ReLU)"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 2 / fan_in


@INITIALIZERS.register
@dataclass(frozen=True)
class LeCun(VarianceScaling):
    """variance = 1 / fan_in (LeCun et al. 1998, section 4.6): SELU."""

    kind = "lecun"
    aliases = ("lecun_uniform",)
    label = "LeCun (SELU)"

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 1 / fan_in


@INITIALIZERS.register
@dataclass(frozen=True)
class Orthogonal(Initializer):
    """gain · Q, Q with orthonormal rows or columns, uniform over all such (Saxe et al. 2014).

    Q of the QR decomposition of a normal matrix, columns signed by R's diagonal (Mezzadri 2007).
    """

    kind = "orthogonal"
    gain: float = 1.0

    def __post_init__(self) -> None:
        checks.number("Orthogonal.gain", self.gain)

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        matrix = random.normal(seed, purpose, math.prod(shape), layer=layer)
        matrix = matrix.reshape(shape[0], -1)
        tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
        q, r = np.linalg.qr(tall)
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
        square = q if matrix.shape[0] >= matrix.shape[1] else q.T
        return self.gain * square.reshape(shape)


@dataclass(frozen=True)
class DataDriven(Initializer):
    """An initializer that looks at training rows after it was drawn."""

    @abstractmethod
    def look(self, values: Array, sums: Array, seed: int, layer: int) -> None:
        """Change the drawn `values`, weights (inputs, units) or biases (units,), in place.

        `sums` (rows, units): the layer's before the bias, with the weights as drawn or, for biases, as
        they have become.
        """


_MIN_SPREAD = 0.1


@INITIALIZERS.register
@dataclass(frozen=True)
class UnitVariance(DataDriven):
    """N(0, 1), each unit's weights then divided so that its sum has standard deviation 1 on given rows.

    Holzmüller et al. (2024), appendix A ("std"). A unit whose sum varies less than a tenth of the layer's
    mean is divided by that tenth: where the rows are of a few kinds only, the sum of one unit in ten is
    nearly the same for all of them by chance, and such a unit would drown all others. One whose sum does
    not vary at all is left as drawn.
    """

    kind = "unit_variance"
    place = "weights"

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        return random.normal(seed, purpose, math.prod(shape), layer=layer).reshape(shape)

    def look(self, values: Array, sums: Array, seed: int, layer: int) -> None:
        spread = sums.std(axis=0)
        varies = spread > 1e-8
        values /= np.where(varies, np.maximum(spread, _MIN_SPREAD * spread.mean()), 1.0)


@INITIALIZERS.register
@dataclass(frozen=True)
class HePlus(DataDriven):
    """b = −Σₖ λₖ zₖ: each unit's kink among the data. zₖ: the unit's sum on `neighbors` random training
    rows, λ exponential numbers divided by their sum (Steinwart 2019; "he+5" of Holzmüller et al. 2024).
    """

    kind = "he_plus"
    place = "biases"
    neighbors: int = 5

    def __post_init__(self) -> None:
        checks.integer("HePlus.neighbors", self.neighbors, at_least=1, at_most=1024)

    def sample(self, shape: Shape, seed: int, purpose: random.Purpose, layer: int) -> Array:
        return np.zeros(shape)

    def look(self, values: Array, sums: Array, seed: int, layer: int) -> None:
        count = self.neighbors * values.size
        unit = random.uniform(seed, random.Purpose.INITIAL_BIASES, 2 * count, layer=layer)
        chosen = (unit[:count] * len(sums)).astype(np.int64).reshape(self.neighbors, -1)
        shares = -np.log1p(-unit[count:]).reshape(self.neighbors, -1)
        total = shares.sum(axis=0)
        shares = np.where(total > 0, shares / np.where(total > 0, total, 1.0), 1 / self.neighbors)
        values -= (shares * sums[chosen, np.arange(values.size)]).sum(axis=0)
