"""Fit rows, epochs and networks into a time budget, by the measured time of one epoch."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from deltarule._common.processors import thread_count
from deltarule.stopping import StopReason
from deltarule.table_model.fold_networks import (
    FoldSplit,
    RunOptions,
    TrainingSet,
    fit_arguments,
    for_all_features,
)
from deltarule.table_model.time_budget import TimeBudget
from deltarule.training import TrainingResult, fit

MIN_EPOCHS, MIN_UPDATES = 4, 300
"""Minimum epochs and updates per network. Under a time limit, reduce rows before going below these."""
MIN_GROWTH = 1.5
"""Prepare the table again only if at least this many times as many rows fit into the budget."""
_SHARE_OF_ROWS = 0.2  # of the preparation time grows with the rows (measured: 0.05 to 0.15)
_MIN_SHARE_OF_ROWS = 0.05
_SAFETY = 0.75  # plan with this share of the remaining time: a second measurement may be slower


@dataclass(frozen=True, eq=False)
class Throughput:
    """Measured time of one network on `rows` rows.

    Parameters
    ----------
    rows : int
        Number of rows.
    preparation_s : float
        Seconds to choose the encoders and to encode the rows.
    initialization_s : float
        Seconds to draw the initial parameters.
    epoch_s : float
        Seconds of one epoch.
    result : TrainingResult
        The result of that epoch.
    """

    rows: int
    preparation_s: float
    initialization_s: float
    epoch_s: float
    result: TrainingResult

    @property
    def interrupted(self) -> bool:
        """Whether a signal interrupted the measurement."""
        return self.result.reason is StopReason.INTERRUPTED


def measure_throughput(
    training_set: TrainingSet,
    splits: Sequence[FoldSplit],
    options: RunOptions,
    budget: TimeBudget,
    *,
    rows: int,
    preparation_s: float,
) -> Throughput:
    """Train the first fold network for one epoch, with the threads it has beside the others."""
    started = time.perf_counter()
    one_epoch = dataclasses.replace(
        training_set, recipe=dataclasses.replace(training_set.recipe, epochs=1)
    )
    result = fit(
        **fit_arguments(splits[0], one_epoch, budget),
        engine=options.engine,
        threads=1 if len(splits) > 1 else thread_count(options.threads),
    )
    training_s = result.seconds + result.warm_up_s
    initialization_s = max(time.perf_counter() - started - training_s, 0.0)
    result = for_all_features(result, splits[0], training_set)
    return Throughput(rows, preparation_s, initialization_s, max(result.seconds, 1e-6), result)


def affordable_rows(
    measured: Sequence[Throughput],
    rows: int,
    epochs_of: Callable[[int], int],
    budget: TimeBudget,
) -> int:
    """Return how many of `rows` rows fit into the remaining time, at least those measured last.

    `measured` holds all measurements so far; `epochs_of(n)` returns the minimum epochs for n rows.
    """
    remaining_s, last = _SAFETY * budget.remaining(), measured[-1]
    row_s = _SHARE_OF_ROWS * last.preparation_s / last.rows
    if len(measured) > 1:
        before = measured[-2]
        slope = (last.preparation_s - before.preparation_s) / max(last.rows - before.rows, 1)
        row_s = max(slope, _MIN_SHARE_OF_ROWS * last.preparation_s / last.rows)
    for count in np.geomspace(rows, last.rows, 40).astype(int).tolist():
        preparation_s = last.preparation_s + row_s * (count - last.rows)
        epochs_s = epochs_of(count) * last.epoch_s * count / last.rows
        if preparation_s + last.initialization_s + epochs_s <= remaining_s:
            return count
    return last.rows


def min_epochs(rows: int, batch_size: int | None, epochs: int) -> int:
    """Return the minimum epochs of a network on `rows` rows, at most a third of `epochs`."""
    updates = math.ceil(rows / (batch_size or rows))
    return min(max(MIN_EPOCHS, math.ceil(MIN_UPDATES / updates)), -(-epochs // 3))


def allocate_budget(
    throughput: Throughput, networks: int, epochs: int, threads: int | None, budget: TimeBudget
) -> tuple[int, int, TimeBudget]:
    """Return the networks, the epochs of each and the budget per network that fit into the time.

    Epochs are reduced first, down to a third, which lets the schedules finish; then networks; then
    epochs again. Returns 0 networks where there is no time beyond the measured epoch.
    """
    remaining_s = budget.remaining()
    start_s, epoch_s = throughput.initialization_s, throughput.epoch_s
    learned = throughput.result.kept_epoch > 0
    if throughput.interrupted or (learned and remaining_s < start_s + epoch_s):
        return 0, 1, budget
    side_by_side = thread_count(threads) if networks > 1 else 1

    def affordable_epochs(count: int) -> int:
        """Return the epochs that each of `count` networks has time for."""
        network_s = remaining_s / math.ceil(count / side_by_side)
        return max(int((network_s - start_s) / epoch_s), 1)

    if affordable_epochs(networks) < epochs:
        fewer = max(affordable_epochs(networks), -(-epochs // 3))
        network_s = start_s + fewer * epoch_s
        networks = min(max(int(remaining_s / network_s), 1) * side_by_side, networks)
        epochs = min(fewer, affordable_epochs(networks))
    waves = math.ceil(networks / side_by_side)
    return networks, epochs, dataclasses.replace(budget, seconds_per_network=remaining_s / waves)
