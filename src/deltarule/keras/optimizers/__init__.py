"""Optimizers under Keras's names and with its defaults.

Each holds its learning rate, the number of updates made and the memory (slots) from one `fit` to the
next; the step itself is the core's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule import optimizers as core
from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.optimizers import schedules
from deltarule.keras.optimizers.schedules import Called, LearningRateSchedule
from deltarule.keras.unsupported import left_at_default, lookup, unknown_settings
from deltarule.schedules import Rates, Schedule, Updates

__all__ = [
    "CLASSES",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "Steered",
    "get",
]

Array = NDArray[Any]
_EXTRAS: dict[str, object] = {
    "weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "loss_scale_factor": None, "gradient_accumulation_steps": None,
}  # fmt: skip
_CLIP = (
    "it clips each array by itself; use global_clipnorm, which clips the whole gradient and keeps "
    "its direction"
)
_PLAIN = "leave it out, or use Keras itself (import keras)"


class Optimizer:
    """Base of all optimizers."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule, name: str | None, extras: dict[str, Any]
    ) -> None:
        owner = type(self).__name__
        self.name = name or owner.lower()
        if "lr" in extras:
            raise SettingError(f"{owner} has no setting 'lr': it is called learning_rate.")
        known = ("learning_rate", "momentum", "epsilon", *_EXTRAS)
        unknown_settings(owner, {k: v for k, v in extras.items() if k not in _EXTRAS}, known)
        values = {**_EXTRAS, **extras}
        for clip in ("clipnorm", "clipvalue"):
            left_at_default(owner, {clip: (values[clip], None)}, _CLIP)
        self.weight_decay: float | None = values["weight_decay"]
        if not isinstance(self, Adam):
            left_at_default(
                owner,
                {"weight_decay": (self.weight_decay, None)},
                "AdamW has it, or kernel_regularizer",
            )
        rest = ("use_ema", "ema_overwrite_frequency", "loss_scale_factor")
        left_at_default(owner, {n: (values[n], _EXTRAS[n]) for n in rest}, _PLAIN)
        left_at_default(
            owner,
            {"gradient_accumulation_steps": (values["gradient_accumulation_steps"], None)},
            "choose a larger batch_size",
        )
        self.global_clipnorm: float | None = values["global_clipnorm"]
        self.learning_rate = learning_rate
        self.iterations = 0
        self.slots: dict[str, Array] = {}  # the engine's memory, by its names

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a number that may be set at any time, or a schedule's present value."""
        if isinstance(self._rate, LearningRateSchedule):
            return float(self._rate(self.iterations))
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(value, LearningRateSchedule):
            self._rate: Any = value
            return
        if callable(value):
            raise SettingError(
                f"{type(self).__name__}.learning_rate must be a number or a schedule, got a function: "
                "subclass keras.optimizers.schedules.LearningRateSchedule, or use the callback "
                "LearningRateScheduler."
            )
        # 0 is allowed while steering: ReduceLROnPlateau and schedulers may end there.
        value = float(value) if isinstance(value, np.generic | np.ndarray) else value
        self._rate = checks.number(f"{type(self).__name__}.learning_rate", value, at_least=0)

    @property
    def has_schedule(self) -> bool:
        """Whether the learning rate follows a schedule."""
        return isinstance(self._rate, LearningRateSchedule)

    def describe(self, schedule: Schedule) -> core.Stepwise:
        """Return the core's description with this learning rate."""
        raise NotImplementedError

    def plan(self) -> core.Stepwise:
        """Return the core's description; a learning rate set later counts from the next chunk on."""
        schedule = Called(self._rate) if self.has_schedule else Steered(self)
        return self.describe(schedule)

    def forget(self) -> None:
        """Begin anew: no updates made, no memory."""
        self.iterations, self.slots = 0, {}

    def get_config(self) -> configs.Config:
        """Return the settings as strict JSON."""
        rate = configs.to_config(self._rate) if self.has_schedule else self._rate
        own = {
            name: value for name, value in vars(self).items()
            if name not in ("_rate", "iterations", "slots") and value is not None
        }  # fmt: skip
        return {"learning_rate": rate, **own}


