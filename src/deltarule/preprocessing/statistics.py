"""Mean and spread of numbers of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_QUARTERS = np.array((0.25, 0.5, 0.75))


@dataclass(frozen=True)
class Spread:
    """`median`, `mean` and standard deviation `scale` (the root of the mean squared distance)."""

    median: float
    mean: float
    scale: float


def spread(values: NDArray[Any]) -> Spread:
    """Return the spread of the finite numbers `values` (n,), n >= 1; `scale` is 0 if all are equal.

    Uses halved distances from the median, divided by the largest one: numbers up to 1.8e308 do not
    overflow, and small differences of large numbers keep their digits.
    """
    halves = np.asarray(values, dtype=np.float64) / 2
    middle = float(np.median(halves))
    distances = halves - middle
    largest = float(np.max(np.abs(distances)))
    if largest < 1e-300:  # equal, or too close for a division in float64
        return Spread(2 * middle, 2 * middle, 0.0)
    unit = distances / largest
    mean = 2 * (middle + largest * float(unit.mean()))
    return Spread(2 * middle, mean, 2 * largest * float(unit.std()))


def standardized(values: NDArray[Any], mean: float, scale: float) -> NDArray[np.float64]:
    """Return (x - mean) / scale in float64; infinite only if the result itself exceeds float64.

    Both sides are halved, so that the difference does not overflow.
    """
    halves = np.asarray(values, dtype=np.float64) / 2
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        result: NDArray[np.float64] = (halves - mean / 2) / (scale / 2)
    return result


def sorted_halves(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return half of each number, ascending; the difference of two does not overflow."""
    return np.sort(np.divide(values, 2, dtype=np.float64))


def quantiles(ordered: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quantiles of ascending numbers (n,), n >= 1, bit for bit as `np.quantile`.

    That function takes ten times as long for a thousand numbers.
    """
    places = (len(ordered) - 1) * shares
    before = places.astype(np.intp)
    share = places - before
    low, high = ordered[before], ordered[np.minimum(before + 1, len(ordered) - 1)]
    step = high - low
    return np.where(share >= 0.5, high - step * (1 - share), low + step * share)


def robust_line(halves: NDArray[np.float64]) -> tuple[float, float]:
    """Return median and width of the finite numbers whose `sorted_halves` are given.

    The width is the interquartile range; where that is 0, half the range; where that is 0 too, 1.
    """
    low, middle, high = quantiles(halves, _QUARTERS)
    width = high - low
    if not width > 0:
        width = (halves[-1] - halves[0]) / 2
    with np.errstate(over="ignore"):
        width = min(float(2 * width), float(np.finfo(np.float64).max))
    return float(2 * middle), width if width > 0 else 1.0
