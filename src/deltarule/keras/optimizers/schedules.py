"""Learning-rate schedules under Keras's names: functions of the update number, from 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule.errors import SettingError, ShapeError
from deltarule.keras.optimizers.cosine_decays import CosineDecay, CosineDecayRestarts
from deltarule.keras.optimizers.schedule_base import LearningRateSchedule
from deltarule.keras.unsupported import lookup

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]


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


class InverseTimeDecay(LearningRateSchedule):
    """Inverse time decay: initial_learning_rate / (1 + decay_rate · step / decay_steps).

    Parameters
    ----------
    initial_learning_rate : float
        Learning rate of the first update, >= 0.
    decay_steps : int
        Number of updates after which the divisor has grown by decay_rate, > 0.
    decay_rate : float
        Growth of the divisor, >= 0.
    staircase : bool, default False
        Whether to round step / decay_steps down.
    name : str, optional
        Ignored.

    Raises
    ------
    SettingError
        If a number is outside its range.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.5)(2)
    0.05
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float,
        staircase: bool = False, name: str = "InverseTimeDecay",
    ) -> None:  # fmt: skip
        self.initial_learning_rate = checks.number(
            "InverseTimeDecay.initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.decay_steps = checks.number("InverseTimeDecay.decay_steps", decay_steps, above=0)
        self.decay_rate = checks.number("InverseTimeDecay.decay_rate", decay_rate, at_least=0)
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Any:
        passed = step / self.decay_steps
        passed = np.floor(passed) if self.staircase else passed
        return self.initial_learning_rate / (1 + self.decay_rate * passed)


class PolynomialDecay(LearningRateSchedule):
    """Polynomial decay: (initial − end) · (1 − step / decay_steps)^power + end; linear by default.

    Parameters
    ----------
    initial_learning_rate : float
        Learning rate of the first update, >= 0.
    decay_steps : int
        Number of updates of the decay, > 0.
    end_learning_rate : float, default 0.0001
        Learning rate at its end, >= 0, which then stays.
    power : float, default 1.0
        Exponent, > 0.
    cycle : bool, default False
        Whether to rise again after decay_steps updates: the decay then takes the next multiple of
        decay_steps.
    name : str, optional
        Ignored.

    Raises
    ------
    SettingError
        If a number is outside its range.

    Examples
    --------
    >>> from deltarule import keras
    >>> schedule = keras.optimizers.schedules.PolynomialDecay(0.5, 100, end_learning_rate=0.0)
    >>> [float(schedule(step)) for step in (0, 50, 200)]
    [0.5, 0.25, 0.0]
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, end_learning_rate: float = 0.0001,
        power: float = 1.0, cycle: bool = False, name: str = "PolynomialDecay",
    ) -> None:  # fmt: skip
        owner = "PolynomialDecay"
        self.initial_learning_rate = checks.number(
            f"{owner}.initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.decay_steps = checks.number(f"{owner}.decay_steps", decay_steps, above=0)
        self.end_learning_rate = checks.number(
            f"{owner}.end_learning_rate", end_learning_rate, at_least=0
        )
        self.power = checks.number(f"{owner}.power", power, above=0)
        self.cycle, self.name = cycle, name

    def __call__(self, step: Any) -> Any:
        passed = step / self.decay_steps
        share = passed / np.maximum(np.ceil(passed), 1) if self.cycle else np.minimum(passed, 1)
        fall = self.initial_learning_rate - self.end_learning_rate
        return fall * (1 - share) ** self.power + self.end_learning_rate


class PiecewiseConstantDecay(LearningRateSchedule):
    """Constant rates between boundaries.

    Parameters
    ----------
    boundaries : list of float
        Last update numbers of each rate but the last, in ascending order.
    values : list of float
        Learning rates, one more than boundaries.
    name : str, optional
        Ignored.

    Raises
    ------
    SettingError
        If a boundary or a value is not a finite number, or boundaries are not in ascending order.
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
        if any(np.diff(self.boundaries) < 0):
            raise SettingError(f"{owner}.boundaries", "must be in ascending order", self.boundaries)
        self.values = [checks.number(f"{owner}.values", v, at_least=0) for v in values]
        self.name = name

    def __call__(self, step: Any) -> Any:
        return np.asarray(self.values)[np.searchsorted(self.boundaries, step, side="left")]


CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        ExponentialDecay, CosineDecay, CosineDecayRestarts, InverseTimeDecay, PolynomialDecay,
        PiecewiseConstantDecay,
    )
}  # fmt: skip


def __getattr__(name: str) -> Any:
    return lookup("optimizers.schedules", name, CLASSES)
