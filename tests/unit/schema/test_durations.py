"""Times of day and durations, in hours."""

from __future__ import annotations

import math

import pytest

from deltarule._common.strict_reader import StrictReader
from deltarule.schema import DurationFormat, TimeOfDayFormat, cell_format_from_json


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("13:30", 13.5),
        ("9:15", 9.25),
        ("00:00", 0.0),
        ("24:00", 24.0),
        ("13:30:15", 13 + (30 * 60 + 15) / 3600),
        ("13:30:15.5", 13 + (30 * 60 + 15.5) / 3600),
        ("1:30 PM", 13.5),
        ("12:30 AM", 0.5),
        ("12:00 pm", 12.0),
        ("1:30 p.m.", 13.5),
        ("8pm", 20.0),
        ("12 am", 0.0),
        ("24:01", None),
        ("13:60", None),
        ("13:5", None),
        ("13:00 AM", None),
        ("25:00", None),
        ("13", None),
        ("13.30", None),
        ("noon", None),
        ("", None),
    ],
)
def test_times_of_day_are_hours(text, hours):
    value = TimeOfDayFormat().parse(text)
    assert value == (None if hours is None else pytest.approx(hours, rel=1e-15))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("1745", 17.75),
        ("5", 5 / 60),
        ("930", 9.5),
        ("0930", 9.5),
        ("0", 0.0),
        ("2400", 24.0),
        ("1745.0", 17.75),
        ("17:45", 17.75),
        ("1745.5", None),
        ("1260", None),
        ("2401", None),
        ("17450", None),
        ("-5", None),
    ],
)
def test_clock_numbers_are_hours_and_minutes(text, hours):
    value = TimeOfDayFormat(clock_numbers=True).parse(text)
    assert value == (None if hours is None else pytest.approx(hours, rel=1e-15))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("25:30:00", 25.5),
        ("125:15", 125.25),
        ("0:00:36", 0.01),
        ("1 day 02:30:00", 26.5),
        ("1 day, 2:30:00", 26.5),
        ("1 days 02:30:00.5", 26.5 + 0.5 / 3600),
        ("0 days 00:00:36", 0.01),
        ("1.02:30:00", 26.5),
        ("+01 02:30:00.0", 26.5),
        ("2 days", 48.0),
        ("1 day", 24.0),
        ("2 weeks 1 day", 360.0),
        ("P1DT2H30M", 26.5),
        ("PT36S", 0.01),
        ("PT1.5H", 1.5),
        ("P2W", 336.0),
        ("-PT1H", -1.0),
        ("P1M", 720.0),
        ("1:48.36", 108.36 / 3600),
        ("1y 1m 1d", 8766 + 720 + 24.0),
        ("1h 30m", 1.5),
        ("1h30m", 1.5),
        ("1 hr 30 min", 1.5),
        ("1 hr. 30 min.", 1.5),
        ("1 Hour and 30 Minutes", 1.5),
        ("1h, 30min, 36s", 1.51),
        ("1.5 h", 1.5),
        ("1,5 h", 1.5),
        ("90 s", 0.025),
        ("36000 ms", 0.01),
        ("1 year 1 mon 1 day 01:00:00", 8766 + 720 + 25.0),
        ("-1:30", -1.5),
        ("-1 day 02:00:00", -26.0),
        ("-1 days +23:00:00", -1.0),
        ("1 day -02:00:00", 22.0),
        ("- 2 days", -48.0),
        ("1:60", None),
        ("1:30:60", None),
        ("1:5", None),
        ("30m 1h", None),
        ("1h 2h", None),
        ("90", None),
        ("P", None),
        ("PT", None),
        ("P1H", None),
        ("1 day and", None),
        ("1 day foo", None),
        ("day", None),
        ("", None),
    ],
)
def test_durations_are_hours(text, hours):
    value = DurationFormat().parse(text)
    assert value == (None if hours is None else pytest.approx(hours, rel=1e-14))


@pytest.mark.parametrize(("text", "hours"), [("58:12", 0.97), ("1:05:24", 1.09), ("90:00", 1.5)])
def test_two_numbers_are_minutes_and_seconds_beside_three(text, hours):
    assert DurationFormat(minutes_first=True).parse(text) == pytest.approx(hours, rel=1e-14)


def test_many_texts_have_the_values_of_each_alone():
    texts = ["25:30:00", "x", "1h 30m", "-1:30", "13:30", "7:05:36.25", ""] * 3
    for cell_format in (DurationFormat(), TimeOfDayFormat()):
        together = cell_format.parse_all(texts).tolist()
        alone = [cell_format.parse(text) for text in texts]
        assert [None if math.isnan(hours) else hours for hours in together] == alone


def test_a_format_survives_json():
    for cell_format in (
        DurationFormat(),
        DurationFormat(True),
        TimeOfDayFormat(),
        TimeOfDayFormat(True),
    ):
        reader = StrictReader(cell_format.to_json(), "file")
        assert cell_format_from_json(reader) == cell_format
