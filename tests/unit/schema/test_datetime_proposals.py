"""Columns of texts that are datetimes: which order is found, which is assumed, and what stays text."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.schema import DatetimeFormat, DurationFormat, TimeOfDayFormat, propose_datetimes


def propose(*levels, counts=None, day_first=None, stated=None):
    counts = np.ones(len(levels), np.int64) if counts is None else np.array(counts)
    return propose_datetimes(levels, counts, day_first=day_first, stated=stated)


@pytest.mark.parametrize(
    ("levels", "order"),
    [
        (("26/07/2020", "05/06/2020"), "day-month-year"),
        (("07/26/2020", "05/06/2020"), "month-day-year"),
        (("05.06.2020", "26.07.2020 10:30"), "day-month-year"),
        (("05-06-2020", "12-31-2020"), "month-day-year"),
        (("99/12/31", "98/12/30"), "year-month-day"),
        (("2020-06-05", "Oct 31, 2023", "5 May 2020"), ""),
        # Two levels say month first, one says day first.
        (("13/05/2020", "05/13/2020", "05/14/2020", "01/02/2020"), "month-day-year"),
    ],
)
def test_one_level_decides_the_order(levels, order):
    proposal = propose(*levels)
    assert proposal.format == DatetimeFormat(order)
    assert proposal.assumption == ""


def test_contradicting_levels_do_not_fit_the_order_of_most_cells():
    proposal = propose("13/05/2020", "05/13/2020", counts=[1, 99])
    assert proposal.format.order == "month-day-year"
    assert proposal.fits.tolist() == [False, True]


@pytest.mark.parametrize(
    ("levels", "order", "value", "option"),
    [
        (("05/06/2020", "07/08/2020"), "month-day-year", "2020-05-06", "--day-first"),
        (("05.06.2020", "07.08.2020"), "day-month-year", "2020-06-05", "--month-first"),
        (("05-06-2020", "07-08-2020"), "day-month-year", "2020-06-05", "--month-first"),
        # The first of every month, and January 1 to 3 of one year.
        (
            ("01/02/2020", "01/03/2020", "01/01/2021"),
            "day-month-year",
            "2020-02-01",
            "--month-first",
        ),
        (("01/01/2020", "01/02/2020", "01/03/2020"), "month-day-year", "2020-01-01", "--day-first"),
        # Few years, many days.
        (("20-06-24", "20-06-25", "21-06-26"), "year-month-day", "2020-06-24", "--day-first"),
    ],
)
def test_an_undecided_order_is_assumed_in_a_sentence(levels, order, value, option):
    proposal = propose(*levels)
    assert proposal.format.order == order
    assert f"{levels[0]!r} is read as {value}" in proposal.assumption
    assert option in proposal.assumption


def test_the_user_decides_the_order_where_levels_do_not():
    assert propose("05/06/2020", day_first=True).format.order == "day-month-year"
    assert propose("05/06/2020", day_first=False).format.order == "month-day-year"
    assert propose("05.06.2020", day_first=False).format.order == "month-day-year"
    assert propose("05/06/2020", day_first=True).assumption == ""
    assert propose("2020-06-05", day_first=True).format.order == ""


def test_levels_have_precedence_over_the_order_of_the_user():
    proposal = propose("07/26/2020", "07/27/2020", day_first=True)
    assert proposal.format.order == "month-day-year"
    assert "do not fit day first" in proposal.assumption
    typo = propose("05/06/2020", "07/26/2020", counts=[99, 1], day_first=True)
    assert typo.format.order == "day-month-year"
    assert typo.fits.tolist() == [True, False]


def test_an_ambiguous_zone_is_reported():
    assert "India Standard Time" in propose("2024-06-24 10:00 IST").assumption
    assert "British Summer Time" in propose("2024-06-24 10:00 BST").assumption
    assert propose("2024-06-24 10:00 EST").assumption == ""


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (("13:30", "9:05"), TimeOfDayFormat()),
        (("1:30 PM", "11:00 am"), TimeOfDayFormat()),
        (("13:30 Uhr", "9:05 Uhr"), TimeOfDayFormat()),
        (("13h30", "9h05"), TimeOfDayFormat()),
        (("25:30:00", "1:00:00"), DurationFormat()),
        (("-1:30", "2:15"), DurationFormat()),
        (("1 day 02:03:04", "02:00:00"), DurationFormat()),
        (("2 days", "1 day"), DurationFormat()),
        (("2 days", "3 days"), DurationFormat()),
        (("90 s", "2 min"), DurationFormat()),
        (("P1DT2H", "PT5M"), DurationFormat()),
        (("58:12", "1:05:30"), DurationFormat(minutes_first=True)),
        (("1:57.32", "1:58"), DurationFormat(minutes_first=True)),
        (("58:12", "45:30"), DurationFormat()),
        ([f"2014{month:02d}15" for month in range(1, 13)], DatetimeFormat(digits="YYYYMMDD")),
        ([f"2014{month:02d}15.0" for month in range(1, 13)], DatetimeFormat(digits="YYYYMMDD")),
        ([f"{h:02d}{m}" for h in range(24) for m in (15, 42)], TimeOfDayFormat(clock_numbers=True)),
        (("2024-06-24", "20240625", "2024-06-26"), DatetimeFormat(digits="YYYYMMDD")),
        (("2009-10", "2010-10", "2011-12"), DatetimeFormat()),
    ],
)
def test_times_are_found(levels, expected):
    proposal = propose(*levels)
    assert proposal.format == expected
    assert proposal.fits.all()


@pytest.mark.parametrize(
    "levels",
    [
        ("a", "b"),
        ("2:1", "3:0", "10:2"),  # scores
        ("5 m", "6 m"),  # meters
        ("90 min", "45 min"),
        ("36 months", "60 months"),
        ("1d", "1w", "1m", "1y"),  # terms of bonds, in which m is a month
        ("2009-10", "2010-11", "2011-12"),  # seasons
        ("1.10.2", "2.0.1"),  # versions
        ("2020", "2021"),
        ("20140512", "20140513"),  # too few to be sure
        tuple(str(number) for number in range(1900, 2030)),
        ("007", "013", "101"),
        ("1/2", "3/4"),
        ("2024-06-24", "a", "b"),
        (),
    ],
)
def test_other_columns_are_left_alone(levels):
    assert propose(*levels) is None


def test_a_few_cells_that_do_not_fit_are_marked():
    days = [f"{day}/07/2020" for day in range(10, 32)]
    proposal = propose(*days, "-", "Total", counts=[5] * len(days) + [3, 1])
    assert proposal.fits.tolist() == [True] * len(days) + [False, False]


def test_frequent_levels_count_more_than_rare_ones():
    rare = [f"text {number}" for number in range(100)]
    proposal = propose("13:30", "14:30", *rare, counts=[5000, 5000] + [1] * 100)
    assert proposal.format == TimeOfDayFormat()


def test_a_stated_kind_needs_no_evidence():
    assert propose("20140512", stated="datetime").format == DatetimeFormat(digits="YYYYMMDD")
    assert propose("201405", "201406", stated="datetime").format == DatetimeFormat(digits="YYYYMM")
    assert propose("2024-06-24", "a", "b", stated="datetime").fits.tolist() == [True, False, False]
    assert propose("5 m", "6 m", stated="duration").format == DurationFormat()
    assert propose("13:30", stated="duration").format == DurationFormat()
    assert propose("13:30", stated="number").format == TimeOfDayFormat()
    assert propose("a", stated="datetime") is None
