"""Columns of durations, which are read as hours: 1 day 02:30:00 is 26.5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.schema.cell_format import register_cell_format
from deltarule.schema.duration_grammar import duration_parts, seconds
from deltarule.schema.hours_format import HoursFormat
from deltarule.schema.text_templates import TemplateGroup


@dataclass(frozen=True)
class DurationFormat(HoursFormat):
    """Durations such as 25:30:00, 1 day 02:03:04, 1h 30m or P1DT2H30M, in hours.

    With `minutes_first`, 58:12 is minutes and seconds, otherwise hours and minutes.
    """

    kind: ClassVar[str] = "duration"
    minutes_first: bool = False

    def hours(self, group: TemplateGroup) -> NDArray[np.float64]:
        """Return the hours (rows,) of the texts of a template, NaN where they do not fit."""
        parts = duration_parts(group.template, self.minutes_first)
        return seconds(parts, group) / 3600.0 if parts else np.full(len(group.rows), np.nan)

    @property
    def summary(self) -> str:
        """Part of a sentence for notes."""
        if self.minutes_first:
            return "durations in hours: 1:30:00 is read as 1.5, and 30:00 as 0.5"
        return "durations in hours: 1 day 02:30:00 is read as 26.5"

    def to_json(self) -> dict[str, Any]:
        """Return what `cell_format_from_json` takes."""
        return {"format": "duration", "minutes_first": self.minutes_first}

    @classmethod
    def from_json(cls, reader: StrictReader) -> DurationFormat:
        """Return the format that `to_json` described."""
        return cls(reader.take("minutes_first", bool))


register_cell_format("duration", DurationFormat.from_json)
