"""The base of all callbacks, and those that only call functions or collect the logs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from deltarule.errors import SettingError

Logs = dict[str, float]

BATCH_HOOKS = (
    "on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end",
    "on_test_batch_begin", "on_test_batch_end", "on_predict_batch_begin", "on_predict_batch_end",
)  # fmt: skip


class Callback:
    """Base: subclass it and write the hooks that you need."""

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model in training."""
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take verbose, epochs and steps."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model."""
        self._model = model

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after an epoch with its numbers, which may be added to."""

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called when fit begins."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called when fit ends."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called when evaluate begins."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called when evaluate ends."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called when predict begins."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called when predict ends."""


class History(Callback):
    """What `fit` returns: `history` name → values of all epochs, `epoch` their numbers from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


class LambdaCallback(Callback):
    """A callback of functions: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`."""

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        **more: Callable[..., Any] | None,
    ) -> None:
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin, "on_train_end": on_train_end, **more,
        }  # fmt: skip
        for name, function in hooks.items():
            if function is not None:
                setattr(self, name, function)


class MonitorCallback(Callback):
    """Base of callbacks that watch one number of the logs."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise SettingError(
                f"{type(self).__name__}.mode must be auto, min or max, got {mode!r}."
            )
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.best: float | None = None

    @property
    def larger_is_better(self) -> bool:
        """Whether a larger number is a better one."""
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return False
        direction = self.model.metric_directions.get(name)
        if direction is None:
            raise SettingError(
                f"{type(self).__name__} cannot tell whether {self.monitor!r} should rise or fall: "
                "give mode='max' or mode='min'."
            )
        return bool(direction == "up")

    def _improves(self, value: float, reference: float | None) -> bool:
        """Return whether `value` beats `reference` by more than min_delta."""
        if reference is None:
            return True
        if self.larger_is_better:
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def _monitored(self, logs: Logs | None) -> float | None:
        """Return the watched number, or None with a warning."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__} watches {self.monitor!r}, which is not measured; there are: "
                f"{', '.join(logs)}.",
                stacklevel=3,
            )
        return value
