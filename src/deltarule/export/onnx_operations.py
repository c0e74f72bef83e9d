"""Operations of column encoders as nodes, each for all its columns at once.

The nodes compute in float64 what `preprocessing.operations` computes, in the same order, so that features
have the same bits. A missing number is NaN, an unknown level the code -1. Soft clips, signs and normal
scores of missing numbers may be anything: they are replaced by 0 together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.export.onnx_graph import BOOL, DOUBLE, INT32, OnnxGraph
from deltarule.preprocessing.operations import (
    CLIP,
    MAX_Z,
    CodeFromOne,
    Knots,
    LookUp,
    NormalScore,
    OneHot,
    Sign,
    SoftClip,
    Standardize,
)

Array = NDArray[Any]
LARGE_TABLE = 32768
"""Bytes of a table of pieces from which on it is stored in less space, with ten more nodes."""


def soft_clip(g: OnnxGraph, x: str, operations: Sequence[SoftClip]) -> str:
    """Return the soft clips of numbers (rows, columns)."""
    z = _standardized(g, x, [o.middle for o in operations], [o.scale for o in operations])
    z = g.node("Clip", z, g.number(-MAX_Z), g.number(MAX_Z))
    third = g.node("Div", z, g.number(CLIP))
    root = g.node("Sqrt", g.node("Add", g.node("Mul", third, third), g.number(1)))
    return g.node("Div", z, root)


def standardize(g: OnnxGraph, x: str, operations: Sequence[Standardize]) -> str:
    """Return the standardized numbers (rows, columns)."""
    filled = g.node("Where", g.node("IsNaN", x), g.constant([o.fill for o in operations], float), x)
    z = _standardized(g, filled, [o.mean for o in operations], [o.scale for o in operations])
    limits = np.array([o.limit for o in operations])
    return g.node("Min", g.node("Max", z, g.constant(-limits)), g.constant(limits))


def sign(g: OnnxGraph, x: str, operations: Sequence[Sign]) -> str:
    """Return -1 and 1 for the booleans 0 and 1 (rows, columns)."""
    return g.node("Sub", g.node("Mul", x, g.number(2)), g.number(1))


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


def piecewise_linear(g: OnnxGraph, x: str, operations: Sequence[NormalScore | Sign]) -> str:
    """Return the normal scores of numbers and the signs of booleans (rows, columns).

    The pieces of all columns are one table with a row for each: where its line begins, the length of the
    line, the score at its begin, and the rise over its length.
    """
    pieces = [SIGN if isinstance(o, Sign) else _Pieces.of(o.knots) for o in operations]
    is_large = sum(p.lines.nbytes for p in pieces) > LARGE_TABLE
    cells = g.node("Unsqueeze", x, g.axes(-1))
    starts = _starts(g, pieces, is_large)
    reached = g.node("Cast", g.node("GreaterOrEqual", cells, starts), to=INT32)
    count = g.node("ReduceSum", reached, g.axes(-1), keepdims=0)
    at_knot = None
    if is_large:  # a row holds a piece between knots, and the score at the knot after it
        odd = g.node("Mod", count, g.constant([2], np.int32))
        at_knot = g.node("Unsqueeze", g.node("Cast", odd, to=BOOL), g.axes(-1))
        count = g.node("Div", count, g.constant([2], np.int32))
    tables = [p.rows if is_large else p.lines for p in pieces]
    first = np.cumsum([0, *map(len, tables[:-1])])
    row = g.node("Add", count, g.constant(first, np.int32))
    found = g.node("Gather", g.constant(np.concatenate(tables)), row, axis=0)
    width = tables[0].shape[1]
    low, step, score, rise, *knot = g.nodes_of(width, "Split", found, axis=-1, num_outputs=width)
    if any(p.factor != 1 for p in pieces):
        cells = g.node("Mul", cells, g.constant(np.array([[p.factor] for p in pieces])))
    share = g.node("Div", g.node("Sub", cells, low), step)
    share = g.node("Clip", share, g.number(0), g.number(1))
    score = g.node("Add", score, g.node("Mul", share, rise))
    if at_knot is not None:
        score = g.node("Where", at_knot, *knot, score)
    return g.node("Squeeze", score, g.axes(-1))


def _starts(g: OnnxGraph, pieces: Sequence[_Pieces], is_large: bool) -> str:
    """Return where the pieces of each column start (columns, pieces), with NaN where it has no more.

    A large matrix is not stored, but gathered from the numbers of all columns.
    """
    counts = np.array([[len(p.starts)] for p in pieces])
    if not is_large:
        starts = np.full((len(pieces), counts.max()), np.nan)  # no number is above NaN
        for row, p in zip(starts, pieces, strict=True):
            row[: len(p.starts)] = p.starts
        return g.constant(starts)
    numbers = np.array([*np.concatenate([p.starts for p in pieces]), np.nan])
    ends = counts.cumsum()[:, None]
    limits = (0, int(counts.max()), 1)
    places = g.node("Range", *(g.constant(limit, np.int64) for limit in limits))
    places = g.node("Add", places, g.constant(ends - counts, np.int64))
    exists = g.node("Less", places, g.constant(ends, np.int64))
    places = g.node("Where", exists, places, g.constant([len(numbers) - 1], np.int64))
    return g.node("Gather", g.constant(numbers), places)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The numbers from which on each piece but the first counts, and the line of each piece.

    Pieces are, in this order: below the first knot, at it, up to the second one, at it, and so on; last
    above the last knot. Numbers so close to a knot that their share of the way rounds to 0 or 1 are at
    it. `lines` (pieces, 4) have begin, length, score and rise, for numbers times `factor`.
    """

    starts: Array
    lines: Array
    factor: float

    @classmethod
    def of(cls, knots: Knots) -> _Pieces:
        edges, low, high, middle = knots.edges, knots.low, knots.high, knots.middle
        with np.errstate(over="ignore"):  # halves of such large numbers are exact
            factor = 1.0 if np.isfinite(edges[-1] - edges[0]) else 0.5
        begin = edges[:-1] * factor
        length = edges[1:] * factor - begin

        def share(x: Array) -> Array:
            return (x * factor - begin) / length

        after = first_number(edges[:-1], edges[1:], lambda x: share(x) > 0)
        at_next = first_number(edges[:-1], edges[1:], lambda x: share(x) >= 1)
        starts = np.stack(
            [np.append(edges[:1], at_next), np.append(after, np.nextafter(edges[-1:], np.inf))],
            axis=1,
        ).ravel()
        constant = np.stack([0 * middle, 0 * middle + 1, middle, 0 * middle], axis=1)
        between = np.stack([begin, length, high[:-1], low[1:] - high[:-1]], axis=1)
        lines = np.empty((2 * len(edges) + 1, 4))
        lines[0], lines[-1] = [0, 1, low[0], 0], [0, 1, high[-1], 0]
        lines[1::2], lines[2:-1:2] = constant, between
        return cls(starts, lines, factor)

    @property
    def rows(self) -> Array:
        """For each piece between knots its line, and the score at the knot after it (rows, 5)."""
        knots = np.append(self.lines[1::2, 2], 0.0)  # where the count of starts is odd
        return np.column_stack([self.lines[::2], knots])


