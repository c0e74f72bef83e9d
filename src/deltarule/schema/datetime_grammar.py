"""The spellings of a date with or without a time, as patterns of templates, and their value."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.clock_times import (
    CLOCK,
    COMPACT_CLOCK,
    HOUR_ONLY,
    OFFSET,
    POINTS_CLOCK,
    ZONE,
    Fields,
    has_known_zone,
    offset_from_utc,
    time_of_day,
)
from deltarule.schema.month_names import MONTH, MONTHS, WEEKDAY
from deltarule.schema.text_templates import TemplateGroup
from deltarule.schema.time_zones import DAY

ORDERS = ("", "day-month-year", "month-day-year", "year-month-day")
DIGITS = ("", "YYYYMM", "YYYYMMDD", "YYYYMMDDhhmm", "YYYYMMDDhhmmss")
LAST_TWO_DIGIT_YEAR = 68  # 68 is 2068 and 69 is 1969, as in POSIX

# Fields: y, Y and D are four digits of a year (any; 1800 to 2200; 1900 to 2100), c two or four digits;
# m and d month and day; a and b are day and month, in the order of the format.
_YMD = (
    r"(?P<y>\d{4})(?P<s>[-/])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
    r"(?P<y>\d{4})\. ?(?P<m>\d\d)\. ?(?P<d>\d\d)\.?",
)
_THREE_NUMBERS = (
    r"(?P<a>\d{1,2})(?P<s>[-/]|\. ?)(?P<b>\d{1,2})(?P=s)(?P<c>\d{4})",
    r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<c>\d\d)",
    r"(?P<a>\d\d)(?P<s>[-.])(?P<b>\d\d)(?P=s)(?P<c>\d\d)",
)
_NAME = rf"(?P<name>{MONTH})(?![a-z])\.?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<c>\d{4}|\d\d)(?!\d)"
_NAMED = (
    rf"{_DAY}(?:er)?\.?(?: de | of |[ /.-]?){_NAME}(?: del? |, ?|[ /.-]?){_YEAR}",
    rf"{_NAME}[ /.-]?{_DAY}(?:, ?|[ /.-]){_YEAR}",
    rf"(?P<y>\d{{4}})[ /.-]?{_NAME}[ /.-]?{_DAY}",
)
_DATE_ONLY = (
    r"(?P<Y>\d{4})[-/](?P<m>\d\d)",
    r"(?P<m>\d\d)[-/.](?P<Y>\d{4})",
    rf"{_NAME}(?: de |, ?|[ /.-]?)(?P<Y>\d{{4}})",
    rf"(?P<Y>\d{{4}})[ /.-]?{_NAME}",
    r"(?P<Y>\d{4})-?w(?P<week>\d\d)(?:-?(?P<weekday>\d))?",
    r"(?P<Y>\d{4})[ /-]?q(?P<quarter>\d)",
    r"q(?P<quarter>\d)[ /-]?(?P<Y>\d{4})",
    r"(?P<quarter>\d)q[ /-]?(?P<Y>\d{4})",
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:(?P<z>z)|(?P<sign>[+-])(?P<oh>\d\d):(?P<om>\d\d))",
)
_DIGITS_ONLY = {
    "YYYYMM": r"(?P<D>\d{4})(?P<m>\d\d)",
    "YYYYMMDD": r"(?P<D>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    "YYYYMMDDhhmm": r"(?P<D>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?P<H>\d\d)(?P<M>\d\d)",
    "YYYYMMDDhhmmss": r"(?P<D>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)",
}


def _patterns() -> list[re.Pattern[str]]:
    """Return all patterns of texts that are not digits only, the frequent ones first."""
    between, zone = r"(?:t| ?, ?| at | um | - | |:)", rf"(?:{ZONE})?"
    dates = [rf"(?:(?:{WEEKDAY})[.,]{{0,2}} )?{d}" for d in (*_YMD, *_THREE_NUMBERS, *_NAMED)]
    compact = r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"
    found = [f"{date}(?:{between}{CLOCK}(?: uhr)?{zone})?" for date in dates]
    found += [rf"{CLOCK}(?:, ?| ){date}" for date in dates]
    found += [rf"\[{date}:{CLOCK}(?: {OFFSET})?\]" for date in dates]  # web server logs
    found += [
        f"{date}(?:{between}|-){clock}{zone}"
        for date in dates
        for clock in (POINTS_CLOCK, HOUR_ONLY)
    ]
    found += [f"{_YMD[0]}t{COMPACT_CLOCK}{zone}", f"{_YMD[0]} {COMPACT_CLOCK}"]
    found += [f"{compact}[t _-]{COMPACT_CLOCK}{zone}", f"{compact}[t ]{CLOCK}{zone}"]
    found += [rf"(?:(?:{WEEKDAY}),? )?{_NAME} {_DAY} {CLOCK}{zone} (?P<y>\d{{4}})"]  # Unix date
    found += _DATE_ONLY
    return [re.compile(pattern) for pattern in found]


_PATTERNS = _patterns()
# Integers beside missing cells are often written as 20140512.0.
_DIGITS_PATTERNS = {
    digits: re.compile(rf"{pattern}(?:\.(?P<zero>\d))?") for digits, pattern in _DIGITS_ONLY.items()
}


@lru_cache(maxsize=4096)
def match_template(template: str) -> tuple[re.Match[str], str] | None:
    """Return the match of a template and which of `DIGITS` it is; None if it is no date."""
    for digits, pattern in _DIGITS_PATTERNS.items():
        if match := pattern.fullmatch(template):
            return match, digits
    if "0" not in template:
        return None
    for pattern in _PATTERNS:
        match = pattern.fullmatch(template)
        if match and has_known_zone(match):
            return match, ""
    return None


def read_datetimes(
    match: re.Match[str], group: TemplateGroup, order: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the microseconds since 1970 UTC (rows,) of the texts of a template, and which are valid."""
    fields = Fields(match, group)
    days, valid = _date(fields, order)
    time, valid_time = time_of_day(fields)
    local = np.where(valid, days, 0) * DAY + time
    offset, valid_offset = offset_from_utc(fields, local)
    return local - offset, valid & valid_time & valid_offset & (fields.number("zero") == 0)