@dataclass(frozen=True)
class Steered(Schedule):
    """The learning rate that stands in the optimizer when a chunk of epochs begins."""

    kind = "steered"
    optimizer: Optimizer

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        return np.full(len(updates), float(self.optimizer.learning_rate))

    @property
    def varies_within_epoch(self) -> bool:
        return False


class SGD(Optimizer):
    """Gradient descent, with momentum or Nesterov's where asked for."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.01, momentum: float = 0.0,
        nesterov: bool = False, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.momentum, self.nesterov = momentum, nesterov

    def describe(self, schedule: Schedule) -> core.Stepwise:
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
        left_at_default(
            "RMSprop", {"momentum": (momentum, 0.0), "centered": (centered, False)}, "use Adam"
        )
        self.rho, self.epsilon = rho, epsilon

    def describe(self, schedule: Schedule) -> core.Stepwise:
        return core.RMSprop(
            schedule, self.rho, self.epsilon, epsilon_inside_root=True,
            clip_norm=self.global_clipnorm,
        )  # fmt: skip


class Adam(Optimizer):
    """Adam; with `weight_decay` it is AdamW, as in Keras."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, beta_1: float = 0.9,
        beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False,
        name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        if amsgrad and self.weight_decay:
            raise SettingError("amsgrad and weight_decay are not offered together: choose one.")

    def describe(self, schedule: Schedule) -> core.Stepwise:
        moments = (self.beta_1, self.beta_2, self.epsilon)
        if self.weight_decay:
            return core.AdamW(schedule, self.weight_decay, *moments, clip_norm=self.global_clipnorm)
        kind = core.AMSGrad if self.amsgrad else core.Adam
        return kind(schedule, *moments, clip_norm=self.global_clipnorm)


class AdamW(Adam):
    """Adam with decoupled weight decay, of all weights and biases as in Keras."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, weight_decay: float = 0.004,
        beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False,
        name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, name,
            weight_decay=weight_decay, **extras,
        )  # fmt: skip


class Nadam(Optimizer):
    """Adam with Nesterov's momentum."""

    def __init__(
        self, learning_rate: float | LearningRateSchedule = 0.001, beta_1: float = 0.9,
        beta_2: float = 0.999, epsilon: float = 1e-7, name: str | None = None, **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, name, extras)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def describe(self, schedule: Schedule) -> core.Stepwise:
        # Keras warms the momentum with 0.96ᵗ; PyTorch and Dozat with 0.96^(0.004 t).
        return core.Nadam(
            schedule, self.beta_1, self.beta_2, self.epsilon, momentum_decay=1.0,
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

    def describe(self, schedule: Schedule) -> core.Stepwise:
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

    def describe(self, schedule: Schedule) -> core.Stepwise:
        return core.Adadelta(schedule, self.rho, self.epsilon, clip_norm=self.global_clipnorm)


CLASSES: dict[str, Any] = {
    cls.__name__: cls for cls in (SGD, RMSprop, Adam, AdamW, Nadam, Adagrad, Adadelta)
}
_NAMES = CLASSES | {name.lower(): cls for name, cls in CLASSES.items()}
_MISSING = {
    "use Adam or one of the others": (
        "Adafactor", "Adamax", "Ftrl", "Lamb", "Lion", "LossScaleOptimizer", "Muon", "ScheduleFreeAdamW",
    ),
}  # fmt: skip


def get(identifier: object) -> Optimizer:
    """Return an optimizer from an object, a class, a name or a config."""
    if isinstance(identifier, str):
        identifier = next((n for n in _NAMES if n.lower() == identifier.lower()), identifier)
    if isinstance(identifier, dict) and isinstance(identifier.get("config"), dict):
        config = dict(identifier["config"])
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = configs.from_config(
                config["learning_rate"], schedules.CLASSES, "learning_rate"
            )
        identifier = {"class_name": identifier.get("class_name"), "config": config}
    return configs.resolve(identifier, Optimizer, _NAMES, "optimizer", "an optimizer")


def __getattr__(name: str) -> Any:
    return lookup("optimizers", name, _MISSING, CLASSES)
