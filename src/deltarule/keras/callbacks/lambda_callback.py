"""Callbacks made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deltarule.errors import SettingError
from deltarule.keras.callbacks.base import HOOKS, Callback
from deltarule.keras.old_settings import refuse_unknown


class LambdaCallback(Callback):
    """A callback made of functions.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Function of (epoch, logs).
    on_train_begin, on_train_end : callable, optional
        Function of (logs).
    on_train_batch_begin, on_train_batch_end : callable, optional
        Function of (batch, logs).
    **more : callable
        Functions for the other hooks of `Callback`, by name.

    Raises
    ------
    SettingError
        If a name is not that of a hook, or a value is not a function.

    Examples
    --------
    >>> from deltarule import keras
    >>> stop_at_zero = keras.callbacks.LambdaCallback(
    ...     on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", logs["loss"] < 1e-3)
    ... )
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **more: Callable[..., Any] | None,
    ) -> None:
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin, "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin, "on_train_batch_end": on_train_batch_end,
            **more,
        }  # fmt: skip
        refuse_unknown("LambdaCallback", hooks, HOOKS)
        for name, function in hooks.items():
            if function is None:
                continue
            if not callable(function):
                raise SettingError(f"LambdaCallback.{name}", "must be a function", function)
            setattr(self, name, function)
