"""Cards of surfaces: outputs of a network, losses around it, and functions of two variables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.insight import LossSurface, ObjectiveFunction, OutputSurface
from deltarule.notebook.card import Card, Picture
from deltarule.notebook.dispatch import card_of
from deltarule.report.content import DataTable
from deltarule.report.decision_surface_charts import (
    SurfacePoints,
    class_surface_chart,
    regression_surface_chart,
    surface_table,
)
from deltarule.table_model import DecisionSurface

Array = NDArray[Any]
MAX_GRID = 60
MAX_POINTS = 150
_LOGARITHMIC_FROM = 50.0
_NONE = np.empty(0)


@card_of.register
def output_surface_card(surface: OutputSurface) -> Card:
    """Return the card of the outputs over two inputs: regions of classes, or bands of one output."""
    every = max(1, -(-max(len(surface.x), len(surface.y)) // MAX_GRID))
    names = [f"input {column}" for column in surface.columns]
    x, y = surface.x[::every], surface.y[::every]
    count = surface.values.shape[2]
    if count > 1:
        classes = tuple(f"class {i}" for i in range(count))
        predicted = surface.classes[::every, ::every]
        grid = DecisionSurface(names[0], names[1], x, y, predicted, None)
        none = SurfacePoints(_NONE, _NONE, np.empty(0, np.int64), None)
        chart = class_surface_chart(grid, none, classes, (None, None))
        table = surface_table(grid, classes)
    else:
        grid = DecisionSurface(names[0], names[1], x, y, surface.values[::every, ::every, 0], None)
        none = SurfacePoints(_NONE, _NONE, _NONE, None, "")
        chart = regression_surface_chart(grid, none, "output", (None, None))
        table = surface_table(grid, ())
    note = "deltarule.plots.decision_regions draws it with your rows."
    return Card(
        "OutputSurface", f"{surface._sentence()}.", [Picture(chart)], [_coarse(*table)], note
    )


@card_of.register
def loss_surface_card(surface: LossSurface) -> Card:
    """Return the card of the losses around a network."""
    names = surface.directions.names
    path = None if surface.trajectory is None else np.asarray(surface.trajectory, np.float64)
    chart, table = _heights(surface.a, surface.b, surface.losses, names, "loss", path)
    note = "The points are the path of training." if path is not None else ""
    return Card("LossSurface", f"{surface._sentence()}.", [Picture(chart)], [table], note)


@card_of.register
def objective_function_card(function: ObjectiveFunction) -> Card:
    """Return the card of a function of two variables."""
    x, y = np.linspace(*function.x_range, 60), np.linspace(*function.y_range, 60)
    values = function.value(np.stack(np.meshgrid(x, y), axis=-1))
    chart, table = _heights(x, y, values, ("x", "y"), "value", None)
    return Card("ObjectiveFunction", f"{function._sentence()}.", [Picture(chart)], [table])


def _heights(
    x: Array, y: Array, values: Array, names: tuple[str, str], what: str, path: Array | None
) -> tuple[Any, DataTable]:
    """Return the chart of numbers over two axes, and a coarse table of them."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    heights = np.where(np.isfinite(values), values, high)
    if low > 0 and high / low > _LOGARITHMIC_FROM:
        heights, what = np.log10(heights), f"log₁₀ of the {what}"
    grid = DecisionSurface(names[0], names[1], *_resampled(x, y, heights), None)
    points = SurfacePoints(_NONE, _NONE, _NONE, None, "")
    if path is not None and len(path):
        shown = path[:: max(1, -(-len(path) // MAX_POINTS))]
        row = np.abs(grid.y[:, None] - shown[:, 1]).argmin(axis=0)
        column = np.abs(grid.x[:, None] - shown[:, 0]).argmin(axis=0)
        heights = grid.predicted[row, column]
        described = " Points are the path of training."
        points = SurfacePoints(shown[:, 0], shown[:, 1], heights, None, described)
    chart = regression_surface_chart(grid, points, what, (None, None))
    return chart, _coarse(*surface_table(grid, ()), what)


def _resampled(x: Array, y: Array, values: Array) -> tuple[Array, Array, Array]:
    """Return numbers on a grid of `MAX_GRID` points in each direction, by linear interpolation."""
    across, up = np.linspace(x[0], x[-1], MAX_GRID), np.linspace(y[0], y[-1], MAX_GRID)
    rows = np.stack([np.interp(across, x, row) for row in values])
    return across, up, np.stack([np.interp(up, y, column) for column in rows.T], axis=1)


def _coarse(header: list[str], rows: list[list[str]], what: str = "") -> DataTable:
    """Return every second row and column of a table of the surface."""
    caption = what[:1].upper() + what[1:] if what else "Predictions"
    picked = [[row[0], *row[1::2]] for row in rows[::2]]
    return DataTable(caption, [header[0], *header[1::2]], picked)
