"""Encoder of datetime columns: time on a line, and the position in a year, week and day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import ColumnEncoder, Feature, indicator
from deltarule.preprocessing.numerical import smoothly_clipped

CYCLES: dict[str, float] = {"year": 365.2425, "week": 7.0, "day": 24.0}
"""Length of each cycle, in days, days and hours."""
_MICROSECONDS_PER_DAY = 86_400_000_000.0


class CyclicEncoder(ColumnEncoder):
    """Base of the encoders of datetimes: days since 1970, and a sine and cosine for each cycle.

    A missing datetime is at the center (0, 0) of each circle.
    """

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

    def _encode_cycles(
        self,
        turns: list[NDArray[np.float64]],
        missing: NDArray[np.bool_],
        out: NDArray[np.floating[Any]],
    ) -> None:
        """Write everything after the first feature; `turns` are the angles of each cycle."""
        for index, turn in enumerate(turns):
            out[:, 1 + 2 * index] = np.where(missing, 0.0, np.sin(turn))
            out[:, 2 + 2 * index] = np.where(missing, 0.0, np.cos(turn))
        if self.missing_indicator:
            out[:, -1] = missing


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

    def encode_into(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnat(values)
        days = np.where(missing, self.middle, days_since_1970(values))
        out[:, 0] = smoothly_clipped(days, self.middle, self.width)
        turns = [2 * np.pi * position_in_cycle(values, c) / CYCLES[c] for c in self.cycles]
        self._encode_cycles(turns, missing, out)


def days_since_1970(values: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return float64 (n,): days with fractions; NaT gives a meaningless number."""
    result: NDArray[np.float64] = values.astype(np.int64) / _MICROSECONDS_PER_DAY
    return result


def weekday_and_hour(
    values: NDArray[np.datetime64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the day of the week, 0 (Monday) to 6, and the hour with fractions, each float64 (n,)."""
    days = days_since_1970(values)
    whole: NDArray[np.float64] = np.floor(days)
    weekday: NDArray[np.float64] = np.mod(whole + 3, 7)  # 1970-01-01 was a Thursday
    return weekday, (days - whole) * 24


def position_in_cycle(values: NDArray[np.datetime64], cycle: str) -> NDArray[np.float64]:
    """Return float64 (n,): days since New Year, days since Monday, or hours since midnight.

    With fractions, except for the day of the week. NaT gives a meaningless number.
    """
    if cycle == "year":
        new_year = values.astype("datetime64[Y]").astype("datetime64[us]")
        return days_since_1970(values) - days_since_1970(new_year)
    weekday, hour = weekday_and_hour(values)
    return weekday if cycle == "week" else hour
