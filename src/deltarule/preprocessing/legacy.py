"""Column encoders of version 0.1: read from its model files, never fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import ColumnEncoder, Feature, marks_missing
from deltarule.preprocessing.datetimes import CyclicEncoder
from deltarule.preprocessing.operations import CycleName, OneHot, Operation, Standardize

# No training value gets there: the largest of n standardized values is at most the root of n - 1.
STANDARDIZED_LIMIT = 1e6
OTHER = "(other)"
CYCLES: dict[str, float] = {"month": 12.0, "day of week": 7.0, "hour": 24.0}
"""Number of steps of each cycle."""
_POSITIONS: dict[str, CycleName] = {"month": "month", "day of week": "weekday", "hour": "hour"}


@dataclass(frozen=True)
class LegacyNumberEncoder(ColumnEncoder):
    """x → (x - mean) / scale, within ±1e6; a missing x counts as the median `fill_value`.

    With `missing_indicator` (some training value was missing) a second feature is 1 where x is
    missing, else 0.
    """

    kind = "number"
    values = "number"
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

    @property
    def operations(self) -> tuple[Operation, ...]:
        scale = Standardize(self.fill_value, self.mean, self.scale, STANDARDIZED_LIMIT)
        return (scale, *marks_missing(self.missing_indicator))


@dataclass(frozen=True)
class LegacyCategoryEncoder(ColumnEncoder):
    """One-hot: one feature for each of `levels`, and the last one for everything else.

    Everything else is a missing value, a level too rare in training to have its own feature, and a
    level unseen in training. `rare` counts the levels without a feature.
    """

    kind = "category"
    values = "code"
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
        return column_casting.LevelIndex(self.levels).codes(column)

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (OneHot(len(self.levels), marks_others=True),)


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

    @property
    def operations(self) -> tuple[Operation, ...]:
        scale = Standardize(self.fill_value, self.mean, self.scale, STANDARDIZED_LIMIT)
        return self._after(scale, _POSITIONS, CYCLES)
