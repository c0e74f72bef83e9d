"""Rows, epochs and networks in a time budget, from given times: no clock decides a test."""

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
    """Return a budget with slightly more than `left` seconds remaining."""
    return TimeBudget((left + 0.05) / 0.9, time.perf_counter())


def test_rows_fit_into_the_time_of_one_network() -> None:
    throughput = throughput_of(500, preparation_s=0.0, epoch_s=0.1)
    assert affordable_rows([throughput], 10_000, lambda rows: 5, budget_of(1000)) == 10_000
    chosen = affordable_rows([throughput], 10_000, lambda rows: 5, budget_of(5))
    assert 3000 < chosen <= 4000
    assert affordable_rows([throughput], 10_000, lambda rows: 5, budget_of(0.2)) == 500


def test_the_cost_of_columns_is_paid_once() -> None:
    """Two measurements give the cost of a row; the cost of columns is constant."""
    first, second = throughput_of(500, 1.0, 1e-6), throughput_of(1000, 1.05, 1e-6)
    assert affordable_rows([first, second], 100_000, lambda rows: 1, budget_of(16.0)) == 100_000
    assert affordable_rows([first], 100_000, lambda rows: 1, budget_of(16.0)) < 40_000


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs", "fewest"),
    [(500, 64, 32, 11), (20_000, 256, 32, 4), (5_000, 256, 48, 15), (100, None, 3000, 300)],
)
def test_minimum_epochs_are_at_most_a_third_of_the_epochs(
    rows: int, batch_size: int | None, epochs: int, fewest: int
) -> None:
    assert min_epochs(rows, batch_size, epochs) == fewest


def test_epochs_are_reduced_before_networks() -> None:
    throughput = throughput_of(500, 0.0, epoch_s=1.0)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(1000))[:2] == (8, 30)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(60))[:2] == (8, 15)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(20))[:2] == (4, 10)
    assert allocate_budget(throughput, 8, 30, 2, budget_of(5))[:2] == (2, 5)
    assert allocate_budget(throughput, 1, 30, 2, budget_of(5))[:2] == (1, 5)


def test_without_more_time_only_the_measured_epoch_remains() -> None:
    assert allocate_budget(throughput_of(500, 0.0, epoch_s=1.0), 8, 30, 2, budget_of(0.5))[0] == 0


def test_a_warm_up_does_not_count() -> None:
    budget = TimeBudget(10.0, time.perf_counter() - 6.0)
    assert budget.remaining() == pytest.approx(3.0, abs=0.5)
    assert budget.paused_for(5.0).remaining() == pytest.approx(8.0, abs=0.5)


def test_slow_preparation_reserves_more_time_for_scores_but_at_most_half() -> None:
    now = time.perf_counter()
    assert TimeBudget(10.0, now).remaining() == pytest.approx(9.0, abs=0.5)
    assert TimeBudget(10.0, now, preparation_s=6.0).remaining() == pytest.approx(7.0, abs=0.5)
    assert TimeBudget(10.0, now, preparation_s=60.0).remaining() == pytest.approx(5.0, abs=0.5)
    waited = TimeBudget(10.0, now, preparation_s=0.3, processor_s=0.1)
    assert waited.remaining() == pytest.approx(7.6, abs=0.5)
    assert TimeBudget(10.0, now - 5.5, preparation_s=60.0).exhausted
