"""Columns of integers that are dates or times of day: 20140512, 201405, 1745.

A wrong guess changes a column of numbers, so each rule needs values that chance does not produce.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.cell_format import CellFormat, Proposal
from deltarule.schema.datetime_format import DatetimeFormat
from deltarule.schema.time_of_day_format import TimeOfDayFormat, clock_number_hours

MIN_DATES = 10
MIN_YEAR_MONTHS = 12
MIN_CLOCK_NUMBERS = 20
MIN_CLOCK_HOURS = 6
MIN_MINUTES_NOT_ROUND = 15
_NO_DATE = (0, 99_999_999, 99_991_231)  # common markers for an unknown or open date
_RANGES = {
    "YYYYMM": (190_001, 210_012),
    "YYYYMMDD": (19_000_101, 21_001_231),
    "YYYYMMDDhhmm": (19_000_101_0000, 21_001_231_2359),
    "YYYYMMDDhhmmss": (19_000_101_000000, 21_001_231_235959),
}


def propose_for_integers(values: NDArray[Any]) -> Proposal | None:
    """Propose compact dates, year-months or clock numbers for a column of numbers.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Integers, or floats that are NaN where missing.

    Returns
    -------
    Proposal or None
        `fits` has an item for each value. None unless the values cannot be anything else.
    """
    present = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if present.dtype.kind not in "iuf" or len(present) < MIN_DATES:
        return None
    numbers = (
        present[~np.isin(present, _NO_DATE)] if present.max() > _RANGES["YYYYMM"][1] else present
    )
    if len(numbers) < MIN_DATES or not _may_be_times(numbers):
        return None
    distinct = np.unique(numbers)
    if np.any(distinct != np.floor(distinct)):
        return None
    cell_format = _format_of(distinct.astype(np.int64))
    if cell_format is None:
        return None
    fits = np.isin(values, distinct)
    return Proposal(cell_format, fits)


def _may_be_times(numbers: NDArray[Any]) -> bool:
    """Whether the range is one of compact dates or clock numbers; excludes most columns quickly."""
    low, high = numbers.min(), numbers.max()
    in_range = any(first <= low and high <= last for first, last in _RANGES.values())
    return in_range or (low >= 0 and 1200 <= high <= 2400)


def _format_of(distinct: NDArray[np.int64]) -> CellFormat | None:
    if _are_clock_numbers(distinct):
        return TimeOfDayFormat(clock_numbers=True)
    for digits, (first, last) in _RANGES.items():
        if first <= distinct[0] and distinct[-1] <= last:
            times = DatetimeFormat(digits=digits).parse_all([str(n) for n in distinct.tolist()])
            if np.isnat(times).any():
                return None
            years = np.unique(times.astype("datetime64[Y]"))
            enough = (
                len(distinct) >= MIN_YEAR_MONTHS and len(years) > 1
                if digits == "YYYYMM"
                else len(distinct) >= MIN_DATES
            )
            return DatetimeFormat(digits=digits) if enough else None
    return None


def _are_clock_numbers(distinct: NDArray[np.int64]) -> bool:
    """Whether all are hhmm, with enough different hours and minutes that chance is excluded."""
    if np.isnan(clock_number_hours(distinct)).any():
        return False
    full_hours = distinct[distinct >= 100]
    return bool(
        len(full_hours) >= MIN_CLOCK_NUMBERS
        and distinct[-1] >= 1200
        and len(np.unique(full_hours // 100)) >= MIN_CLOCK_HOURS
        # Multiples of 50 are round numbers.
        and np.count_nonzero(full_hours % 50) >= MIN_MINUTES_NOT_ROUND
    )
