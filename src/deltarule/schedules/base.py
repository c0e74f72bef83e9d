"""The base class and the family of schedules, the constant and the plateau schedule."""

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
    "SCHEDULES",
    "Constant",
    "OnPlateau",
    "Schedule",
    "as_number_or_schedule",
    "as_schedule",
]

Rates = NDArray[np.float64]
Updates = NDArray[Any]

RATE_HINT = "Typical: 1e-4 to 1e-1."

MONITORS = ("training_loss", "validation_loss", "training_score", "validation_score")
"""The values that a rule may monitor; losses should fall, scores (accuracy or R²) should rise."""


@dataclass(frozen=True)
class Schedule(Description):
    """Base class of all schedules.

    Notes
    -----
    A schedule is a pure function of the update number. Only `OnPlateau` depends on the course of
    training; engines apply it themselves.
    """

    @abstractmethod
    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        """Return the learning rate of each update.

        Parameters
        ----------
        updates : ndarray of int, shape (n_updates,)
            Update numbers t, from 0.
        steps_per_epoch : int
            Updates per epoch.
        epochs : int
            Planned epochs of the run.

        Returns
        -------
        ndarray of shape (n_updates,), dtype float64
            Learning rate η of each update.
        """

    @classmethod
    def for_run(cls, learning_rate: float, epochs: int, rows: int) -> Schedule:
        """Return this schedule with settings that suit a run.

        Parameters
        ----------
        learning_rate : float
            Highest learning rate.
        epochs : int
            Planned epochs of the run.
        rows : int
            Training rows.

        Returns
        -------
        Schedule
            The schedule.
        """
        return cls(learning_rate)

    @property
    def varies_within_epoch(self) -> bool:
        """Whether updates of the same epoch can have different rates."""
        return True

    @property
    def plateau(self) -> OnPlateau | None:
        """Rule by which engines lower the rate when progress stops, or None."""
        return None


SCHEDULES: Family[Schedule] = Family("schedule")


@SCHEDULES.register
@dataclass(frozen=True)
class Constant(Schedule):
    """Constant learning rate.

    Parameters
    ----------
    learning_rate : float, default 0.001
        Learning rate, greater than 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.schedules import Constant
    >>> Constant(0.1).rates(np.arange(3), steps_per_epoch=3, epochs=1)
    array([0.1, 0.1, 0.1])
    """

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
class OnPlateau(Schedule):
    """Lower the rate when progress stops: η ← max(η · factor, minimum).

    Parameters
    ----------
    learning_rate : float, default 0.01
        Learning rate η₀, greater than 0.
    factor : float, default 0.5
        Factor of each reduction, 0 < factor < 1.
    patience_epochs : int, default 5
        Epochs without improvement before a reduction, at least 1. The count restarts after each one.
    min_improvement : float, default 0.0001
        An epoch improves if it beats the best value so far by more than this; at least 0.
    minimum : float, default 0.0
        Lower bound of the rate, at least 0.
    monitor : str, default "training_loss"
        Monitored value, one of `MONITORS`.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    This is Keras's ReduceLROnPlateau in its absolute mode.

    Examples
    --------
    >>> from deltarule.optimizers import Adam
    >>> from deltarule.schedules import OnPlateau
    >>> Adam(OnPlateau(0.01, patience_epochs=3)).schedule.plateau.patience_epochs
    3
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

    def lowered_rate(self, scheduled: float, factor: float) -> float:
        """Return the rate after reductions.

        Parameters
        ----------
        scheduled : float
            Learning rate without reductions, greater than 0.
        factor : float
            Product of the factors of all reductions so far, at most 1.

        Returns
        -------
        float
            `scheduled` times `factor`, but at least `minimum`, unless `scheduled` is below that.

        Examples
        --------
        >>> from deltarule.schedules import OnPlateau
        >>> OnPlateau(0.01, minimum=0.004).lowered_rate(0.01, 0.25)
        0.004
        """
        return min(scheduled, max(scheduled * factor, self.minimum))


def as_schedule(value: float | Schedule, owner: str) -> Schedule:
    """Return a schedule as it is, and a number as a `Constant`.

    Parameters
    ----------
    value : float or Schedule
        A schedule, or a number greater than 0.
    owner : str
        Name of the setting, for error messages.

    Returns
    -------
    Schedule
        The schedule.

    Raises
    ------
    SettingError
        If the number is out of range.
    """
    if isinstance(value, Schedule):
        return value
    return Constant(checks.number(owner, value, above=0, hint=RATE_HINT))


def as_number_or_schedule(
    owner: str, value: float | Schedule, *, below: float | None = None, hint: str = ""
) -> float | Schedule:
    """Check a setting that is a number or follows a schedule, such as weight decay.

    Parameters
    ----------
    owner : str
        Name of the setting, for error messages.
    value : float or Schedule
        A number that is at least 0, or a schedule other than `OnPlateau`.
    below : float, optional
        The number must be less than this.
    hint : str, default ""
        Sentence to add to the error message.

    Returns
    -------
    float or Schedule
        The checked value.

    Raises
    ------
    SettingError
        If the number is out of range, or the schedule is `OnPlateau`.
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


def half_cosine(share: Rates) -> Rates:
    """Fall from 1 to 0 along half a cosine while `share` goes from 0 to 1."""
    return 0.5 * (1 + np.cos(np.pi * share))


SCHEDULES.nest("then", SCHEDULES)
