"""Cosine decays under Keras's names: with warm-up, and with restarts."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule.keras.optimizers.schedule_base import LearningRateSchedule


class CosineDecay(LearningRateSchedule):
    """Half a cosine from initial_learning_rate to alpha · initial_learning_rate, after a warm-up if any.

    Parameters
    ----------
    initial_learning_rate : float
        Learning rate of the first update, >= 0.
    decay_steps : int
        Number of updates of the decay, > 0; the lowest rate then stays.
    alpha : float, default 0.0
        Lowest rate as a fraction of the rate that the decay starts from, >= 0.
    name : str, optional
        Ignored.
    warmup_target : float, optional
        Rate at which a linear warm-up ends and the decay starts, >= 0. By default there is no warm-up.
    warmup_steps : int, default 0
        Number of updates of the warm-up; only with warmup_target, as in Keras.

    Raises
    ------
    SettingError
        If a number is outside its range.

    Examples
    --------
    >>> from deltarule.keras.optimizers.schedules import CosineDecay
    >>> schedule = CosineDecay(0.0, 100, warmup_target=0.1, warmup_steps=10)
    >>> [float(schedule(step)) for step in (5, 10, 110)]
    [0.05, 0.1, 0.0]
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0,
        name: str = "CosineDecay", warmup_target: float | None = None, warmup_steps: int = 0,
    ) -> None:  # fmt: skip
        self.initial_learning_rate = checks.number(
            "CosineDecay.initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.decay_steps = checks.number("CosineDecay.decay_steps", decay_steps, above=0)
        self.alpha, self.name = checks.number("CosineDecay.alpha", alpha, at_least=0), name
        if warmup_target is not None:
            checks.number("CosineDecay.warmup_target", warmup_target, at_least=0)
        self.warmup_target = warmup_target
        self.warmup_steps = checks.number("CosineDecay.warmup_steps", warmup_steps, at_least=0)

    def __call__(self, step: Any) -> Any:
        if self.warmup_target is None:
            return self.initial_learning_rate * self._share_left(step)
        rise = self.warmup_target - self.initial_learning_rate
        warming = self.initial_learning_rate + rise * step / max(self.warmup_steps, 1)
        decaying = self.warmup_target * self._share_left(step - self.warmup_steps)
        return np.where(np.asarray(step) < self.warmup_steps, warming, decaying)[()]

    def _share_left(self, step: Any) -> Any:
        share = np.minimum(step / self.decay_steps, 1.0)
        return (1 - self.alpha) * 0.5 * (1 + np.cos(np.pi * share)) + self.alpha


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay that starts again, each period t_mul times as long and m_mul times as high.

    Parameters
    ----------
    initial_learning_rate : float
        Learning rate of the first update, >= 0.
    first_decay_steps : int
        Number of updates of the first period, > 0.
    t_mul : float, default 2.0
        Factor of the length of each further period, >= 1.
    m_mul : float, default 1.0
        Factor of the highest rate of each further period, > 0.
    alpha : float, default 0.0
        Lowest rate as a fraction of the initial rate, >= 0.
    name : str, optional
        Ignored.

    Raises
    ------
    SettingError
        If a number is outside its range.

    References
    ----------
    .. [1] Loshchilov, I., Hutter, F., "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Examples
    --------
    >>> from deltarule import keras
    >>> schedule = keras.optimizers.schedules.CosineDecayRestarts(0.1, 10)
    >>> [round(float(schedule(step)), 3) for step in (0, 5, 10, 20, 30)]
    [0.1, 0.05, 0.1, 0.05, 0.1]
    """

    def __init__(
        self, initial_learning_rate: float, first_decay_steps: int, t_mul: float = 2.0,
        m_mul: float = 1.0, alpha: float = 0.0, name: str = "SGDRDecay",
    ) -> None:  # fmt: skip
        owner = "CosineDecayRestarts"
        self.initial_learning_rate = checks.number(
            f"{owner}.initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.first_decay_steps = checks.number(
            f"{owner}.first_decay_steps", first_decay_steps, above=0
        )
        self.t_mul = checks.number(f"{owner}.t_mul", t_mul, at_least=1)
        self.m_mul = checks.number(f"{owner}.m_mul", m_mul, above=0)
        self.alpha, self.name = checks.number(f"{owner}.alpha", alpha, at_least=0), name

    def __call__(self, step: Any) -> Any:
        passed = step / self.first_decay_steps
        if self.t_mul == 1:
            restarts = np.floor(passed)
            share = passed - restarts
        else:
            restarts = np.floor(np.log(1 + passed * (self.t_mul - 1)) / np.log(self.t_mul))
            before = (self.t_mul**restarts - 1) / (self.t_mul - 1)
            share = (passed - before) / self.t_mul**restarts
        height = self.m_mul**restarts * 0.5 * (1 + np.cos(np.pi * share))
        return self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha)
