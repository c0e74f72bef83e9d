"""The scales of a loss in deltarule and in scikit-learn.

deltarule's loss of a row is the mean over its outputs. scikit-learn's gradient belongs to the sum over
outputs, with half the square for regression. With J the objective of deltarule and S that of
scikit-learn, S = `gradient` · J, which converts penalties, learning rates, tolerances and norms.
scikit-learn *prints* `reported` · J + `constant`. This equals S except for the squared error of several
outputs: scikit-learn prints their mean but descends on their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from deltarule.losses import (
    BinaryCrossEntropy,
    CosineSimilarity,
    Loss,
    MeanSquaredError,
    Poisson,
)
from deltarule.schedules import OnPlateau, Schedule, WarmUp

Array = NDArray[Any]
Losses = TypeVar("Losses", float, NDArray[Any])

_RATES = ("learning_rate", "peak", "final", "minimum")


@dataclass(frozen=True)
class LossScale:
    """Factors from deltarule's loss to scikit-learn's."""

    gradient: float = 1.0
    reported: float = 1.0
    constant: float = 0.0

    def to_sklearn(self, losses: Losses) -> Losses:
        """Return losses of deltarule as scikit-learn prints them."""
        return self.reported * losses + self.constant

    def from_sklearn(self, loss: float) -> float:
        """Return a loss as printed by scikit-learn on deltarule's scale."""
        return (loss - self.constant) / self.reported


def loss_scale_for(loss: Loss, outputs: int, targets: Array, weights: Array | None) -> LossScale:
    """Return the scale of `loss` for these targets: (rows, outputs), or class numbers (rows,)."""
    if targets.ndim == 1 or isinstance(loss, CosineSimilarity):
        return LossScale()
    if isinstance(loss, MeanSquaredError):
        return LossScale(gradient=outputs / 2, reported=0.5)
    if isinstance(loss, BinaryCrossEntropy):
        return LossScale(gradient=outputs, reported=outputs)
    if isinstance(loss, Poisson):
        return LossScale(outputs, outputs, _poisson_constant(targets, weights))
    return LossScale(gradient=outputs)


def scaled_schedule(schedule: Schedule, scale: LossScale) -> Schedule:
    """Return a schedule given on scikit-learn's scale as one for deltarule's gradient."""
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
    """Return the mean over rows of Σⱼ (y log y − y), a term of scikit-learn's deviance."""
    y = targets.astype(np.float64)
    rows = (y * np.log(np.where(y > 0, y, 1)) - y).sum(axis=1)
    return float(np.average(rows, weights=weights))
