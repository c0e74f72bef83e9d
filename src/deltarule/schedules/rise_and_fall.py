"""Schedules that rise before they fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule._common import checks
from deltarule.schedules.base import (
    RATE_HINT,
    SCHEDULES,
    OnPlateau,
    Rates,
    Schedule,
    Updates,
    as_schedule,
    half_cosine,
)

__all__ = ["CosineCycles", "OneCycle", "WarmUp"]


@SCHEDULES.register
@dataclass(frozen=True)
class OneCycle(Schedule):
    """One cycle: half a cosine up from peak·initial_factor to peak, then down to peak·final_factor.

    Parameters
    ----------
    peak : float, default 0.01
        Highest learning rate, greater than 0.
    warmup_share : float, default 0.3
        Fraction of the planned updates in which the rate rises, 0 < warmup_share < 1.
    initial_factor : float, default 0.04
        First rate as a fraction of the peak, 0 < initial_factor ≤ 1.
    final_factor : float, default 4e-06
        Last rate as a fraction of the peak, 0 ≤ final_factor ≤ 1.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    This is PyTorch's OneCycleLR with cosine annealing.

    References
    ----------
    L. N. Smith and N. Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.schedules import OneCycle
    >>> OneCycle(1.0).rates(np.array([0, 29]), steps_per_epoch=100, epochs=1).round(2)
    array([0.04, 1.  ])
    """

    kind = "one_cycle"
    peak: float = 1e-2
    warmup_share: float = 0.3
    initial_factor: float = 0.04
    final_factor: float = 4e-6

    def __post_init__(self) -> None:
        checks.number("OneCycle.peak", self.peak, above=0, hint=RATE_HINT)
        checks.number("OneCycle.warmup_share", self.warmup_share, above=0, below=1)
        checks.number("OneCycle.initial_factor", self.initial_factor, above=0, at_most=1)
        checks.number("OneCycle.final_factor", self.final_factor, at_least=0, at_most=1)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        # The first update has the start rate, the last one the final rate, as in PyTorch.
        last = max(steps_per_epoch * epochs - 1, 1)
        top = max(self.warmup_share * (last + 1) - 1, 0.5)
        start, final = self.peak * self.initial_factor, self.peak * self.final_factor
        rising = start + (1 - half_cosine(np.minimum(updates / top, 1.0))) * (self.peak - start)
        down = np.clip((updates - top) / max(last - top, 0.5), 0.0, 1.0)
        falling = final + half_cosine(down) * (self.peak - final)
        return np.where(updates <= top, rising, falling)


@SCHEDULES.register
@dataclass(frozen=True)
class WarmUp(Schedule):
    """Linear warm-up, then another schedule: η(t) = (t + 1) / (n + 1) · then(t) for the first n updates.

    Parameters
    ----------
    then : float or Schedule, default 0.01
        Learning rate after the warm-up; any schedule except another warm-up.
    epochs : float, default 1.0
        Length of the warm-up in epochs, greater than 0; n = epochs · steps_per_epoch.

    Raises
    ------
    SettingError
        If a setting is out of range.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, section 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.schedules import WarmUp
    >>> WarmUp(1.0, epochs=1).rates(np.arange(5), steps_per_epoch=3, epochs=5)
    array([0.25, 0.5 , 0.75, 1.  , 1.  ])
    """

    kind = "warm_up"
    label = "warm-up"
    then: float | Schedule = 1e-2
    epochs: float = 1.0

    def __post_init__(self) -> None:
        if isinstance(self.then, WarmUp):
            checks.number("WarmUp.then", None, hint="One warm-up is enough.")
        as_schedule(self.then, "WarmUp.then")
        checks.number("WarmUp.epochs", self.epochs, above=0)

    @classmethod
    def for_run(cls, learning_rate: float, epochs: int, rows: int) -> Schedule:
        return cls(learning_rate, max(epochs / 20, 1))

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        rates = as_schedule(self.then, "WarmUp.then").rates(updates, steps_per_epoch, epochs)
        ramp = np.minimum((updates + 1) / (self.epochs * steps_per_epoch + 1), 1.0)
        return rates * ramp

    @property
    def plateau(self) -> OnPlateau | None:
        return as_schedule(self.then, "WarmUp.then").plateau


@SCHEDULES.register
@dataclass(frozen=True)
class CosineCycles(Schedule):
    """Several cosine cycles, each twice as long as the one before, with 0 at both ends.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Highest learning rate η₀, greater than 0.
    cycles : int, default 4
        Number of cycles, from 1 to 30.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    η = η₀ · ½ (1 − cos(2π log₂(1 + (2^cycles − 1) t / T))) over T planned updates: "coslog" of the
    paper.

    References
    ----------
    D. Holzmüller, L. Grinsztajn and I. Steinwart, "Better by default", 2024, section 3.
    """

    kind = "cosine_cycles"
    learning_rate: float = 1e-2
    cycles: int = 4

    def __post_init__(self) -> None:
        checks.number("CosineCycles.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)
        checks.integer("CosineCycles.cycles", self.cycles, at_least=1, at_most=30)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        share = np.minimum(updates / (steps_per_epoch * epochs), 1.0)
        turns = np.log2(1 + (2.0**self.cycles - 1) * share)
        return self.learning_rate * 0.5 * (1 - np.cos(2 * np.pi * turns))


def share_of_cycles(first: int, cycles: int) -> float:
    """Return the share of the planned updates that the `first` of all `cycles` of `CosineCycles` take."""
    return (2.0**first - 1) / (2.0**cycles - 1)
