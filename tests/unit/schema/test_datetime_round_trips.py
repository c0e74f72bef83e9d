"""Random datetimes in every spelling have the value that Python's datetime has."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltarule.schema import DatetimeFormat, DurationFormat, TimeOfDayFormat

DATETIMES = st.lists(
    st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30)), min_size=1, max_size=20
)
RECENT = st.lists(
    st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)), min_size=1, max_size=20
)
MINUTE, SECOND, MICROSECOND = timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)
DAY = timedelta(days=1)
SPELLINGS = [  # strftime, the precision, the format that reads it
    ("%Y-%m-%d", DAY, DatetimeFormat()),
    ("%Y-%m-%d %H:%M", MINUTE, DatetimeFormat()),
    ("%Y-%m-%d %H:%M:%S.%f", MICROSECOND, DatetimeFormat()),
    ("%Y-%m-%dT%H:%M:%S", SECOND, DatetimeFormat()),
    ("%Y/%m/%d %I:%M:%S %p", SECOND, DatetimeFormat()),
    ("%Y.%m.%d", DAY, DatetimeFormat()),
    ("%Y%m%dT%H%M%S", SECOND, DatetimeFormat()),
    ("%d-%b-%Y %I:%M %p", MINUTE, DatetimeFormat()),
    ("%A, %d %B %Y %H:%M:%S", SECOND, DatetimeFormat()),
    ("%b %d, %Y %H:%M", MINUTE, DatetimeFormat()),
    ("%a %b %d %H:%M:%S %Y", SECOND, DatetimeFormat()),
    ("%d.%m.%Y %H:%M:%S", SECOND, DatetimeFormat("day-month-year")),
    ("%d/%m/%Y", DAY, DatetimeFormat("day-month-year")),
    ("%m/%d/%Y %I:%M %p", MINUTE, DatetimeFormat("month-day-year")),
]
RECENT_SPELLINGS = [  # two digits of a year, or years near ours only
    ("%G-W%V-%u", DAY, DatetimeFormat()),
    ("%d.%m.%y", DAY, DatetimeFormat("day-month-year")),
    ("%m/%d/%y %H:%M", MINUTE, DatetimeFormat("month-day-year")),
    ("%y-%m-%d", DAY, DatetimeFormat("year-month-day")),
    ("%d-%b-%y", DAY, DatetimeFormat()),
    ("%Y%m%d", DAY, DatetimeFormat(digits="YYYYMMDD")),
    ("%Y%m%d%H%M%S", SECOND, DatetimeFormat(digits="YYYYMMDDhhmmss")),
]


def cut(time: datetime, precision: timedelta) -> datetime:
    return time - (time - datetime(1, 1, 1)) % precision


def check(times, spelling, precision, cell_format):
    texts = [time.strftime(spelling) for time in times]
    expected = np.array([cut(time, precision) for time in times], "datetime64[us]")
    values = cell_format.parse_all(texts)
    np.testing.assert_array_equal(values, expected)
    assert cell_format.parse(texts[0]) == values.astype(np.int64)[0]


@pytest.mark.parametrize(("spelling", "precision", "cell_format"), SPELLINGS)
@settings(max_examples=20)
@given(times=DATETIMES)
def test_every_spelling_has_the_value_of_the_datetime(spelling, precision, cell_format, times):
    check(times, spelling, precision, cell_format)


@pytest.mark.parametrize(("spelling", "precision", "cell_format"), RECENT_SPELLINGS)
@settings(max_examples=20)
@given(times=RECENT)
def test_spellings_of_recent_years_have_this_value_too(spelling, precision, cell_format, times):
    check(times, spelling, precision, cell_format)


@settings(max_examples=50)
@given(times=DATETIMES, minutes=st.integers(-14 * 60, 14 * 60), separator=st.sampled_from(" T"))
def test_offsets_are_subtracted(times, minutes, separator):
    zone = timezone(timedelta(minutes=minutes))
    texts = [time.replace(tzinfo=zone).isoformat(separator) for time in times]
    expected = np.array(times, "datetime64[us]") - np.timedelta64(minutes, "m")
    np.testing.assert_array_equal(DatetimeFormat().parse_all(texts), expected)


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
)
@settings(max_examples=15)
@given(times=DATETIMES)
def test_zones_are_those_of_zoneinfo_with_fold_0(name, times):
    zone = zoneinfo.ZoneInfo(name)
    texts = [f"{time.isoformat()} {name}" for time in times]
    expected = [time.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None) for time in times]
    values = DatetimeFormat().parse_all(texts)
    np.testing.assert_array_equal(values, np.array(expected, "datetime64[us]"))


def test_the_hours_around_daylight_saving_are_those_of_zoneinfo():
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    times = [
        datetime(2024, month, day) + timedelta(minutes=10 * step)
        for month, day in ((3, 31), (10, 27))
        for step in range(36)
    ]
    texts = [f"{time} Europe/Berlin" for time in times]
    expected = [time.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None) for time in times]
    values = DatetimeFormat().parse_all(texts)
    np.testing.assert_array_equal(values, np.array(expected, "datetime64[us]"))


@settings(max_examples=50)
@given(seconds=st.integers(0, 10**8))
def test_durations_have_the_value_of_timedelta(seconds):
    duration = timedelta(seconds=seconds)
    iso = f"P{duration.days}DT{duration.seconds}S"
    for text in (str(duration), iso, f"-{iso}"):
        expected = (-1 if text.startswith("-") else 1) * seconds / 3600
        read = DurationFormat().parse(text)
        assert read is not None
        assert read == pytest.approx(expected, rel=1e-14)
    if seconds < 86_400:
        assert TimeOfDayFormat().parse(str(duration)) == seconds / 3600


ISO = r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([T ][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]{0,9})?)?Z?)?"
ODD = ("2024-06-24 24:00", "0000-01-01", "2024-06-24 8:05 PM", "2024-06-24 08:00+02", "2024-06/24")


@settings(max_examples=8)
@given(
    texts=st.lists(
        st.one_of(
            st.from_regex(ISO, fullmatch=True), st.datetimes().map(str), st.sampled_from(ODD)
        ),
        min_size=20,
        max_size=20,
    )
)
def test_sql_gives_the_same_value_or_null(texts):
    cell_format = DatetimeFormat()
    query = f"SELECT epoch_us({cell_format.sql('cell')}) FROM (SELECT unnest(?) AS cell)"
    for text, (value,) in zip(texts, duckdb.execute(query, [texts]).fetchall(), strict=True):
        assert value in (cell_format.parse(text), None)


def test_sql_reads_plain_dates():
    query = f"SELECT {DatetimeFormat().sql('cell')} FROM (SELECT '2024-06-24 8:05' AS cell)"
    assert duckdb.execute(query).fetchone() == (datetime(2024, 6, 24, 8, 5),)
