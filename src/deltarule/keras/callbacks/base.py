"""The base of all callbacks, and callbacks made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deltarule.keras.overrides import Overridable, Overrides

Logs = dict[str, Any]
"""Name → number; an array for a metric with several values."""

BATCH_HOOKS = (
    "on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end",
    "on_test_batch_begin", "on_test_batch_end", "on_predict_batch_begin", "on_predict_batch_end",
)  # fmt: skip


class Callback(Overridable):
    """Base of all callbacks: subclass it and override the hooks you need.

    Hooks for batches do not exist, because epochs run inside the engine. Overriding `on_epoch_begin` or
    `on_epoch_end` costs one call of the engine per epoch.

    Attributes
    ----------
    params : dict
        The keys "verbose", "epochs" and "steps" (updates per epoch) of the current `fit`.

    Examples
    --------
    >>> from deltarule import keras
    >>> class PrintLoss(keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    >>> model = keras.Sequential([keras.Input(1), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> _ = model.fit([[0.0], [1.0]], [0.0, 1.0], epochs=2, verbose=0, callbacks=[PrintLoss()])
    0 ['loss']
    1 ['loss']
    """

    _overrides = Overrides(
        "fit calls set_params, set_model and the hooks on_...; override those",
        honored=(
            "set_params", "set_model", "on_epoch_begin", "on_epoch_end", "on_train_begin",
            "on_train_end", "on_test_begin", "on_test_end", "on_predict_begin", "on_predict_end",
        ),
        of_keras=("in_cooldown",),
    )  # fmt: skip

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model in training."""
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Store the parameters of the current fit.

        Parameters
        ----------
        params : dict
            The keys "verbose", "epochs" and "steps".
        """
        self.params = params

    def set_model(self, model: Any) -> None:
        """Store the model.

        Parameters
        ----------
        model : Model
            The model in training.
        """
        self._model = model

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Run before an epoch.

        Parameters
        ----------
        epoch : int
            Number of the epoch, from 0.
        logs : dict, optional
            Empty.
        """

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Run after an epoch.

        Parameters
        ----------
        epoch : int
            Number of the epoch, from 0.
        logs : dict, optional
            Loss and metrics of the epoch by name, validation with the prefix "val_". Values added here
            appear in the history.
        """

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Run at the start of fit.

        Parameters
        ----------
        logs : dict, optional
            Empty.
        """

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Run at the end of fit.

        Parameters
        ----------
        logs : dict, optional
            Logs of the last epoch.
        """

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Run at the start of evaluate.

        Parameters
        ----------
        logs : dict, optional
            Empty.
        """

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Run at the end of evaluate.

        Parameters
        ----------
        logs : dict, optional
            Loss and metrics by name.
        """

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Run at the start of predict.

        Parameters
        ----------
        logs : dict, optional
            Empty.
        """

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Run at the end of predict.

        Parameters
        ----------
        logs : dict, optional
            Empty.
        """


class History(Callback):
    """The loss and metrics of each epoch, returned by `fit`.

    Attributes
    ----------
    history : dict of list of float
        Values of all epochs by the names of the logs.
    epoch : list of int
        Numbers of the epochs, from 0.
    """

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
    """A callback made of functions.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Function of (epoch, logs).
    on_train_begin, on_train_end : callable, optional
        Function of (logs).
    **more : callable
        Functions for the other hooks of `Callback`, by name.

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
