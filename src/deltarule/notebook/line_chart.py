"""A chart of several lines over one axis, drawn like those of the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.drawing.svg import Fragment, element, group, label, line, polyline, svg_root
from deltarule.report.axes import TICK_SIZE, make_frame
from deltarule.report.scales import widened

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 300.0
MAX_LINES = 6
MAX_POINTS = 300
_LOGARITHMIC_FROM = 30.0  # the largest over the smallest value
_ROW, _NAMES_IN_ROW = 16.0, 3


@dataclass(frozen=True, eq=False)
class Line:
    """One line: its name, and values x and y of shape (n_points,); NaN is a gap."""

    name: str
    x: Array
    y: Array


def line_chart(
    lines: Sequence[Line],
    x_name: str,
    y_name: str,
    *,
    logarithmic_x: bool = False,
    dots: bool = False,
    whole_x: bool = False,
    mark: float | None = None,
) -> Fragment:
    """Return the chart of at most six lines; y is logarithmic where its values differ much.

    `dots`: mark each point; `mark`: a value of x to mark by a vertical line.
    """
    lines = [_thinned(one) for one in lines[:MAX_LINES]]
    x = np.concatenate([one.x for one in lines]).astype(np.float64)
    y = np.concatenate([one.y for one in lines]).astype(np.float64)
    y = y[np.isfinite(y)]
    low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
    logarithmic = low > 0 and high / low > _LOGARITHMIC_FROM
    y_range = (low / 1.15, min(high * 1.15, 1e300)) if logarithmic else widened(low, high, 0.05)
    ends = float(x.min()), float(x.max())
    if not ends[1] > ends[0]:
        ends = widened(*ends)
    rows = math.ceil(len(lines) / _NAMES_IN_ROW) if len(lines) > 1 else 0
    top = 40 + _ROW * rows
    frame = make_frame(WIDTH, HEIGHT, ends, y_range, top=top, logarithmic_y=logarithmic)
    if logarithmic_x and ends[0] > 0:
        frame = replace(frame, x=replace(frame.x, logarithmic=True))
    parts = [frame.axes(x_name, y_name + " (logarithmic scale)" * logarithmic, whole_x=whole_x)]
    if mark is not None:
        at = float(frame.x(mark))
        parts.append(line(at, frame.bottom, at, frame.top, class_="mark kept"))
    for i, one in enumerate(lines):
        at_x, at_y = frame.x(one.x), frame.y(one.y)
        parts.append(element("path", d=polyline(at_x, at_y), class_=f"curve {_style(i)}"))
        if dots:
            parts += [
                element("circle", cx=float(a), cy=float(b), r=3.5, class_=f"dot series-{i}")
                for a, b in zip(at_x, at_y, strict=True)
                if math.isfinite(a) and math.isfinite(b)
            ]
        if rows:
            parts.append(_name(one.name, i))
    described = f"{y_name} by {x_name}: {', '.join(one.name for one in lines if one.name)}."
    return svg_root("lines", WIDTH, HEIGHT, f"{y_name} by {x_name}", described, *parts)


def _style(place: int) -> str:
    return f"series-{place} line-{place % 3}"


def _name(name: str, place: int) -> Fragment:
    """Return a line of the legend, above the chart."""
    column, row = place % _NAMES_IN_ROW, place // _NAMES_IN_ROW
    x, y = 4.0 + column * (WIDTH - 8) / _NAMES_IN_ROW, 34 + _ROW * row
    return group(
        line(x, y - 4, x + 24, y - 4, class_=f"curve {_style(place)}"),
        label(x + 29, y, name, (WIDTH - 8) / _NAMES_IN_ROW - 36, TICK_SIZE, class_="tick"),
    )


def _thinned(one: Line) -> Line:
    every = max(1, -(-len(one.x) // MAX_POINTS))
    return Line(one.name, np.asarray(one.x, float)[::every], np.asarray(one.y, float)[::every])
