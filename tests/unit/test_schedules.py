"""Schedules at points computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deltarule.errors import SettingError
from deltarule.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    CosineCycles,
    ExponentialDecay,
    FlatCosine,
    OneCycle,
    OnPlateau,
    Schedule,
    StepDecay,
    WarmUp,
    as_schedule,
)

STEPS, EPOCHS = 4, 5  # 20 updates
ALL = np.arange(STEPS * EPOCHS)


def rates(schedule: Schedule) -> list[float]:
    """Return the rates of all updates of a run of 5 epochs with 4 steps each."""
    return schedule.rates(ALL, STEPS, EPOCHS).tolist()


def test_constant() -> None:
    assert rates(Constant(0.3)) == [0.3] * 20


def test_step_halves_every_two_epochs() -> None:
    expected = [0.8] * 8 + [0.4] * 8 + [0.2] * 4
    assert rates(StepDecay(0.8, 0.5, every_epochs=2)) == expected


def test_exponential_falls_by_its_factor_an_epoch() -> None:
    got = rates(ExponentialDecay(1.0, 0.81, every_epochs=1))
    assert got[0] == 1.0
    assert got[2] == pytest.approx(0.9)  # half an epoch
    assert got[4] == pytest.approx(0.81)
    assert got[16] == pytest.approx(0.81**4)
    slower = rates(ExponentialDecay(1.0, 0.81, every_epochs=2))
    assert slower[8] == pytest.approx(0.81)


def test_cosine_is_halfway_in_the_middle() -> None:
    got = rates(Cosine(0.5, final=0.1))
    assert got[0] == 0.5
    assert got[10] == pytest.approx(0.3)
    assert got[5] == pytest.approx(0.1 + 0.4 * (1 + math.sqrt(0.5)) / 2)
    assert Cosine(0.5, 0.1).rates(np.array([20, 99]), STEPS, EPOCHS) == pytest.approx([0.1, 0.1])
    assert (np.diff(got) < 0).all()


def test_one_cycle_goes_up_to_its_peak_and_down_to_its_end() -> None:
    """20 updates, 30 % up: top at update 5; start peak/25, end peak/250 000."""
    got = rates(OneCycle(1.0))
    assert got[0] == pytest.approx(1 / 25)
    assert got[5] == pytest.approx(1.0)
    assert got[19] == pytest.approx(4e-6)
    assert got[12] == pytest.approx((1 + 4e-6) / 2)  # halfway down
    assert (np.diff(got[:6]) > 0).all()
    assert (np.diff(got[5:]) < 0).all()


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_one_cycle_of_a_short_run_stays_within_its_bounds(epochs: int) -> None:
    for steps in (1, 2, 3):
        got = OneCycle(1.0).rates(np.arange(steps * epochs), steps, epochs)
        assert np.isfinite(got).all()
        assert (got > 0).all()
        assert (got <= 1).all()


def test_cosine_cycles_touch_0_where_the_logarithm_is_whole() -> None:
    """With 4 cycles log₂(1 + 15 t) is 1, 2, 3 at t = 1/15, 3/15, 7/15; half-way up it is at its peak."""
    schedule = CosineCycles(0.04, 4)
    got = schedule.rates(np.array([0, 1, 3, 7, 15]), 1, 15)
    assert got == pytest.approx([0] * 5, abs=1e-15)
    peak = 15 * (math.sqrt(2) - 1) / 15  # 1 + 15 t = √2 gives half a turn
    assert schedule.rates(np.array([peak]), 1, 15) == pytest.approx([0.04])


def test_flat_cosine_is_flat_then_half_a_cosine() -> None:
    got = rates(FlatCosine(0.2, 0.5))
    assert got[:11] == [0.2] * 11
    assert got[15] == pytest.approx(0.1)
    assert FlatCosine(0.2, 0.5, 0.05).rates(np.array([20]), STEPS, EPOCHS) == pytest.approx([0.05])


def test_warm_up_rises_in_equal_steps_to_its_schedule() -> None:
    """One epoch of 4 updates: 1/5, 2/5, 3/5, 4/5 of the rate, then all of it."""
    got = rates(WarmUp(0.5, epochs=1))
    assert got[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert got[5:] == [0.5] * 15
    cosine = rates(Cosine(0.5))
    warm = rates(WarmUp(Cosine(0.5), epochs=1))
    assert warm[0] == pytest.approx(cosine[0] / 5)
    assert warm[4:] == cosine[4:]


def test_plateau_starts_at_its_rate_and_leaves_the_rest_to_the_engine() -> None:
    rule = OnPlateau(0.2)
    assert rates(rule) == [0.2] * 20
    assert rule.plateau is rule
    assert WarmUp(rule).plateau is rule
    assert Cosine().plateau is None


@pytest.mark.parametrize("member", SCHEDULES.members.values(), ids=lambda m: m.__name__)
def test_rates_are_positive_and_do_not_depend_on_the_other_updates(member: type[Schedule]) -> None:
    """A part of the updates has the same rates; one rate per epoch unless it varies within epochs."""
    schedule = member()
    whole = schedule.rates(ALL, STEPS, EPOCHS)
    assert whole.dtype == np.float64
    assert whole.shape == (20,)
    # CosineCycles goes down to 0 between its cycles, by its definition.
    assert (whole >= 0).all() if member is CosineCycles else (whole > 0).all()
    part = schedule.rates(ALL[7:13], STEPS, EPOCHS)
    assert np.array_equal(part, whole[7:13])
    per_epoch = whole.reshape(EPOCHS, STEPS)
    if not schedule.varies_within_epoch:
        assert (per_epoch == per_epoch[:, :1]).all()


def test_a_number_is_a_constant_schedule() -> None:
    assert as_schedule(0.1, "x") == Constant(0.1)
    assert as_schedule(Cosine(), "x") == Cosine()


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "fast", None, True])
def test_a_rate_that_is_not_positive_is_refused_with_its_owner(value: object) -> None:
    with pytest.raises(
        SettingError, match=r"^`Adam.learning_rate` must be (a finite number )?greater than 0, got"
    ):
        as_schedule(value, "Adam.learning_rate")  # type: ignore[arg-type]


def test_a_warm_up_of_a_warm_up_is_refused() -> None:
    with pytest.raises(SettingError, match="One warm-up is enough"):
        WarmUp(WarmUp(0.1))
