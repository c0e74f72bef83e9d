"""A third engine for tests: the equations of the reference engine, with some things unsupported."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from deltarule.engines import register_engine, unregister_engine
from deltarule.engines.capabilities import OpenRequest
from deltarule.engines.contract import TrainingSession
from deltarule.engines.data import Data
from deltarule.engines.reference import ReferenceEngine
from deltarule.engines.training_plan import TrainingPlan
from deltarule.sampling import SingleSample

WARM_UP_S = 0.4


class ToyEngine(ReferenceEngine):
    """Warms up slowly, draws no single samples and has no softplus."""

    name = "toy"

    def __init__(self) -> None:
        self.compiled: list[TrainingPlan] = []
        self.opened_together: list[int] = []

    def supports(self, plan: TrainingPlan) -> str | None:
        if isinstance(plan.sampling, SingleSample):
            return "it cannot draw single samples."
        if any(block.dense.activation.kind == "softplus" for block in plan.network.blocks):
            return "it has no softplus."
        return None

    def warm_up(
        self, plan: TrainingPlan, data: Data, validation: Data | None, threads: int
    ) -> None:
        self.compiled.append(plan)
        time.sleep(WARM_UP_S)

    def open_many(self, requests: Sequence[OpenRequest], threads: int) -> list[TrainingSession]:
        self.opened_together.append(len(requests))
        return [self.open(r.plan, r.data, r.validation, r.initial_parameters) for r in requests]


@contextmanager
def registered(engine: Any = None) -> Iterator[Any]:
    """Register a toy engine, or `engine`, for as long as the context lasts."""
    engine = engine or ToyEngine()
    register_engine(engine)
    try:
        yield engine
    finally:
        unregister_engine(engine.name)
