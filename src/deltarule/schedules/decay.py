"""Schedules that fall from the first update on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from deltarule._common import checks
from deltarule.schedules.base import RATE_HINT, SCHEDULES, Rates, Schedule, Updates, half_cosine

__all__ = ["Cosine", "ExponentialDecay", "FlatCosine", "InverseScaling", "StepDecay"]


@SCHEDULES.register
@dataclass(frozen=True)
class StepDecay(Schedule):
    """Step decay: η = η₀ · factor^⌊epoch / every_epochs⌋, epochs counted from 0.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Learning rate η₀, greater than 0.
    factor : float, default 0.5
        Factor of each step, 0 < factor ≤ 1.
    every_epochs : int, default 10
        Epochs from one step to the next, at least 1.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.schedules import StepDecay
    >>> StepDecay(1.0, 0.5, every_epochs=2).rates(np.arange(5), steps_per_epoch=1, epochs=5)
    array([1.  , 1.  , 0.5 , 0.5 , 0.25])
    """

    kind = "step"
    learning_rate: float = 1e-2
    factor: float = 0.5
    every_epochs: int = 10

    def __post_init__(self) -> None:
        checks.number("StepDecay.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)
        checks.number("StepDecay.factor", self.factor, above=0, at_most=1)
        checks.integer("StepDecay.every_epochs", self.every_epochs, at_least=1)

    @classmethod
    def for_run(cls, learning_rate: float, epochs: int, rows: int) -> Schedule:
        return cls(learning_rate, 0.5, max(epochs // 10, 1))

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        drops = updates // steps_per_epoch // self.every_epochs
        return self.learning_rate * self.factor ** drops.astype(np.float64)

    @property
    def varies_within_epoch(self) -> bool:
        return False


@SCHEDULES.register
@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """Exponential decay: η = η₀ · factor^(t / (every_epochs · steps_per_epoch)), t the update number.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Learning rate η₀, greater than 0.
    factor : float, default 0.95
        Factor of the rate in `every_epochs` epochs, 0 < factor ≤ 1.
    every_epochs : float, default 1.0
        Epochs in which the rate falls by `factor`, greater than 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.schedules import ExponentialDecay
    >>> ExponentialDecay(1.0, 0.5).rates(np.array([0, 10, 20]), steps_per_epoch=10, epochs=3)
    array([1.  , 0.5 , 0.25])
    """

    kind = "exponential"
    learning_rate: float = 1e-2
    factor: float = 0.95
    every_epochs: float = 1.0

    def __post_init__(self) -> None:
        checks.number("ExponentialDecay.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)
        checks.number("ExponentialDecay.factor", self.factor, above=0, at_most=1)
        checks.number("ExponentialDecay.every_epochs", self.every_epochs, above=0)

    @classmethod
    def for_run(cls, learning_rate: float, epochs: int, rows: int) -> Schedule:
        return cls(learning_rate, 0.5, max(epochs // 10, 1))

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        passed = updates / (steps_per_epoch * self.every_epochs)
        return self.learning_rate * self.factor**passed


@SCHEDULES.register
@dataclass(frozen=True)
class InverseScaling(Schedule):
    """Inverse scaling: η = η₀ / (1 + n)^power, n the samples seen before the epoch.

    This is "invscaling" of scikit-learn.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Learning rate η₀, greater than 0.
    power : float, default 0.5
        Exponent, at least 0.
    samples_per_epoch : int, default 1
        Training rows, at least 1.
    samples_before : int, default 0
        Samples seen before this run, at least 0; they count from the second epoch on.

    Raises
    ------
    SettingError
        If a setting is out of range.
    """

    kind = "inverse_scaling"
    learning_rate: float = 1e-2
    power: float = 0.5
    samples_per_epoch: int = 1
    samples_before: int = 0

    def __post_init__(self) -> None:
        checks.number("InverseScaling.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)
        checks.number("InverseScaling.power", self.power, at_least=0)
        checks.integer("InverseScaling.samples_per_epoch", self.samples_per_epoch, at_least=1)
        checks.integer("InverseScaling.samples_before", self.samples_before, at_least=0)

    @classmethod
    def for_run(cls, learning_rate: float, epochs: int, rows: int) -> Schedule:
        return cls(learning_rate, samples_per_epoch=rows)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        epoch = (updates // steps_per_epoch).astype(np.float64)
        seen = np.where(epoch > 0, self.samples_before + epoch * self.samples_per_epoch, 0.0)
        return self.learning_rate / (1 + seen) ** self.power

    @property
    def varies_within_epoch(self) -> bool:
        return False


@SCHEDULES.register
@dataclass(frozen=True)
class Cosine(Schedule):
    """Cosine decay over the run: η = final + ½ (η₀ − final) (1 + cos(π t / T)), T the planned updates.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Learning rate η₀, greater than 0.
    final : float, default 0.0
        Learning rate at the end, at least 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
    equation 5, one period.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.schedules import Cosine
    >>> Cosine(1.0).rates(np.array([0, 5, 10]), steps_per_epoch=10, epochs=1).round(2)
    array([1. , 0.5, 0. ])
    """

    kind = "cosine"
    learning_rate: float = 1e-2
    final: float = 0.0

    def __post_init__(self) -> None:
        checks.number("Cosine.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)
        checks.number("Cosine.final", self.final, at_least=0)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        share = np.minimum(updates / (steps_per_epoch * epochs), 1.0)
        return self.final + half_cosine(share) * (self.learning_rate - self.final)


@SCHEDULES.register
@dataclass(frozen=True)
class FlatCosine(Schedule):
    """Constant at first, then cosine decay; for learning rate, weight decay or dropout.

    Parameters
    ----------
    initial : float, default 0.01
        Value at first, greater than 0.
    flat_share : float, default 0.5
        Fraction of the planned updates with the initial value, 0 ≤ flat_share < end_share.
    final : float, default 0.0
        Value at the end, at least 0.
    end_share : float, default 1.0
        Fraction of the planned updates after which the value is `final`, at most 1.

    Raises
    ------
    SettingError
        If a setting is out of range.

    References
    ----------
    D. Holzmüller, L. Grinsztajn and I. Steinwart, "Better by default", 2024, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.schedules import FlatCosine
    >>> FlatCosine(1.0).rates(np.array([0, 5, 10]), steps_per_epoch=10, epochs=1).round(2)
    array([1., 1., 0.])
    """

    kind = "flat_cosine"
    optional: ClassVar[dict[str, Any]] = {"end_share": 1.0}
    initial: float = 1e-2
    flat_share: float = 0.5
    final: float = 0.0
    end_share: float = 1.0

    def __post_init__(self) -> None:
        checks.number("FlatCosine.initial", self.initial, above=0)
        checks.number("FlatCosine.end_share", self.end_share, above=0, at_most=1)
        checks.number("FlatCosine.flat_share", self.flat_share, at_least=0, below=self.end_share)
        checks.number("FlatCosine.final", self.final, at_least=0)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        share = updates / (steps_per_epoch * epochs)
        length = self.end_share - self.flat_share
        down = np.clip((share - self.flat_share) / length, 0.0, 1.0)
        return self.final + half_cosine(down) * (self.initial - self.final)
