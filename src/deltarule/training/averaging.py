"""The average of the networks of all shards, in float64 and in a fixed order, and its momentum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.training_state import TrainingState
from deltarule.engines.update_values import fixed_places
from deltarule.network import Network

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class AveragedStates:
    """What comes out of a round: weights and slots in their dtypes, and the velocity in float64."""

    weights: Array
    slots: dict[str, Array]
    velocity: Array
    first_loss: float


def averaged(
    network: Network,
    weights: Array,
    velocity: Array,
    states: Sequence[TrainingState],
    rows: Sequence[int],
    momentum: float,
) -> AveragedStates:
    """Return the next weights after a round that began with `weights`; `rows`: visited by each shard.

    With the mean w̄ over the shards, weighted by their rows, and the momentum μ of Nesterov's form,

        v ← μ v + (w̄ - w),    w ← w̄ + μ v

    Optimizer slots, moving averages and frozen layers are plain means. Weights may overflow.
    """
    shares = [count / sum(rows) for count in rows]
    mean = weighted_mean([state.weights for state in states], shares)
    velocity = momentum * velocity + (mean - weights)
    fixed = fixed_places(network)
    if fixed is not None:
        velocity[fixed] = 0.0
    slots = {
        name: weighted_mean([state.slots[name] for state in states], shares).astype(slot.dtype)
        for name, slot in states[0].slots.items()
    }
    first_loss = max(state.first_loss for state in states)
    with np.errstate(over="ignore", invalid="ignore"):  # then the training diverges
        moved = (mean + momentum * velocity).astype(weights.dtype)
    return AveragedStates(moved, slots, velocity, first_loss)


def weighted_mean(arrays: Sequence[Array], shares: Sequence[float]) -> Array:
    """Return Σ share · array in float64, added in pairs: neighbors first, then neighboring pairs."""
    terms = [share * array.astype(np.float64) for share, array in zip(shares, arrays, strict=True)]
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs) :]
    return terms[0]
