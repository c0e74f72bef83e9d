"""Learning-rate schedules under Keras's names: functions of the update number, from 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule.errors import ShapeError
from deltarule.keras.configs import Config
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import lookup
from deltarule.schedules import Schedule
from deltarule.schedules.base import Rates, Updates

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
]


class LearningRateSchedule(Overridable):
    """Base of all schedules; for a custom one, subclass it and override `__call__`."""

    _overrides = Overrides("override __call__(step)", honored=("__call__",))

    def __call__(self, step: Any) -> Any:
        """Return the learning rate.

        Parameters
        ----------
        step : int or ndarray of shape (n_updates,)
            Number of updates made before.

        Returns
        -------
        float or ndarray of shape (n_updates,)
            Learning rate of the next update.
        """
        raise NotImplementedError

    def get_config(self) -> Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return dict(vars(self))


class ExponentialDecay(LearningRateSchedule):
    """Exponential decay: initial_learning_rate · decay_rate^(step / decay_steps).

    Parameters
    ----------
    initial_learning_rate : float
        Learning rate of the first update, > 0.
    decay_steps : int
        Number of updates over which the rate decays by decay_rate.
    decay_rate : float
        Factor, > 0.
    staircase : bool, default False
        Whether to round the exponent down.
    name : str, optional
        Ignored.

    Raises
    ------
    SettingError
        If a number is outside its range.

    Examples
    --------
    >>> from deltarule import keras
    >>> schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5)
    >>> schedule(200)
    0.025
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float,
        staircase: bool = False, name: str = "ExponentialDecay",
    ) -> None:  # fmt: skip
        self.initial_learning_rate = checks.number(
            "ExponentialDecay.initial_learning_rate", initial_learning_rate, above=0
        )
        self.decay_steps = checks.number("ExponentialDecay.decay_steps", decay_steps, above=0)
        self.decay_rate = checks.number("ExponentialDecay.decay_rate", decay_rate, above=0)
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Any:
        passed = step / self.decay_steps
        try:
            factor = self.decay_rate ** (np.floor(passed) if self.staircase else passed)
        except OverflowError:  # of Python's floats; NumPy's become infinite
            return np.inf
        return self.initial_learning_rate * factor


class CosineDecay(LearningRateSchedule):
    """Half a cosine from initial_learning_rate to alpha · initial_learning_rate.

    Parameters
    ----------
    initial_learning_rate : float
        Learning rate of the first update, > 0.
    decay_steps : int
        Number of updates until the lowest rate, which then stays.
    alpha : float, default 0.0
        Lowest rate as a fraction of the initial rate, >= 0.
    name : str, optional
        Ignored.

    Raises
    ------
    SettingError
        If a number is outside its range.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0,
        name: str = "CosineDecay",
    ) -> None:  # fmt: skip
        self.initial_learning_rate = checks.number(
            "CosineDecay.initial_learning_rate", initial_learning_rate, above=0
        )
        self.decay_steps = checks.number("CosineDecay.decay_steps", decay_steps, above=0)
        self.alpha, self.name = checks.number("CosineDecay.alpha", alpha, at_least=0), name

    def __call__(self, step: Any) -> Any:
        share = np.minimum(step / self.decay_steps, 1.0)
        fallen = (1 - self.alpha) * 0.5 * (1 + np.cos(np.pi * share)) + self.alpha
        return self.initial_learning_rate * fallen


class PiecewiseConstantDecay(LearningRateSchedule):
    """Constant rates between boundaries.

    Parameters
    ----------
    boundaries : list of float
        Last update numbers of each rate but the last.
    values : list of float
        Learning rates, one more than boundaries.
    name : str, optional
        Ignored.

    Raises
    ------
    SettingError
        If a boundary or a value is not a finite number.
    ShapeError
        If the lengths do not match.
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ShapeError(
                "PiecewiseConstantDecay needs one value more than boundaries, got "
                f"{len(values)} values and {len(boundaries)} boundaries."
            )
        owner = "PiecewiseConstantDecay"
        self.boundaries = [checks.number(f"{owner}.boundaries", b) for b in boundaries]
        self.values = [checks.number(f"{owner}.values", v, at_least=0) for v in values]
        self.name = name

    def __call__(self, step: Any) -> Any:
        return np.asarray(self.values)[np.searchsorted(self.boundaries, step, side="left")]


@dataclass(frozen=True)
class KerasSchedule(Schedule):
    """Adapts a Keras schedule to deltarule's interface, which computes the rates of many updates."""

    kind = "keras_schedule"
    schedule: LearningRateSchedule

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        return np.array([float(self.schedule(int(t))) for t in updates], dtype=np.float64)


CLASSES: dict[str, Any] = {
    cls.__name__: cls for cls in (ExponentialDecay, CosineDecay, PiecewiseConstantDecay)
}


def __getattr__(name: str) -> Any:
    return lookup("optimizers.schedules", name, CLASSES)
