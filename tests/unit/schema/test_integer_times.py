"""Integers that are dates or times of day, and those that stay numbers."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.schema import DatetimeFormat, TimeOfDayFormat, propose_for_integers

RANDOM = np.random.default_rng(0)
DAYS = np.array([20140501 + day for day in range(20)])
QUARTER_HOURS = np.array([100 * hour + minute for hour in range(24) for minute in (0, 15, 30, 45)])
YEAR_MONTHS = np.array([100 * year + month for year in (2019, 2020) for month in range(1, 13)])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (DAYS, DatetimeFormat(digits="YYYYMMDD")),
        (DAYS.astype(np.float64), DatetimeFormat(digits="YYYYMMDD")),
        (DAYS.astype(np.uint32), DatetimeFormat(digits="YYYYMMDD")),
        (DAYS * 1_000_000 + 103_005, DatetimeFormat(digits="YYYYMMDDhhmmss")),
        (DAYS * 10_000 + 1030, DatetimeFormat(digits="YYYYMMDDhhmm")),
        (YEAR_MONTHS, DatetimeFormat(digits="YYYYMM")),
        (QUARTER_HOURS, TimeOfDayFormat(clock_numbers=True)),
        (np.append(QUARTER_HOURS, 2400), TimeOfDayFormat(clock_numbers=True)),
        (np.array([1745, 5, 930, 1210, *range(600, 622)]), None),  # too few different hours
    ],
)
def test_dates_and_times_are_found(values, expected):
    proposal = propose_for_integers(values)
    assert (proposal and proposal.format) == expected
    assert proposal is None or proposal.fits.all()


@pytest.mark.parametrize(
    "values",
    [
        np.arange(18, 100),  # ages
        np.arange(1900, 2101),  # years
        np.arange(2000, 2060),  # years that are all valid times
        np.arange(0, 2400, 50),  # multiples of 50
        np.arange(0, 2400, 100),
        np.append(np.arange(0, 2400, 50), [1230, 1940]),
        np.arange(0, 2400, 10),
        np.arange(100, 2000),
        RANDOM.integers(0, 2400, 60),
        RANDOM.normal(1000, 300, 100),
        np.arange(200_000, 201_000),  # prices
        np.arange(201_901, 201_913),  # one year may be a row of numbers
        np.arange(20_140_101, 20_140_140),  # 20140132 is no day
        RANDOM.integers(19_000_000, 21_000_000, 50),
        DAYS + 0.5,
        DAYS[:9],
        np.full(50, 20_140_501),
        np.array([], np.int64),
        np.array([np.nan] * 20),
        np.array([True, False] * 10),
        np.array([np.inf, *DAYS]) * -1,
        np.array([2**62] * 20, np.uint64),
    ],
)
def test_other_numbers_stay_numbers(values):
    assert propose_for_integers(values) is None


def test_missing_values_and_markers_do_not_fit():
    values = np.array([*DAYS, np.nan, 0, 99_999_999, 99_991_231])
    proposal = propose_for_integers(values)
    assert proposal.format == DatetimeFormat(digits="YYYYMMDD")
    assert proposal.fits.tolist() == [True] * len(DAYS) + [False] * 4
