"""Scales: from values to coordinates in a drawing, linear, logarithmic or bent for skewed values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.report.date_ticks import date_ticks
from deltarule.report.ticks import bent_ticks, logarithmic_ticks, nice_ticks, tick_labels

Array = NDArray[Any]
_MIN_RELATIVE_SPAN = 1e-9
_SKEWED_FROM = 6.0  # range over interquartile range: 3.4 for a normal, 4.1 for an exponential
_QUARTILES = (0.25, 0.75)


@dataclass(frozen=True)
class Bend:
    """The map asinh(x / width): linear within ± width, logarithmic far from 0."""

    width: float

    def __call__(self, values: Any) -> Any:
        """Return the bent values."""
        return np.arcsinh(np.asarray(values, np.float64) / self.width)

    def inverse(self, bent: Any) -> Any:
        """Return the values of bent ones."""
        return np.sinh(bent) * self.width


@dataclass(frozen=True)
class Scale:
    """A linear, logarithmic or bent map from [low, high] to [start, end] in the drawing."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False
    bend: Bend | None = None
    dates: bool = False  # values are days since 1970

    def __call__(self, values: Any) -> Any:
        """Return the coordinates of values of any shape; NaN where there is none."""
        with np.errstate(all="ignore"):
            values = np.asarray(values, np.float64)
            low, high = self.low, self.high
            if self.logarithmic:
                values, low, high = np.log10(values), math.log10(low), math.log10(high)
            if self.bend is not None:
                values, low, high = map(self.bend, (values, low, high))
            # Halved, so that the difference of two huge numbers stays finite.
            share = (values / 2 - low / 2) / (high / 2 - low / 2)
            return self.start + share * (self.end - self.start)

    def inverse(self, coordinates: Any) -> Any:
        """Return the values at coordinates of a scale that is not logarithmic."""
        share = (np.asarray(coordinates, np.float64) - self.start) / (self.end - self.start)
        if self.bend is None:
            return self.low * (1 - share) + self.high * share
        low, high = self.bend(self.low), self.bend(self.high)
        return self.bend.inverse(low * (1 - share) + high * share)

    def ticks(self, count: int = 5, whole: bool = False) -> list[tuple[float, str]]:
        """Return about `count` round values in the range, each with its label.

        Those of a bent scale are many, the most wanted first.
        """
        if self.logarithmic:
            values = logarithmic_ticks(self.low, self.high)
            return [(value, format_number(value)) for value in values]
        if self.bend is not None:
            values = bent_ticks(self.low, self.high, self.bend.width / 4)
            return [(value, format_number(value)) for value in values]
        if self.dates:
            return date_ticks(self.low, self.high, count)
        values = nice_ticks(self.low, self.high, count, whole)
        return list(zip(values, tick_labels(values), strict=True))


def bend_of(values: Array, low: float, high: float) -> Bend | None:
    """Return the bend of an axis from low to high if the finite `values` on it are skewed.

    They are if the range is more than six times the interquartile range of the rows; where that is 0,
    because most rows have the same value, of the distinct values.
    """
    inside = values[(values >= low) & (values <= high)]
    if len(inside) == 0:
        return None
    first, last = np.quantile(inside, _QUARTILES)
    if not last > first:
        inside = np.unique(inside)
        first, last = np.quantile(inside, _QUARTILES)
    spread = float(last - first)
    if not (spread > 0 and math.isfinite(high - low)) or high - low < _SKEWED_FROM * spread:
        return None
    width = max(float(np.median(np.abs(inside))), spread / 2)
    # Values far from 0 compared with their range would not be bent, and extreme ones would overflow.
    outermost = max(abs(low), abs(high))
    return Bend(width) if 2 * width < outermost < min(1e300, 1e150 * width) else None


def widened(low: float, high: float, share: float = 0.0) -> tuple[float, float]:
    """Return a nonempty range with a margin of `share` of its width at both ends."""
    if high / 2 - low / 2 <= _MIN_RELATIVE_SPAN * max(abs(low), abs(high)) or not high > low:
        around = max(abs(low), abs(high)) * 0.05 or 0.5
        return low - around, high + around
    margin = (high / 2 - low / 2) * 2 * share
    if not math.isfinite((high - low) * (1 + 2 * share)):
        margin = 0.0
    return low - margin, high + margin
