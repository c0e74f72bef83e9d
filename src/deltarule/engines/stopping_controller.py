"""What is decided after each epoch, in the order in which it is decided.

1. Divergence: the training loss, the validation loss or a parameter is not finite, or the training
   loss exceeds EXPLOSION_FACTOR · max(first batch's loss, 1). (Within an epoch: a batch's J is not
   finite.) The run ends with the parameters of the last good epoch.
2. Keep-best: strictly better than the best so far (the earlier epoch wins a tie).
3. Plateau: the schedule's factor on the learning rate.
4. The stopping rules, in the order of the plan; then the number of epochs.

A NaN never counts as an improvement. Engines that decide elsewhere (C++) follow this file to the letter;
the state goes into a snapshot under the names used here:

    epochs_done, first_loss, elapsed_s        one number each
    best_value                                one number; best_weights lie beside it, flat
    plateau                                   factor, best, epochs waited
    rule_0, rule_1, …                         what each stopping rule remembers

and the engine adds `weights` (flat), `best_weights` where there is keep-best, and `slot_<name>`.
"""

from __future__ import annotations

import math

import numpy as np

from deltarule.engines.contract import EXPLOSION_FACTOR, Snapshot, TrainingPlan
from deltarule.optimizers import Stepwise
from deltarule.schedules import OnPlateau
from deltarule.stopping import StopReason, to_minimize

Values = dict[str, float]  # monitor → value of the epoch


class StoppingController:
    """Counts, compares and says stop; owns no parameters."""

    def __init__(self, plan: TrainingPlan) -> None:
        self._plan = plan
        self.epochs_done = 0
        self.first_loss = math.nan
        self.elapsed_s = 0.0
        self.best_value = math.inf
        self.plateau = [1.0, math.inf, 0.0]
        self.rules = [list(rule.initial_state) for rule in plan.stopping]

    def exploded(self, loss: float) -> bool:
        """Return whether a training loss means divergence."""
        return not loss <= EXPLOSION_FACTOR * max(self.first_loss, 1.0)

    def is_best(self, values: Values) -> bool:
        """Return whether this epoch is the best so far under keep_best, and remember it."""
        if self._plan.keep_best is None:
            return False
        value = to_minimize(self._plan.keep_best, values[self._plan.keep_best])
        if value < self.best_value:
            self.best_value = value
            return True
        return False

    def learning_rate(self, scheduled: float) -> float:
        """Return the scheduled rate after the plateau rule's lowering."""
        rule = _plateau(self._plan)
        if rule is None:
            return scheduled
        return min(scheduled, max(scheduled * self.plateau[0], rule.minimum))

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

    def snapshot(self) -> Snapshot:
        """Return the controller's part of a session's snapshot."""
        state = {
            "epochs_done": np.array([self.epochs_done], np.int64),
            "first_loss": np.array([self.first_loss]),
            "elapsed_s": np.array([self.elapsed_s]),
            "best_value": np.array([self.best_value]),
            "plateau": np.array(self.plateau),
        }
        return state | {f"rule_{i}": np.array(rule) for i, rule in enumerate(self.rules)}

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from `snapshot`."""
        self.epochs_done = int(snapshot["epochs_done"][0])
        self.first_loss = float(snapshot["first_loss"][0])
        self.elapsed_s = float(snapshot["elapsed_s"][0])
        self.best_value = float(snapshot["best_value"][0])
        self.plateau = snapshot["plateau"].tolist()
        self.rules = rule_states(self._plan, snapshot)


def rule_states(plan: TrainingPlan, snapshot: Snapshot) -> list[list[float]]:
    """Return what each stopping rule of `plan` remembered; older checkpoints hold more for some."""
    return [
        snapshot[f"rule_{i}"].tolist()[: len(rule.initial_state)]
        for i, rule in enumerate(plan.stopping)
    ]


def needs_gradient_norm(plan: TrainingPlan) -> bool:
    """Return whether a stopping rule of `plan` reads the gradient's norm after each epoch."""
    return any(rule.needs_gradient_norm for rule in plan.stopping)


def _plateau(plan: TrainingPlan) -> OnPlateau | None:
    optimizer = plan.optimizer
    return optimizer.schedule.plateau if isinstance(optimizer, Stepwise) else None
