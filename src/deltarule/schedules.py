"""Schedules: the learning rate η (or another number of training) as training goes on.

A schedule answers with one rate per update. Updates are counted from 0; `steps_per_epoch` and `epochs`
say how long the planned run is. Engines are handed the rates; only `OnPlateau` needs what the engine
sees, and so the engine lowers the rate itself by the rule that stands here.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.errors import SettingError

__all__ = [
    "MONITORS",
    "RATE_HINT",
    "SCHEDULES",
    "Constant",
    "Cosine",
    "CosineCycles",
    "ExponentialDecay",
    "FlatCosine",
    "InverseScaling",
    "OnPlateau",
    "OneCycle",
    "Schedule",
    "StepDecay",
    "WarmUp",
    "as_number_or_schedule",
    "as_schedule",
]

Rates = NDArray[np.float64]
Updates = NDArray[Any]

RATE_HINT = "Typical: 1e-4 to 1e-1."

MONITORS = ("training_loss", "validation_loss", "training_score", "validation_score")
"""What a rule may watch; a loss should fall, a score (accuracy or R²) should rise."""


@dataclass(frozen=True)
class Schedule(Description):
    """Base of all schedules."""

    @abstractmethod
    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        """Return η for each update number of `updates` (integers from 0), as float64."""

    @classmethod
    def for_run(cls, learning_rate: float, epochs: int, rows: int) -> Schedule:
        """Return this schedule with settings that suit a run of `epochs` epochs over `rows` rows.

        `learning_rate` is its highest rate. A schedule whose first setting is not its highest rate
        overrides this.
        """
        return cls(learning_rate)  # type: ignore[call-arg]

    @property
    def varies_within_epoch(self) -> bool:
        """False where all updates of an epoch share one rate, so that one number an epoch will do."""
        return True

    @property
    def plateau(self) -> OnPlateau | None:
        """The rule by which the engine lowers the rate when progress stops, if there is one."""
        return None


SCHEDULES: Family[Schedule] = Family("schedule")


@SCHEDULES.register
@dataclass(frozen=True)
class Constant(Schedule):
    """η = learning_rate."""

    kind = "constant"
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        checks.number("Constant.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        return np.full(len(updates), float(self.learning_rate))

    @property
    def varies_within_epoch(self) -> bool:
        return False


@SCHEDULES.register
@dataclass(frozen=True)
class StepDecay(Schedule):
    """η = learning_rate · factor^⌊epoch / every_epochs⌋, epochs counted from 0."""

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
    """η = learning_rate · factor^(t / (every_epochs · steps_per_epoch)), t the update number."""

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
    """η = learning_rate / (1 + n)^power, n the samples seen before the epoch; the first epoch: n = 0.

    scikit-learn's "invscaling". `samples_per_epoch`: the rows trained on. `samples_before`: those seen
    before this run, which count from the second epoch on.
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
    """η = final + ½ (learning_rate − final) (1 + cos(π t / T)) over all T planned updates.

    Loshchilov and Hutter (2017), equation 5, one period.
    """

    kind = "cosine"
    learning_rate: float = 1e-2
    final: float = 0.0

    def __post_init__(self) -> None:
        checks.number("Cosine.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)
        checks.number("Cosine.final", self.final, at_least=0)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        share = np.minimum(updates / (steps_per_epoch * epochs), 1.0)
        return self.final + _half_cosine(share) * (self.learning_rate - self.final)


@SCHEDULES.register
@dataclass(frozen=True)
class OneCycle(Schedule):
    """Half a cosine up from peak·initial_factor to peak, then half a cosine down to peak·final_factor.

    Smith and Topin (2018), in the cosine form of PyTorch's OneCycleLR. `warmup_share`: the part of all
    planned updates that is spent going up.
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
        rising = start + (1 - _half_cosine(np.minimum(updates / top, 1.0))) * (self.peak - start)
        down = np.clip((updates - top) / max(last - top, 0.5), 0.0, 1.0)
        falling = final + _half_cosine(down) * (self.peak - final)
        return np.where(updates <= top, rising, falling)


@SCHEDULES.register
@dataclass(frozen=True)
class CosineCycles(Schedule):
    """η = learning_rate · ½ (1 − cos(2π log₂(1 + (2^cycles − 1) t / T))) over all T planned updates.

    Up and down `cycles` times, each time twice as long as the time before, with 0 at both ends:
    "coslog" of Holzmüller et al. (2024), section 3.
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


@SCHEDULES.register
@dataclass(frozen=True)
class FlatCosine(Schedule):
    """η = initial for the first `flat_share` of all planned updates, then half a cosine down to `final`.

    Holzmüller et al. (2024), section 3, for weight decay and dropout.
    """

    kind = "flat_cosine"
    initial: float = 1e-2
    flat_share: float = 0.5
    final: float = 0.0

    def __post_init__(self) -> None:
        checks.number("FlatCosine.initial", self.initial, above=0)
        checks.number("FlatCosine.flat_share", self.flat_share, at_least=0, below=1)
        checks.number("FlatCosine.final", self.final, at_least=0)

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        share = updates / (steps_per_epoch * epochs)
        down = np.clip((share - self.flat_share) / (1 - self.flat_share), 0.0, 1.0)
        return self.final + _half_cosine(down) * (self.initial - self.final)


@SCHEDULES.register
@dataclass(frozen=True)
class OnPlateau(Schedule):
    """η ← max(η · factor, minimum) whenever `monitor` has not improved for `patience_epochs` epochs.

    An epoch improves when it beats the best value so far by more than `min_improvement`. After each
    lowering the counting starts anew. As Keras's ReduceLROnPlateau in its absolute mode.
    """

    kind = "on_plateau"
    learning_rate: float = 1e-2
    factor: float = 0.5
    patience_epochs: int = 5
    min_improvement: float = 1e-4
    minimum: float = 0.0
    monitor: str = "training_loss"

    def __post_init__(self) -> None:
        checks.number("OnPlateau.learning_rate", self.learning_rate, above=0, hint=RATE_HINT)
        checks.number("OnPlateau.factor", self.factor, above=0, below=1)
        checks.integer("OnPlateau.patience_epochs", self.patience_epochs, at_least=1)
        checks.number("OnPlateau.min_improvement", self.min_improvement, at_least=0)
        checks.number("OnPlateau.minimum", self.minimum, at_least=0)
        checks.one_of("OnPlateau.monitor", self.monitor, MONITORS)

    @classmethod
    def for_run(cls, learning_rate: float, epochs: int, rows: int) -> Schedule:
        return cls(learning_rate, monitor="validation_loss")

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        return np.full(len(updates), float(self.learning_rate))

    @property
    def varies_within_epoch(self) -> bool:
        return False

    @property
    def plateau(self) -> OnPlateau | None:
        return self


@SCHEDULES.register
@dataclass(frozen=True)
class WarmUp(Schedule):
    """η(t) = (t + 1) / (n + 1) · then(t) for the first n = epochs · steps_per_epoch updates, then `then`.

    Goyal et al. (2017), section 2.2, gradual warm-up. `then`: a rate or any other schedule.
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


def as_schedule(value: float | Schedule, owner: str) -> Schedule:
    """Return a schedule as it is, a number > 0 as `Constant`; `owner` names the setting in errors."""
    if isinstance(value, Schedule):
        return value
    return Constant(checks.number(owner, value, above=0, hint=RATE_HINT))


def as_number_or_schedule(
    owner: str, value: float | Schedule, *, below: float | None = None, hint: str = ""
) -> float | Schedule:
    """Return a number ≥ 0, checked, or a schedule that says it for each update: of weight decay, dropout
    or label smoothing. `OnPlateau` is for learning rates alone; `owner` names the setting in errors.
    """
    if not isinstance(value, Schedule):
        return checks.number(owner, value, at_least=0, below=below, hint=hint)
    if value.plateau is not None:
        raise SettingError(
            owner,
            "cannot follow OnPlateau, which reacts to the loss during training",
            hint="Use FlatCosine, Cosine or a number.",
        )
    return value


def _half_cosine(share: Rates) -> Rates:
    """Fall from 1 to 0 along half a cosine while `share` goes from 0 to 1."""
    return 0.5 * (1 + np.cos(np.pi * share))


SCHEDULES.nest("then", SCHEDULES)
