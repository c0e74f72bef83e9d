"""The base of Keras schedules, and its adapter to deltarule's schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from deltarule.keras.configs import Config, Configurable
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.schedules import Schedule
from deltarule.schedules.base import Rates, Updates


class LearningRateSchedule(Configurable, Overridable):
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


@dataclass(frozen=True)
class KerasSchedule(Schedule):
    """Adapts a Keras schedule to deltarule's interface, which computes the rates of many updates."""

    kind = "keras_schedule"
    schedule: LearningRateSchedule

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        return np.array([float(self.schedule(int(t))) for t in updates], dtype=np.float64)
