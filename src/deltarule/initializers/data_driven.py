"""Initializers that depend on training rows."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from deltarule._common import checks, random
from deltarule.initializers.base import INITIALIZERS, Array, Initializer, Shape

__all__ = ["DataDriven", "HePlus", "UnitVariance"]

_MIN_SPREAD = 0.1


@dataclass(frozen=True)
class DataDriven(Initializer):
    """Base class of initializers that adjust the drawn values to training rows."""

    @abstractmethod
    def look(self, values: Array, sums: Array, seed: int, layer: int) -> None:
        """Adjust drawn values to training rows, in place.

        Parameters
        ----------
        values : ndarray of shape (n_inputs, n_units) or (n_units,)
            Drawn weights or biases, changed in place.
        sums : ndarray of shape (n_samples, n_units)
            Weighted sums of the layer without biases; for biases, with the adjusted weights.
        seed : int
            Seed of the random numbers.
        layer : int
            Number of the layer, which selects the random stream.
        """


@INITIALIZERS.register
@dataclass(frozen=True)
class UnitVariance(DataDriven):
    """Normal weights, scaled so that each unit's weighted sum has standard deviation 1 on training rows.

    Notes
    -----
    A unit whose sum varies less than a tenth of the layer's mean is divided by that tenth. Otherwise
    units that hardly vary on a few kinds of rows would dominate the others. A unit whose sum does
    not vary is not scaled.

    References
    ----------
    D. Holzmüller, L. Grinsztajn and I. Steinwart, "Better by default", 2024, appendix A ("std").
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
    """Biases that put each unit's kink among the training rows: b = −Σₖ λₖ zₖ.

    Parameters
    ----------
    neighbors : int, default 5
        Number of random training rows per unit, from 1 to 1024.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    zₖ is the unit's weighted sum on a random training row, λ are exponential random numbers divided
    by their sum ("he+5" of Holzmüller et al. 2024).

    References
    ----------
    I. Steinwart, "A sober look at neural network initializations", 2019.
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
