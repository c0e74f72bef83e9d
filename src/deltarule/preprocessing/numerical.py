"""Columns of numbers and of moments as features: robust scale with a smooth clip, quantiles, or both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import Feature, Treatment, missing_flag
from deltarule.preprocessing.statistics import standardized

CLIP = 3.0
_FARTHEST = 1e6  # beyond it, squares would lose the sign of float32's last digits for nothing
# name of the cycle: how many days, hours or days of the week make a full turn
CYCLES: dict[str, float] = {"year": 365.2425, "week": 7.0, "day": 24.0}
_MICROSECONDS_PER_DAY = 86_400_000_000.0


class NumberTreatment(Treatment):
    """What all treatments of numbers share: a missing one is 0, and marked where training had some."""

    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        return (Feature(self.column), *missing_flag(self.column, self.missing_indicator))

    @property
    def missing_words(self) -> str:
        """Tell what becomes of a missing number."""
        return "missing is 0" + (", and is marked" if self.missing_indicator else "")

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.numbers(column)


@dataclass(frozen=True)
class RobustTreatment(NumberTreatment):
    """x → z / √(1 + (z/3)²) with z = (x - middle) / width: nearly z near 0, never beyond ±3.

    `middle` is the median, `width` the distance of the quartiles; where that is 0, half the range
    (Holzmüller et al. 2024, RealMLP, section 3). A missing x is 0 afterwards, as the median is. With
    `missing_indicator` (some training value was missing) a second feature is 1 where x is missing.
    """

    kind = "robust"
    middle: float
    width: float
    missing_indicator: bool

    @property
    def words(self) -> str:
        return (
            f"minus the median {self.middle:.4g}, divided by {self.width:.4g}, softly kept within ±3; "
            f"{self.missing_words}"
        )

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        out[:, 0] = np.where(missing, 0.0, smoothly_clipped(values, self.middle, self.width))
        if self.missing_indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class QuantileTreatment(NumberTreatment):
    """x → the quantile that a standard normal variable has where x stands among the training rows.

    `edges` (ascending) are training values at evenly spaced shares from 0 to 1; between them the
    normal scores are interpolated. The outermost have the scores of half a step from the end.
    """

    kind = "quantile"
    edges: tuple[float, ...]
    missing_indicator: bool

    @property
    def words(self) -> str:
        return (
            f"its rank among {len(self.edges)} training values from {self.edges[0]:.4g} to "
            f"{self.edges[-1]:.4g}, as a normal score; {self.missing_words}"
        )

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        out[:, 0] = np.where(missing, 0.0, self._scores(np.where(missing, self.edges[0], values)))
        if self.missing_indicator:
            out[:, 1] = missing

    def _scores(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return each value's normal score; an edge that comes several times has the middle of its."""
        edges, first = np.unique(self.edges, return_index=True)
        scores = normal_scores(len(self.edges))
        last = np.append(first[1:], len(self.edges)) - 1
        low, high = scores[first], scores[last]
        if len(edges) == 1:
            return np.select(
                [values < edges[0], values > edges[0]], [low[0], high[0]], (low[0] + high[0]) / 2
            )
        at = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
        share = np.clip((values - edges[at]) / (edges[at + 1] - edges[at]), 0.0, 1.0)
        between = high[at] + share * (low[at + 1] - high[at])
        middle = (low + high) / 2
        on_edge = np.where(
            share == 0.0, middle[at], np.where(share == 1.0, middle[at + 1], between)
        )
        outside = [values < edges[0], values > edges[-1]]
        return np.select(outside, [low[0], high[-1]], on_edge)


