"""Round dates and times on axes."""

from __future__ import annotations

import math

import numpy as np

DAY = 86_400e6  # microseconds
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200)  # steps
_DAYS = (1 / 1440, 1 / 288, 1 / 96, 1 / 48, 1 / 24, 1 / 8, 1 / 4, 1 / 2, 1, 2, 7, 14)
_MONTH = 30.4


def date_ticks(low: float, high: float, count: int) -> list[tuple[float, str]]:
    """Return at most about `count` round dates between two, in days since 1970, with their labels."""
    rough = (high - low) / count * 0.75
    if rough > _DAYS[-1]:
        return _month_ticks(low, high, rough / _MONTH)
    step = next(step for step in _DAYS if step >= rough)
    # Weeks start on Monday; 1970-01-05 was one.
    offset = 4 if step >= 7 else 0
    numbers = range(math.ceil((low - offset) / step - 1e-9), math.floor((high - offset) / step) + 1)
    ticks = [number * step + offset for number in numbers]
    stamps = [np.datetime64(round(tick * 1440), "m") for tick in ticks]
    if step >= 1:
        return [(t, str(s.astype("datetime64[D]"))) for t, s in zip(ticks, stamps, strict=True)]
    return [(t, str(s).replace("T", " ")) for t, s in zip(ticks, stamps, strict=True)]


def _month_ticks(low: float, high: float, rough: float) -> list[tuple[float, str]]:
    """Return the first days of months or years that are about `rough` months apart."""
    step = next((step for step in _MONTHS if step >= rough), 12 * math.ceil(rough / 12))
    first = np.datetime64(math.ceil(low), "D").astype("datetime64[M]").astype(np.int64)
    last = np.datetime64(math.floor(high), "D").astype("datetime64[M]").astype(np.int64)
    ticks = []
    for month in range(math.ceil(first / step) * step, int(last) + 1, step):
        start = np.datetime64(month, "M")
        day = float(start.astype("datetime64[D]").astype(np.int64))
        if low <= day <= high:
            ticks.append((day, str(start.astype("datetime64[Y]") if step % 12 == 0 else start)))
    return ticks