def _date(fields: Fields, order: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the days since 1970 (rows,), and which are valid dates."""
    year, valid = _year(fields)
    one = np.ones_like(year)
    if fields.has("week"):
        return _week_date(fields, year, valid)
    if fields.has("quarter"):
        quarter = fields.number("quarter")
        return days_since_1970(year, 3 * quarter - 2, one), valid & (quarter >= 1) & (quarter <= 4)
    if fields.has("a"):
        first, second = fields.number("a"), fields.number("b")
        if order == "year-month-day":
            valid &= len(fields.text("c")) == 2
            year, month, day = _full_year(first), second, fields.number("c")
        elif order == "month-day-year":
            month, day = first, second
        else:
            month, day = second, first
            valid &= order != ""
    else:
        name = fields.text("name")
        month = one * MONTHS[name] if name else fields.number("m")
        day = fields.number("d") if fields.has("d") else one
    valid &= (month >= 1) & (month <= 12) & (day >= 1)
    month = np.where(valid, month, 1)
    return days_since_1970(year, month, day), valid & (day <= _days_in_month(year, month))


def _year(fields: Fields) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    for name, first, last in (("D", 1900, 2100), ("Y", 1800, 2200), ("y", 0, 9999)):
        if fields.has(name):
            year = fields.number(name)
            return year, (year >= first) & (year <= last)
    year = fields.number("c")
    if len(fields.text("c")) == 2:
        year = _full_year(year)
    return year, np.ones(len(year), bool)


def _full_year(two_digits: NDArray[np.int64]) -> NDArray[np.int64]:
    return two_digits + np.where(two_digits > LAST_TWO_DIGIT_YEAR, 1900, 2000)


def days_since_1970(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the days from 1970-01-01 to dates of the Gregorian calendar."""
    # Years begin in March here, so that the leap day is the last day of a year.
    months = (month + 9) % 12
    years = year - (month <= 2)
    return (
        365 * years + years // 4 - years // 100 + years // 400
        + (153 * months + 2) // 5 + day - 719_469
    )  # fmt: skip


def _days_in_month(year: NDArray[np.int64], month: NDArray[np.int64]) -> NDArray[np.int64]:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    return days[month - 1] + ((month == 2) & leap)


def _week_date(
    fields: Fields, year: NDArray[np.int64], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the days of ISO weeks: week 1 has the year's first Thursday, weeks begin on Monday."""
    week = fields.number("week")
    weekday = fields.number("weekday") if fields.has("weekday") else np.ones_like(week)
    january_4 = days_since_1970(year, np.ones_like(year), np.full_like(year, 4))
    monday = january_4 - (january_4 + 3) % 7  # 1970-01-01 was a Thursday
    next_january_4 = days_since_1970(year + 1, np.ones_like(year), np.full_like(year, 4))
    weeks = (next_january_4 - (next_january_4 + 3) % 7 - monday) // 7
    valid &= (week >= 1) & (week <= weeks) & (weekday >= 1) & (weekday <= 7)
    return monday + 7 * (week - 1) + weekday - 1, valid
