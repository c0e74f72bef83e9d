"""The values of each update that may follow a schedule, as a table for the engine.

Each update has one row: the learning rate η, the weight decay λ, the label smoothing, then the dropout
rate of each block. All are pure functions of the update number, so that a resumed run needs no state.
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

MAX_CHECKED_UPDATES = 4096
"""Schedules are checked in at most this many updates, evenly spread, before a run begins."""

LEARNING_RATE, WEIGHT_DECAY, LABEL_SMOOTHING, DROPOUT = range(4)


def varies_within_epoch(plan: TrainingPlan) -> bool:
    """Return False if all updates of an epoch have the same values, so that one row is enough."""
    return any(isinstance(value, Schedule) and value.varies_within_epoch for value in _values(plan))


def update_values(plan: TrainingPlan, updates: Array, steps_per_epoch: int) -> Array:
    """Return the values of the given updates (from 0), float64 of shape (updates, 3 + blocks).

    Raises `SettingError` if a schedule leaves the range of its setting.
    """
    values = _values(plan)
    table = np.empty((len(updates), len(values)))
    for column, value in enumerate(values):
        if not isinstance(value, Schedule):
            table[:, column] = value
            continue
        table[:, column] = scheduled = value.rates(updates, steps_per_epoch, plan.epochs)
        if column >= LABEL_SMOOTHING and not ((scheduled >= 0) & (scheduled < 1)).all():
            setting = "label_smoothing" if column == LABEL_SMOOTHING else "dropout"
            raise SettingError(
                setting,
                "must stay in [0, 1) during training, and its schedule leaves that range",
                hint="Start it lower.",
            )
    return table


def check_update_values(plan: TrainingPlan, steps_per_epoch: int) -> None:
    """Raise the `SettingError` of `update_values` before training begins."""
    total = plan.epochs * steps_per_epoch
    checked = np.unique(np.linspace(0, total - 1, min(total, MAX_CHECKED_UPDATES)).astype(np.int64))
    update_values(plan, checked, steps_per_epoch)


def fixed_places(network: Network) -> Array | None:
    """Return where updates change nothing (frozen layers, moving averages), bool of shape (parameters,).

    None if they change everything.
    """
    parts = [part for block in network.blocks for part in block.parts]
    if all(part.trainable for part in parts):
        return None
    return np.repeat([not part.trainable for part in parts], [part.size for part in parts])


def group_factors(network: Network) -> tuple[Array, Array] | None:
    """Return each parameter's factors of learning rate and of weight decay, None if all are 1.

    Both are float64 of shape (parameters,).
    """
    groups = group_counts(network)
    if all(rate == 1 and decay == 1 for _, rate, decay in groups):
        return None
    counts = [count for count, _, _ in groups]
    rates = np.repeat([rate for _, rate, _ in groups], counts)
    return rates, np.repeat([decay for _, _, decay in groups], counts)


def group_counts(network: Network) -> list[tuple[int, float, float]]:
    """Return (count, rate_factor, decay_factor) of consecutive stretches of `Parameters.flat`."""
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
