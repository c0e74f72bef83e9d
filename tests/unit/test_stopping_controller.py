"""The controller over hand-made sequences of losses: what is kept, lowered and stopped, and when."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from deltarule.engines.stopping_controller import StoppingController
from deltarule.engines.training_plan import TrainingPlan
from deltarule.layers import Dense
from deltarule.losses import MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import GradientDescent
from deltarule.sampling import FullBatch
from deltarule.schedules import CosineCycles, OnPlateau, WarmUp
from deltarule.stopping import (
    NoProgress,
    NoProgressInCycle,
    StoppingRule,
    StopReason,
    TargetReached,
    TimeLimit,
)

PLAN = TrainingPlan(
    Network([Dense(1)], 1), MeanSquaredError(), GradientDescent(), FullBatch(), epochs=50
)


def watching(*rules: StoppingRule, epochs: int = 50) -> StoppingController:
    """Return a controller over some rules."""
    return StoppingController(replace(PLAN, stopping=rules, epochs=epochs))


def stops(
    controller: StoppingController, losses: list[float], monitor: str = "training_loss"
) -> tuple[int, object]:
    """Return the epoch in which the controller stops, from 1, with the reason and the rule."""
    for epoch, loss in enumerate(losses, start=1):
        controller.epochs_done += 1
        reason, rule = controller.verdict({monitor: loss})
        if reason is not None:
            return epoch, (reason, rule)
    return 0, (None, None)


def stalled(
    losses: list[float], *, cumulative: bool, patience: int, improvement: float = 0.0
) -> int:
    """Return the epoch in which NoProgress stops a sequence, 0 for never."""
    rule = NoProgress(patience, improvement, "training_loss", cumulative)
    return stops(watching(rule), losses)[0]


def test_no_progress_counts_epochs_in_a_row() -> None:
    losses = [5, 4, 4, 3, 3, 3, 2]
    assert stalled(losses, cumulative=True, patience=2) == 6  # the second 3 that brought nothing
    assert stalled(losses, cumulative=True, patience=3) == 0
    assert stalled(losses, cumulative=True, patience=1) == 3


def test_small_gains_add_up_only_under_the_cumulative_rule() -> None:
    """Each epoch gains 0.6 of a required 1: two epochs gain enough."""
    losses = [10 - 0.6 * epoch for epoch in range(12)]
    assert stalled(losses, cumulative=True, patience=2, improvement=1.0) == 0
    assert stalled(losses, cumulative=False, patience=2, improvement=1.0) == 3
    assert stalled(losses, cumulative=True, patience=1, improvement=1.0) == 2


def test_without_cumulation_the_reference_is_the_best_of_all_epochs() -> None:
    """9.5 is no improvement by 1 over 10, yet 8.7 is measured against 9.5: a gain of 0.8 only."""
    losses = [10, 9.5, 8.7, 7.6]
    assert stalled(losses, cumulative=False, patience=2, improvement=1.0) == 3
    assert stalled(losses, cumulative=True, patience=2, improvement=1.0) == 0  # 8.7 is 1.3 below 10
    assert (
        stalled(losses, cumulative=False, patience=3, improvement=1.0) == 0
    )  # 7.6 is 1.1 below 8.7


def test_an_improvement_must_exceed_the_minimum() -> None:
    assert stalled([3, 2, 1], cumulative=True, patience=1, improvement=1.0) == 2
    assert stalled([3, 2, 1], cumulative=True, patience=1, improvement=0.99) == 0


def test_nan_is_no_improvement() -> None:
    assert stalled([3, math.nan, math.nan, 2], cumulative=True, patience=2) == 3
    assert stalled([3, math.nan, 2.5, 2], cumulative=False, patience=2) == 0


def test_a_score_improves_upwards() -> None:
    rule = NoProgress(2, 0.0, "validation_score")
    assert stops(watching(rule), [0.5, 0.6, 0.6, 0.7, 0.6, 0.7], "validation_score")[0] == 6
    assert stops(watching(rule), [0.9, 0.8, 0.7], "validation_score")[0] == 3


def test_a_cycle_without_late_progress_is_the_last() -> None:
    """Of 14 epochs, three cycles take 2, 4 and 8."""

    def stopped(losses: list[float], first_cycle: int, late_share: float) -> int:
        rule = NoProgressInCycle(3, 14, first_cycle, late_share, "training_loss")
        return stops(watching(rule), losses)[0]

    assert stopped([1, 2, 0.1], 1, 0.5) == 2  # the best epoch is in the first half of the cycle
    assert stopped([2, 1, 0.9, 0.8, 0.85, 0.9], 1, 0.5) == 6
    assert stopped([2, 1, 0.9, 0.9, 0.8, 0.9, 0.9], 1, 0.5) == 0
    assert stopped([2, math.nan, 0.1], 1, 0.5) == 2
    assert stopped([2, 1, 1.1, 1.2, 1.3, 1.4], 2, 1.0) == 6  # not before the second cycle ends
    assert stopped([2, 1, 0.9, 1.2, 1.3, 1.4], 2, 1.0) == 0
    score = NoProgressInCycle(3, 14, monitor="validation_score")
    assert stops(watching(score), [0.5, 0.6, 0.5, 0.5, 0.5, 0.6], "validation_score")[0] == 6


def test_cycles_end_with_those_of_the_schedule() -> None:
    """Training stops where the learning rate is 0, as far as epochs are whole."""
    for cycles in (2, 4, 6):
        epochs, steps = 7 * (2**cycles - 1), 50
        rates = CosineCycles(1.0, cycles).rates(np.arange(epochs * steps), steps, epochs)
        losses = [1.0] + [2.0] * epochs
        ends = []
        for first in range(1, cycles):
            rule = NoProgressInCycle(cycles, epochs, first, monitor="training_loss")
            ends.append(stops(watching(rule, epochs=epochs + 2), losses)[0])
        assert ends == [7 * (2**first - 1) for first in range(1, cycles)]
        assert all(rates[end * steps - 1] < 1e-3 for end in ends)


def test_cycles_without_an_epoch_of_their_own_do_not_stop() -> None:
    rule = NoProgressInCycle(6, 5, late_share=1.0, monitor="training_loss")
    assert stops(watching(rule), [5, 4, 3, 2, 1])[0] == 0


def test_targets_are_reached_from_their_side() -> None:
    loss = watching(TargetReached(0.5))
    assert stops(loss, [1, 0.6, 0.5, 0.4]) == (3, (StopReason.TARGET_REACHED, 0))
    score = watching(TargetReached(0.9, "validation_score"))
    assert stops(score, [0.95], "validation_score")[0] == 1
    score = watching(TargetReached(0.9, "validation_score"))
    assert stops(score, [0.1, 0.89, 0.9], "validation_score")[0] == 3
    assert stops(watching(TargetReached(0.5)), [math.nan])[0] == 0


def test_the_time_limit_counts_training_time() -> None:
    controller = watching(TimeLimit(2.0))
    controller.elapsed_s = 1.999
    assert controller.verdict({}) == (None, None)
    controller.elapsed_s = 2.0
    assert controller.verdict({}) == (StopReason.TIME_LIMIT, 0)


def test_the_first_rule_of_the_list_is_the_reason_before_the_epochs() -> None:
    both = (NoProgress(1, 0.0, "training_loss"), TargetReached(9.0))
    assert stops(watching(*both, epochs=2), [8.0]) == (1, (StopReason.TARGET_REACHED, 1))
    assert stops(watching(*both[:1], epochs=2), [8, 8]) == (2, (StopReason.NO_PROGRESS, 0))
    late = (TargetReached(8.0), NoProgress(1, 0.0, "training_loss"))
    assert stops(watching(*late, epochs=2), [9, 9]) == (2, (StopReason.NO_PROGRESS, 1))
    assert stops(watching(epochs=2), [9, 9]) == (2, (StopReason.EPOCHS_DONE, None))


def test_best_is_strictly_better_and_the_earlier_of_a_tie() -> None:
    controller = StoppingController(replace(PLAN, keep_best="validation_loss"))
    losses = [3.0, 2.0, 2.0, math.nan, 2.5, 1.0]
    kept = [controller.keep_best.update({"validation_loss": loss}) for loss in losses]
    assert kept == [True, True, False, False, False, True]
    scored = StoppingController(replace(PLAN, keep_best="training_score"))
    kept = [scored.keep_best.update({"training_score": score}) for score in (0.5, 0.5, 0.4, 0.6)]
    assert kept == [True, False, False, True]
    assert not StoppingController(PLAN).keep_best.update({"validation_loss": 0.0})


def test_the_plateau_lowers_the_rate_after_its_patience() -> None:
    """Patience 2, factor ½, no rate below 0.15: 0.8, 0.4, 0.2, 0.15."""
    schedule = OnPlateau(0.8, 0.5, 2, min_improvement=0.1, minimum=0.15)
    controller = StoppingController(replace(PLAN, optimizer=GradientDescent(schedule)))
    rates = []
    for loss in (5, 4.95, 4.95, 3, 3, 3, 3, 3, 3, 3, 3):
        rates.append(controller.learning_rate(0.8))
        controller.update_plateau({"training_loss": loss})
    # 4.95 twice is less than 0.1 better than 5: lowered from the fourth epoch on; 3 is an improvement,
    # the sixth epoch is the second without one.
    assert rates == pytest.approx([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.15, 0.15, 0.15])


def test_the_plateau_never_raises_a_rate_that_is_below_its_minimum() -> None:
    """A warm-up starts below the minimum and must not change."""
    schedule = WarmUp(OnPlateau(0.8, minimum=0.5), 2.0)
    controller = StoppingController(replace(PLAN, optimizer=GradientDescent(schedule)))
    assert controller.learning_rate(0.1) == 0.1
    controller.plateau[0] = 0.01
    assert controller.learning_rate(0.8) == 0.5
    assert controller.learning_rate(0.1) == 0.1


def test_without_a_plateau_the_rate_is_the_schedule_s() -> None:
    controller = StoppingController(PLAN)
    controller.update_plateau({"training_loss": 3.0})
    assert controller.learning_rate(0.25) == 0.25


@pytest.mark.parametrize(
    ("first", "loss", "broken"),
    [
        (0.01, 0.99e6, False),  # never below a million
        (0.01, 1.01e6, True),
        (50.0, 4.9e7, False),  # a million times the first batch
        (50.0, 5.1e7, True),
        (50.0, math.nan, True),
        (50.0, math.inf, True),
        (-3.0, -5e9, False),  # a likelihood may fall without end
    ],
)
def test_a_loss_a_million_times_the_first_has_exploded(
    first: float, loss: float, broken: bool
) -> None:
    controller = StoppingController(PLAN)
    controller.first_loss = first
    assert controller.exploded(loss, lambda: 0.0) is broken


def test_a_first_batch_of_zeros_is_not_the_scale_of_all_rows() -> None:
    controller = StoppingController(PLAN)
    controller.first_loss = 0.0
    assert not controller.exploded(999.0, lambda: 50.0)
    assert controller.first_loss == 0.0  # nothing in doubt: nothing is measured
    assert not controller.exploded(2e6, lambda: 50.0)
    assert controller.first_loss == 50.0
    assert not controller.exploded(2e6, lambda: math.nan)
    assert controller.exploded(6e7, lambda: math.inf)
    controller.epochs_done = 1  # later epochs measure once they would have diverged
    assert not controller.exploded(4e7, lambda: 60.0)
    assert controller.first_loss == 50.0
    assert not controller.exploded(6e7, lambda: 60.0)
    assert controller.first_loss == 60.0


def test_a_restored_controller_continues_as_if_never_interrupted() -> None:
    rules = (NoProgress(3, 0.05, "training_loss"), NoProgress(4, 0.0, "training_loss", False))
    schedule = OnPlateau(0.8, 0.5, 2, 0.01)
    plan = replace(
        PLAN, stopping=rules, keep_best="training_loss", optimizer=GradientDescent(schedule)
    )
    losses = np.random.default_rng(3).uniform(0, 1, 30)

    def judge(controller: StoppingController, part: np.ndarray) -> list[object]:
        decisions = []
        for loss in part:
            values = {"training_loss": float(loss)}
            controller.epochs_done += 1
            best = controller.keep_best.update(values)
            controller.update_plateau(values)
            decisions.append((best, controller.learning_rate(0.8), controller.verdict(values)))
        return decisions

    whole = judge(StoppingController(plan), losses)
    first, second = StoppingController(plan), StoppingController(plan)
    decisions = judge(first, losses[:7])
    second.restore(first.state(np.zeros(1)))
    assert decisions + judge(second, losses[7:]) == whole
    assert any(reason is StopReason.NO_PROGRESS for _, _, (reason, _) in whole)  # type: ignore[misc]
