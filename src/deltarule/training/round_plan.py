"""The plan of a round: one pass over a part of a shard, as an epoch of an engine."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from deltarule.engines.training_plan import TrainingPlan
from deltarule.schedules import OnPlateau, Schedule
from deltarule.schedules.base import Rates, Updates
from deltarule.training.shards import Sharding, shard_seed


def round_plan(plan: TrainingPlan, sharding: Sharding, shard: int) -> TrainingPlan:
    """Return the plan by which a shard trains, whose epochs are rounds; nothing is decided after them."""
    rounds = sharding.rounds_per_epoch
    return replace(
        plan,
        network=_in_rounds(plan.network, rounds),
        loss=_in_rounds(plan.loss, rounds),
        optimizer=_in_rounds(plan.optimizer, rounds),
        epochs=plan.epochs * rounds,
        stopping=(),
        keep_best=None,
        seed=shard_seed(plan.seed, shard),
    )


@dataclass(frozen=True)
class _InRounds(Schedule):
    """A schedule whose epochs are several rounds."""

    schedule: Schedule
    rounds: int

    def rates(self, updates: Updates, steps_per_epoch: int, epochs: int) -> Rates:
        return self.schedule.rates(updates, steps_per_epoch * self.rounds, epochs // self.rounds)

    @property
    def varies_within_epoch(self) -> bool:
        return self.schedule.varies_within_epoch

    @property
    def plateau(self) -> OnPlateau | None:
        return self.schedule.plateau


def _in_rounds(value: Any, rounds: int) -> Any:
    """Return a description in which every schedule counts epochs of several rounds."""
    if isinstance(value, Schedule):
        return _InRounds(value, rounds)
    if isinstance(value, tuple):
        return tuple(_in_rounds(each, rounds) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    before = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    after = {name: _in_rounds(each, rounds) for name, each in before.items()}
    changed = {name: each for name, each in after.items() if each != before[name]}
    return replace(value, **changed) if changed else value
