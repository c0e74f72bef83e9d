"""Round values on axes, and labels that differ where the values do."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from deltarule._common.formatting import format_number, true_minus

_MAX_DIGITS = 17  # a float64 is read back from this many
_EXPONENTS_FROM = 1e9
_MANTISSAS = (1, 5, 2)  # in the order in which they are wanted


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


def logarithmic_ticks(low: float, high: float) -> list[float]:
    """Return powers of ten from low to high; over a short range also their multiples."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = max(1, len(exponents) // 6)
    inside = [10.0**e for e in exponents if e % every == 0 and low <= 10.0**e <= high]
    if len(inside) < 3 and len(exponents) < 5:
        inside = [m * 10.0**e for e in exponents for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    if len(inside) < 3:
        inside = [value for value in nice_ticks(low, high) if low <= value <= high]
    return inside or [low, high]


def bent_ticks(low: float, high: float, smallest: float) -> list[float]:
    """Return ticks of a scale that is linear near 0 and logarithmic far out, the most wanted first.

    `smallest`: distance from 0 below which only 0 is a tick. A scale has no room for all of them.
    """
    ticks = [0.0] if low <= 0 <= high else []
    outermost = max(abs(low), abs(high))
    exponents = range(math.floor(math.log10(smallest)), math.ceil(math.log10(outermost)) + 1)
    for mantissa in _MANTISSAS:
        for exponent in reversed(exponents):
            value = mantissa * 10.0**exponent
            ticks += [v for v in (value, -value) if low <= v <= high and value >= smallest]
    return ticks


def tick_labels(values: Sequence[float]) -> list[str]:
    """Return the labels of evenly spaced ticks, with as many decimals as their step requires."""
    step = abs(values[1] - values[0]) if len(values) > 1 else abs(values[0])
    largest = max(map(abs, values))
    if largest < 1e6 and step >= 1e-4:
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        return ["0" if value == 0 else true_minus(f"{value:,.{decimals}f}") for value in values]
    for digits in range(1, _MAX_DIGITS + 1):
        if largest >= _EXPONENTS_FROM:
            labels = [_short_exponent(f"{value:.{digits - 1}e}") for value in values]
        else:
            labels = [_short_exponent(format_number(value, digits)) for value in values]
        if all(abs(_read(a) - value) <= step / 20 for a, value in zip(labels, values, strict=True)):
            break
    return ["0" if value == 0 else label for value, label in zip(values, labels, strict=True)]


def same_decimals(values: Sequence[float], digits: int = 3) -> list[str]:
    """Return numbers with the decimals that show `digits` digits of the largest, to be compared."""
    largest = max(map(abs, values), default=0.0)
    if not 1e-6 <= largest < 1e6:
        return [format_number(value, digits) for value in values]
    decimals = max(0, digits - 1 - math.floor(math.log10(largest)))
    shown = [f"{value:,.{decimals}f}" for value in values]
    return [
        true_minus(text.removeprefix("-") if float(text.replace(",", "")) == 0 else text)
        for text in shown
    ]


def plain_number(value: float) -> str:
    """Return a number as it is in the data: an integer in full, others with up to six digits."""
    if float(value).is_integer() and abs(value) < 1e15:
        return true_minus(f"{int(value):,}")
    return format_number(float(value), 6)


def distinct_labels(values: Sequence[float], digits: int = 4) -> list[str]:
    """Return numbers as text, with more digits where two different ones would look the same."""
    distinct = len(set(values))
    for shown in range(digits, _MAX_DIGITS + 1):
        labels = [_short_exponent(format_number(value, shown)) for value in values]
        if len(set(labels)) >= distinct:
            break
    return labels


def _short_exponent(label: str) -> str:
    """Return 1e9 for 1.00e+09, and −2e−9 for -2e-09."""
    label = re.sub(r"\.?0*e\+?", "e", label) if "." in label else label
    return re.sub(r"e\+?(−?)0*(?=\d)", r"e\1", true_minus(label))


def _read(label: str) -> float:
    return float(label.replace("−", "-").replace(",", "").replace("∞", "inf"))
