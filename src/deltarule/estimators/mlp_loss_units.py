"""Two scales of one loss: scikit-learn's and the core's.

The core's loss of a row is the mean over its outputs; scikit-learn's gradient belongs to the sum over
them, with half the square for regression. With J the core's and S scikit-learn's objective,
S = `gradient` · J, so that penalties, rates, tolerances and norms can be said on either scale. What
scikit-learn *prints* as the loss is `reported` · J + `constant`, which is S but for squared error of
several outputs, where it prints the mean over outputs although it descends on their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.losses import BinaryCrossEntropy, Loss, MeanSquaredError, Poisson
from deltarule.schedules import OnPlateau, Schedule, WarmUp

Array = NDArray[Any]

_RATES = ("learning_rate", "peak", "final", "minimum")


@dataclass(frozen=True)
class Scale:
    """Factors from the core's loss to scikit-learn's."""

    gradient: float = 1.0
    reported: float = 1.0
    constant: float = 0.0

    def report(self, losses: Array) -> Array:
        """Return losses of the core as scikit-learn prints them."""
        return self.reported * losses + self.constant

    def report_one(self, loss: float) -> float:
        """Return one loss of the core as scikit-learn prints it."""
        return self.reported * loss + self.constant

    def unreport(self, loss: float) -> float:
        """Return a loss that scikit-learn printed on the core's scale."""
        return (loss - self.constant) / self.reported


def scale_of(loss: Loss, outputs: int, targets: Array, weights: Array | None) -> Scale:
    """Return the scale of `loss` for these targets: (rows, outputs), or class numbers (rows,)."""
    if targets.ndim == 1:
        return Scale()
    if isinstance(loss, MeanSquaredError):
        return Scale(gradient=outputs / 2, reported=0.5)
    if isinstance(loss, BinaryCrossEntropy):
        return Scale(gradient=outputs, reported=outputs)
    if isinstance(loss, Poisson):
        return Scale(outputs, outputs, _poisson_constant(targets, weights))
    return Scale(gradient=outputs)


def scaled_schedule(schedule: Schedule, scale: Scale) -> Schedule:
    """Return a schedule said on scikit-learn's scale as one for the core's gradient."""
    changed = {
        f.name: getattr(schedule, f.name) * scale.gradient
        for f in fields(schedule)
        if f.name in _RATES
    }
    if isinstance(schedule, WarmUp):
        then = schedule.then
        changed["then"] = (
            scaled_schedule(then, scale) if isinstance(then, Schedule) else then * scale.gradient
        )
    if isinstance(schedule, OnPlateau) and schedule.monitor.endswith("_loss"):
        changed["min_improvement"] = schedule.min_improvement / scale.reported
    return replace(schedule, **changed)


def _poisson_constant(targets: Array, weights: Array | None) -> float:
    """Return the mean over rows of Σⱼ (y log y − y): what scikit-learn's deviance adds."""
    y = targets.astype(np.float64)
    rows = (y * np.log(np.where(y > 0, y, 1)) - y).sum(axis=1)
    return float(np.average(rows, weights=weights))
