"""The input plane: the slice of the inputs over which predictions are drawn.

It depends only on the data and the view, so that a frame only has to run `inputs` through the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_percent
from deltarule.data import Column, Table
from deltarule.errors import ColumnError
from deltarule.insight import principal_components
from deltarule.insight.output_surfaces import ranges
from deltarule.playground.drawn_points import DRAWN
from deltarule.playground.experiment import ViewChoice
from deltarule.playground.prepared_data import PreparedData
from deltarule.table_model.decision_surface import constant_column

Array = NDArray[Any]
UNIT_RESOLUTION = 32
STRIDE = 3
RESOLUTION = UNIT_RESOLUTION * STRIDE


@dataclass(frozen=True)
class Axis:
    """One axis of the input plane."""

    label: str
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class InputPlane:
    """A grid of `inputs` (height · RESOLUTION, features), starting at the low y; a line has height 1.

    `points` (rows, 2): the coordinates of the rows.
    """

    kind: Literal["plane", "line"]
    x: Axis
    y: Axis
    inputs: Array
    points: Array

    @property
    def height(self) -> int:
        """The number of rows of the grid."""
        return 1 if self.kind == "line" else RESOLUTION

    def thinned(self, values: Array) -> Array:
        """Return every third point of values (grid, units) as (units, height, UNIT_RESOLUTION)."""
        grid = values.reshape(self.height, RESOLUTION, -1)[
            1 if self.height > 1 else 0 :: STRIDE, 1::STRIDE
        ]
        return np.ascontiguousarray(grid.transpose(2, 0, 1))


def plane_for(prepared: PreparedData, view: ViewChoice, sample: int | None) -> InputPlane:
    """Return the input plane of a view; `sample`: the row whose other columns are kept, or None.

    Raises `ColumnError` for an axis that is not a numeric column of the inputs.
    """
    features = prepared.inputs.shape[1]
    if features > 1 and (view.kind == "components" or not prepared.axes):
        return _components(prepared)
    if not prepared.axes or (prepared.toy is None and len(prepared.axes) == 1):
        return _line(prepared, view, sample)
    names = axis_names(prepared, view)
    points = np.stack([_filled(prepared.table[name]) for name in names], axis=1)
    spans = ranges(points)
    if prepared.toy is not None:
        largest = max(abs(end) for span in spans for end in span)
        if prepared.toy.name == DRAWN.name:
            largest = 1.0  # where points can be drawn
        spans = ((-largest, largest), (-largest, largest))
    x, y = (np.linspace(low, high, RESOLUTION) for low, high in spans)
    grid_x, grid_y = np.meshgrid(x, y)
    inputs = _inputs_at(prepared, dict(zip(names, (grid_x, grid_y), strict=True)), view, sample)
    labels = [_label(prepared, name) for name in names]
    return InputPlane(
        "plane", Axis(labels[0], *spans[0]), Axis(labels[1], *spans[1]), inputs, points
    )


def axis_names(prepared: PreparedData, view: ViewChoice) -> tuple[str, str]:
    """Return the columns on the x and the y axis, where two columns span the input plane."""
    for name in (view.x, view.y):
        if name is not None and name not in prepared.axes:
            raise ColumnError(
                f"{name!r} cannot be an axis: choose one of the numeric columns "
                f"{', '.join(prepared.axes)}."
            )
    names = (*prepared.first_axes, *prepared.axes)
    x = view.x or next(name for name in names if name != view.y)
    y = view.y if view.y not in (None, x) else next(name for name in names if name != x)
    assert y is not None
    return x, y


def _line(prepared: PreparedData, view: ViewChoice, sample: int | None) -> InputPlane:
    truth = prepared.truth.astype(np.float64)
    if prepared.axes:
        name = prepared.first_axes[0]
        values = _filled(prepared.table[name])
        span = ranges(values[:, None])[0]
        grid = np.linspace(*span, RESOLUTION)
        inputs = _inputs_at(prepared, {name: grid}, view, sample)
        label = _label(prepared, name)
    else:  # a single boolean input
        values, label = prepared.inputs[:, 0].astype(np.float64), prepared.encoder.feature_names[0]
        span = ranges(values[:, None])[0]
        inputs = np.linspace(*span, RESOLUTION, dtype=np.float32)[:, None]
    if prepared.classes:
        y = Axis(prepared.target.name, -0.5, len(prepared.classes) - 0.5)
    else:
        y = Axis(prepared.target.name, *ranges(truth[:, None])[0])
    return InputPlane("line", Axis(label, *span), y, inputs, np.stack([values, truth], axis=1))


def _components(prepared: PreparedData) -> InputPlane:
    found = principal_components(prepared.inputs[prepared.training])
    points = found.transform(prepared.inputs)
    spans = ranges(points)
    x, y = (np.linspace(low, high, RESOLUTION) for low, high in spans)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    inputs = np.ascontiguousarray(found.inverse_transform(grid), np.float32)
    names = [
        f"component {i + 1} ({format_percent(float(share), 0)} of the variance)"
        for i, share in enumerate(found.explained_variance_ratio)
    ]
    return InputPlane("plane", Axis(names[0], *spans[0]), Axis(names[1], *spans[1]), inputs, points)


def _inputs_at(
    prepared: PreparedData, moved: dict[str, Array], view: ViewChoice, sample: int | None
) -> Array:
    count = next(iter(moved.values())).size
    columns = []
    for name in prepared.encoder.columns:
        if name in moved:
            columns.append(Column(name, "number", moved[name].ravel()))
        elif view.others == "sample" and sample is not None:
            columns.append(prepared.table[name].take(np.full(count, sample)))
        else:
            columns.append(constant_column(prepared.table[name].take(prepared.training), count))
    return prepared.encoder.transform(Table(tuple(columns)))


def _filled(column: Column) -> Array:
    """Return a column's numbers; missing ones are the median, as in the network's inputs."""
    values = column.values.astype(np.float64)
    present = values[np.isfinite(values)]
    return np.where(np.isfinite(values), values, np.median(present) if len(present) else 0.0)


def _label(prepared: PreparedData, name: str) -> str:
    return name if prepared.toy is None else {"x1": "x₁", "x2": "x₂"}[name]
