"""The rungs of successive halving: how long each trial trains before the worse ones are left out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from deltarule.schedules.rise_and_fall import share_of_cycles
from deltarule.table_model.recipe import CYCLES, Recipe

KEPT_SHARES = (1.0, 1 / 4, 1 / 9, 1 / 16)
"""Share of the trials that train on each rung."""
MIN_VALIDATION_ROWS = 400
"""The first rung trains one network, or more where their folds hold fewer rows than this."""
MAX_FIRST_ROWS = 50_000
"""The first rung trains on at most this many rows, drawn at random."""


@dataclass(frozen=True)
class Rung:
    """One rung.

    Parameters
    ----------
    epochs : int
        Maximum epochs of each network, counted from the beginning of its training.
    networks : int
        Networks of each trial.
    share : float
        Share of all trials that train.
    rows : int or None, default None
        Training rows of each network, drawn at random; None for all. What was trained on drawn rows does
        not go on.
    """

    epochs: int
    networks: int
    share: float
    rows: int | None = None

    def trials(self, drawn: int) -> int:
        """Return how many of the `drawn` trials train, at least one."""
        return max(math.ceil(self.share * drawn), min(drawn, 1))


def plan_rungs(
    recipe: Recipe, networks: int, *, training_rows: int, validation_rows: int
) -> tuple[Rung, ...]:
    """Return the rungs for networks with this many rows; the last one trains all networks to the end.

    The others end with a cycle of the recipe's schedule, at a learning rate of 0: there trials can be
    compared.
    """
    shares = [share_of_cycles(cycle, recipe.cycles) for cycle in range(1, CYCLES)]
    ends = [math.ceil(round(recipe.epochs * share, 9)) for share in shares] + [recipe.epochs]
    first = math.ceil(MIN_VALIDATION_ROWS / max(validation_rows, 1))
    counts = [min(first * 2**i, networks) for i in range(3)] + [networks]
    rungs = [
        Rung(end, count, share)
        for i, (end, count, share) in enumerate(zip(ends, counts, KEPT_SHARES, strict=True))
        if i == 0 or end > ends[i - 1]
    ]
    rungs[-1] = Rung(recipe.epochs, networks, rungs[-1].share)
    if training_rows > MAX_FIRST_ROWS and len(rungs) > 1:
        rungs[0] = Rung(rungs[0].epochs, rungs[0].networks, rungs[0].share, MAX_FIRST_ROWS)
    return tuple(rungs)
