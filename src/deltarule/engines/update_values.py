"""The numbers of each update that may follow a schedule, as an engine is handed them.

One row an update: the learning rate η, the weight decay λ, the label smoothing, then the dropout rate of
each block. All are pure functions of the update number, so that a resumed run needs no memory of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.training_plan import TrainingPlan
from deltarule.errors import SettingError
from deltarule.network import Network
from deltarule.optimizers import Stepwise
from deltarule.schedules import Schedule

Array = NDArray[Any]

CHECKED_UPDATES = 4096
"""Schedules are looked at in so many updates, evenly spread, before a run begins."""

LEARNING_RATE, WEIGHT_DECAY, LABEL_SMOOTHING, DROPOUT = range(4)


def varies_within_epoch(plan: TrainingPlan) -> bool:
    """Return False where all updates of an epoch share their numbers: one row an epoch will do."""
    return any(isinstance(value, Schedule) and value.varies_within_epoch for value in _values(plan))


def numbers_of_updates(plan: TrainingPlan, updates: Array, steps_per_epoch: int) -> Array:
    """Return the numbers of the given updates (from 0), float64 of shape (updates, 3 + blocks).

    Raises `SettingError` where a schedule leaves what the number may be.
    """
    values = _values(plan)
    table = np.empty((len(updates), len(values)))
    for column, value in enumerate(values):
        if not isinstance(value, Schedule):
            table[:, column] = value
            continue
        table[:, column] = numbers = value.rates(updates, steps_per_epoch, plan.epochs)
        if column >= LABEL_SMOOTHING and not ((numbers >= 0) & (numbers < 1)).all():
            named = "label_smoothing" if column == LABEL_SMOOTHING else "dropout"
            raise SettingError(
                named,
                "must stay in [0, 1) during training, and its schedule leaves that range",
                hint="Start it lower.",
            )
    return table


def check_numbers(plan: TrainingPlan, steps_per_epoch: int) -> None:
    """Raise the `SettingError` of `numbers_of_updates` before anything is trained."""
    total = plan.epochs * steps_per_epoch
    looked_at = np.unique(np.linspace(0, total - 1, min(total, CHECKED_UPDATES)).astype(np.int64))
    numbers_of_updates(plan, looked_at, steps_per_epoch)


def group_factors(network: Network) -> tuple[Array, Array] | None:
    """Return the factors of learning rate and weight decay of each parameter, float64 of shape
    (parameters,) each; None where all are 1.
    """
    groups = group_counts(network)
    if all(rate == 1 and decay == 1 for _, rate, decay in groups):
        return None
    counts = [count for count, _, _ in groups]
    rates = np.repeat([rate for _, rate, _ in groups], counts)
    return rates, np.repeat([decay for _, _, decay in groups], counts)


def group_counts(network: Network) -> list[tuple[int, float, float]]:
    """Return (count, rate_factor, decay_factor) for one stretch of `Parameters.flat` after the other."""
    return [group for block in network.blocks for part in block.parts for group in part.groups]


def _values(plan: TrainingPlan) -> list[float | Schedule]:
    optimizer, loss = plan.optimizer, plan.loss
    rate = optimizer.schedule if isinstance(optimizer, Stepwise) else 0.0
    return [
        rate,
        getattr(optimizer, "weight_decay", 0.0),
        getattr(loss, "label_smoothing", 0.0),
        *(block.dropout_rate for block in plan.network.blocks),
    ]
