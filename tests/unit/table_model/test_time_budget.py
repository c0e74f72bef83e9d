"""What a time limit has time for, from times that are given: no clock decides a test."""

from __future__ import annotations

import time
from typing import Any

import pytest

from deltarule.stopping import StopReason
from deltarule.table_model.throughput import (
    Throughput,
    affordable_rows,
    allocate_budget,
    min_epochs,
)
from deltarule.table_model.time_budget import TimeBudget


class _Epoch:
    reason = StopReason.EPOCHS_DONE
    kept_epoch = 1


def throughput_of(
    rows: int, preparation_s: float, epoch_s: float, initialization_s: float = 0.0
) -> Throughput:
    epoch: Any = _Epoch()
    return Throughput(rows, preparation_s, initialization_s, epoch_s, epoch)


def budget_of(left: float) -> TimeBudget:
    """Return a limit of which training has so many seconds left, and a bit."""
    return TimeBudget((left + 0.05) / 0.9, time.perf_counter())


def test_rows_are_as_many_as_a_network_has_time_for() -> None:
    throughput = throughput_of(500, preparation_s=0.0, epoch_s=0.1)
    assert affordable_rows([throughput], 10_000, lambda rows: 5, budget_of(1000)) == 10_000
    chosen = affordable_rows([throughput], 10_000, lambda rows: 5, budget_of(5))
    assert 3000 < chosen <= 4000
    assert affordable_rows([throughput], 10_000, lambda rows: 5, budget_of(0.2)) == 500


def test_what_prepares_columns_and_not_rows_is_paid_once() -> None:
    """From two tries the cost of a row is known: many columns cost little more with more rows."""
    first, second = throughput_of(500, 1.0, 1e-6), throughput_of(1000, 1.05, 1e-6)
    assert affordable_rows([first, second], 100_000, lambda rows: 1, budget_of(16.0)) == 100_000
    assert affordable_rows([first], 100_000, lambda rows: 1, budget_of(16.0)) < 40_000


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs", "fewest"),
    [(500, 64, 32, 11), (20_000, 256, 32, 4), (5_000, 256, 48, 15), (100, None, 3000, 300)],
)
def test_a_network_has_updates_enough_and_a_third_of_its_epochs_at_most(
    rows: int, batch_size: int | None, epochs: int, fewest: int
) -> None:
    assert min_epochs(rows, batch_size, epochs) == fewest


def test_epochs_are_lowered_before_networks_and_neither_without_need() -> None:
    throughput = throughput_of(500, 0.0, epoch_s=1.0)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(1000))[:2] == (8, 30)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(60))[:2] == (8, 15)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(20))[:2] == (4, 10)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(5))[:2] == (2, 5)
    assert allocate_budget(throughput, 1, 30, 2, budget_of(5))[:2] == (1, 5)


def test_without_time_for_another_the_epoch_that_was_timed_is_all() -> None:
    assert allocate_budget(throughput_of(500, 0.0, epoch_s=1.0), 8, 30, 2, budget_of(0.5))[0] == 0
