"""Operations: the steps by which a value of a column becomes features.

The encoder of a column lists its operations, and nothing else knows how a column becomes numbers. `apply`
defines what an operation computes, in NumPy; the compiled core and the exporters (ONNX, C) translate the
same list. A value is a number (NaN if missing), the code of a level (-1 if missing or unknown), a
datetime (NaT if missing) or a row of flags, one for each word.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule.preprocessing.statistics import standardized

Array = NDArray[Any]
CycleName = Literal["year", "month", "weekday", "hour"]
ValueKind = Literal["number", "boolean", "code", "datetime", "words"]
CLIP = 3.0
MAX_Z = 1e6  # beyond it, squares would lose the sign of float32's last digits
MICROSECONDS_PER_DAY = 86_400_000_000.0


class Operation(ABC):
    """Base of the operations on the values of one column; `width` features per value."""

    @property
    def width(self) -> int:
        """Number of features."""
        return 1

    @abstractmethod
    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        """Write the features of `values` (rows,) into `out` (rows, width)."""


class NumberOperation(Operation):
    """Base of the operations with one feature of a number."""

    @abstractmethod
    def features(self, values: Array) -> Array:
        """Return the feature of numbers (rows,), NaN if missing."""

    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        out[:, 0] = self.features(values)


@dataclass(frozen=True)
class SoftClip(NumberOperation):
    """x → z / √(1 + (z/3)²) with z = (x - middle) / scale, within ±1e6; missing → 0."""

    middle: float
    scale: float

    def features(self, values: Array) -> Array:
        z = np.minimum(np.maximum(standardized(values, self.middle, self.scale), -MAX_Z), MAX_Z)
        return np.where(np.isnan(values), 0.0, z / np.sqrt(1 + (z / CLIP) ** 2))


@dataclass(frozen=True)
class Standardize(NumberOperation):
    """x → (x - mean) / scale, within ±`limit`; a missing x counts as `fill`."""

    fill: float
    mean: float
    scale: float
    limit: float

    def features(self, values: Array) -> Array:
        filled = np.where(np.isnan(values), np.float64(self.fill), values)  # also among float32
        return np.clip(standardized(filled, self.mean, self.scale), -self.limit, self.limit)


@dataclass(frozen=True)
class NormalScore(NumberOperation):
    """x → the standard normal quantile at the rank of x among `quantiles`; missing → 0.

    `quantiles` (ascending) are at evenly spaced levels from 0 to 1. Between distinct ones the normal
    scores are interpolated; one that occurs several times has the middle of its scores.
    """

    quantiles: tuple[float, ...]

    @cached_property
    def knots(self) -> Knots:
        """The distinct quantiles with their scores."""
        return Knots.of(self.quantiles)

    def features(self, values: Array) -> Array:
        missing = np.isnan(values)
        values = np.where(missing, self.quantiles[0], values)
        knots = self.knots
        edges, low, high, middle = knots.edges, knots.low, knots.high, knots.middle
        below, above = values < edges[0], values > edges[-1]
        if len(edges) == 1:
            scores = np.full(len(values), middle[0])
        else:
            # np.clip would take twice as long for one row.
            at = np.minimum(np.maximum(knots.places(values), 0), len(edges) - 2)
            with np.errstate(over="ignore"):
                if not np.isfinite(edges[-1] - edges[0]):  # halves of such large numbers are exact
                    values, edges = values / 2, edges / 2
                share = (values - edges.take(at)) / knots.widths.take(at)
            share = np.minimum(np.maximum(share, 0.0), 1.0)
            scores = high.take(at) + share * knots.rises.take(at)
            for end, more in ((0.0, 0), (1.0, 1)):
                if (on_edge := share == end).any():
                    np.copyto(scores, middle.take(at + more), where=on_edge)
        for some, score in ((below, low[0]), (above, high[-1]), (missing, 0.0)):
            if some.any():
                scores[some] = score
        return scores


_BUCKETS_OF_AN_EDGE, _MAX_EDGES_OF_A_BUCKET, _MIN_SEARCHED = 8, 4, 256


@dataclass(frozen=True, eq=False)
class Knots:
    """The distinct training quantiles (edges,), ascending, and the normal scores of each.

    An edge that is the quantile at several levels has the scores from `low` to `high`.
    """

    edges: Array
    low: Array
    high: Array
    middle: Array

    @classmethod
    def of(cls, quantiles: tuple[float, ...]) -> Knots:
        """Return the knots of quantiles at evenly spaced levels."""
        edges, first = np.unique(quantiles, return_index=True)
        scores = normal_scores(len(quantiles))
        last = np.append(first[1:], len(quantiles)) - 1
        low, high = scores[first], scores[last]
        return cls(edges, low, high, (low + high) / 2)

    @cached_property
    def widths(self) -> Array:
        """The distances of the edges, of their halves if these overflow."""
        with np.errstate(over="ignore"):
            is_large = not np.isfinite(self.edges[-1] - self.edges[0])
        return np.diff(self.edges / 2 if is_large else self.edges)

    @cached_property
    def rises(self) -> Array:
        """How much the scores grow from each edge to the next one."""
        rises: Array = self.low[1:] - self.high[:-1]
        return rises

    def places(self, values: Array) -> Array:
        """Return the place of the last edge that is at most each value, in any order of the values.

        Numbers below the first edge may have place 0, those above the last one have its place.
        """
        if self._buckets is None or len(values) < _MIN_SEARCHED:
            return np.searchsorted(self.edges, values, "right") - 1
        before, steps, scale = self._buckets
        values = np.minimum(np.maximum(values, self.edges[0]), self.edges[-1])
        at: Array = before.take(self._bucket(values, scale, len(before)))
        for _ in range(steps):  # nearly always one: cheaper than the binary search of each value
            at += self._next_edges.take(at) <= values
        return at

    @cached_property
    def _next_edges(self) -> Array:
        """The edge after place -1, 0, ...; -1 is the last one."""
        return np.append(self.edges[1:], [np.inf, self.edges[0]])

    @cached_property
    def _buckets(self) -> tuple[Array, int, float] | None:
        """The place before each bucket of equal width, the most edges in one, and buckets per unit.

        None if many edges are in one bucket. A larger number never has a smaller bucket, so that the
        edges in other buckets than that of a value need no comparison.
        """
        count = _BUCKETS_OF_AN_EDGE * len(self.edges)
        with np.errstate(over="ignore", divide="ignore"):
            scale = float(count / (self.edges[-1] - self.edges[0]))
        if not 0 < scale < np.inf:
            return None
        edges_in = np.bincount(self._bucket(self.edges, scale, count), minlength=count)
        steps = int(edges_in.max())
        return (
            (np.cumsum(edges_in) - edges_in - 1, steps, scale)
            if steps <= _MAX_EDGES_OF_A_BUCKET
            else None
        )

    def _bucket(self, values: Array, scale: float, count: int) -> Array:
        return np.minimum(((values - self.edges[0]) * scale).astype(np.intp), count - 1)


@cache
def normal_scores(count: int) -> NDArray[np.float64]:
    """Return the standard normal quantiles at the levels 0, 1/(count - 1), ..., 1.

    The two ends are taken half a step inside, as the normal distribution has none. `count` >= 2.
    """
    levels = np.linspace(0, 1, count)
    levels[0], levels[-1] = 0.5 / count, 1 - 0.5 / count
    scores = np.array([NormalDist().inv_cdf(float(level)) for level in levels])
    scores.flags.writeable = False  # the cached array is shared
    return scores


@dataclass(frozen=True)
class Sign(NumberOperation):
    """A boolean: 0 → -1, 1 → 1, missing → 0."""

    def features(self, values: Array) -> Array:
        return np.where(np.isnan(values), 0.0, 2.0 * values - 1.0)


@dataclass(frozen=True)
class IsMissing(NumberOperation):
    """1 where a number, boolean or datetime is missing, else 0."""

    def features(self, values: Array) -> Array:
        return np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)


@dataclass(frozen=True)
class Flags(Operation):
    """Flags (rows, count) → `count` features."""

    count: int

    @property
    def width(self) -> int:
        return self.count

    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        out[:] = values


@dataclass(frozen=True)
class OneHot(Operation):
    """The code of a level → 1 in its place, 0 in the others; -1 → 1 in the last place if `marks_others`.

    There are `count` levels, and one more place with `marks_others`; without it, -1 is 0 everywhere.
    """

    count: int
    marks_others: bool = False

    @property
    def width(self) -> int:
        return self.count + self.marks_others

    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        out[:] = 0
        if self.marks_others:
            out[np.arange(len(values)), values] = 1  # -1 is the last place
        else:
            known = np.flatnonzero(values >= 0)
            out[known, values[known]] = 1


@dataclass(frozen=True)
class LookUp(Operation):
    """The code of a level → its entry in `entries`; -1 → the last one."""

    entries: tuple[float, ...]

    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        out[:, 0] = np.array(self.entries)[values]


@dataclass(frozen=True)
class CodeFromOne(Operation):
    """The code of a level plus 1, for a learned embedding; missing or unknown → 0."""

    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        out[:, 0] = values + 1


@dataclass(frozen=True)
class InDays(Operation):
    """A datetime → days since 1970 with fractions, then `operation`."""

    operation: SoftClip | Standardize

    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        days = np.where(np.isnat(values), np.nan, days_since_1970(values))
        self.operation.apply(days, out)


@dataclass(frozen=True)
class Cycle(Operation):
    """A datetime → sin 2πp and cos 2πp, p its position in the cycle divided by `length`; missing → 0, 0.

    December is next to January, 23:59 next to 0:00.
    """

    name: CycleName
    length: float

    @property
    def width(self) -> int:
        return 2

    def apply(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnat(values)
        turn = 2 * np.pi * position_in_cycle(values, self.name) / self.length
        out[:, 0] = np.where(missing, 0.0, np.sin(turn))
        out[:, 1] = np.where(missing, 0.0, np.cos(turn))


def days_since_1970(values: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return float64 (n,): days with fractions; NaT gives a meaningless number."""
    result: NDArray[np.float64] = values.astype(np.int64) / MICROSECONDS_PER_DAY
    return result


def position_in_cycle(values: NDArray[np.datetime64], name: CycleName) -> NDArray[np.float64]:
    """Return float64 (n,); NaT gives a meaningless number.

    "year": days since New Year, with fractions. "month": months since January. "weekday": days since
    Monday. "hour": hours since midnight, with fractions.
    """
    days = days_since_1970(values)
    if name == "year":
        return days - days_since_1970(values.astype("datetime64[Y]").astype("datetime64[us]"))
    if name == "month":
        return (values.astype("datetime64[M]").astype(np.int64) % 12).astype(np.float64)
    whole: NDArray[np.float64] = np.floor(days)
    if name == "weekday":
        weekday: NDArray[np.float64] = np.mod(whole + 3, 7)  # 1970-01-01 was a Thursday
        return weekday
    hour: NDArray[np.float64] = (days - whole) * 24
    return hour
