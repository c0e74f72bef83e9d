"""The message `points`: which rows are drawn where, and what each input is over the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.playground.frame_messages import MAX_POINTS, quantized, symmetric_range
from deltarule.playground.input_plane import InputPlane
from deltarule.playground.messages import Message, message
from deltarule.playground.prepared_data import PreparedData

Array = NDArray[Any]


def shown_rows(rows: int) -> Array:
    """Return which rows are drawn, ascending: all, or MAX_POINTS by chance, the same each time."""
    if rows <= MAX_POINTS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, MAX_POINTS, replace=False))


def points_message(
    prepared: PreparedData, plane: InputPlane, shown: Array, generation: int
) -> Message:
    """Return the points of the shown rows, and pictures of all inputs."""
    held_out = np.zeros(len(prepared.truth), np.uint8)
    held_out[prepared.validation] = 1
    thinned = plane.thinned(plane.inputs)
    low, high = symmetric_range(thinned)
    arrays = {
        "x": plane.points[shown, 0].astype(np.float32),
        "y": plane.points[shown, 1].astype(np.float32),
        "target": prepared.truth[shown].astype(np.float32),
        "validation": held_out[shown],
        "row": prepared.numbers[shown].astype(np.int32),
        "inputs": quantized(thinned, low, high),
    }
    return message(
        "points", arrays, generation=generation, total=prepared.total,
        input_low=low.tolist(), input_high=high.tolist(),
    )  # fmt: skip
