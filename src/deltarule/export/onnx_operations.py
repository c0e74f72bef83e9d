"""Operations of column encoders as nodes, each for all its columns at once.

The nodes compute in float64 what `preprocessing.operations` computes, in the same order, so that features
have the same bits. A missing number is NaN, an unknown level the code -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.export.onnx_graph import DOUBLE, INT32, OnnxGraph
from deltarule.preprocessing.operations import (
    CLIP,
    MAX_Z,
    CodeFromOne,
    IsMissing,
    Knots,
    LookUp,
    NormalScore,
    OneHot,
    Sign,
    SoftClip,
    Standardize,
)

Array = NDArray[Any]


def soft_clip(g: OnnxGraph, x: str, operations: Sequence[SoftClip]) -> str:
    """Return the soft clips of numbers (rows, columns)."""
    z = _standardized(g, x, [o.middle for o in operations], [o.scale for o in operations])
    z = g.node("Clip", z, g.number(-MAX_Z), g.number(MAX_Z))
    third = g.node("Div", z, g.number(CLIP))
    root = g.node("Sqrt", g.node("Add", g.node("Mul", third, third), g.number(1)))
    return _known(g, x, g.node("Div", z, root))


def standardize(g: OnnxGraph, x: str, operations: Sequence[Standardize]) -> str:
    """Return the standardized numbers (rows, columns)."""
    filled = g.node("Where", g.node("IsNaN", x), g.constant([o.fill for o in operations], float), x)
    z = _standardized(g, filled, [o.mean for o in operations], [o.scale for o in operations])
    limits = np.array([o.limit for o in operations])
    return g.node("Min", g.node("Max", z, g.constant(-limits)), g.constant(limits))


def sign(g: OnnxGraph, x: str, operations: Sequence[Sign]) -> str:
    """Return -1 and 1 for the booleans 0 and 1 (rows, columns), 0 if missing."""
    return _known(g, x, g.node("Sub", g.node("Mul", x, g.number(2)), g.number(1)))


def is_missing(g: OnnxGraph, x: str, operations: Sequence[IsMissing]) -> str:
    """Return 1 where a number (rows, columns) is missing, else 0."""
    return g.node("Cast", g.node("IsNaN", x), to=DOUBLE)


def code_from_one(g: OnnxGraph, codes: str, operations: Sequence[CodeFromOne]) -> str:
    """Return codes (rows, columns) plus 1."""
    return g.node("Cast", g.node("Add", codes, g.integer(1)), to=DOUBLE)


def look_up(g: OnnxGraph, codes: str, operations: Sequence[LookUp]) -> str:
    """Return the entries of codes (rows, columns); -1 is the last entry."""
    tables = [np.roll(operation.entries, 1) for operation in operations]
    starts = np.cumsum([0, *map(len, tables[:-1])])
    places = g.node("Add", codes, g.constant(starts + 1))
    return g.node("Gather", g.constant(np.concatenate(tables)), places)


def one_hot(g: OnnxGraph, codes: str, columns: Sequence[int], operations: Sequence[OneHot]) -> str:
    """Return 1 in the place of each code, else 0, for `columns` of the matrix of codes."""
    repeated = np.repeat(columns, [operation.width for operation in operations])
    numbers = [i for operation in operations for i in _places(operation)]
    taken = g.node("Gather", codes, g.constant(repeated, np.int64), axis=1)
    return g.node("Cast", g.node("Equal", taken, g.constant(numbers, np.int64)), to=DOUBLE)


def normal_score(g: OnnxGraph, x: str, operations: Sequence[NormalScore]) -> str:
    """Return the normal scores of numbers (rows, columns).

    The pieces of all columns are one table with a row for each: where a piece begins, its length, and the
    scores at its ends.
    """
    knots = [operation.knots for operation in operations]
    counts = np.array([len(k.edges) for k in knots])
    edges = np.full((len(knots), counts.max()), np.inf)
    for row, k in zip(edges, knots, strict=True):
        row[: len(k.edges)] = k.edges
    starts = np.cumsum([0, *(counts[:-1] + 1)])
    with np.errstate(over="ignore"):  # halves of such large numbers are exact
        factors = [1.0 if np.isfinite(k.edges[-1] - k.edges[0]) else 0.5 for k in knots]
    table = np.concatenate([_pieces(k, f) for k, f in zip(knots, factors, strict=True)])

    cells = g.node("Unsqueeze", x, g.axes(-1))
    reached = g.node("Cast", g.node("GreaterOrEqual", cells, g.constant(edges)), to=INT32)
    count = g.node("ReduceSum", reached, g.axes(-1), keepdims=0)
    piece = g.node("Add", count, g.constant(starts, np.int32))
    found = g.node("Gather", g.constant(table), piece, axis=0)
    low, step, at_low, at_high, above_low, rise = g.nodes_of(
        6, "Split", found, axis=-1, num_outputs=6
    )
    scaled = cells
    if any(factor != 1 for factor in factors):
        scaled = g.node("Mul", cells, g.constant(np.array(factors)[:, None]))
    share = g.node("Div", g.node("Sub", scaled, low), step)
    share = g.node("Clip", share, g.number(0), g.number(1))
    score = g.node("Add", above_low, g.node("Mul", share, rise))
    score = g.node("Where", g.node("Equal", share, g.number(1)), at_high, score)
    score = g.node("Where", g.node("Equal", share, g.number(0)), at_low, score)
    return _known(g, x, g.node("Squeeze", score, g.axes(-1)))


def _pieces(knots: Knots, factor: float) -> Array:
    """Return begin, length, the scores at both ends, and the line between them of each piece.

    The first piece is below all knots, the last one begins at the last knot.
    """
    edges, low, high, middle = knots.edges * factor, knots.low, knots.high, knots.middle
    between = (
        edges[:-1], edges[1:] - edges[:-1], middle[:-1], middle[1:], high[:-1], low[1:] - high[:-1]
    )  # fmt: skip
    below = [edges[0], 1.0, low[0], low[0], low[0], 0.0]
    above = [edges[-1], 1.0, middle[-1], high[-1], high[-1], 0.0]
    return np.concatenate([[below], np.stack(between, axis=1), [above]])


def _places(operation: OneHot) -> list[int]:
    return [*range(operation.count), *([-1] if operation.marks_others else [])]


def _standardized(g: OnnxGraph, x: str, middles: list[float], scales: list[float]) -> str:
    """Return (x - middle) / scale, of halves, so that the difference does not overflow."""
    half = g.node("Mul", x, g.number(0.5))
    difference = g.node("Sub", half, g.constant(np.array(middles) / 2))
    return g.node("Div", difference, g.constant(np.array(scales) / 2))


def _known(g: OnnxGraph, x: str, values: str) -> str:
    """Return the values, and 0 where x is missing."""
    return g.node("Where", g.node("IsNaN", x), g.number(0), values)
