"""Callbacks that set the learning rate: LearningRateScheduler, ReduceLROnPlateau."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deltarule.errors import SettingError
from deltarule.keras.callbacks.base import Callback, Logs
from deltarule.keras.callbacks.monitor import MonitorCallback
from deltarule.keras.progress import print_line


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch.

    It costs one call of the engine per epoch; a schedule of `keras.optimizers.schedules` costs nothing.

    Parameters
    ----------
    schedule : callable
        Function of (epoch, learning_rate), or of the epoch alone, that returns the learning rate. Epochs
        count from 0.
    verbose : {0, 1}, default 0
        1 prints a line for each epoch.

    Examples
    --------
    >>> from deltarule import keras
    >>> callback = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.95)
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        optimizer = self.model.optimizer
        try:
            rate = self.schedule(epoch, optimizer.present_rate)
        except TypeError:  # a function of the epoch alone
            rate = self.schedule(epoch)
        optimizer.learning_rate = rate
        if self.verbose > 0:
            print_line(
                f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to "
                f"{optimizer.present_rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.present_rate


class ReduceLROnPlateau(MonitorCallback):
    """Reduce the learning rate when a monitored value no longer improves.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Name in the logs.
    factor : float, default 0.1
        Factor of the reduction, < 1.
    patience : int, default 10
        Number of epochs without improvement before a reduction.
    verbose : {0, 1}, default 0
        1 prints a line for each reduction.
    mode : {"auto", "min", "max"}, default "auto"
        Whether smaller or larger values are better; "auto" derives it from the metric.
    min_delta : float, default 1e-4
        Smallest change that counts as an improvement.
    cooldown : int, default 0
        Number of epochs to wait after a reduction.
    min_lr : float, default 0.0
        Lower bound of the learning rate.

    Raises
    ------
    SettingError
        If factor >= 1.

    See Also
    --------
    deltarule.schedules.OnPlateau : The same rule inside the engine, at no cost per epoch.
    """

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10,
        verbose: int = 0, mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        if factor >= 1:
            raise SettingError("ReduceLROnPlateau.factor", "must be less than 1", factor)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        logs["learning_rate"] = self.model.optimizer.present_rate
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._improves(current, self.best):
            self.best, self.wait = current, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = self.model.optimizer.present_rate
        if old <= self.min_lr:
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose > 0:
            print_line(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
