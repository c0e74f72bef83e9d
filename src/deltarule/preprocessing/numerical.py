"""Encoders of number columns: robust scaling with a smooth clip, quantiles, or both."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import (
    ColumnEncoder,
    Feature,
    indicator,
    missing_summary,
)
from deltarule.preprocessing.statistics import standardized

Array = NDArray[Any]
CLIP = 3.0
_MAX_Z = 1e6  # beyond it, squares would lose the sign of float32's last digits


class NumericalEncoder(ColumnEncoder):
    """Base of the encoders of numbers.

    A missing number is 0. With `missing_indicator` (some training value was missing) a last feature is
    1 where the number is missing.
    """

    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        return (Feature(self.column), *indicator(self.column, self.missing_indicator))

    @property
    def summary(self) -> str:
        return f"{self._scaling}; {missing_summary(self.missing_indicator)}"

    def cast(self, column: Column) -> Array:
        return column_casting.numbers(column)

    def encode_into(self, values: Array, out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        for index, encoded in enumerate(self._encoded(values, missing)):
            out[:, index] = np.where(missing, 0.0, encoded)
        if self.missing_indicator:
            out[:, -1] = missing

    @property
    @abstractmethod
    def _scaling(self) -> str:
        """The scaling of a number, in words."""

    @abstractmethod
    def _encoded(self, values: Array, missing: NDArray[np.bool_]) -> tuple[Array, ...]:
        """Return the features of `values` (rows,), whatever they are where `missing`."""


@dataclass(frozen=True)
class RobustEncoder(NumericalEncoder):
    """x → z / √(1 + (z/3)²) with z = (x - middle) / width: nearly z near 0, never beyond ±3.

    `middle` is the median, `width` the interquartile range; where that is 0, half the range
    (Holzmüller et al. 2024, RealMLP, section 3). A missing x is 0, as the median is.
    """

    kind = "robust"
    middle: float
    width: float
    missing_indicator: bool

    @property
    def _scaling(self) -> str:
        return _robust_summary(self.middle, self.width)

    def _encoded(self, values: Array, missing: NDArray[np.bool_]) -> tuple[Array, ...]:
        return (smoothly_clipped(values, self.middle, self.width),)


@dataclass(frozen=True, eq=False)
class ScoredEdges:
    """The distinct training quantiles (edges,), ascending, and the normal scores of each.

    An edge that is the quantile at several levels has the scores from `low` to `high`.
    """

    edges: Array
    low: Array
    high: Array
    middle: Array

    @classmethod
    def of(cls, quantiles: tuple[float, ...]) -> ScoredEdges:
        """Return the edges of quantiles at evenly spaced levels."""
        edges, first = np.unique(quantiles, return_index=True)
        scores = normal_scores(len(quantiles))
        last = np.append(first[1:], len(quantiles)) - 1
        low, high = scores[first], scores[last]
        return cls(edges, low, high, (low + high) / 2)


class RankEncoder(NumericalEncoder):
    """Base of the encoders by the rank of a number among the training quantiles `edges`."""

    edges: tuple[float, ...]

    @cached_property
    def _scored_edges(self) -> ScoredEdges:
        return ScoredEdges.of(self.edges)

    def _normal_scores(self, values: Array, missing: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return each value's normal score among the edges.

        A quantile that occurs several times has the middle of its scores.
        """
        values = np.where(missing, self.edges[0], values)
        scored = self._scored_edges
        edges, low, high, middle = scored.edges, scored.low, scored.high, scored.middle
        below, above = values < edges[0], values > edges[-1]
        if len(edges) == 1:
            on_edge = np.full(len(values), middle[0])
        else:
            # np.clip would take twice as long for one row.
            at = np.searchsorted(edges, values, "right") - 1
            at = np.minimum(np.maximum(at, 0), len(edges) - 2)
            with np.errstate(over="ignore"):
                if not np.isfinite(edges[-1] - edges[0]):  # halves of such large numbers are exact
                    values, edges = values / 2, edges / 2
                share = (values - edges[at]) / (edges[at + 1] - edges[at])
            share = np.minimum(np.maximum(share, 0.0), 1.0)
            between = high[at] + share * (low[at + 1] - high[at])
            on_edge = np.where(
                share == 0.0, middle[at], np.where(share == 1.0, middle[at + 1], between)
            )
        return np.where(below, low[0], np.where(above, high[-1], on_edge))


@dataclass(frozen=True)
class QuantileEncoder(RankEncoder):
    """x → the standard normal quantile at the rank of x among the training rows.

    `edges` (ascending) are the training quantiles at evenly spaced levels from 0 to 1; between them
    the normal scores are interpolated. The outermost have the scores of half a step from the end.
    """

    kind = "quantile"
    edges: tuple[float, ...]
    missing_indicator: bool

    @property
    def _scaling(self) -> str:
        return _quantile_summary(self.edges)

    def _encoded(self, values: Array, missing: NDArray[np.bool_]) -> tuple[Array, ...]:
        return (self._normal_scores(values, missing),)


@dataclass(frozen=True)
class QuantileAndRobustEncoder(RankEncoder):
    """x → two features, that of `QuantileEncoder` and that of `RobustEncoder`.

    The first is evenly distributed whatever the distribution of x; the second keeps distances, which
    linear relations and sums need.
    """

    kind = "quantile_and_robust"
    edges: tuple[float, ...]
    middle: float
    width: float
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        scaled = Feature(f"{self.column} scaled", "scaled")
        return (Feature(self.column), scaled, *indicator(self.column, self.missing_indicator))

    @property
    def _scaling(self) -> str:
        return (
            f"two features: {_quantile_summary(self.edges)}, and "
            f"{_robust_summary(self.middle, self.width)}"
        )

    def _encoded(self, values: Array, missing: NDArray[np.bool_]) -> tuple[Array, ...]:
        return (
            self._normal_scores(values, missing),
            smoothly_clipped(values, self.middle, self.width),
        )


def smoothly_clipped(values: Array, middle: float, width: float) -> NDArray[np.float64]:
    """Return z / √(1 + (z/3)²), z = (x - middle) / width, for `values` (n,)."""
    z = np.minimum(np.maximum(standardized(values, middle, width), -_MAX_Z), _MAX_Z)
    result: NDArray[np.float64] = z / np.sqrt(1 + (z / CLIP) ** 2)
    return result


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


def _robust_summary(middle: float, width: float) -> str:
    return (
        f"centered at the median {format_number(middle)}, divided by {format_number(width)}, "
        "smoothly clipped to ±3"
    )


def _quantile_summary(edges: tuple[float, ...]) -> str:
    return (
        f"normal score of the rank among {len(edges)} training quantiles "
        f"({format_number(edges[0])} to {format_number(edges[-1])})"
    )
