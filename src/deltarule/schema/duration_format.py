"""Columns of durations, which are read as hours: 1 day 02:30:00 is 26.5."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.schema.cell_format import register_cell_format
from deltarule.schema.text_templates import TemplateGroup, group_by_template

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
class _Part:
    """A number of a duration: its digits, those behind the point, and the seconds of its unit."""

    number: tuple[int, int]
    fraction: tuple[int, int]
    unit: str
    negative: bool
    below_60: bool = False


@dataclass(frozen=True)
class DurationFormat:
    """Durations such as 25:30:00, 1 day 02:03:04, 1h 30m or P1DT2H30M, in hours."""

    kind: ClassVar[str] = "duration"

    def parse(self, text: str) -> float | None:
        """Return the hours of a trimmed text, None where it does not fit."""
        value = float(self.parse_all([text])[0])
        return None if np.isnan(value) else value

    def parse_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the hours (n,), NaN where a text does not fit."""
        hours = np.full(len(texts), np.nan)
        for group in group_by_template(texts):
            if parts := duration_parts(group.template):
                hours[group.rows] = _seconds(parts, group) / 3600.0
        return hours

    @property
    def summary(self) -> str:
        """Part of a sentence for notes."""
        return "durations in hours: 1 day 02:30:00 is read as 26.5"

    def to_json(self) -> dict[str, Any]:
        """Return what `cell_format_from_json` takes."""
        return {"format": "duration"}

    @classmethod
    def from_json(cls, _reader: StrictReader) -> DurationFormat:
        """Return the format that `to_json` described."""
        return cls()


def plain_unit(text: str) -> str:
    """Return the unit of a text that is a number with one abbreviated unit, such as 5 m, else "".

    A column of one such unit is left to the formats of numbers: 5 m may be meters.
    """
    match = _WITH_UNIT.fullmatch(text.lower())
    return "" if match is None or match["unit"].removesuffix("s") in _WORDS else match["unit"]


def _seconds(parts: Sequence[_Part], group: TemplateGroup) -> NDArray[np.float64]:
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
def duration_parts(template: str) -> tuple[_Part, ...]:
    """Return the parts of a duration, () if the template is none."""
    negative = template.startswith("-")
    start = 1 if template[:1] in ("+", "-") else 0
    start += template[start : start + 1] == " "
    if match := _ISO.fullmatch(template, start):
        return _iso_parts(match, negative)
    if match := _DAYS_AND_CLOCK.fullmatch(template, start):
        return (_Part(match.span("days"), (0, 0), "day", negative), *_clock_parts(match, negative))
    return _parts_with_units(template, start, negative)


def _parts_with_units(template: str, start: int, negative: bool) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    place = start
    while place < len(template):
        if match := _WITH_UNIT.match(template, place):
            minus = match["sign"] == "-" or (negative and match["sign"] == "")
            unit = _UNIT_OF[match["unit"]]
            parts.append(_Part(match.span("number"), _span(match, "f"), unit, minus))
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


def _clock_parts(match: re.Match[str], negative: bool) -> list[_Part]:
    parts = [
        _Part(match.span("H"), (0, 0), "hour", negative),
        _Part(match.span("M"), (0, 0), "minute", negative, below_60=True),
    ]
    if match["S"]:
        parts.append(_Part(match.span("S"), _span(match, "f"), "second", negative, below_60=True))
    return parts


def _iso_parts(match: re.Match[str], negative: bool) -> tuple[_Part, ...]:
    parts = []
    for name, units in zip(("date", "time"), _ISO_UNITS, strict=True):
        for part in _ISO_PART.finditer(match.string, *_span(match, name)):
            unit = units[part["unit"]]
            parts.append(_Part(part.span("number"), _span(part, "f"), unit, negative))
    sizes = [_UNITS.index(part.unit) for part in parts]
    return tuple(parts) if sizes == sorted(set(sizes)) else ()


def _span(match: re.Match[str], name: str) -> tuple[int, int]:
    """Return the span of a group, an empty one where it is absent."""
    return match.span(name) if match[name] is not None else (0, 0)


register_cell_format("duration", DurationFormat.from_json)
