"""Clock times with their zone, such as 08:30, 8:05 pm or 08:00:00.5+02:00, as patterns of templates."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.text_templates import TemplateGroup
from deltarule.schema.time_zones import DAY, MINUTE, is_zone, zone_offsets

SECOND = MINUTE // 60
HOUR = 60 * MINUTE

_HALF = r" ?(?P<half>[ap])(?:\. ?m\.|m\b)"
CLOCK = (
    r"(?P<H>\d{1,2}):(?:(?P<M>\d{1,2})(?::(?:(?P<S>\d{1,2})(?:[.,](?P<f>\d*)|:(?P<ms>\d{3}))?)?)?)?"
    rf"(?:{_HALF})?"
)
HOUR_ONLY = rf"(?P<H>\d{{1,2}}){_HALF}"
POINTS_CLOCK = (
    r"(?P<H>\d{1,2})\.(?P<M>\d\d)(?:\.(?P<S>\d\d)(?:[.,](?P<f>\d+))?)?" + rf"(?:{_HALF})?"
)
COMPACT_CLOCK = r"(?P<H>\d\d)(?:(?P<M>\d\d)(?:(?P<S>\d\d)(?:[.,]?(?P<f>\d+))?)?)?"
OFFSET = r"(?P<sign>[+-])(?:(?P<oh>\d\d):?(?P<om>\d\d)(?::?(?P<os>\d\d))?|(?P<oh1>\d{1,2}))(?!\d)"
_NAME = r"[a-z][a-z_]*(?:/[a-z_-]+)*"
# An offset counts before a name behind it: 08:00+02:00[Europe/Berlin], 08:00 +0200 CEST.
ZONE = (
    r" ?(?:(?P<z>z|utc|gmt)(?![a-z/+-]| [+-]\d)"
    rf"|(?:utc|gmt)? ?{OFFSET}(?: [a-z]{{3,5}}(?![a-z/]))?| (?P<zone>{_NAME})|(?=\[))"
    rf"(?: ?\[(?P<bracket>{_NAME})\])?(?: \([a-z .:]+\))?"
)


@dataclass(frozen=True)
class Fields:
    """The fields of a matched template, such as H for hours, and the digits of its texts."""

    match: re.Match[str]
    group: TemplateGroup

    def text(self, name: str) -> str:
        """Return the letters of a field, "" where it is absent."""
        return self.match.groupdict().get(name) or ""

    def has(self, name: str) -> bool:
        """Return whether the field is present."""
        return self.text(name) != ""

    def number(self, name: str) -> NDArray[np.int64]:
        """Return the integers (rows,) of a field, 0 where it is absent."""
        return self.group.number(self.match.span(name) if self.has(name) else (0, 0))

    def fraction(self, name: str) -> NDArray[np.int64]:
        """Return the digits behind the point as microseconds (rows,); further digits are cut off."""
        if not self.has(name):
            return self.group.number((0, 0))
        start, end = self.match.span(name)
        end = min(end, start + 6)
        return self.group.number((start, end)) * 10 ** (6 - (end - start))


def has_known_zone(match: re.Match[str]) -> bool:
    """Return whether the zone names of a matched template are known."""
    found = match.groupdict()
    return all(is_zone(name) for key in ("zone", "bracket") if (name := found.get(key)))


def time_of_day(fields: Fields) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the microseconds since midnight (rows,) and which of them are valid times.

    24:00 is the end of the day and 23:59:60 a leap second. 12 AM is 0 and 12 PM is 12 o'clock.
    """
    hours, minutes, seconds = fields.number("H"), fields.number("M"), fields.number("S")
    fraction = fields.fraction("f") + 1000 * fields.number("ms")
    valid = (minutes < 60) & ((seconds < 60) | ((seconds == 60) & (minutes == 59)))
    if half := fields.text("half"):
        afternoon = half == "p"
        valid &= (hours > 0) & (hours < 24) if afternoon else hours <= 12
        hours = np.where(hours == 12, 0, hours) + np.where((hours <= 12) & afternoon, 12, 0)
    total = hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction
    leap_second = (hours == 23) & (minutes == 59) & (seconds == 60)
    return total, valid & ((total <= DAY) | leap_second)


def offset_from_utc(
    fields: Fields, local: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the offsets from UTC in microseconds (rows,) of local times, and which are valid."""
    valid = np.ones(len(local), bool)
    if fields.has("z"):
        return np.zeros(len(local), np.int64), valid
    if fields.has("sign"):
        hours = fields.number("oh") + fields.number("oh1")
        minutes, seconds = fields.number("om"), fields.number("os")
        offset = hours * HOUR + minutes * MINUTE + seconds * SECOND
        valid = (hours < 24) & (minutes < 60) & (seconds < 60)
        return (-offset if fields.text("sign") == "-" else offset), valid
    if name := fields.text("zone") or fields.text("bracket"):
        return zone_offsets(name, local), valid
    return np.zeros(len(local), np.int64), valid
