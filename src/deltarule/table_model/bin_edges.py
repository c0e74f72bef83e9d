"""Bin edges of a piecewise linear embedding: the splits of a regression tree on that column.

Gorishniy et al. (2022), section 3.2.2, "target-aware bins". The tree (Breiman et al. 1984) is grown
best-first: the next split is the one that reduces the squared error of the targets most. Classes are
one-hot targets.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MAX_PIECES = 16
MIN_ROWS = 8
"""Minimum rows of a piece, besides 1/400 of all rows."""
MAX_ROWS = 20_000
"""Upper bound on the rows that are used, evenly spaced."""
_MAX_CELLS = 4_000_000
_MIN_SHARE = 1e-6  # of the column's range: narrower pieces are dropped


def piece_edges(
    values: Array, targets: Array, weights: Array | None = None, max_pieces: int = MAX_PIECES
) -> tuple[float, ...] | None:
    """Return the increasing edges of at most `max_pieces` pieces; None if there is only one piece.

    `values` (rows,) is an encoded column, `targets` (rows, outputs) are numbers or class indicators, and
    `weights` (rows,) are sample weights. The outermost edges are the smallest and the largest value.
    """
    chosen = _sampled_rows(len(values), targets.shape[1])
    order = chosen[np.argsort(values[chosen], kind="stable")]
    x = values[order].astype(np.float64)
    w = np.ones(len(x)) if weights is None else weights[order].astype(np.float64)
    splits = _splits(x, targets[order].astype(np.float64), w, max_pieces)
    if not splits:
        return None
    edges = np.unique([x[0], *splits, x[-1]])
    wide = np.diff(edges) > _MIN_SHARE * (x[-1] - x[0])
    edges = edges[np.concatenate([[True], wide])]
    return tuple(edges.tolist()) if len(edges) > 2 else None


def _sampled_rows(rows: int, outputs: int) -> Array:
    count = min(rows, MAX_ROWS, max(_MAX_CELLS // max(outputs, 1), 2000))
    return np.linspace(0, rows - 1, count).astype(np.int64)


def _splits(x: Array, targets: Array, w: Array, max_pieces: int) -> list[float]:
    """Return at most `max_pieces` − 1 split points of a best-first tree on the ascending `x`."""
    sums = _cumulative_sums(targets * w[:, None])
    total = _cumulative_sums(w)
    places = np.flatnonzero(x[1:] > x[:-1]) + 1  # a split never separates equal values
    least = max(MIN_ROWS, len(x) // 400)

    def gain_of(begin: int, end: int) -> tuple[float, int]:
        """Return the largest reduction of the squared error in rows begin … end − 1, and the split."""
        first, last = np.searchsorted(places, [begin + least, end - least + 1])
        at = places[first:last]
        left, right = total[at] - total[begin], total[end] - total[at]
        at = at[(left > 0) & (right > 0)]
        if not len(at):
            return 0.0, begin
        left, right = total[at] - total[begin], total[end] - total[at]
        below, above = sums[at] - sums[begin], sums[end] - sums[at]
        apart = np.square(below).sum(axis=1) / left + np.square(above).sum(axis=1) / right
        best = int(apart.argmax())
        together = np.square(sums[end] - sums[begin]).sum() / (total[end] - total[begin])
        return float(apart[best] - together), int(at[best])

    leaves: list[tuple[float, int, int, int]] = []

    def grow(begin: int, end: int) -> None:
        gain, place = gain_of(begin, end)
        if gain > 1e-12 * total[-1]:
            heapq.heappush(leaves, (-gain, begin, end, place))

    grow(0, len(x))
    splits: list[float] = []
    while leaves and len(splits) < max_pieces - 1:
        _, begin, end, place = heapq.heappop(leaves)
        splits.append(float((x[place - 1] + x[place]) / 2))
        grow(begin, place)
        grow(place, end)
    return splits


def _cumulative_sums(values: Array) -> Array:
    """Return the sums of the first 0, 1, 2, … rows."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
