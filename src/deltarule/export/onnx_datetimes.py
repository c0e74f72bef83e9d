"""Positions of datetimes in cycles as nodes.

The Gregorian calendar repeats after 400 years. Days are whole numbers in float64, shifted by
whole periods to positive numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.export.onnx_graph import DOUBLE, INT64, OnnxGraph
from deltarule.preprocessing.operations import MICROSECONDS_PER_DAY, Cycle

DAYS_OF_PERIOD = 146_097
SHIFT = 800 * DAYS_OF_PERIOD
"""More days than the range of datetimes in microseconds has before 1970; 7 divides it."""
MARCH_2000 = 11_017
Array = NDArray[Any]


@dataclass(frozen=True)
class Times:
    """Datetimes (rows, count): int64 microseconds, and float64 days with fractions, since 1970."""

    microseconds: str
    days: str
    count: int

    def of(self, g: OnnxGraph, columns: list[int]) -> Times:
        """Return some of the columns."""
        microseconds = g.take(self.microseconds, columns, self.count)
        return Times(microseconds, g.take(self.days, columns, self.count), len(columns))

    def whole_days(self, g: OnnxGraph) -> str:
        """Return the whole days, also just before midnight, where days are rounded up."""
        of_day = g.node("Mod", self.microseconds, g.integer(int(MICROSECONDS_PER_DAY)))
        midnight = g.node("Cast", g.node("Sub", self.microseconds, of_day), to=DOUBLE)
        return g.node("Div", midnight, g.number(MICROSECONDS_PER_DAY))


Waves = tuple[str, str, list[int]]
"""Sines and cosines (rows, cycles), and the operation of each."""


def cycles(
    g: OnnxGraph, times: Times, columns: Sequence[int], operations: Sequence[Cycle]
) -> Waves:
    """Return the waves at the positions in cycles."""
    parts, order = [], []
    for name in dict.fromkeys(operation.name for operation in operations):
        chosen = [i for i, operation in enumerate(operations) if operation.name == name]
        parts.append(_POSITIONS[name](g, times.of(g, [columns[i] for i in chosen])))
        order += chosen
    lengths = np.array([operations[i].length for i in order])
    turn = g.node("Mul", g.concat(parts, axis=1), g.number(2 * np.pi))
    turn = g.node("Div", turn, g.constant(lengths))
    return g.node("Sin", turn), g.node("Cos", turn), order


def month_cycles(
    g: OnnxGraph, times: Times, columns: Sequence[int], operations: Sequence[Cycle]
) -> Waves:
    """Return the same for months, whose waves are in a table."""
    # From March on, months have 31, 30, 31, 30, 31 days, again and again, 30.6 on average; leap days
    # end a year, and those of centuries end a period.
    whole = times.of(g, list(columns)).whole_days(g)
    day = g.node("Add", whole, g.number(SHIFT - MARCH_2000 + 0.75))
    day = g.node("Floor", g.node("Mod", day, g.number(36_524.25), fmod=1))
    day = g.node("Mod", g.node("Add", day, g.number(0.75)), g.number(365.25), fmod=1)
    half = g.node("Add", g.node("Floor", day), g.number(0.5))
    month = g.node("Cast", g.node("Div", half, g.number(30.6)), to=INT64)
    if len(operations) > 1:
        month = g.node("Add", month, g.constant(12 * np.arange(len(operations))))
    turns = [2 * np.pi * np.arange(12, dtype=np.float64) / o.length for o in operations]
    table = np.concatenate([np.roll([np.sin(t), np.cos(t)], -2, axis=1) for t in turns], axis=1)
    sine, cosine = (g.node("Gather", g.constant(wave), month) for wave in table)
    return sine, cosine, list(range(len(operations)))


def _hours(g: OnnxGraph, times: Times) -> str:
    """Return the hours since midnight, with fractions."""
    fraction = g.node("Sub", times.days, g.node("Floor", times.days))
    return g.node("Mul", fraction, g.number(24))


def _weekdays(g: OnnxGraph, times: Times) -> str:
    """Return the days since Monday; 1 January 1970 was a Thursday."""
    shifted = g.node("Add", g.node("Floor", times.days), g.number(SHIFT + 3))
    return g.node("Mod", shifted, g.number(7), fmod=1)


def _days_of_year(g: OnnxGraph, times: Times) -> str:
    """Return the days since New Year, with fractions."""
    years = np.arange("2000", "2401", dtype="datetime64[Y]")
    starts = years.astype("datetime64[D]").astype(np.float64)
    whole = times.whole_days(g)
    shifted = g.node("Add", whole, g.number(SHIFT - starts[0]))
    in_period = g.node("Mod", shifted, g.number(DAYS_OF_PERIOD), fmod=1)
    year = g.node("Cast", g.node("Div", in_period, g.number(366)), to=INT64)
    starts -= starts[0]
    # The year is this one or the next.
    begin, end = (g.node("Gather", g.constant(starts[i : i + 400]), year) for i in range(2))
    is_next = g.node("GreaterOrEqual", in_period, end)
    since = g.node("Sub", in_period, g.node("Where", is_next, end, begin))
    return g.node("Sub", times.days, g.node("Sub", whole, since))


_POSITIONS = {"year": _days_of_year, "weekday": _weekdays, "hour": _hours}
