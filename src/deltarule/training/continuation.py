"""Going on with other data or settings: the state of a session, made of parts.

A checkpoint continues the same run and is restored as it was written. Training that goes on with other
rows, another learning rate or after a result was changed by hand needs a state that keeps some parts and
begins others anew; what the parts mean stands in `engines/stopping_controller.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from deltarule.engines.contract import Array, Snapshot, TrainingPlan
from deltarule.optimizers import Stepwise
from deltarule.parameters import Parameters


@dataclass(frozen=True)
class Continuation:
    """What training goes on with; what is left at its default begins anew.

    `slots`: the optimizer's memory by name, as in a snapshot but without "slot_". `epochs_done` decides
    the count of updates and the streams of chance. `best_value`: the kept epoch's monitored value, a
    score negated. `stalled`: reference and epochs waited of each stopping rule, in the plan's order.
    """

    slots: Mapping[str, Array] = field(default_factory=dict)
    epochs_done: int = 0
    best_value: float = math.inf
    stalled: tuple[tuple[float, float], ...] = ()


def continuing(plan: TrainingPlan, initial_parameters: Parameters, parts: Continuation) -> Snapshot:
    """Return the state of a session of `plan` that goes on from `initial_parameters` with `parts`."""
    assert isinstance(plan.optimizer, Stepwise)
    weights = initial_parameters.flat().astype(plan.dtype)
    state: Snapshot = {
        "epochs_done": np.array([parts.epochs_done], np.int64),
        "first_loss": np.array([math.nan]),
        "elapsed_s": np.array([0.0]),
        "best_value": np.array([parts.best_value]),
        "plateau": np.array([1.0, math.inf, 0.0]),
        "weights": weights,
    }
    for i in range(len(plan.stopping)):
        rule = parts.stalled[i] if i < len(parts.stalled) else plan.stopping[i].initial_state
        state[f"rule_{i}"] = np.array(rule, np.float64)
    if plan.keep_best is not None:
        state["best_weights"] = weights.copy()
    fresh = plan.optimizer.new_slots(weights.size, plan.dtype)
    for name, slot in fresh.items():
        kept = parts.slots.get(name)
        fits = kept is not None and kept.shape == slot.shape
        state[f"slot_{name}"] = kept.astype(slot.dtype) if kept is not None and fits else slot
    return state


def slots_of(snapshot: Snapshot) -> dict[str, Array]:
    """Return the optimizer's memory in a snapshot, by name."""
    return {name[5:]: array for name, array in snapshot.items() if name.startswith("slot_")}
