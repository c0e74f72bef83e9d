"""The base of all callbacks, and the history."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.keras.overrides import Overridable, Overrides

Logs = dict[str, Any]
"""Name → number; an array for a metric with several values."""

HOOKS = tuple(
    f"on_{what}_{when}"
    for what in (
        "epoch", "train", "test", "predict", "batch", "train_batch", "test_batch", "predict_batch",
    )
    for when in ("begin", "end")
)  # fmt: skip


class Callback(Overridable):
    """Base of all callbacks: subclass it and override the hooks you need.

    Epochs run inside the engine. Overriding `on_epoch_begin` or `on_epoch_end` costs one call of the
    engine per epoch, overriding a hook of batches one per batch. In such a hook, a new learning rate
    holds from the next batch on, and `self.model.stop_training = True` ends the epoch.

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
        honored=("set_params", "set_model", *HOOKS),
        of_keras=("in_cooldown",),
    )

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

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before an update; another name of `on_train_batch_begin`.

        Parameters
        ----------
        batch : int
            Number of the batch in its epoch, from 0.
        logs : dict, optional
            Empty.
        """

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after an update; another name of `on_train_batch_end`.

        Parameters
        ----------
        batch : int
            Number of the batch in its epoch, from 0.
        logs : dict, optional
            Loss and metrics, averaged over the batches of the epoch so far.
        """

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before an update.

        Parameters
        ----------
        batch : int
            Number of the batch in its epoch, from 0.
        logs : dict, optional
            Empty.
        """
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after an update.

        Parameters
        ----------
        batch : int
            Number of the batch in its epoch, from 0.
        logs : dict, optional
            Loss and metrics, averaged over the batches of the epoch so far.
        """
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a batch of evaluate, or of the validation in fit.

        Parameters
        ----------
        batch : int
            Number of the batch, from 0.
        logs : dict, optional
            Empty.
        """

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a batch of evaluate, or of the validation in fit.

        Parameters
        ----------
        batch : int
            Number of the batch, from 0.
        logs : dict, optional
            Loss and metrics, averaged over the batches so far.
        """

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Run before a batch of predict.

        Parameters
        ----------
        batch : int
            Number of the batch, from 0.
        logs : dict, optional
            Empty.
        """

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Run after a batch of predict.

        Parameters
        ----------
        batch : int
            Number of the batch, from 0.
        logs : dict, optional
            The key "outputs": an array of the batch's outputs.
        """


class History(NotebookDisplay, Callback):
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

    def _sentence(self) -> str:
        parts = [counted(len(self.epoch), "epoch")]
        for name, values in [*self.history.items()][:4]:
            if len(values) and np.ndim(values[0]) == 0:
                first, last = (format_number(float(value)) for value in (values[0], values[-1]))
                parts.append(f"{name} {first} to {last}")
        return ", ".join(parts)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
