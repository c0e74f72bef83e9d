"""What is unusual in the values of one column, in short phrases."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_percent
from deltarule.data import Column
from deltarule.drawing.svg import truncate
from deltarule.report.ticks import plain_number
from deltarule.schema.column_schema import PLAIN_BOOLEANS

Array = NDArray[Any]
_MISSING_FROM = 0.05
_ALMOST_CONSTANT = 0.99
_CONTINUOUS_FROM = 30  # different values: with fewer, frequent ones are natural
_SPIKE_FROM, _TIMES_TYPICAL = 0.1, 10
_CAP_FROM, _MIN_CAP_ROWS, _TIMES_NEIGHBORS, _NEIGHBORS = 0.001, 5, 4, 5
_SKEWED_FROM = 3.0
_UNIQUE_FROM = 0.9


def column_alerts(column: Column) -> list[str]:
    """Return what is unusual: missing, constant, cut off, a spike, skewed, almost all different."""
    missing = float(column.missing.mean()) if len(column) else 1.0
    if missing == 1:
        return ["all values are missing"]
    alerts = [f"{format_percent(missing)} missing"] if missing >= _MISSING_FROM else []
    values, counts = np.unique(column.values[~column.missing], return_counts=True)
    if len(values) == 1:
        return [*alerts, "constant"]
    shares = counts / counts.sum()
    if shares.max() >= _ALMOST_CONSTANT:
        return [
            *alerts,
            f"{_percent(shares.max())} are {_spelled(column, values[shares.argmax()])}",
        ]
    if column.kind in ("number", "datetime"):
        if len(values) <= _CONTINUOUS_FROM:
            return alerts
        ends = _caps(column, values, counts)
        alerts += ends.values()
        alerts += _spikes(column, values, counts, ends)
    if column.kind == "number":
        skewness = _skewness(column.values[~column.missing].astype(np.float64))
        if abs(skewness) >= _SKEWED_FROM:
            alerts.append(f"skewed to the {'right' if skewness > 0 else 'left'}")
    if column.kind == "text" and len(values) >= _UNIQUE_FROM * counts.sum() >= _CONTINUOUS_FROM:
        alerts.append("almost every row has another value")
    return alerts


def _caps(column: Column, values: Array, counts: Array) -> dict[int, str]:
    """Return the ends at which values were probably cut off: many, compared with those next to them.

    0, and 1 or 100 as the maximum of values that are not negative, are natural ends.
    """
    needed = max(_CAP_FROM * counts.sum(), _MIN_CAP_ROWS)
    is_number, alerts = column.kind == "number", {}
    for end, beside, word in (
        (-1, slice(-1 - _NEIGHBORS, -1), "maximum"),
        (0, slice(1, 1 + _NEIGHBORS), "minimum"),
    ):
        natural = (0,) if end == 0 else (1, 100) if is_number and values[0] >= 0 else ()
        if counts[end] < needed or (is_number and values[end] in natural):
            continue
        if counts[end] >= _TIMES_NEIGHBORS * counts[beside].mean():
            share = _percent(counts[end] / counts.sum())
            alerts[end % len(values)] = (
                f"{share} at the {word}, {_spelled(column, values[end])}: cut off?"
            )
    return alerts


def _spikes(column: Column, values: Array, counts: Array, ends: Container[int]) -> list[str]:
    """Return the most frequent value if it is far more frequent than a typical one, and no cap."""
    place = int(counts.argmax())
    share = counts[place] / counts.sum()
    is_spike = share >= _SPIKE_FROM and counts[place] >= _TIMES_TYPICAL * np.median(counts)
    if place in ends or not is_spike:
        return []
    return [f"{_percent(share)} are {_spelled(column, values[place])}"]


def _skewness(values: Array) -> float:
    """Return the third standardized moment; 0 for a symmetric distribution, 2 for an exponential."""
    values = values[np.isfinite(values)]
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0:
        return 0.0
    centered = values / largest - (values / largest).mean()
    spread = float(centered.std())
    return float((centered**3).mean()) / spread**3 if spread > 0 else 0.0


def _spelled(column: Column, value: Any) -> str:
    if column.kind == "text":
        return f"“{truncate(column.levels[int(value)], 30)}”"
    if column.kind == "boolean":
        return (column.levels or PLAIN_BOOLEANS)[int(value)]
    if column.kind == "datetime":
        return str(value.astype("datetime64[s]")).replace("T00:00:00", "").replace("T", " ")
    return plain_number(value)


def _percent(share: float) -> str:
    return format_percent(float(share))
