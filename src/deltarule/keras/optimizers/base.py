"""The base of all optimizers: learning rate, count of updates, and state from one fit to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule import optimizers as core
from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.old_settings import refuse_unknown
from deltarule.keras.optimizers.schedule_base import KerasSchedule, LearningRateSchedule
from deltarule.keras.optimizers.schedules import CLASSES as SCHEDULES
from deltarule.keras.overrides import Overridable, Overrides
from deltarule.keras.unsupported import keras_names, require_default
from deltarule.keras.values import ArrayValue, NumberVariable, as_tensor
from deltarule.schedules import Schedule
from deltarule.schedules.base import Rates, Updates

Array = NDArray[Any]
_EXTRAS: dict[str, object] = {
    "weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "loss_scale_factor": None, "gradient_accumulation_steps": None,
}  # fmt: skip
_CLIPPING = {  # deltarule's setting → Keras's
    "clip_array_norm": "clipnorm", "clip_value": "clipvalue", "clip_norm": "global_clipnorm",
}  # fmt: skip
_PLAIN = "leave it out, or use Keras itself (import keras)"


class Optimizer(configs.Configurable, Overridable):
    """Base of all optimizers.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        Learning rate per update.
    name : str or None
        Name, by default the class name in lower case.
    extras : dict
        Settings that all optimizers share, such as global_clipnorm.

    Attributes
    ----------
    updates_done : int
        Number of updates made.
    slots : dict of ndarray of shape (n_parameters,)
        State of the optimizer by name, such as Adam's moments.

    Raises
    ------
    SettingError
        For an unknown setting, or one that is not supported.
    """

    _overrides = Overrides(
        "the engine makes the updates; choose an optimizer of keras.optimizers or deltarule.optimizers, "
        "or use Keras itself (import keras)",
        of_keras=(
            "add_optimizer_variables", "add_variable", "add_variable_from_reference", "apply",
            "apply_gradients", "assign", "assign_add", "assign_sub", "build",
            "exclude_from_weight_decay", "finalize_variable_values", "get_gradients", "get_updates",
            "load_own_variables", "minimize", "save_own_variables", "scale_loss", "set_weights",
            "stateless_apply", "update_step", "variables",
        ),
    )  # fmt: skip
    takes_weight_decay = False

    def __init__(
        self, learning_rate: float | LearningRateSchedule, name: str | None, extras: dict[str, Any]
    ) -> None:
        owner = type(self).__name__
        self.name = name or owner.lower()
        known = ("learning_rate", "momentum", "epsilon", *_EXTRAS)
        refuse_unknown(owner, [name for name in extras if name not in _EXTRAS], known)
        values = {**_EXTRAS, **extras}
        self.weight_decay: float | None = values["weight_decay"]
        if self.weight_decay and not self.takes_weight_decay:
            require_default(
                owner,
                {"weight_decay": (self.weight_decay, None)},
                "AdamW has it, or kernel_regularizer",
            )
        rest = ("use_ema", "ema_overwrite_frequency", "loss_scale_factor")
        require_default(owner, {n: (values[n], _EXTRAS[n]) for n in rest}, _PLAIN)
        require_default(
            owner,
            {"gradient_accumulation_steps": (values["gradient_accumulation_steps"], None)},
            "choose a larger batch_size",
        )
        clips = [name for name in _CLIPPING.values() if values[name] is not None]
        if len(clips) > 1:
            raise SettingError(
                owner,
                f"clips in one way only, got {' and '.join(clips)}",
                hint="clipnorm limits each array, clipvalue each component, global_clipnorm the whole.",
            )
        self.clipnorm: float | None = values["clipnorm"]
        self.clipvalue: float | None = values["clipvalue"]
        self.global_clipnorm: float | None = values["global_clipnorm"]
        self.learning_rate = learning_rate
        self.updates_done = 0
        self.slots: dict[str, Array] = {}  # state by name, as in the engines

    @property
    def learning_rate(self) -> Any:
        """Learning rate of the next update: a variable, or the present value of a schedule.

        Set it, or call `assign`, at any time; a run in progress follows with its next epoch, or with its
        next batch if it trains batch by batch.

        Raises
        ------
        SettingError
            If set to a function or a number < 0.
        """
        if self._schedule is not None:
            return as_tensor(self.present_rate)
        return NumberVariable("learning_rate", self.name, lambda: self.present_rate, self._set_rate)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self._set_rate(value)

    @property
    def iterations(self) -> NumberVariable:
        """Number of updates made, a variable."""
        return NumberVariable("iteration", self.name, lambda: self.updates_done, self._set_updates)

    @iterations.setter
    def iterations(self, value: Any) -> None:
        self._set_updates(value)

    def _set_updates(self, value: Any) -> None:
        owner = f"{type(self).__name__}.iterations"
        self.updates_done = checks.integer(owner, int(value), at_least=0)

    def _set_rate(self, value: Any) -> None:
        if isinstance(value, LearningRateSchedule):
            self._rate: Any = value
            return
        refuse_foreign(f"{type(self).__name__}.learning_rate", value, "optimizers.schedules")
        if callable(value):
            raise SettingError(
                f"{type(self).__name__}.learning_rate",
                "must be a number or a schedule, got a function",
                hint=(
                    "Subclass keras.optimizers.schedules.LearningRateSchedule, or use the "
                    "callback LearningRateScheduler."
                ),
            )
        # 0 is allowed while steering: ReduceLROnPlateau and schedulers may end there.
        is_array = isinstance(value, np.generic | np.ndarray | ArrayValue)
        value = float(value) if is_array else value
        self._rate = checks.number(f"{type(self).__name__}.learning_rate", value, at_least=0)

    @property
    def present_rate(self) -> float:
        """Learning rate of the next update, as a number."""
        rate = self._rate if self._schedule is None else self._schedule(self.updates_done)
        return float(rate)

    @property
    def _schedule(self) -> LearningRateSchedule | None:
        """The schedule that the learning rate follows, if it follows one."""
        return self._rate if isinstance(self._rate, LearningRateSchedule) else None

    @property
    def _clipping(self) -> dict[str, Any]:
        """Return deltarule's settings of gradient clipping."""
        return {ours: getattr(self, theirs) for ours, theirs in _CLIPPING.items()}

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        """Return deltarule's description with this learning rate."""
        raise NotImplementedError

    def description(self) -> core.Stepwise:
        """Return deltarule's description, which follows later changes of the learning rate.

        Returns
        -------
        deltarule.optimizers.Stepwise
            The optimizer that the engines execute.
        """
        names = dict(_CLIPPING)
        for member in core.OPTIMIZERS.members.values():
            names |= member.keras_settings
        with keras_names(type(self).__name__, names):
            return self._describe(CurrentRate(self))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return an optimizer with these settings.

        Parameters
        ----------
        config : dict
            Result of `get_config`, of this class or of the same class of Keras.

        Returns
        -------
        Optimizer
            A new optimizer, without state.
        """
        settings = configs.own_settings(cls.__name__, config)
        if isinstance(settings.get("learning_rate"), dict):
            settings["learning_rate"] = configs.from_config(
                settings["learning_rate"], SCHEDULES, "learning_rate"
            )
        return cls(**settings)

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        rate = self._rate if self._schedule is None else configs.to_config(self._schedule)
        own = {
            name: value for name, value in vars(self).items()
            if name not in ("_rate", "updates_done", "slots") and value is not None
        }  # fmt: skip
        return {"learning_rate": rate, **own}


class DescribedOptimizer(Optimizer):
    """An optimizer of `deltarule.optimizers` that Keras does not have."""

    def __init__(self, description: core.Stepwise) -> None:
        rate = description.learning_rate
        if not isinstance(rate, float | int):
            raise SettingError(
                f"{type(description).__name__}.learning_rate",
                "must be a number here",
                rate,
                "Set a schedule of keras.optimizers.schedules with optimizer.learning_rate = ...",
            )
        self._description = description
        super().__init__(rate, description.kind, {})

    def _describe(self, schedule: Schedule) -> core.Stepwise:
        return replace(self._description, learning_rate=schedule)


@dataclass(frozen=True)
class CurrentRate(Schedule):
    """The optimizer's learning rate, or its schedule, at the time when a chunk of epochs starts."""

    kind = "current_rate"
    optimizer: Optimizer

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        schedule = self.optimizer._schedule
        if schedule is not None:
            return KerasSchedule(schedule).rates(updates, steps_per_epoch, epochs)
        return np.full(len(updates), self.optimizer.present_rate)

    @property
    def varies_within_epoch(self) -> bool:
        return self.optimizer._schedule is not None
