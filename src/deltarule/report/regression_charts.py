"""Predicted and actual values of a regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.drawing.svg import Fragment, element, group, line, number, svg_root, truncate
from deltarule.report.axes import Frame, make_frame
from deltarule.report.scales import widened

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 380.0
MAX_POINTS = 2000
_LAYERS = 8  # transparent paths, so that overlapping points appear darker
_BINS = 10


def evenly_spaced_rows(rows: int, most: int = MAX_POINTS) -> Array:
    """Return at most `most` evenly spaced row numbers."""
    if rows <= most:
        return np.arange(rows)
    return np.linspace(0, rows - 1, most).astype(np.int64)


def prediction_chart(predicted: Array, truth: Array, unit: str) -> Fragment:
    """Return the chart of predicted over actual values, both of shape (rows,), with the diagonal."""
    both = np.concatenate([predicted, truth])
    both = both[np.isfinite(both)]
    span = widened(float(both.min()), float(both.max()), 0.03) if len(both) else (0.0, 1.0)
    frame = make_frame(WIDTH, HEIGHT, span, span)
    diagonal = line(frame.left, frame.bottom, frame.right, frame.top, class_="mark")
    return svg_root(
        "predicted",
        WIDTH,
        HEIGHT,
        "Predicted versus actual",
        f"Each point is a test row: the actual {truncate(unit)} on the x axis, the predicted one on the "
        "y axis. On the diagonal both are equal.",
        frame.axes(f"actual {unit}", f"predicted {unit}"),
        _points(frame, truth, predicted),
        diagonal,
    )


def residual_chart(predicted: Array, truth: Array, unit: str) -> Fragment:
    """Return the chart of residuals (predicted − actual) over predictions."""
    with np.errstate(over="ignore", invalid="ignore"):
        residual = predicted - truth
    x, y = predicted[np.isfinite(predicted)], residual[np.isfinite(residual)]
    x_range = widened(float(x.min()), float(x.max()), 0.03) if len(x) else (0.0, 1.0)
    largest = float(np.abs(y).max()) if len(y) else 1.0
    frame = make_frame(WIDTH, HEIGHT, x_range, widened(-largest, largest, 0.03))
    zero = float(frame.y(0.0))
    return svg_root(
        "residuals",
        WIDTH,
        HEIGHT,
        "Residuals",
        "Each point is a test row: the prediction on the x axis, predicted minus actual on the y axis. "
        "Above the line the prediction is too high, below it too low.",
        frame.axes(f"predicted {unit}", "predicted − actual"),
        _points(frame, predicted, residual),
        line(frame.left, zero, frame.right, zero, class_="mark"),
    )


def error_table(predicted: Array, truth: Array) -> list[list[str]]:
    """Return ten groups by actual value: range, rows, means of actual, predicted and absolute error."""
    order = np.argsort(truth, kind="stable")
    rows = []
    for part in np.array_split(order, min(_BINS, len(order))):
        low, high = format_number(float(truth[part[0]])), format_number(float(truth[part[-1]]))
        with np.errstate(over="ignore", invalid="ignore"):
            means = [
                float(truth[part].mean()),
                float(predicted[part].mean()),
                float(np.abs(predicted[part] - truth[part]).mean()),
            ]
        between = low if low == high else f"{low} to {high}"
        rows.append([between, f"{len(part):,}", *map(format_number, means)])
    return rows


def _points(frame: Frame, x: Array, y: Array) -> Fragment:
    chosen = evenly_spaced_rows(len(x))
    at_x, at_y = frame.x(x[chosen]), frame.y(y[chosen])
    finite = np.isfinite(at_x) & np.isfinite(at_y)
    at_x, at_y = at_x[finite], at_y[finite]
    paths = []
    for part in range(min(_LAYERS, len(at_x))):
        pairs = zip(at_x[part::_LAYERS].tolist(), at_y[part::_LAYERS].tolist(), strict=True)
        d = "".join(f"M{number(round(a, 1))} {number(round(b, 1))}h0" for a, b in pairs)
        paths.append(element("path", d=d))
    return group(*paths, class_=f"points{' many' if len(at_x) > 300 else ''}")
