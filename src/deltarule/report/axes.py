"""Scales, ticks and axes of the report's charts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, true_minus
from deltarule.drawing.svg import Fragment, group, label, line, text, text_width

Array = NDArray[Any]
TICK_SIZE = 11.5  # font size of tick labels and axis names
_MIN_RELATIVE_SPAN = 1e-9


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic map from [low, high] to [start, end] in the drawing."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, values: Any) -> Any:
        """Return the coordinates of values of any shape; NaN where there is none."""
        with np.errstate(all="ignore"):
            values = np.asarray(values, np.float64)
            low, high = self.low, self.high
            if self.logarithmic:
                values, low, high = np.log10(values), math.log10(low), math.log10(high)
            # Halved, so that the difference of two huge numbers stays finite.
            share = (values / 2 - low / 2) / (high / 2 - low / 2)
            return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 5, whole: bool = False) -> list[tuple[float, str]]:
        """Return about `count` round values in the range, each with its label."""
        if self.logarithmic:
            values = _logarithmic_ticks(self.low, self.high)
            return [(value, format_number(value)) for value in values]
        values = nice_ticks(self.low, self.high, count, whole)
        step = values[1] - values[0] if len(values) > 1 else 0.0
        return [(value, format_tick(value, step)) for value in values]


def widened(low: float, high: float, share: float = 0.0) -> tuple[float, float]:
    """Return a nonempty range with a margin of `share` of its width at both ends."""
    if high / 2 - low / 2 <= _MIN_RELATIVE_SPAN * max(abs(low), abs(high)) or not high > low:
        around = max(abs(low), abs(high)) * 0.05 or 0.5
        return low - around, high + around
    margin = (high / 2 - low / 2) * 2 * share
    if not math.isfinite((high - low) * (1 + 2 * share)):
        margin = 0.0
    return low - margin, high + margin


def nice_ticks(low: float, high: float, count: int = 5, whole: bool = False) -> list[float]:
    """Return the multiples of 1, 2 or 5 · 10ᵏ from low to high, about `count` of them."""
    rough = high / count - low / count
    if not (math.isfinite(rough) and rough > 1e-300):
        return [low, high]
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10, 20) if m * magnitude >= rough * 0.75)
    if whole:
        step = max(step, 1.0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [multiple * step for multiple in range(first, last + 1)] or [low]


def format_tick(value: float, step: float) -> str:
    """Return the label of a tick with as many decimals as its step requires."""
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or not 1e-4 <= abs(step) < 1e6:
        return format_number(value)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return true_minus(f"{value:,.{decimals}f}")


@dataclass(frozen=True)
class Frame:
    """The plotting area of a chart and its scales; y grows upward."""

    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        return self.x.start

    @property
    def right(self) -> float:
        return self.x.end

    @property
    def top(self) -> float:
        return self.y.end

    @property
    def bottom(self) -> float:
        return self.y.start

    def axes(self, x_name: str, y_name: str, *, whole_x: bool = False) -> Fragment:
        """Return grid lines, ticks and axis labels; the label of y is above its axis."""
        parts: list[Fragment] = []
        for value, tick in self.y.ticks():
            at = float(self.y(value))
            parts.append(line(self.left, at, self.right, at, class_="grid"))
            parts.append(text(self.left - 7, at + 4, tick, text_anchor="end", class_="tick"))
        for value, tick in self._ticks_with_room(whole_x):
            at = float(self.x(value))
            parts.append(line(at, self.bottom, at, self.bottom + 4, class_="axis"))
            parts.append(text(at, self.bottom + 17, tick, text_anchor="middle", class_="tick"))
        room = self.right - self.left
        parts += [
            line(self.left, self.bottom, self.right, self.bottom, class_="axis"),
            label(
                (self.left + self.right) / 2, self.bottom + 35, x_name, room, TICK_SIZE,
                text_anchor="middle", class_="name",
            ),
            label(2, 16, y_name, room, TICK_SIZE, class_="name"),
        ]  # fmt: skip
        return group(*parts, aria_hidden="true")

    def _ticks_with_room(self, whole: bool) -> list[tuple[float, str]]:
        """Return the ticks of x, fewer if their labels would overlap."""
        room = self.right - self.left
        for count in range(max(1, int(room / 75)), 0, -1):
            ticks = self.x.ticks(count, whole)
            if sum(text_width(tick, TICK_SIZE) + 10 for _, tick in ticks) <= room:
                return ticks
        return ticks[:1]


def make_frame(
    width: float,
    height: float,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    top: float = 46.0,
    logarithmic_y: bool = False,
) -> Frame:
    """Return the axes of a chart of the given size, with room for ticks and labels."""
    bottom = height - 42.0
    y = Scale(*y_range, bottom, top, logarithmic_y)
    left = 12 + max(text_width(tick, TICK_SIZE) for _, tick in y.ticks())
    return Frame(Scale(*x_range, left, width - 14.0), y)


def _logarithmic_ticks(low: float, high: float) -> list[float]:
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = max(1, len(exponents) // 6)
    values = [10.0**e for e in exponents if e % every == 0]
    inside = [value for value in values if low <= value <= high]
    if len(inside) < 3 and len(exponents) < 5:
        inside = [m * 10.0**e for e in exponents for m in (1, 2, 5)]
        inside = [value for value in inside if low <= value <= high]
    return inside or [low, high]
