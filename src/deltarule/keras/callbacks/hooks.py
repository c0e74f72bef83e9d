"""Calls of the hooks of several callbacks, and which hooks they override."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deltarule.errors import SettingError
from deltarule.keras.callbacks.base import Callback
from deltarule.keras.callbacks.monitor import MonitorCallback
from deltarule.keras.foreign import refuse_foreign

TRAIN_BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
TEST_BATCH_HOOKS = ("on_test_batch_begin", "on_test_batch_end")
PREDICT_BATCH_HOOKS = ("on_predict_batch_begin", "on_predict_batch_end")
TEST_HOOKS = ("on_test_begin", "on_test_end")


class Hooks:
    """The callbacks of one call of fit, evaluate or predict."""

    def __init__(self, model: Any, callbacks: Sequence[Any]) -> None:
        self.callbacks = tuple(callbacks)
        self._model = model

    def set_up(self, params: dict[str, Any]) -> None:
        """Give each callback the parameters and the model."""
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(self._model)

    def call(self, hook: str, *arguments: Any) -> None:
        """Call a hook of each callback."""
        for callback in self.callbacks:
            function = getattr(callback, hook, None)
            if function is not None:
                function(*arguments)

    def override(self, hooks: Sequence[str]) -> bool:
        """Return whether a callback overrides one of the hooks."""
        return any(overrides(callback, hooks) for callback in self.callbacks)


def overrides(callback: Any, hooks: Sequence[str]) -> bool:
    """Return whether a callback has code of its own in one of the hooks."""
    return any(
        hasattr(callback, hook)
        and getattr(getattr(callback, hook), "__func__", None) is not getattr(Callback, hook)
        for hook in hooks
    )


def checked(callback: Any) -> Any:
    """Return the callback; `SettingError` if it cannot run here."""
    refuse_foreign("callbacks", callback, "callbacks")
    if (
        isinstance(callback, type)
        or not hasattr(callback, "on_epoch_end")
        or not hasattr(callback, "set_model")
    ):
        raise SettingError(
            "callbacks",
            "must be objects of keras.callbacks.Callback",
            callback,
            "Subclass Callback and call super().__init__().",
        )
    return callback


def check_monitors(callbacks: Sequence[Any]) -> None:
    """Raise an error before training if a monitored value has no known direction."""
    for callback in callbacks:
        if isinstance(callback, MonitorCallback) and callback.follows_monitor:
            _ = callback.larger_is_better
