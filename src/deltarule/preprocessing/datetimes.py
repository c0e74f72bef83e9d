"""Encoder of datetime columns: time on a line, and the position in a year, week and day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import (
    ColumnEncoder,
    Feature,
    indicator,
    marks_missing,
)
from deltarule.preprocessing.operations import (
    Cycle,
    CycleName,
    InDays,
    Operation,
    SoftClip,
    Standardize,
)

CYCLES: dict[str, float] = {"year": 365.2425, "week": 7.0, "day": 24.0}
"""Length of each cycle, in days, days and hours."""
POSITIONS: dict[str, CycleName] = {"year": "year", "week": "weekday", "day": "hour"}
"""The position in each cycle, in the words of `operations`."""


class CyclicEncoder(ColumnEncoder):
    """Base of the encoders of datetimes: days since 1970, and a sine and cosine for each cycle.

    A missing datetime is at the center (0, 0) of each circle.
    """

    values = "datetime"
    cycles: tuple[str, ...]
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        waves = [
            Feature(f"{self.column} {cycle} {wave}")
            for cycle in self.cycles
            for wave in ("sine", "cosine")
        ]
        time = Feature(f"{self.column} time")
        return (time, *waves, *indicator(self.column, self.missing_indicator))

    def cast(self, column: Column) -> NDArray[Any]:
        return column_casting.datetimes(column)

    def _after(
        self,
        scale: SoftClip | Standardize,
        positions: Mapping[str, CycleName],
        lengths: Mapping[str, float],
    ) -> tuple[Operation, ...]:
        """Return all operations; `positions` names the position in each cycle, `lengths` its length."""
        waves = (Cycle(positions[cycle], lengths[cycle]) for cycle in self.cycles)
        return (InDays(scale), *waves, *marks_missing(self.missing_indicator))


@dataclass(frozen=True)
class DatetimeEncoder(CyclicEncoder):
    """Days since 1970, scaled as by `RobustEncoder`, and the position in `cycles`.

    A cycle (year, week, day) becomes sin 2πp and cos 2πp, where p is the share of the full turn:
    December is next to January, 23:59 next to 0:00. Datetimes are UTC. A missing datetime is 0
    everywhere.
    """

    kind = "robust_datetime"
    middle: float
    width: float
    cycles: tuple[str, ...]
    missing_indicator: bool

    @property
    def summary(self) -> str:
        cycles = f"; position in the {', '.join(self.cycles)} as sine and cosine"
        marked = "; missing has an indicator" * self.missing_indicator
        return (
            "time in days, centered at the median, smoothly clipped to ±3"
            f"{cycles * bool(self.cycles)}{marked}"
        )

    @property
    def operations(self) -> tuple[Operation, ...]:
        return self._after(SoftClip(self.middle, self.width), POSITIONS, CYCLES)
