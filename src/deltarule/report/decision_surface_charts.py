"""Predictions over two columns, with test rows on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import palette
from deltarule._common.formatting import format_number
from deltarule.drawing.svg import (
    Fragment,
    element,
    group,
    label,
    number,
    shorten,
    svg_root,
    text,
    text_width,
    truncate,
)
from deltarule.report.axes import Frame, make_frame
from deltarule.report.class_markers import class_marker, class_style, marker_path
from deltarule.report.color_scale import cividis
from deltarule.report.png import png_data_url
from deltarule.report.scales import Bend
from deltarule.report.ticks import distinct_labels, nice_ticks, tick_labels
from deltarule.table_model import DecisionSurface

Array = NDArray[Any]
Rgb = tuple[int, int, int]
Bends = tuple[Bend | None, Bend | None]
LegendItem = tuple[Callable[[float, float], Fragment], str]
WIDTH, HEIGHT = 460.0, 400.0
MAX_POINTS = 400
MAX_LABELS = 12
REGION_SIZE = 13.0
MAX_IN_LEGEND = 20
_MAX_LEGEND_NAME = 170.0
_ALPHAS = (70, 190)  # of a class's color where the model is least and most certain
_BANDS = 8


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """Test rows drawn on the surface.

    `x`, `y` float64 (rows,) in the columns' units; `truth` (rows,): class numbers or target values;
    `wrong` bool (rows,): misclassified; None for a regression.
    """

    x: Array
    y: Array
    truth: Array
    wrong: Array | None
    described: str = " Points are test rows, colored by their actual value."


@dataclass(frozen=True, eq=False)
class _Regions:
    """The grid divided into numbered regions, with the name and color of each."""

    number: Array
    names: tuple[str, ...]
    colors: tuple[Rgb, ...]
    whole_names: bool  # names are not truncated but left out


def class_surface_chart(
    surface: DecisionSurface, points: SurfacePoints, classes: Sequence[str], bends: Bends
) -> Fragment:
    """Return the decision regions of a classifier; more opaque means more certain."""
    colors = tuple(palette.rgb(palette.class_color(i)) for i in range(len(classes)))
    regions = _Regions(surface.predicted, tuple(classes), colors, False)
    certainty = np.ones(surface.predicted.shape) if surface.certainty is None else surface.certainty
    chance = 1.0 / len(classes)
    share = np.clip((certainty - chance) / (1 - chance), 0, 1)
    alpha = _ALPHAS[0] + (_ALPHAS[1] - _ALPHAS[0]) * share
    frame = _frame(surface, bends)
    seen = np.unique(np.concatenate([surface.predicted.ravel(), points.truth])).tolist()
    description = (
        f"The predicted class over {truncate(surface.x_column)} (x axis) and "
        f"{truncate(surface.y_column)} (y axis); more opaque means more certain. Points are test rows, "
        "circled where misclassified."
    )
    return _picture(
        surface, frame, description, regions, alpha,
        _class_points(frame, points), _class_legend(seen, classes, points),
    )  # fmt: skip


def regression_surface_chart(
    surface: DecisionSurface, points: SurfacePoints, measured: str, bends: Bends
) -> Fragment:
    """Return numbers as colored bands between round values; `measured`: what they are."""
    finite = surface.predicted[np.isfinite(surface.predicted)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    edges = np.array([v for v in nice_ticks(low, high, _BANDS) if low < v < high])
    bands = np.searchsorted(edges, surface.predicted, side="right")
    labels = tick_labels(edges.tolist()) if len(edges) else []
    names = [f"{a} to {b}" for a, b in pairwise(labels)]
    names = [f"below {labels[0]}", *names, f"{labels[-1]} or more"] if labels else ["everywhere"]
    colors = _band_colors(len(names))
    frame = _frame(surface, bends)
    description = (
        f"The {truncate(measured, 70)} over {truncate(surface.x_column)} (x axis) and "
        f"{truncate(surface.y_column)} (y axis), in bands.{points.described}"
    )
    of_truth = np.searchsorted(edges, points.truth, side="right")
    shown = _colored_points(frame, points, of_truth, colors)
    items = [(partial(_swatch, color), name) for color, name in zip(colors, names, strict=True)]
    legend = _legend(measured, items)
    regions = _Regions(bands, tuple(names), colors, True)
    alpha = np.full(bands.shape, 255.0)
    return _picture(surface, frame, description, regions, alpha, shown, legend)


def surface_table(
    surface: DecisionSurface, classes: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """Return the header and rows of a coarse grid of predictions, an alternative to the chart."""
    picks = np.linspace(0, len(surface.x) - 1, 7).round().astype(int)
    across = distinct_labels(surface.x[picks].tolist(), 3)
    upwards = distinct_labels(surface.y[picks].tolist(), 3)
    header = [f"{surface.y_column} ↓  {surface.x_column} →", *across]
    rows = []
    for i, start in reversed(list(zip(picks.tolist(), upwards, strict=True))):
        predictions = [surface.predicted[i, j] for j in picks.tolist()]
        cells = [classes[int(a)] if classes else format_number(float(a), 3) for a in predictions]
        rows.append([start, *cells])
    return header, rows


def _frame(surface: DecisionSurface, bends: Bends) -> Frame:
    across, upwards = (surface.x[0], surface.x[-1]), (surface.y[0], surface.y[-1])
    return make_frame(
        WIDTH, HEIGHT, (float(across[0]), float(across[1])),
        (float(upwards[0]), float(upwards[1])), top=28, bends=bends,
    )  # fmt: skip


def _picture(
    surface: DecisionSurface,
    frame: Frame,
    description: str,
    regions: _Regions,
    alpha: Array,
    points: Fragment,
    legend: tuple[Fragment, float],
) -> Fragment:
    pixels = np.empty((*regions.number.shape, 4), np.uint8)
    pixels[..., :3] = np.array(regions.colors, np.uint8)[regions.number]
    pixels[..., 3] = alpha.round()
    image = element(
        "image", href=png_data_url(pixels[::-1]), x=frame.left, y=frame.top,
        width=frame.right - frame.left, height=frame.bottom - frame.top,
        preserveAspectRatio="none", image_rendering="pixelated",
    )  # fmt: skip
    borders = element("path", d=_borders(regions.number, frame), class_="border")
    return svg_root(
        "surface",
        WIDTH,
        HEIGHT + legend[1],
        f"{truncate(surface.x_column)} and {truncate(surface.y_column)}",
        description,
        frame.axes(surface.x_column, surface.y_column),
        image,
        borders,
        points,
        _region_names(regions, frame),
        legend[0],
        class_="single",
    )


def _borders(regions: Array, frame: Frame) -> str:
    """Return path data of the borders between regions, by marching squares on the labels.

    In each square of four grid points, the midpoints of the sides whose ends differ are joined: to
    each other if there are two, otherwise to the center.
    """
    rows, columns = regions.shape
    a, b, c, d = regions[:-1, :-1], regions[:-1, 1:], regions[1:, 1:], regions[1:, :-1]
    sides = np.stack([a != b, b != c, c != d, d != a], axis=-1)  # bottom, right, top, left
    offsets = np.array([(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)])
    width = (frame.right - frame.left) / columns
    height = (frame.bottom - frame.top) / rows

    def place(row: int, column: int, offset: Array) -> str:
        x = frame.left + (column + 0.5 + offset[0]) * width
        y = frame.bottom - (row + 0.5 + offset[1]) * height
        return f"{number(round(float(x), 1))} {number(round(float(y), 1))}"

    path = []
    for row, column in np.argwhere(sides.any(axis=-1)).tolist():
        ends = [place(row, column, offsets[k]) for k in np.flatnonzero(sides[row, column])]
        if len(ends) == 2:
            path.append(f"M{ends[0]}L{ends[1]}")
        else:
            center = place(row, column, np.array((0.5, 0.5)))
            path += [f"M{end}L{center}" for end in ends]
    return "".join(path)


def _region_names(regions: _Regions, frame: Frame) -> Fragment:
    """Label each region at its innermost point, the largest first, unless labels would overlap."""
    rows, columns = regions.number.shape
    width = (frame.right - frame.left) / columns
    parts = []
    placed: list[tuple[float, float, float]] = []
    sizes = np.bincount(regions.number.ravel(), minlength=len(regions.names))
    for i in np.argsort(-sizes, kind="stable")[:MAX_LABELS].tolist():
        depth, row, column = _innermost(regions.number == i)
        room = 2 * depth * width * 1.5
        name = shorten(regions.names[i], min(max(room, 40), 150), REGION_SIZE)
        cut = name != regions.names[i]
        if depth < 3 or (cut and (regions.whole_names or len(name) < 6)):
            continue
        half = text_width(name, REGION_SIZE) / 2 + 4
        x = frame.left + (column + 0.5) * width
        x = min(max(x, frame.left + half), frame.right - half)
        y = frame.bottom - (row + 0.5) * (frame.bottom - frame.top) / rows
        if any(abs(x - u) < half + h and abs(y - v) < 1.2 * REGION_SIZE for u, v, h in placed):
            continue
        placed.append((x, y, half))
        parts.append(text(x, y + 4, name, text_anchor="middle", class_="region"))
    return group(*parts, aria_hidden="true")


def _innermost(inside: Array) -> tuple[int, int, int]:
    """Return (depth, row, column) of the point of a region farthest from its border."""
    left, depth = inside, 0
    while left.any():
        last = left
        padded = np.pad(left, 1)
        left = left & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        depth += 1
    if depth == 0:
        return 0, 0, 0
    places = np.argwhere(last)
    row, column = places[len(places) // 2].tolist()
    return depth, row, column


def _class_points(frame: Frame, points: SurfacePoints) -> Fragment:
    x, y = frame.x(points.x), frame.y(points.y)
    parts = []
    for i in np.unique(points.truth).tolist():
        d = "".join(marker_path(i, x[k], y[k]) for k in np.flatnonzero(points.truth == i).tolist())
        parts.append(element("path", d=d, class_=f"point {class_style(i)}"))
    if points.wrong is not None:
        for k in np.flatnonzero(points.wrong).tolist():
            parts.append(_ring(float(x[k]), float(y[k])))
    return group(*parts)


def _colored_points(
    frame: Frame, points: SurfacePoints, bands: Array, colors: Sequence[Rgb]
) -> Fragment:
    x, y = frame.x(points.x), frame.y(points.y)
    parts = []
    for i in np.unique(bands).tolist():
        d = "".join(marker_path(0, x[k], y[k]) for k in np.flatnonzero(bands == i).tolist())
        parts.append(element("path", d=d, fill=_hex(colors[i]), class_="point"))
    return group(*parts)


def _class_legend(
    seen: Sequence[int], classes: Sequence[str], points: SurfacePoints
) -> tuple[Fragment, float]:
    items: list[LegendItem] = [(partial(class_marker, i), classes[i]) for i in seen[:MAX_IN_LEGEND]]
    if len(seen) > MAX_IN_LEGEND:
        items.append((lambda x, y: group(), f"{len(seen) - MAX_IN_LEGEND} more"))
    if points.wrong is not None and points.wrong.any():
        items.append((_ring, "misclassified"))
    return _legend("actual class", items)


def _legend(title: str, items: Sequence[LegendItem]) -> tuple[Fragment, float]:
    """Return the legend below the picture, in lines, and its height."""
    x, y = 12.0, HEIGHT + 14.0
    parts = [label(x, y, title, WIDTH - 24, 12, class_="name")]
    y += 22
    for draw, name in items:
        width = 27 + min(text_width(name, 12), _MAX_LEGEND_NAME)
        if x > 12 and x + width > WIDTH - 4:
            x, y = 12.0, y + 22
        parts.append(draw(x + 8, y - 4))
        parts.append(label(x + 23, y, name, _MAX_LEGEND_NAME, 12))
        x += width + 10
    return group(*parts), y + 8 - HEIGHT


def _swatch(color: Rgb, x: float, y: float) -> Fragment:
    return element("rect", x=x - 8, y=y - 7, width=16, height=14, fill=_hex(color))


def _ring(x: float, y: float) -> Fragment:
    return element("circle", cx=x, cy=y, r=8, class_="ring")


def _band_colors(count: int) -> tuple[Rgb, ...]:
    """Return `count` colors from dark to light."""
    colors = cividis(np.linspace(0, 1, count)).tolist()
    return tuple((red, green, blue) for red, green, blue in colors)


def _hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
