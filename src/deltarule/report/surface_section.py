"""The section with a picture of the predictions over two columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_percent
from deltarule.data import Column, Table
from deltarule.drawing.svg import truncate
from deltarule.report.content import DataTable, Section
from deltarule.report.decision_surface_charts import (
    MAX_POINTS,
    SurfacePoints,
    class_surface_chart,
    regression_surface_chart,
    surface_table,
)
from deltarule.report.explanation import Explanation
from deltarule.report.regression_charts import evenly_spaced_rows
from deltarule.report.scales import Bend, Scale, bend_of
from deltarule.table_model import DecisionSurface, TableResult
from deltarule.table_model.decision_surface import MARGIN, surface_columns, surface_on_grid
from deltarule.table_model.surface_choice import choose_surface_columns, spread_class

Array = NDArray[Any]
_TRIM_FROM_ROWS = 500
_TRIM = (0.5, 99.5)  # percentiles: outliers must not compress all other rows into a corner


@dataclass(frozen=True, eq=False)
class Axis:
    """The values of one column of the surface, evenly spaced in the drawing."""

    values: Array
    bend: Bend | None


def surface_section(explanation: Explanation) -> Section:
    """Return the section on the predictions over two columns."""
    result = explanation.result
    model, test = result.model, result.test_rows
    target, classes = model.target, model.target.classes
    title = "Decision regions" if classes else "Prediction surface"
    chosen = choose_surface_columns(explanation.importances, test)
    if len(chosen) < 2:
        return Section("surface", title, _too_few(len(surface_columns(model, test))))
    x, y = chosen
    table = explanation.training_rows
    axes = [surface_axis(table[name].values, explanation.surface_steps) for name in chosen]
    if axes[0] is None or axes[1] is None:
        names = f"“{truncate(x)}” and “{truncate(y)}”"
        return Section("surface", title, f"Not drawn: the values of {names} span too wide a range.")
    surface = surface_on_grid(model, table, (x, y), (axes[0].values, axes[1].values))
    points = _points(result, surface, test)
    bends = (axes[0].bend, axes[1].bend)
    lead = _choice(explanation, (x, y))
    others = len(model.encoder.columns) - 2
    if others:
        lead += (
            f" The other {others:,} column{'s are' if others > 1 else ' is'} held at the median or the "
            "most frequent value, so a point may lie in a region of another color and still be "
            f"predicted {'correctly' if classes else 'well'}."
        )
    if any(bends):
        skewed = [name for name, bend in zip(chosen, bends, strict=True) if bend]
        names = " and ".join(f"“{truncate(name)}”" for name in skewed)
        lead += f" The axis of {names} is logarithmic far from 0, because the values are skewed."
    chart = (
        class_surface_chart(surface, points, classes, bends)
        if classes
        else regression_surface_chart(surface, points, f"predicted {target.name}", bends)
    )
    header, rows = surface_table(surface, classes)
    return Section(
        "surface", title, lead, (chart,), (DataTable("Predictions on a coarse grid", header, rows),)
    )


def surface_axis(values: Array, steps: int) -> Axis | None:
    """Return the axis for the values of a column, or None if their range is too wide.

    Large tables are cut to the percentiles 0.5 to 99.5; the axis of a skewed column is bent.
    """
    values = values[np.isfinite(values)].astype(np.float64)
    if len(values) == 0:
        return None
    low, high = float(values.min()), float(values.max())
    if len(values) >= _TRIM_FROM_ROWS:
        trimmed = np.percentile(values, _TRIM)
        if trimmed[1] > trimmed[0]:
            low, high = map(float, trimmed)
    with np.errstate(over="ignore"):
        if not np.isfinite((high - low) * 2):
            return None
    if high == low:
        low, high = low - 1, high + 1
    bend = bend_of(values, low, high)
    scale = Scale(low, high, 0.0, 1.0, bend=bend)
    return Axis(scale.inverse(np.linspace(-MARGIN, 1 + MARGIN, steps)), bend)


def _too_few(usable: int) -> str:
    if usable >= 2:
        return (
            "Not drawn: fewer than two of the columns whose importance was evaluated are numerical."
        )
    return (
        "Not drawn: this requires two numerical columns, and the model uses "
        f"{'one' if usable else 'none'}."
    )


def _choice(explanation: Explanation, chosen: tuple[str, str]) -> str:
    """Return why these two columns were chosen."""
    test = explanation.result.test_rows
    ranked = [one.column for one in explanation.importances if test[one.column].kind == "number"]
    names = f"“{truncate(chosen[0])}” and “{truncate(chosen[1])}”"
    if set(chosen) == set(ranked[:2]):
        return f"{names} are the two most important numerical columns (see Column importance)."
    last = max(map(ranked.index, chosen))
    passed = [name for name in ranked[:last] if name not in chosen]
    reasons = ", ".join(f"“{truncate(name)}” ({_reason(test[name])})" for name in passed[:3])
    more = ", …" if len(passed) > 3 else ""
    return (
        f"{names} are the most important numerical columns whose values are spread widely enough to be "
        f"seen (see Column importance). Not drawn: {reasons}{more}."
    )


def _reason(column: Column) -> str:
    """Return why an important column was passed over."""
    if spread_class(column) == 0:
        return "in the same order as another column"
    _, counts = np.unique(column.values[~column.missing], return_counts=True)
    if len(counts) < 2:
        return "constant"
    share = counts.max() / counts.sum()
    if share > 0.5:
        return f"the same value in {format_percent(float(share), 0)} of the rows"
    return f"only {len(counts)} different values"


def _points(result: TableResult, surface: DecisionSurface, test: Table) -> SurfacePoints:
    """Return a sample of the test rows that lie inside the surface."""
    x = test[surface.x_column].values.astype(np.float64)
    y = test[surface.y_column].values.astype(np.float64)
    inside = (x >= surface.x[0]) & (x <= surface.x[-1]) & (y >= surface.y[0]) & (y <= surface.y[-1])
    rows = np.flatnonzero(inside)
    rows = rows[evenly_spaced_rows(len(rows), MAX_POINTS)]
    wrong = None
    target = result.model.target
    if target.classes:
        predicted = result.test_prediction.values[rows]
        wrong = predicted != target.decode(result.test_truth[rows])
    return SurfacePoints(x[rows], y[rows], result.test_truth[rows], wrong)
