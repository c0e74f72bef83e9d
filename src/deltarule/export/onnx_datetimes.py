"""Positions of datetimes in cycles as nodes.

The Gregorian calendar repeats after 400 years. A table of the first days of a month in such a period,
from 2000 on, gives the days since the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.export.onnx_graph import DOUBLE, INT64, OnnxGraph
from deltarule.preprocessing.operations import Cycle

DAYS_OF_PERIOD = 146_097
STEPS: dict[str, int] = {"month": 12, "weekday": 7}
"""Number of positions in the cycles that have whole ones."""
Array = NDArray[Any]


def cycles(
    g: OnnxGraph, days: str, count: int, columns: Sequence[int], operations: Sequence[Cycle]
) -> tuple[str, list[int]]:
    """Return sines, then cosines, of positions in cycles (rows, 2 · cycles), and the operation of each.

    `days` (rows, count) are days since 1970 with fractions, NaN if missing.
    """
    parts, order = [], []
    for name in dict.fromkeys(operation.name for operation in operations):
        chosen = [i for i, operation in enumerate(operations) if operation.name == name]
        taken = g.take(days, [columns[i] for i in chosen], count)
        parts.append(_hours(g, taken) if name == "hour" else _days_of_year(g, taken))
        order += chosen
    lengths = np.array([operations[i].length for i in order])
    turn = g.node("Mul", g.concat(parts, axis=1), g.number(2 * np.pi))
    turn = g.node("Div", turn, g.constant(lengths))
    waves = g.node("Concat", g.node("Sin", turn), g.node("Cos", turn), axis=1)
    return g.node("Where", g.node("IsNaN", waves), g.number(0), waves), order


def stepped_cycles(
    g: OnnxGraph, days: str, count: int, columns: Sequence[int], operations: Sequence[Cycle]
) -> tuple[str, list[int]]:
    """Return the same for cycles with whole positions, whose waves are in a table."""
    parts, order, tables = [], [], []
    for name in dict.fromkeys(operation.name for operation in operations):
        chosen = [i for i, operation in enumerate(operations) if operation.name == name]
        day = _whole_days(g, g.take(days, [columns[i] for i in chosen], count))
        parts.append(_months(g, day) if name == "month" else _weekdays(g, day))
        order += chosen
        for i in chosen:
            turn = 2 * np.pi * np.arange(STEPS[name], dtype=np.float64) / operations[i].length
            tables.append(np.stack([np.sin(turn), np.cos(turn)]))
    table = np.concatenate([*tables, np.zeros((2, 1))], axis=1)  # 0, 0 if missing
    starts = np.cumsum([0, *(part.shape[1] for part in tables[:-1])])
    place = g.node("Add", g.concat(parts, axis=1), g.constant(starts, np.int64))
    missing = g.node("IsNaN", g.take(days, [columns[i] for i in order], count))
    place = g.node("Where", missing, g.integer(table.shape[1] - 1), place)
    waves = [g.node("Gather", g.constant(wave), place) for wave in table]
    return g.concat(waves, axis=1), order


def _whole_days(g: OnnxGraph, days: str) -> str:
    """Return ⌊days⌋ as integers; any integer if missing."""
    return g.node("Cast", g.node("Floor", days), to=INT64)


def _hours(g: OnnxGraph, days: str) -> str:
    """Return the hours since midnight, with fractions."""
    return g.node("Mul", g.node("Sub", days, g.node("Floor", days)), g.number(24))


def _days_of_year(g: OnnxGraph, days: str) -> str:
    """Return the days since New Year, with fractions."""
    whole = _whole_days(g, days)
    new_year = g.node("Sub", whole, _days_since(g, whole, month=1))
    return g.node("Sub", days, g.node("Cast", new_year, to=DOUBLE))


def _weekdays(g: OnnxGraph, whole: str) -> str:
    """Return the days since Monday; 1 January 1970 was a Thursday."""
    return g.node("Mod", g.node("Add", whole, g.integer(3)), g.integer(7))


def _months(g: OnnxGraph, whole: str) -> str:
    """Return the months since January."""
    # From March on, months have 31, 30, 31, 30, 31 days, again and again.
    day = _days_since(g, whole, month=3)
    month = g.node("Add", g.node("Mul", day, g.integer(5)), g.integer(2))
    month = g.node("Add", g.node("Div", month, g.integer(153)), g.integer(2))
    return g.node("Mod", month, g.integer(12))


def _days_since(g: OnnxGraph, whole: str, month: int) -> str:
    """Return the days since the last first day of a month, for days since 1970."""
    years = np.arange("2000", "2401", dtype="datetime64[Y]").astype("datetime64[M]")
    days = (years + (month - 1)).astype("datetime64[D]").astype(np.int64)
    since = g.node("Sub", whole, g.integer(int(days[0])))
    in_period = g.node("Mod", since, g.integer(DAYS_OF_PERIOD))
    year = g.node("Div", in_period, g.integer(366))  # this one or the one before
    starts = days - days[0]
    begin, end = (g.node("Gather", g.constant(starts[i : i + 400]), year) for i in range(2))
    is_next = g.node("GreaterOrEqual", in_period, end)
    return g.node("Sub", in_period, g.node("Where", is_next, end, begin))
