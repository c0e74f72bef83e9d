"""Columns of times of day, which are read as hours: 13:30 is 13.5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.schema.cell_format import register_cell_format
from deltarule.schema.clock_times import CLOCK, HOUR_ONLY, Fields, time_of_day
from deltarule.schema.hours_format import HoursFormat
from deltarule.schema.text_templates import TemplateGroup

_CLOCK = re.compile(f"{CLOCK}(?: uhr)?")
_FRENCH = re.compile(r"(?P<H>\d{1,2}) ?h ?(?P<M>\d\d)")
_HOUR_ONLY = re.compile(HOUR_ONLY)
_CLOCK_NUMBER = re.compile(r"(?P<number>\d{1,4})(?:\.(?P<zero>\d))?")


@dataclass(frozen=True)
class TimeOfDayFormat(HoursFormat):
    """Times of day such as 13:30, 1:30 pm, 13:30 Uhr, 13h30 or 13:30:15.5, in hours since midnight.

    With `clock_numbers`, integers are hours and minutes: 1745 is 17:45 and 5 is 00:05.
    """

    kind: ClassVar[str] = "number"
    clock_numbers: bool = False

    def hours(self, group: TemplateGroup) -> NDArray[np.float64]:
        """Return the hours (rows,) of the texts of a template, NaN where they do not fit."""
        template = group.template
        if self.clock_numbers and (match := _CLOCK_NUMBER.fullmatch(template)):
            fields = Fields(match, group)
            hours = clock_number_hours(fields.number("number"))
            return np.where(fields.number("zero") == 0, hours, np.nan)
        match = match_time_of_day(template)
        if match is None:
            return np.full(len(group.rows), np.nan)
        microseconds, valid = time_of_day(Fields(match, group))
        return np.where(valid, microseconds / 1e6 / 3600.0, np.nan)

    @property
    def summary(self) -> str:
        """Part of a sentence for notes."""
        if self.clock_numbers:
            return "times of day in hours: 1745 is read as 17:45, which is 17.75"
        return "times of day in hours: 13:30 is read as 13.5"

    def to_json(self) -> dict[str, Any]:
        """Return what `cell_format_from_json` takes."""
        return {"format": "time_of_day", "clock_numbers": self.clock_numbers}

    @classmethod
    def from_json(cls, reader: StrictReader) -> TimeOfDayFormat:
        """Return the format that `to_json` described."""
        return cls(reader.take("clock_numbers", bool))


def match_time_of_day(template: str) -> re.Match[str] | None:
    """Return the match of a template of clock times, None if it is none."""
    patterns = (_CLOCK, _HOUR_ONLY, _FRENCH)
    match = next((found for p in patterns if (found := p.fullmatch(template))), None)
    # 2:1 is a score or a ratio.
    if match is None or not all(len(match.groupdict().get(f) or "00") == 2 for f in "MS"):
        return None
    return match


def clock_number_hours(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the hours of integers hhmm, NaN where they are no time."""
    hours, minutes = numbers // 100, numbers % 100
    valid = (numbers >= 0) & (numbers <= 2400) & (minutes < 60)
    return np.where(valid, (hours * 3600 + minutes * 60) / 3600.0, np.nan)


register_cell_format("time_of_day", TimeOfDayFormat.from_json)
