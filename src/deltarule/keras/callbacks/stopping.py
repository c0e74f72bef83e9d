"""Callbacks that end training: EarlyStopping, TerminateOnNaN."""

from __future__ import annotations

import math

from deltarule.keras.callbacks.base import Callback, Logs
from deltarule.keras.callbacks.monitor import MonitorCallback
from deltarule.keras.progress import print_line


class EarlyStopping(MonitorCallback):
    """Stop training when a monitored value no longer improves.

    The engine applies it as a stopping rule, at no cost per epoch, if it measures the value itself, all
    other callbacks only read logs, `baseline` is None and `start_from_epoch` is 0. Otherwise Python
    applies it after each epoch, with the same result.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Name in the logs, such as "loss" or "val_accuracy".
    min_delta : float, default 0
        Smallest change that counts as an improvement.
    patience : int, default 0
        Number of epochs without improvement after which training stops.
    verbose : {0, 1}, default 0
        1 prints a line when training stops.
    mode : {"auto", "min", "max"}, default "auto"
        Whether smaller or larger values are better; "auto" derives it from the metric.
    baseline : float, optional
        Value that the monitor has to beat within `patience` epochs.
    restore_best_weights : bool, default False
        Whether the model ends with the weights of its best epoch.
    start_from_epoch : int, default 0
        Number of epochs before monitoring starts.

    Attributes
    ----------
    best : float or None
        Best value of the monitor.
    best_epoch, stopped_epoch : int
        Numbers of the best and the last epoch, from 0; stopped_epoch is 0 if training was not stopped.

    See Also
    --------
    deltarule.stopping : Stopping rules of `deltarule.fit`.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule import keras
    >>> model = keras.Sequential([keras.Input(1), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1), "mse")
    >>> x = np.linspace(0, 1, 20)
    >>> stopper = keras.callbacks.EarlyStopping("loss", min_delta=1e-3, patience=3)
    >>> history = model.fit(x, 2 * x, epochs=500, verbose=0, callbacks=[stopper])
    >>> len(history.epoch) < 500
    True
    """

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0,
        verbose: int = 0, mode: str = "auto", baseline: float | None = None,
        restore_best_weights: bool = False, start_from_epoch: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best, self.best_weights = None, None
        self.engine_keeps = False  # set by fit where the engine stops and keeps the best weights

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        keep = self.restore_best_weights and not self.engine_keeps
        if keep and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self._improves(current, self.best):
            self.best, self.best_epoch = current, epoch
            if keep:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._improves(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print_line(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if not self.restore_best_weights or (self.best_weights is None and not self.engine_keeps):
            return
        if self.verbose > 0:
            print_line(
                f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}."
            )
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(Callback):
    """End training without a warning when the loss is NaN or infinite.

    The engine stops diverging runs in any case, also if the loss exceeds a million times its initial
    value, and keeps the last good weights. Without this callback, `fit` warns.

    Parameters
    ----------
    raise_error : bool, default False
        Whether to raise RuntimeError instead.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"NaN or infinite loss in epoch {epoch + 1}: {loss}.")
        print_line(f"Epoch {epoch + 1}: invalid loss, terminating training")
        self.model.stop_training = True
