"""The base of callbacks that monitor one value of the logs."""

from __future__ import annotations

import numpy as np

from deltarule._common.checks import did_you_mean, sentences
from deltarule._common.user_warnings import warn_user
from deltarule.errors import SettingError
from deltarule.keras.callbacks.base import Callback, Logs


class MonitorCallback(Callback):
    """Base of callbacks that monitor one value of the logs.

    Parameters
    ----------
    monitor : str
        Name in the logs, such as "val_loss".
    mode : {"auto", "min", "max"}
        Whether smaller or larger values are better; "auto" derives it from the metric.
    min_delta : float, default 0
        Smallest change that counts as an improvement.
    """

    _overrides = Callback._overrides.also("get_monitor_value")

    def __init__(self, monitor: str, mode: str, min_delta: float = 0) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise SettingError(f"{type(self).__name__}.mode", "must be auto, min or max", mode)
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.best: float | None = None

    @property
    def larger_is_better(self) -> bool:
        """Whether a larger value of the monitor is better.

        Raises
        ------
        SettingError
            If mode is "auto" and the metric is unknown or does not define it.
        """
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return False
        directions = self.model.metric_directions
        if name not in directions:
            names = ["loss", *directions]
            known = [*names, *(f"val_{name}" for name in names)]
            raise SettingError(
                f"{type(self).__name__}.monitor",
                f"must be one of {', '.join(known)}",
                self.monitor,
                sentences(
                    did_you_mean(self.monitor, known),
                    "For a value that another callback adds to the logs, give mode='max' or mode='min'.",
                ),
            )
        if directions[name] is None:
            raise SettingError(
                f"{type(self).__name__}.mode",
                f"must be 'max' or 'min' for {self.monitor!r}",
                self.mode,
                "The metric does not define whether larger is better: give mode='max' to keep the "
                "largest value, or mode='min' to keep the smallest.",
            )
        return directions[name] == "up"

    @property
    def follows_monitor(self) -> bool:
        """Whether the monitor decides anything, so that its direction has to be known."""
        return True

    def _improves(self, value: float, reference: float | None) -> bool:
        """Return whether `value` beats `reference` by more than min_delta."""
        if reference is None:
            return True
        if self.larger_is_better:
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def get_monitor_value(self, logs: Logs | None) -> float | None:
        """Return the monitored value; a subclass may compute another one.

        Parameters
        ----------
        logs : dict or None
            Loss and metrics of the epoch by name.

        Returns
        -------
        float or None
            None, with a warning, if the logs do not have the monitor.

        Raises
        ------
        SettingError
            If it is no single number.
        """
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warn_user(
                f"{type(self).__name__} watches {self.monitor!r}, which is not measured; there are: "
                f"{', '.join(logs)}."
            )
            return None
        if np.ndim(value):
            raise SettingError(
                f"{type(self).__name__}.monitor",
                f"must be a single number, but {self.monitor!r} has {np.size(value)}",
                hint="Give the metric one threshold, or average='macro'.",
            )
        return float(value)
