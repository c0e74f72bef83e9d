"""What is unusual in a column is pointed out, and ordinary columns get no remark."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule._common.formatting import format_percent
from deltarule.data import Column
from deltarule.report.column_alerts import column_alerts

RANDOM = np.random.default_rng(0)
NORMAL = RANDOM.normal(size=5000)


def alerts(values: object) -> list[str]:
    return column_alerts(Column("x", "number", np.asarray(values, np.float64)))


@pytest.mark.parametrize(
    "values",
    [
        NORMAL,
        RANDOM.uniform(size=5000),
        RANDOM.exponential(size=5000),
        RANDOM.poisson(30, 5000),
        RANDOM.integers(0, 5, 5000),
        np.arange(20),
    ],
)
def test_ordinary_columns_have_no_remark(values: object) -> None:
    assert alerts(values) == []


def test_values_that_were_cut_off_are_pointed_out() -> None:
    """As the house values of California, of which 4.7 % are 500,001."""
    share = format_percent(float((NORMAL > 1.5).mean()))
    assert alerts(np.minimum(NORMAL, 1.5)) == [f"{share} at the maximum, 1.5: cut off?"]
    share = format_percent(float((NORMAL <= -2).mean()))
    assert alerts(np.maximum(NORMAL * 1e4 + 5e4, 3e4)) == [
        f"{share} at the minimum, 30,000: cut off?"
    ]


def test_a_natural_zero_is_no_cap_but_may_be_a_spike() -> None:
    half = np.where(RANDOM.random(5000) < 0.5, 0, NORMAL + 10)
    assert [alert.split("%")[1] for alert in alerts(half)] == [" are 0"]


def test_rates_end_at_one_by_nature() -> None:
    rates = np.clip(NORMAL * 0.2 + 0.9, 0, 1)
    assert [alert.split("%")[1] for alert in alerts(rates)] == [" are 1"]
    assert alerts(np.where(rates == 1, 1.2, rates))[0].endswith("at the maximum, 1.2: cut off?")


def test_a_marker_such_as_999_is_a_spike_or_a_cap() -> None:
    days = np.where(RANDOM.random(5000) < 0.3, 99.0, RANDOM.integers(1, 300, 5000))
    assert [alert.split("%")[1] for alert in alerts(days)] == [" are 99"]
    days[days == 99] = 999
    assert alerts(days)[0].endswith("at the maximum, 999: cut off?")


def test_missing_constant_and_skewed_columns() -> None:
    assert alerts([np.nan, np.nan]) == ["all values are missing"]
    assert alerts([2.0, 2.0, np.nan, 2.0]) == ["25% missing", "constant"]
    assert alerts([1.0] * 199 + [2.0]) == ["99.5% are 1"]
    assert alerts(np.exp(2 * NORMAL)) == ["skewed to the right"]
    assert alerts(-np.exp(2 * NORMAL)) == ["skewed to the left"]
    assert alerts(NORMAL * 1e307) == []  # no overflow


def test_texts_that_are_all_different() -> None:
    levels = tuple(f"id{i:03}" for i in range(200))
    column = Column("x", "text", np.arange(200, dtype=np.int16), levels)
    assert column_alerts(column) == ["almost every row has another value"]
    column = Column("x", "text", np.array([0] * 199 + [1], np.int8), ("no", "yes"))
    assert column_alerts(column) == ["99.5% are “no”"]
