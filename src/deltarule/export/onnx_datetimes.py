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
from deltarule.preprocessing.operations import Cycle, CycleName

DAYS_OF_PERIOD = 146_097
Array = NDArray[Any]


def cycles(
    g: OnnxGraph, days: str, count: int, columns: Sequence[int], operations: Sequence[Cycle]
) -> tuple[str, list[int]]:
    """Return sines and cosines of positions in cycles (rows, 2 · cycles), and the operation of each.

    `days` (rows, count) are days since 1970 with fractions, NaN if missing.
    """
    parts, order = [], []
    for name in dict.fromkeys(operation.name for operation in operations):
        chosen = [i for i, operation in enumerate(operations) if operation.name == name]
        taken = g.take(days, [columns[i] for i in chosen], count)
        parts.append(_position(g, taken, name))
        order += chosen
    lengths = np.array([operations[i].length for i in order])
    turn = g.node("Mul", g.concat(parts, axis=1), g.number(2 * np.pi))
    turn = g.node("Div", turn, g.constant(lengths))
    waves = g.node("Concat", g.node("Sin", turn), g.node("Cos", turn), axis=1)
    return g.node("Where", g.node("IsNaN", waves), g.number(0), waves), order


def _position(g: OnnxGraph, days: str, name: CycleName) -> str:
    """Return the position in a cycle, as `operations.position_in_cycle` defines it; NaN if missing."""
    if name == "weekday":
        since_monday = g.node("Add", g.node("Floor", days), g.number(3))
        weeks = g.node("Floor", g.node("Div", since_monday, g.number(7)))
        return g.node("Sub", since_monday, g.node("Mul", weeks, g.number(7)))
    if name == "hour":
        return g.node("Mul", g.node("Sub", days, g.node("Floor", days)), g.number(24))
    whole = g.node("Cast", g.node("Floor", days), to=INT64)
    if name == "year":
        new_year = g.node("Sub", whole, _days_since(g, whole, month=1))
        return g.node("Sub", days, g.node("Cast", new_year, to=DOUBLE))
    # From March on, months have 31, 30, 31, 30, 31 days, again and again.
    day = _days_since(g, whole, month=3)
    month = g.node("Add", g.node("Mul", day, g.integer(5)), g.integer(2))
    month = g.node("Add", g.node("Div", month, g.integer(153)), g.integer(2))
    months = g.node("Cast", g.node("Mod", month, g.integer(12)), to=DOUBLE)
    return g.node("Where", g.node("IsNaN", days), days, months)


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
