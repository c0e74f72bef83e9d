"""Columns of durations, which are read as hours: 1 day 02:30:00 is 26.5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.schema.cell_format import register_cell_format
from deltarule.schema.duration_grammar import duration_parts, seconds
from deltarule.schema.text_templates import group_by_template


@dataclass(frozen=True)
class DurationFormat:
    """Durations such as 25:30:00, 1 day 02:03:04, 1h 30m or P1DT2H30M, in hours.

    With `minutes_first`, 58:12 is minutes and seconds, otherwise hours and minutes.
    """

    kind: ClassVar[str] = "duration"
    minutes_first: bool = False

    def parse(self, text: str) -> float | None:
        """Return the hours of a trimmed text, None where it does not fit."""
        value = float(self.parse_all([text])[0])
        return None if np.isnan(value) else value

    def parse_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the hours (n,), NaN where a text does not fit."""
        hours = np.full(len(texts), np.nan)
        for group in group_by_template(texts):
            if parts := duration_parts(group.template, self.minutes_first):
                hours[group.rows] = seconds(parts, group) / 3600.0
        return hours

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
