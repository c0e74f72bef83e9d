"""Which epoch a run keeps: the only place that compares epochs under `keep_best`."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from deltarule.history import Records
from deltarule.stopping import to_minimize


class KeepBest:
    """The best epoch so far by a monitor: strictly better than all before; a NaN never is.

    `value` is its monitored value, a score negated; infinite before the first one. `epoch` counts from 1;
    without a monitor, and before any epoch is best, it is the last one.
    """

    def __init__(self, monitor: str | None) -> None:
        self.monitor = monitor
        self.value = math.inf
        self.epoch = 0

    @property
    def has_best(self) -> bool:
        """Whether some epoch was the best so far."""
        return self.monitor is not None and math.isfinite(self.value)

    def update(self, values: Mapping[str, float]) -> bool:
        """Return whether an epoch is the best so far, and remember its value."""
        if self.monitor is None:
            return False
        value = to_minimize(self.monitor, values[self.monitor])
        if not value < self.value:
            return False
        self.value = value
        return True

    def update_records(self, records: Records) -> None:
        """Follow many epochs at once, with their numbers."""
        if len(records) == 0:
            return
        if self.monitor is not None:
            values = to_minimize(self.monitor, 1.0) * records[self.monitor]
            if not np.isnan(values).all():
                best = int(np.nanargmin(values))
                if self.update({self.monitor: float(records[self.monitor][best])}):
                    self.epoch = int(records["epoch"][best])
        if not self.has_best:
            self.epoch = int(records["epoch"][-1])
