"""What a time limit has time for: one epoch is timed; rows, epochs and networks are chosen by it."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from deltarule.stopping import StopReason
from deltarule.table_model.fold_networks import Lesson, Limit, Member, Running, arguments_of
from deltarule.training import TrainingResult, fit
from deltarule.training.fitting import available_threads

MIN_EPOCHS, MIN_UPDATES = 4, 300
"""So many of each a network should have time for: rather is it trained on fewer rows."""
WORTHWHILE = 1.5
"""So many times as many rows make a table worth being prepared once more."""
_SHARE_OF_ROWS = 0.2  # of the time to prepare few rows: grows with rows; measured: 0.05 to 0.15
_MIN_SHARE = 0.05
_TRUSTED = 0.75  # of the time that is left, as what was timed may take longer the next time


@dataclass(frozen=True, eq=False)
class Pace:
    """How long one network on `rows` rows takes, in seconds; `result`: its first epoch."""

    rows: int
    plan_s: float  # to look at the rows and encode them
    start_s: float  # to draw the start
    epoch_s: float
    result: TrainingResult

    @property
    def interrupted(self) -> bool:
        return self.result.reason is StopReason.INTERRUPTED


def timed(
    lesson: Lesson,
    members: Sequence[Member],
    running: Running,
    limit: Limit,
    *,
    rows: int,
    plan_s: float,
) -> Pace:
    """Train the first member for one epoch, as it would be trained beside the others.

    The lesson is of `rows` rows and took `plan_s` to prepare.
    """
    began = time.perf_counter()
    one = dataclasses.replace(lesson, recipe=dataclasses.replace(lesson.recipe, epochs=1))
    result = fit(
        **arguments_of(members[0], one, limit),
        engine=running.engine,
        threads=1 if len(members) > 1 else available_threads(running.threads),
    )
    start_s = max(time.perf_counter() - began - result.seconds, 0.0)
    return Pace(rows, plan_s, start_s, max(result.seconds, 1e-6), result)


def affordable_rows(
    paces: Sequence[Pace], rows: int, epochs_of: Callable[[int], int], limit: Limit
) -> int:
    """Return how many of `rows` rows can be prepared and learned from in the time that is left: at least
    those that were timed last.

    `paces`: those timed so far. `epochs_of` so many rows: how many epochs a network needs to have learned
    something.
    """
    left, last = _TRUSTED * limit.left(), paces[-1]
    plan_row_s = _SHARE_OF_ROWS * last.plan_s / last.rows
    if len(paces) > 1:
        before = paces[-2]
        slope = (last.plan_s - before.plan_s) / max(last.rows - before.rows, 1)
        plan_row_s = max(slope, _MIN_SHARE * last.plan_s / last.rows)
    for count in np.geomspace(rows, last.rows, 40).astype(int).tolist():
        plan_s = last.plan_s + plan_row_s * (count - last.rows)
        epochs_s = epochs_of(count) * last.epoch_s * count / last.rows
        if plan_s + last.start_s + epochs_s <= left:
            return count
    return last.rows


def fewest_epochs(rows: int, batch_size: int | None, epochs: int) -> int:
    """Return how many of its `epochs` a network on `rows` rows should have time for, at least."""
    updates = math.ceil(rows / (batch_size or rows))
    return min(max(MIN_EPOCHS, math.ceil(MIN_UPDATES / updates)), -(-epochs // 3))


def shared_out(
    pace: Pace, members: int, epochs: int, threads: int | None, limit: Limit
) -> tuple[int, int, Limit]:
    """Return as many members, epochs for each and seconds for each as there is time for.

    First the number of epochs is lowered to a third, as its schedule then still comes to its end, then
    the number of members, then epochs again. No members: the epoch that was timed was all.
    """
    left = limit.left()
    if pace.interrupted or (pace.result.kept_epoch > 0 and left < pace.start_s + pace.epoch_s):
        return 0, 1, limit
    side_by_side = available_threads(threads) if members > 1 else 1

    def possible(count: int) -> int:
        """Return how many epochs each of `count` members has time for."""
        each = left / math.ceil(count / side_by_side)
        return max(int((each - pace.start_s) / pace.epoch_s), 1)

    if possible(members) < epochs:
        fewer = max(possible(members), -(-epochs // 3))
        each = pace.start_s + fewer * pace.epoch_s
        members = min(max(int(left / each), 1) * side_by_side, members)
        epochs = min(fewer, possible(members))
    waves = math.ceil(members / side_by_side)
    return members, epochs, dataclasses.replace(limit, each=left / waves)
