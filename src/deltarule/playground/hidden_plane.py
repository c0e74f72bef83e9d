"""The rows as the last hidden layer sees them: a plane in the space of its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_percent
from deltarule.insight import principal_components
from deltarule.insight.output_surfaces import ranges
from deltarule.playground.input_plane import Axis

Array = NDArray[Any]
RESOLUTION = 48
_BOUNDS = {"tanh": (-1.05, 1.05), "sigmoid": (-0.05, 1.05)}


@dataclass(frozen=True, eq=False)
class HiddenPlane:
    """A plane of hidden outputs.

    `points` (rows, 2): where the rows lie. `vectors` (RESOLUTION², units): the hidden outputs of a grid
    that starts at the low y.
    """

    kind: Literal["units", "components"]
    x: Axis
    y: Axis
    points: Array
    vectors: Array


def hidden_plane(
    training: Array,
    shown: Array,
    activation: str,
    units: tuple[int | None, int | None] = (None, None),
) -> HiddenPlane | None:
    """Return the plane of two units, or of the principal components of all; None for a single unit.

    Parameters
    ----------
    training, shown : ndarray of shape (rows, units)
        The hidden outputs of the training rows and of the rows that are drawn.
    activation : str
        Name of the layer's activation, whose bounds are those of the axes.
    units : tuple of int or None
        The chosen units, from 0; a layer of two units needs no choice. Otherwise the other units keep
        their means.
    """
    count = training.shape[1]
    if count < 2:
        return None
    columns = (
        [0, 1] if count == 2 else [unit for unit in units if unit is not None and unit < count]
    )
    if len(set(columns)) < 2:
        return _of_components(training, shown)
    points = shown[:, columns]
    spans = (_BOUNDS[activation],) * 2 if activation in _BOUNDS else ranges(points)
    vectors = np.tile(training.mean(axis=0), (RESOLUTION**2, 1))
    vectors[:, columns] = _grid(spans)
    x, y = (Axis(f"unit {column + 1}", *span) for column, span in zip(columns, spans, strict=True))
    return HiddenPlane("units", x, y, points, np.ascontiguousarray(vectors, np.float32))


def _of_components(training: Array, shown: Array) -> HiddenPlane:
    found = principal_components(training)
    points = found.transform(shown)
    spans = ranges(points)
    vectors = np.ascontiguousarray(found.inverse_transform(_grid(spans)), np.float32)
    x, y = (
        Axis(f"component {i + 1} ({format_percent(float(share), 0)} of the variance)", *span)
        for i, (share, span) in enumerate(zip(found.explained_variance_ratio, spans, strict=True))
    )
    return HiddenPlane("components", x, y, points, vectors)


def _grid(spans: Any) -> Array:
    x, y = (np.linspace(low, high, RESOLUTION) for low, high in spans)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
