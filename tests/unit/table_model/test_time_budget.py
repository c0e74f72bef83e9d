"""What a time limit has time for, from times that are given: no clock decides a test."""

from __future__ import annotations

import time
from typing import Any

import pytest

from deltarule.stopping import StopReason
from deltarule.table_model.fold_networks import Limit
from deltarule.table_model.time_budget import Pace, affordable_rows, fewest_epochs, shared_out


class _Epoch:
    reason = StopReason.EPOCHS_DONE
    kept_epoch = 1


def _pace(rows: int, plan_s: float, epoch_s: float, start_s: float = 0.0) -> Pace:
    epoch: Any = _Epoch()
    return Pace(rows, plan_s, start_s, epoch_s, epoch)


def _limit(left: float) -> Limit:
    """Return a limit of which training has so many seconds left, and a bit."""
    return Limit((left + 0.05) / 0.9, time.perf_counter())


def test_rows_are_as_many_as_a_network_has_time_for() -> None:
    pace = _pace(500, plan_s=0.0, epoch_s=0.1)
    assert affordable_rows([pace], 10_000, lambda rows: 5, _limit(1000)) == 10_000
    chosen = affordable_rows([pace], 10_000, lambda rows: 5, _limit(5))
    assert 3000 < chosen <= 4000
    assert affordable_rows([pace], 10_000, lambda rows: 5, _limit(0.2)) == 500


def test_what_prepares_columns_and_not_rows_is_paid_once() -> None:
    """From two tries the cost of a row is known: many columns cost little more with more rows."""
    first, second = _pace(500, 1.0, 1e-6), _pace(1000, 1.05, 1e-6)
    assert affordable_rows([first, second], 100_000, lambda rows: 1, _limit(16.0)) == 100_000
    assert affordable_rows([first], 100_000, lambda rows: 1, _limit(16.0)) < 40_000


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs", "fewest"),
    [(500, 64, 32, 11), (20_000, 256, 32, 4), (5_000, 256, 48, 15), (100, None, 3000, 300)],
)
def test_a_network_has_updates_enough_and_a_third_of_its_epochs_at_most(
    rows: int, batch_size: int | None, epochs: int, fewest: int
) -> None:
    assert fewest_epochs(rows, batch_size, epochs) == fewest


def test_epochs_are_lowered_before_networks_and_neither_without_need() -> None:
    pace = _pace(500, 0.0, epoch_s=1.0)
    assert shared_out(pace, 8, 30, 2, _limit(1000))[:2] == (8, 30)
    assert shared_out(pace, 8, 30, 2, _limit(60))[:2] == (8, 15)
    assert shared_out(pace, 8, 30, 2, _limit(20))[:2] == (4, 10)
    assert shared_out(pace, 8, 30, 2, _limit(5))[:2] == (2, 5)
    assert shared_out(pace, 1, 30, 2, _limit(5))[:2] == (1, 5)


def test_without_time_for_another_the_epoch_that_was_timed_is_all() -> None:
    assert shared_out(_pace(500, 0.0, epoch_s=1.0), 8, 30, 2, _limit(0.5))[0] == 0
