"""The spellings of durations, as patterns of templates, and their value in seconds."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.text_templates import TemplateGroup

_SECONDS = {  # a month is 30 days and a year 365.25 days, as in PostgreSQL
    "year": 31_557_600.0, "month": 2_592_000.0, "week": 604_800.0, "day": 86_400.0, "hour": 3600.0,
    "minute": 60.0, "second": 1.0, "millisecond": 1e-3, "microsecond": 1e-6, "nanosecond": 1e-9,
}  # fmt: skip
_UNITS = tuple(_SECONDS)
_SPELLINGS = {
    "year": "y yr yrs year years",
    "month": "mo mos mon mons month months",
    "week": "w wk wks week weeks",
    "day": "d day days",
    "hour": "h hr hrs hour hours",
    "minute": "m min mins minute minutes",
    "second": "s sec secs second seconds",
    "millisecond": "ms msec millisecond milliseconds",
    "microsecond": "us microsecond microseconds",
    "nanosecond": "ns nanosecond nanoseconds",
}
_UNIT_OF = {name: unit for unit, names in _SPELLINGS.items() for name in names.split()}
_NAMES = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_WORDS = ("week", "day", "hour", "minute", "second")
_MAX_DIGITS = 15  # more are not exact in float64
_WITH_UNIT = re.compile(
    rf"(?P<sign>[+-]?) ?(?P<number>\d{{1,{_MAX_DIGITS}}})(?:[.,](?P<f>\d{{1,9}}))? ?(?P<unit>{_NAMES})"
    r"(?![a-z])\.?"
)
_MINUTES_AND_SECONDS = re.compile(
    rf"(?P<sign>[+-]?)(?P<M>\d{{1,{_MAX_DIGITS}}}):(?P<S>\d\d)(?:\.(?P<f>\d{{1,9}}))?"
)
_CLOCK = re.compile(
    rf"(?P<sign>[+-]?)(?P<H>\d{{1,{_MAX_DIGITS}}}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d{{1,9}}))?)?"
)
_DAYS_AND_CLOCK = re.compile(
    r"(?P<days>\d{1,9})(?: |\.(?=\d\d:\d\d:))(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)(?:\.(?P<f>\d{1,9}))?"
)
_BETWEEN = re.compile(r"(?:, ?| and | )?")
_ISO = re.compile(
    r"p(?P<date>(?:\d+(?:[.,]\d+)?[ymwd])*)(?:t(?P<time>(?:\d+(?:[.,]\d+)?[hms])+))?", re.ASCII
)
_ISO_PART = re.compile(r"(?P<number>\d{1,15})(?:[.,](?P<f>\d{1,9}))?(?P<unit>[a-z])")
_ISO_UNITS = (
    {"y": "year", "m": "month", "w": "week", "d": "day"},
    {"h": "hour", "m": "minute", "s": "second"},
)


@dataclass(frozen=True)
class Part:
    """A number of a duration: its digits, those behind the point, and the seconds of its unit."""

    number: tuple[int, int]
    fraction: tuple[int, int]
    unit: str
    negative: bool
    below_60: bool = False


def are_minutes_first(templates: Collection[str]) -> bool:
    """Return whether 58:12 is minutes and seconds, because others have hours or decimals.

    So it is in 58:12 beside 1:02:30, and in 1:58 beside 1:57.32.
    """
    shapes = {
        template.lstrip("+-").count(":") + ("." in template)
        for template in templates
        if _CLOCK.fullmatch(template) or _MINUTES_AND_SECONDS.fullmatch(template)
    }
    return 1 in shapes and len(shapes) > 1


def have_terms(units: Collection[str]) -> bool:
    """Return whether m beside y or w means months, as in the terms 1w, 3m, 1y of bonds."""
    return "m" in units and not {"y", "w"}.isdisjoint(units)


def plain_unit(text: str) -> str:
    """Return the unit of a text that is a number with one abbreviated unit, such as 5 m, else "".

    A column of one such unit is left to the formats of numbers: 5 m may be meters.
    """
    match = _WITH_UNIT.fullmatch(text.lower())
    return "" if match is None or match["unit"].removesuffix("s") in _WORDS else match["unit"]


def seconds(parts: Sequence[Part], group: TemplateGroup) -> NDArray[np.float64]:
    total = np.zeros(len(group.rows))
    for part in parts:
        number = group.number(part.number)
        behind = group.number(part.fraction)
        value = number + behind / 10.0 ** (part.fraction[1] - part.fraction[0])
        if part.below_60:
            value = np.where(number < 60, value, np.nan)
        total += (-1.0 if part.negative else 1.0) * value * _SECONDS[part.unit]
    return total


@lru_cache(maxsize=4096)
def duration_parts(template: str, minutes_first: bool) -> tuple[Part, ...]:
    """Return the parts of a duration, () if the template is none.

    Two numbers such as 58:12 are minutes and seconds with `minutes_first` or if the second one has
    decimals, otherwise hours and minutes.
    """
    negative = template.startswith("-")
    start = 1 if template[:1] in ("+", "-") else 0
    start += template[start : start + 1] == " "
    if (match := _MINUTES_AND_SECONDS.fullmatch(template, start)) and (minutes_first or match["f"]):
        return (
            Part(match.span("M"), (0, 0), "minute", negative),
            Part(match.span("S"), _span(match, "f"), "second", negative, below_60=True),
        )
    if match := _ISO.fullmatch(template, start):
        return _iso_parts(match, negative)
    if match := _DAYS_AND_CLOCK.fullmatch(template, start):
        return (Part(match.span("days"), (0, 0), "day", negative), *_clock_parts(match, negative))
    return _parts_with_units(template, start, negative)


def _parts_with_units(template: str, start: int, negative: bool) -> tuple[Part, ...]:
    parts: list[Part] = []
    place = start
    while place < len(template):
        if match := _WITH_UNIT.match(template, place):
            minus = match["sign"] == "-" or (negative and match["sign"] == "")
            unit = _UNIT_OF[match["unit"]]
            if match["unit"] == "m" and parts and parts[-1].unit == "year":
                unit = "month"
            parts.append(Part(match.span("number"), _span(match, "f"), unit, minus))
        elif match := _CLOCK.fullmatch(template, place):
            minus = match["sign"] == "-" or (negative and match["sign"] == "")
            parts += _clock_parts(match, minus)
        else:
            return ()
        place = match.end()
        if place < len(template):
            between = _BETWEEN.match(template, place)
            place = between.end() if between else place
            if place == len(template):
                return ()
    sizes = [_UNITS.index(part.unit) for part in parts]
    return tuple(parts) if sizes == sorted(set(sizes)) else ()


def _clock_parts(match: re.Match[str], negative: bool) -> list[Part]:
    parts = [
        Part(match.span("H"), (0, 0), "hour", negative),
        Part(match.span("M"), (0, 0), "minute", negative, below_60=True),
    ]
    if match["S"]:
        parts.append(Part(match.span("S"), _span(match, "f"), "second", negative, below_60=True))
    return parts


def _iso_parts(match: re.Match[str], negative: bool) -> tuple[Part, ...]:
    parts = []
    for name, units in zip(("date", "time"), _ISO_UNITS, strict=True):
        for part in _ISO_PART.finditer(match.string, *_span(match, name)):
            unit = units[part["unit"]]
            parts.append(Part(part.span("number"), _span(part, "f"), unit, negative))
    sizes = [_UNITS.index(part.unit) for part in parts]
    return tuple(parts) if sizes == sorted(set(sizes)) else ()


def _span(match: re.Match[str], name: str) -> tuple[int, int]:
    """Return the span of a group, an empty one where it is absent."""
    return match.span(name) if match[name] is not None else (0, 0)
