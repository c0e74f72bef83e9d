"""Treatments that earlier versions learned: read from their model files, learned no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import Feature, Treatment
from deltarule.preprocessing.numerical import days_since_1970
from deltarule.preprocessing.statistics import standardized

# No training value gets there: the largest of n standardized values is at most the root of n - 1.
STANDARDIZED_LIMIT = 1e6
OTHER = "(other)"
# name of the part: (how many of it make a full turn)
CYCLES: dict[str, float] = {"month": 12.0, "day of week": 7.0, "hour": 24.0}


@dataclass(frozen=True)
class NumberTreatment(Treatment):
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
    def words(self) -> str:
        return (
            f"standardized: minus {self.mean:.4g}, divided by {self.scale:.4g}; missing counts as "
            f"the median {self.fill_value:.4g}{', and is marked' if self.missing_indicator else ''}"
        )

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.numbers(column)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        filled = np.where(missing, self.fill_value, values)
        limit = STANDARDIZED_LIMIT
        out[:, 0] = np.clip(standardized(filled, self.mean, self.scale), -limit, limit)
        if self.missing_indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class CategoryTreatment(Treatment):
    """One-hot: one feature for each of `levels`, and the last one for all else.

    All else is a missing value, a level too rare in training to have a feature of its own, and a
    level that training has not seen. `rare` counts the levels without a feature.
    """

    kind = "category"
    levels: tuple[str, ...]
    rare: int

    @property
    def features(self) -> tuple[Feature, ...]:
        names = (f"{self.column}={level}" for level in (*self.levels, OTHER))
        return tuple(Feature(name, "flag") for name in names)

    @property
    def words(self) -> str:
        rare = f"{self.rare} rarer ones, " if self.rare else ""
        return f"one-hot: {len(self.levels)} categories, one for {rare}missing and unseen ones"

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.codes(column, self.levels)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        out[:] = 0
        out[np.arange(len(values)), values] = 1  # -1 is the last place


@dataclass(frozen=True)
class DatetimeTreatment(Treatment):
    """A moment becomes its days since 1970, standardized, and its place in `cycles`.

    A part of a cycle (month of 12, day of week of 7, hour of 24) becomes sin 2πp and cos 2πp, where
    p is the share of the full turn: December is beside January. Moments are UTC. A missing moment
    counts as the median in time and as the middle (0, 0) of each circle.
    """

    kind = "datetime"
    fill_value: float
    mean: float
    scale: float
    cycles: tuple[str, ...]
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        parts = [f"{self.column} {part} {f}" for part in self.cycles for f in ("sine", "cosine")]
        marked = [f"{self.column} is missing"] * self.missing_indicator
        return tuple(Feature(name) for name in (f"{self.column} time", *parts, *marked))

    @property
    def words(self) -> str:
        parts = f"; {', '.join(self.cycles)} as sine and cosine" if self.cycles else ""
        return f"time in days, standardized{parts}" + (
            "; missing is marked" if self.missing_indicator else ""
        )

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.moments(column)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnat(values)
        days = np.where(missing, self.fill_value, days_since_1970(values))
        limit = STANDARDIZED_LIMIT
        out[:, 0] = np.clip(standardized(days, self.mean, self.scale), -limit, limit)
        for index, part in enumerate(self.cycles):
            turn = 2 * np.pi * part_of_moment(values, part) / CYCLES[part]
            out[:, 1 + 2 * index] = np.where(missing, 0.0, np.sin(turn))
            out[:, 2 + 2 * index] = np.where(missing, 0.0, np.cos(turn))
        if self.missing_indicator:
            out[:, -1] = missing


def part_of_moment(values: NDArray[np.datetime64], part: str) -> NDArray[np.float64]:
    """Return float64 (n,): month 0 to 11, day of week 0 (Monday) to 6, hour 0 to 24 with fractions.

    NaT gives a number without meaning.
    """
    if part == "month":
        return (values.astype("datetime64[M]").astype(np.int64) % 12).astype(np.float64)
    days = days_since_1970(values)
    whole: NDArray[np.float64] = np.floor(days)
    if part == "day of week":
        weekday: NDArray[np.float64] = np.mod(whole + 3, 7)  # 1970-01-01 was a Thursday
        return weekday
    return (days - whole) * 24