SIGN = _Pieces(np.empty(0), np.array([[0.0, 1.0, -1.0, 2.0]]), 1.0)


def first_number(low: Array, high: Array, is_reached: Callable[[Array], Array]) -> Array:
    """Return the smallest float64 above `low`, up to `high`, for which `is_reached`, by bisection.

    `is_reached` is a monotonic condition that `high` fulfills; all are arrays of the same shape.
    """
    below, above = _rank(low), _rank(high)
    while (above - below > 1).any():
        middle = below + (above - below) // 2
        reached = is_reached(_number(middle))
        below, above = np.where(reached, below, middle), np.where(reached, middle, above)
    return _number(above)


def _rank(x: Array) -> Array:
    """Return the rank of each float64 among all, as uint64."""
    bits = (x + 0.0).view(np.uint64)  # without -0
    sign = np.uint64(1) << np.uint64(63)
    return np.where(bits & sign, ~bits, bits | sign)


def _number(rank: Array) -> Array:
    """Return the float64 of each rank."""
    sign = np.uint64(1) << np.uint64(63)
    return np.where(rank & sign, rank ^ sign, ~rank).view(np.float64)


def _places(operation: OneHot) -> list[int]:
    return [*range(operation.count), *([-1] if operation.marks_others else [])]


def _standardized(g: OnnxGraph, x: str, middles: list[float], scales: list[float]) -> str:
    """Return (x - middle) / scale, of halves, so that the difference does not overflow."""
    half = g.node("Mul", x, g.number(0.5))
    difference = g.node("Sub", half, g.constant(np.array(middles) / 2))
    return g.node("Div", difference, g.constant(np.array(scales) / 2))
