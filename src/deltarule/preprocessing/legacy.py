"""Column encoders of version 0.1: read from its model files, never fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import ColumnEncoder, Feature
from deltarule.preprocessing.datetimes import CyclicEncoder, days_since_1970, weekday_and_hour
from deltarule.preprocessing.statistics import standardized

# No training value gets there: the largest of n standardized values is at most the root of n - 1.
STANDARDIZED_LIMIT = 1e6
OTHER = "(other)"
CYCLES: dict[str, float] = {"month": 12.0, "day of week": 7.0, "hour": 24.0}
"""Number of steps of each cycle."""


@dataclass(frozen=True)
class LegacyNumberEncoder(ColumnEncoder):
    """x → (x - mean) / scale, within ±1e6; a missing x counts as the median `fill_value`.

    With `missing_indicator` (some training value was missing) a second feature is 1 where x is
    missing, else 0.
    """

    kind = "number"
    fill_value: float
    mean: float
    scale: float
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        names = (self.column, f"{self.column} is missing")[: 1 + self.missing_indicator]
        return tuple(Feature(name) for name in names)

    @property
    def summary(self) -> str:
        mean, scale, fill = map(format_number, (self.mean, self.scale, self.fill_value))
        indicator = " with an indicator" if self.missing_indicator else ""
        return (
            f"standardized: minus {mean}, divided by {scale}; missing counts as the median {fill}"
            f"{indicator}"
        )

    def cast(self, column: Column) -> NDArray[Any]:
        return column_casting.numbers(column)

    def encode_into(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        filled = np.where(missing, self.fill_value, values)
        out[:, 0] = _standardized(filled, self.mean, self.scale)
        if self.missing_indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class LegacyCategoryEncoder(ColumnEncoder):
    """One-hot: one feature for each of `levels`, and the last one for everything else.

    Everything else is a missing value, a level too rare in training to have its own feature, and a
    level unseen in training. `rare` counts the levels without a feature.
    """

    kind = "category"
    levels: tuple[str, ...]
    rare: int

    @property
    def features(self) -> tuple[Feature, ...]:
        names = (f"{self.column}={level}" for level in (*self.levels, OTHER))
        return tuple(Feature(name, "flag") for name in names)

    @property
    def summary(self) -> str:
        rare = f"rare ({self.rare:,}), " if self.rare else ""
        return (
            f"one-hot: {len(self.levels)} categories, one more for {rare}missing and unseen values"
        )

    def cast(self, column: Column) -> NDArray[Any]:
        return column_casting.codes(column, self.levels)

    def encode_into(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        out[:] = 0
        out[np.arange(len(values)), values] = 1  # index -1 is the last feature


@dataclass(frozen=True)
class LegacyDatetimeEncoder(CyclicEncoder):
    """Days since 1970, standardized, and the position in `cycles`.

    A part of a cycle (month of 12, day of week of 7, hour of 24) becomes sin 2πp and cos 2πp, where
    p is the share of the full turn. Datetimes are UTC. A missing datetime counts as the median in time.
    """

    kind = "datetime"
    fill_value: float
    mean: float
    scale: float
    cycles: tuple[str, ...]
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        return tuple(Feature(feature.name) for feature in super().features)

    @property
    def summary(self) -> str:
        parts = f"; {', '.join(self.cycles)} as sine and cosine" if self.cycles else ""
        marked = "; missing has an indicator" * self.missing_indicator
        return f"time in days, standardized{parts}{marked}"

    def encode_into(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnat(values)
        days = np.where(missing, self.fill_value, days_since_1970(values))
        out[:, 0] = _standardized(days, self.mean, self.scale)
        turns = [2 * np.pi * part_of_datetime(values, c) / CYCLES[c] for c in self.cycles]
        self._encode_cycles(turns, missing, out)


def part_of_datetime(values: NDArray[np.datetime64], part: str) -> NDArray[np.float64]:
    """Return float64 (n,): month 0 to 11, day of week 0 (Monday) to 6, hour 0 to 24 with fractions.

    NaT gives a meaningless number.
    """
    if part == "month":
        return (values.astype("datetime64[M]").astype(np.int64) % 12).astype(np.float64)
    weekday, hour = weekday_and_hour(values)
    return weekday if part == "day of week" else hour


def _standardized(values: NDArray[Any], mean: float, scale: float) -> NDArray[np.float64]:
    return np.clip(standardized(values, mean, scale), -STANDARDIZED_LIMIT, STANDARDIZED_LIMIT)