@dataclass(frozen=True)
class RankAndSizeTreatment(NumberTreatment):
    """x → two features: where it stands among the training rows, and how large it is.

    The first is that of `QuantileTreatment` with `edges`, blind to distances and even for any
    distribution; the second that of `RobustTreatment` with `middle` and `width`, which sums and
    straight lines can be made of. With `missing_indicator` a third is 1 where x is missing.
    """

    kind = "rank_and_size"
    edges: tuple[float, ...]
    middle: float
    width: float
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        size = Feature(f"{self.column} size", "size")
        return (Feature(self.column), size, *missing_flag(self.column, self.missing_indicator))

    @property
    def words(self) -> str:
        return (
            f"its rank among {len(self.edges)} training values from {self.edges[0]:.4g} to "
            f"{self.edges[-1]:.4g}, as a normal score; and its size, minus the median "
            f"{self.middle:.4g}, divided by {self.width:.4g}, softly kept within ±3; {self.missing_words}"
        )

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        rank = QuantileTreatment(self.column, self.missing, self.edges, False)
        size = RobustTreatment(self.column, self.missing, self.middle, self.width, False)
        rank.fill(values, out[:, :1])
        size.fill(values, out[:, 1:2])
        if self.missing_indicator:
            out[:, 2] = np.isnan(values)


@dataclass(frozen=True)
class MomentTreatment(Treatment):
    """A moment becomes its days since 1970, scaled robustly, and its place in `cycles`.

    A cycle (year, week, day) becomes sin 2πp and cos 2πp, where p is the share of the full turn:
    December is beside January, 23:59 beside 0:00. Moments are UTC. A missing moment is 0 everywhere,
    which is the middle of each circle.
    """

    kind = "moment"
    middle: float
    width: float
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
        return (time, *waves, *missing_flag(self.column, self.missing_indicator))

    @property
    def words(self) -> str:
        cycles = f"; place in the {', '.join(self.cycles)} as sine and cosine" * bool(self.cycles)
        marked = "; missing is marked" if self.missing_indicator else ""
        return f"time in days, minus the median, softly kept within ±3{cycles}{marked}"

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.moments(column)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnat(values)
        days = np.where(missing, self.middle, days_since_1970(values))
        out[:, 0] = smoothly_clipped(days, self.middle, self.width)
        for index, cycle in enumerate(self.cycles):
            turn = 2 * np.pi * place_in_cycle(values, cycle) / CYCLES[cycle]
            out[:, 1 + 2 * index] = np.where(missing, 0.0, np.sin(turn))
            out[:, 2 + 2 * index] = np.where(missing, 0.0, np.cos(turn))
        if self.missing_indicator:
            out[:, -1] = missing


def smoothly_clipped(values: NDArray[Any], middle: float, width: float) -> NDArray[np.float64]:
    """Return z / √(1 + (z/3)²), z = (x - middle) / width, for `values` (n,)."""
    z = np.clip(standardized(values, middle, width), -_FARTHEST, _FARTHEST)
    result: NDArray[np.float64] = z / np.sqrt(1 + (z / CLIP) ** 2)
    return result


@cache
def normal_scores(count: int) -> NDArray[np.float64]:
    """Return the standard normal quantiles at the shares 0, 1/(count - 1), ..., 1.

    The ends are taken half a step inside, as the normal distribution has none. `count` >= 2.
    """
    shares = np.linspace(0, 1, count)
    shares[0], shares[-1] = 0.5 / count, 1 - 0.5 / count
    scores = np.array([NormalDist().inv_cdf(float(share)) for share in shares])
    scores.flags.writeable = False  # it is shared
    return scores


def days_since_1970(values: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return float64 (n,): days with fractions; NaT gives a number without meaning."""
    result: NDArray[np.float64] = values.astype(np.int64) / _MICROSECONDS_PER_DAY
    return result


def place_in_cycle(values: NDArray[np.datetime64], cycle: str) -> NDArray[np.float64]:
    """Return float64 (n,): days since New Year, days since Monday, or hours since midnight.

    With fractions, but for the day of the week. NaT gives a number without meaning.
    """
    days = days_since_1970(values)
    if cycle == "year":
        new_year = values.astype("datetime64[Y]").astype("datetime64[us]")
        return days - days_since_1970(new_year)
    whole: NDArray[np.float64] = np.floor(days)
    if cycle == "week":
        weekday: NDArray[np.float64] = np.mod(whole + 3, 7)  # 1970-01-01 was a Thursday
        return weekday
    return (days - whole) * 24
