"""Comparison of schedules with PyTorch's, for those that are defined alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deltarule.engines.stopping_controller import StoppingController
from deltarule.engines.training_plan import TrainingPlan
from deltarule.layers import Dense
from deltarule.losses import MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import GradientDescent
from deltarule.sampling import FullBatch
from deltarule.schedules import (
    Cosine,
    ExponentialDecay,
    OneCycle,
    OnPlateau,
    Schedule,
    StepDecay,
    WarmUp,
)

STEPS, EPOCHS = 7, 12
UPDATES = STEPS * EPOCHS
PLAN = TrainingPlan(
    Network([Dense(1)], 1), MeanSquaredError(), GradientDescent(), FullBatch(), epochs=99
)


def theirs(torch: Any, make: Callable[[Any, Any], Any], rate: float, each: int = 1) -> np.ndarray:
    """Return PyTorch's rate at each update; its scheduler steps every `each` updates."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    rates = []
    for update in range(UPDATES):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if update + 1 < UPDATES and (update + 1) % each == 0:
            scheduler.step()
    return np.array(rates)


@pytest.mark.parametrize(
    ("schedule", "make", "rate", "each"),
    [
        (StepDecay(0.3, 0.4, 5), lambda s, o: s.StepLR(o, 5, 0.4), 0.3, STEPS),
        (Cosine(0.3, 0.01), lambda s, o: s.CosineAnnealingLR(o, UPDATES, 0.01), 0.3, 1),
        # PyTorch's factor applies to each update: the root of deltarule's factor
        (ExponentialDecay(0.3, 0.8), lambda s, o: s.ExponentialLR(o, 0.8 ** (1 / STEPS)), 0.3, 1),
        (OneCycle(0.3), lambda s, o: s.OneCycleLR(o, 0.3, UPDATES, cycle_momentum=False), 0.3, 1),
        (
            OneCycle(0.3, 0.45, 0.1, 1e-3),
            lambda s, o: s.OneCycleLR(
                o, 0.3, UPDATES, pct_start=0.45, div_factor=10, final_div_factor=100,
                cycle_momentum=False,
            ),
            0.3,
            1,
        ),
        # from 1/(n+1) of the rate in n steps to all of it
        (
            WarmUp(0.3, 2.0),
            lambda s, o: s.LinearLR(o, 1 / (2 * STEPS + 1), total_iters=2 * STEPS),
            0.3,
            1,
        ),
    ],
)  # fmt: skip
def test_the_same_rates_as_pytorch(
    torch: Any, schedule: Schedule, make: Any, rate: float, each: int
) -> None:
    expected = theirs(torch, make, rate, each)
    got = schedule.rates(np.arange(UPDATES), STEPS, EPOCHS)
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("patience", [1, 2, 4])
@pytest.mark.parametrize("monitor", ["validation_loss", "validation_score"])
def test_the_same_plateaus_as_pytorch(torch: Any, monitor: str, patience: int) -> None:
    """PyTorch lowers the rate one epoch after its patience: its patience is one less."""
    rule = OnPlateau(0.5, 0.3, patience, 0.02, 0.004, monitor)
    controller = StoppingController(replace(PLAN, optimizer=GradientDescent(rule)))
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        "max" if monitor == "validation_score" else "min",
        0.3,
        patience - 1,
        0.02,
        "abs",
        min_lr=0.004,
        eps=0.0,
    )
    values = 0.5 + np.cumsum(np.random.default_rng(patience).normal(0, 0.03, 40))
    lowered = 0
    for value in values:
        before = optimizer.param_groups[0]["lr"]
        assert controller.learning_rate(0.5) == pytest.approx(before, rel=1e-12)
        scheduler.step(value)
        controller.update_plateau({monitor: float(value)})
        lowered += optimizer.param_groups[0]["lr"] < before
    assert lowered >= 2
