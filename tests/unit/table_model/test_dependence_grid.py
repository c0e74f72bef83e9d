"""The grid of partial dependence: dense where the rows are, and where the model jumps."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.data import Column
from deltarule.table_model.dependence_grid import (
    MAX_VALUES,
    first_grid,
    refined_values,
    with_more_values,
)


def numbers(values: object) -> Column:
    return Column("x", "number", np.asarray(values, np.float64))


def refined(column: Column, function: object, rounds: int = 3) -> tuple[np.ndarray, np.ndarray]:
    grid = first_grid(column)
    for _ in range(rounds):
        more = refined_values(grid, function(grid.column.values)[:, None])
        grid = with_more_values(grid, column, more) if len(more) else grid
    return grid.column.values, grid.counts


def test_few_values_are_all_tried_and_counted() -> None:
    grid = first_grid(numbers([3, 1, 1, 2, np.nan, 3, 3]))
    assert grid.is_discrete
    assert grid.column.values.tolist() == [1, 2, 3]
    assert grid.counts.tolist() == [2, 1, 3]
    assert len(refined_values(grid, np.array([[0.0], [1.0], [0.0]]))) == 0


def test_a_column_that_is_mostly_zero_has_points_elsewhere() -> None:
    """As the capital gains of the census: 0 in 92 % of the rows, and cut off at 99,999."""
    random = np.random.default_rng(0)
    gains = np.where(random.random(20_000) < 0.92, 0, random.lognormal(8.5, 1, 20_000).round())
    gains[:100] = 99_999
    values = first_grid(numbers(gains)).column.values
    assert values[0] == 0
    assert values[-1] == 99_999
    assert ((values > 0) & (values < 99_999)).sum() >= 10


def test_a_step_is_located_by_bisection() -> None:
    column = numbers(np.random.default_rng(0).exponential(1000, 5000))

    def step(x: np.ndarray) -> np.ndarray:
        return (x > 3210.0).astype(float)

    coarse = first_grid(column).column.values
    fine, counts = refined(column, step)
    place = int(np.searchsorted(fine, 3210))
    before = int(np.searchsorted(coarse, 3210))
    assert fine[place] - fine[place - 1] == pytest.approx(
        (coarse[before] - coarse[before - 1]) / 2**3
    )
    assert counts.sum() == 5000
    assert len(fine) <= MAX_VALUES


def test_a_straight_line_over_uniform_rows_needs_few_more_points() -> None:
    fine, _ = refined(numbers(np.linspace(0, 1, 1000)), lambda x: 3 * x)
    assert len(fine) <= 37  # 25 quantiles and 12 of the distinct values


def test_whole_numbers_stay_whole() -> None:
    fine, _ = refined(numbers(np.arange(1000) ** 2), lambda x: (x > 5000).astype(float))
    assert (fine == np.rint(fine)).all()


def test_huge_numbers_and_datetimes_are_halved_without_overflow() -> None:
    fine, _ = refined(numbers(np.linspace(-1, 1, 100) * 1.7e308), lambda x: (x > 0).astype(float))
    assert np.isfinite(fine).all()
    days = np.datetime64("2024-01-01", "us") + np.arange(100) * np.timedelta64(1, "D")
    column = Column("x", "datetime", days)
    fine, counts = refined(column, lambda x: (x > days[50]).astype(float))
    assert fine.dtype == days.dtype
    assert counts.sum() == 100
