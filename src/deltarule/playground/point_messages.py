"""Builds the message `points`: the rows that are drawn, and each input over the input plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.playground.frame_messages import MAX_POINTS, quantized, symmetric_range
from deltarule.playground.input_plane import InputPlane
from deltarule.playground.prepared_data import PreparedData
from deltarule.playground.protocol.responses import PointsHeader
from deltarule.playground.protocol.wire import Message, encode_arrays

Array = NDArray[Any]


def shown_rows(rows: int) -> Array:
    """Return the rows that are drawn, ascending: all, or MAX_POINTS random ones, always the same."""
    if rows <= MAX_POINTS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, MAX_POINTS, replace=False))


def points_message(
    prepared: PreparedData, plane: InputPlane, shown: Array, generation: int
) -> Message:
    """Return the points of the shown rows, and a grid of each input over the input plane."""
    is_validation = np.zeros(len(prepared.truth), np.uint8)
    is_validation[prepared.validation] = 1
    thinned = plane.thinned(plane.inputs)
    low, high = symmetric_range(thinned)
    header = PointsHeader(
        generation=generation,
        total=prepared.total,
        input_low=low.tolist(),
        input_high=high.tolist(),
    )
    arrays = {
        "x": plane.points[shown, 0],
        "y": plane.points[shown, 1],
        "target": prepared.truth[shown],
        "validation": is_validation[shown],
        "row": prepared.numbers[shown],
        "inputs": quantized(thinned, low, high),
    }
    return encode_arrays(header, arrays)
