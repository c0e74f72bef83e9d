"""What is decided after each epoch, in the order in which it is decided.

1. Divergence: the training loss, the validation loss or a parameter is not finite, or the training
   loss exceeds EXPLOSION_FACTOR · max(first loss, 1). (Within an epoch: a batch's J is not finite.)
   The run ends with the parameters of the last good epoch. The first loss is J of the first batch.
   That batch may be all zeros: an epoch far above it raises the first loss to that over all rows, of
   a constant prediction or, in the first epoch, J of the initial network, whichever is larger.
2. Keep-best: strictly better than the best so far (see `keep_best.py`).
3. Plateau: the schedule's factor on the learning rate.
4. The stopping rules, in the order of the plan; then the number of epochs.

A NaN never counts as an improvement. The C++ engine decides exactly as this file does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from deltarule.engines.contract import DOUBT_FACTOR, EXPLOSION_FACTOR, Array
from deltarule.engines.keep_best import KeepBest
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.optimizers import Stepwise
from deltarule.schedules import OnPlateau
from deltarule.stopping import StopReason, to_minimize

Values = dict[str, float]  # monitor → value of the epoch


class StoppingController:
    """Keeps the count of epochs, compares their values and decides when to stop."""

    def __init__(self, plan: TrainingPlan) -> None:
        self._plan = plan
        self.epochs_done = 0
        self.first_loss = math.nan
        self.elapsed_s = 0.0
        self.keep_best = KeepBest(plan.keep_best)
        self.plateau = [1.0, math.inf, 0.0]
        self.rules = [list(rule.initial_state) for rule in plan.stopping]

    def exploded(self, loss: float, loss_over_all_rows: Callable[[], float]) -> bool:
        """Return whether a training loss means divergence; all rows are measured only in doubt."""
        doubt = EXPLOSION_FACTOR if self.epochs_done else DOUBT_FACTOR
        if doubt * max(self.first_loss, 1.0) < loss < math.inf:
            measured = loss_over_all_rows()
            if self.first_loss < measured < math.inf:
                self.first_loss = measured
        return not loss <= EXPLOSION_FACTOR * max(self.first_loss, 1.0)

    def learning_rate(self, scheduled: float) -> float:
        """Return the scheduled rate after the plateau rule's lowering."""
        rule = _plateau(self._plan)
        return scheduled if rule is None else rule.lowered_rate(scheduled, self.plateau[0])

    def update_plateau(self, values: Values) -> None:
        """Lower the factor if the schedule watches a plateau and it is time."""
        rule = _plateau(self._plan)
        if rule is None:
            return
        value = to_minimize(rule.monitor, values[rule.monitor])
        if value < self.plateau[1] - rule.min_improvement:
            self.plateau[1:] = [value, 0.0]
            return
        self.plateau[2] += 1
        if self.plateau[2] >= rule.patience_epochs:
            self.plateau = [self.plateau[0] * rule.factor, self.plateau[1], 0.0]

    def verdict(self, values: Values) -> tuple[StopReason | None, int | None]:
        """Return why to stop after this epoch and which rule stops, or (None, None).

        Every rule counts the epoch, also after another one has stopped training.
        """
        values = {**values, "elapsed_s": self.elapsed_s}
        reason: StopReason | None = None
        place: int | None = None
        for i, rule in enumerate(self._plan.stopping):
            stops = rule.update(self.rules[i], values)
            if stops and reason is None:
                reason, place = rule.reason, i
        if reason is None and self.epochs_done >= self._plan.epochs:
            reason = StopReason.EPOCHS_DONE
        return reason, place

    def state(self, weights: Array, **arrays: Any) -> TrainingState:
        """Return the state of the run, of which the caller gives the arrays."""
        factor, best, waited = self.plateau
        return TrainingState(
            weights=weights,
            rules=tuple(tuple(rule) for rule in self.rules),
            epochs_done=self.epochs_done,
            first_loss=self.first_loss,
            elapsed_s=self.elapsed_s,
            best_value=self.keep_best.value,
            plateau=(factor, best, waited),
            **arrays,
        )

    def restore(self, state: TrainingState) -> None:
        """Continue from `state`."""
        self.epochs_done = state.epochs_done
        self.first_loss = state.first_loss
        self.elapsed_s = state.elapsed_s
        self.keep_best.value = state.best_value
        self.plateau = list(state.plateau)
        self.rules = [list(rule) for rule in state.rules]


def needs_gradient_norm(plan: TrainingPlan) -> bool:
    """Return whether a stopping rule of `plan` reads the gradient's norm after each epoch."""
    return any(rule.needs_gradient_norm for rule in plan.stopping)


def _plateau(plan: TrainingPlan) -> OnPlateau | None:
    optimizer = plan.optimizer
    return optimizer.schedule.plateau if isinstance(optimizer, Stepwise) else None
