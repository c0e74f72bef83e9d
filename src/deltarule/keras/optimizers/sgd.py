"""Optimizers without Adam's bias correction: SGD, RMSprop, Adagrad, Adadelta."""

from __future__ import annotations

from typing import Any

from deltarule import optimizers as core
from deltarule.keras.optimizers.base import Optimizer
from deltarule.keras.optimizers.schedules import LearningRateSchedule
from deltarule.keras.unsupported import require_default
from deltarule.schedules import Schedule


class SGD(Optimizer):
    """Gradient descent, with momentum or Nesterov's where asked for."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.01, momentum: float = 0.0,
        nesterov: bool = False, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.momentum, self.nesterov = momentum, nesterov

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        clip = self.global_clipnorm
        if not self.momentum:
            return core.GradientDescent(schedule, clip_norm=clip)
        kind = core.Nesterov if self.nesterov else core.Momentum
        return kind(schedule, self.momentum, clip_norm=clip)


class RMSprop(Optimizer):
    """RMSprop with ε under the root."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, rho: float = 0.9,
        momentum: float = 0.0, epsilon: float = 1e-7, centered: bool = False,
        name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        require_default(
            "RMSprop", {"momentum": (momentum, 0.0), "centered": (centered, False)}, "use Adam"
        )
        self.rho, self.epsilon = rho, epsilon

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.RMSprop(
            schedule, self.rho, self.epsilon, epsilon_inside_root=True,
            clip_norm=self.global_clipnorm,
        )  # fmt: skip


class Adagrad(Optimizer):
    """AdaGrad with its squares starting at `initial_accumulator_value`."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001,
        initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, name: str | None = None,
        **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.AdaGrad(
            schedule, self.initial_accumulator_value, self.epsilon, clip_norm=self.global_clipnorm
        )


class Adadelta(Optimizer):
    """Adadelta; Keras's default learning rate of 0.001 is 1000 times smaller than the paper's."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, rho: float = 0.95,
        epsilon: float = 1e-7, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.rho, self.epsilon = rho, epsilon

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return core.Adadelta(schedule, self.rho, self.epsilon, clip_norm=self.global_clipnorm)
