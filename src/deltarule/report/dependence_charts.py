"""Charts of partial dependence: the mean prediction by one column, and where its rows are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, format_percent
from deltarule.data import Column
from deltarule.drawing.svg import (
    Fragment,
    element,
    group,
    label,
    line,
    polyline,
    svg_root,
    text,
    text_width,
    truncate,
)
from deltarule.report.axes import RIGHT, TICK_SIZE, Frame, make_frame, x_ticks
from deltarule.report.date_ticks import DAY
from deltarule.report.scales import Bend, Scale, bend_of, widened
from deltarule.table_model.partial_dependence import Dependence

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 310.0
MAX_CURVES = 3
_STRIP, _BARS = 34.0, 40  # height of the histogram below the curve, number of its bars
_CUT_FROM = 4  # times the second highest bar
_ROW, _MAX_NAME = 26.0, 130.0


def dependence_chart(
    found: Dependence,
    rows: Column,
    names: Sequence[str],
    colors: Sequence[str],
    unit: str,
    place: int,
) -> Fragment:
    """Return the mean prediction by the values of one column, above the distribution of `rows`.

    `names` and `colors`: names and CSS classes of the curves, one for each column of `found.means`;
    `unit`: label of the predictions.
    """
    means = found.means if found.means.ndim == 2 else found.means[:, None]
    span = widened(float(means.min()), float(means.max()), 0.08)
    if found.kind in ("text", "boolean"):
        drawn, height = _by_category(found, rows, means, names, colors, span, unit)
    else:
        drawn, height = _by_number(found, rows, means, names, colors, span, unit), HEIGHT
    most = means[:, 0]
    return svg_root(
        f"dependence-{place}",
        WIDTH,
        height,
        f"{truncate(unit)} by {truncate(found.label)}",
        f"The mean prediction goes from {format_number(float(most.min()), 3)} to "
        f"{format_number(float(most.max()), 3)} as {truncate(found.column)} changes.",
        *drawn,
    )


def on_axis(values: Array) -> Array:
    """Return datetimes as days since 1970, other values as float64."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]").astype(np.int64) / DAY
    return values.astype(np.float64)


def _by_number(
    found: Dependence,
    rows: Column,
    means: Array,
    names: Sequence[str],
    colors: Sequence[str],
    span: tuple[float, float],
    unit: str,
) -> list[Fragment]:
    values, of_rows = on_axis(found.values), on_axis(rows.values[~rows.missing])
    low, high = float(values.min()), float(values.max())
    dates = found.kind == "datetime"
    bend = None if dates else bend_of(of_rows, low, high)
    frame = make_frame(
        WIDTH, HEIGHT, _with_margin(low, high, bend), span, below=_STRIP, bends=(bend, None)
    )
    frame = replace(frame, x=replace(frame.x, dates=dates))
    whole = found.is_discrete and bool((values == np.rint(values)).all())
    parts = [
        frame.axes(found.column, unit, whole_x=whole, below=_STRIP),
        _histogram(frame, of_rows, values if found.is_discrete else None),
    ]
    for j in range(means.shape[1]):
        x, y = frame.x(values), frame.y(means[:, j])
        thin = " between" if found.is_discrete else ""
        parts.append(element("path", d=polyline(x, y), class_=f"{curve_style(colors, j)}{thin}"))
        if found.is_discrete:
            parts += [marker(colors, j, float(a), float(b)) for a, b in zip(x, y, strict=True)]
    return [*parts, legend(frame.right, names, colors)]


def _with_margin(low: float, high: float, bend: Bend | None) -> tuple[float, float]:
    """Return the range of x with a small margin, as seen in the drawing."""
    if bend is not None:
        scale = Scale(low, high, 0.0, 1.0, bend=bend)
        return float(scale.inverse(-0.02)), float(scale.inverse(1.02))
    wide_low, wide_high = widened(low, high, 0.03)
    return (
        wide_low if low < 0 or low > 0.03 * (high - low) else low - 0.01 * (high - low)
    ), wide_high


def _histogram(frame: Frame, rows: Array, values: Array | None) -> Fragment:
    """Return bars of how many rows are where; at `values` if the rows have no others."""
    at = frame.x(rows)
    bottom = frame.bottom + _STRIP
    if values is None:
        edges = np.linspace(frame.left, frame.right, _BARS + 1)
        centers, half = (edges[1:] + edges[:-1]) / 2, (edges[1] - edges[0]) / 2 - 0.5
        counts = np.histogram(at, edges)[0]
    else:
        centers = frame.x(values)
        half = min(9.0, float(np.diff(np.sort(centers)).min()) * 0.4) if len(values) > 1 else 9.0
        nearest = np.searchsorted((centers[1:] + centers[:-1]) / 2, at)
        counts = np.bincount(nearest, minlength=len(centers))
    # One bar far above the others is cut, with its share beside it.
    ranked = np.sort(counts)
    cut = len(counts) > 1 and ranked[-1] > _CUT_FROM * ranked[-2] > 0
    highest = ranked[-2] if cut else max(ranked[-1], 1)
    heights = np.where(counts > 0, np.clip(counts / highest * (_STRIP - 6), 1, _STRIP - 6), 0)
    half = max(half, 0.5)
    bars = [
        element("rect", x=float(x) - half, y=bottom - float(h), width=2 * half, height=float(h))
        for x, h in zip(centers, heights, strict=True)
        if h > 0
    ]
    if cut:
        x = float(centers[int(counts.argmax())])
        share = format_percent(float(ranked[-1] / counts.sum()), 0)
        right = x < (frame.left + frame.right) / 2
        side = half + 4 if right else -half - 4
        anchor = "start" if right else "end"
        bars.append(text(x + side, bottom - _STRIP + 12, share, text_anchor=anchor, class_="tick"))
    return group(*bars, class_="rows", aria_hidden="true")


def _by_category(
    found: Dependence,
    rows: Column,
    means: Array,
    names: Sequence[str],
    colors: Sequence[str],
    span: tuple[float, float],
    unit: str,
) -> tuple[list[Fragment], float]:
    """Return a row for each level, those with the lowest predictions first, and the height."""
    order = np.argsort(means[:, 0], kind="stable")
    levels = [str(found.values[i]) for i in order]
    shares = found.counts / len(rows)
    left = 14 + min(_MAX_NAME, max(text_width(one, 12.0) for one in levels))
    top, bottom = 46.0, 46.0 + _ROW * len(levels)
    right = WIDTH - RIGHT - 40
    frame = Frame(Scale(*span, left, right), Scale(0, 1, bottom, top))
    parts = [label(2, 16, found.label, WIDTH - 4, TICK_SIZE, class_="name")]
    for value, _ in x_ticks(frame.x):
        at = float(frame.x(value))
        parts.append(line(at, top, at, bottom, class_="grid"))
    for row, place in enumerate(order.tolist()):
        y = top + _ROW * (row + 0.5)
        parts.append(label(left - 8, y + 4, levels[row], left - 10, 12.0, text_anchor="end"))
        share = format_percent(float(shares[place]))
        parts.append(text(WIDTH - 4, y + 4, share, text_anchor="end", class_="share"))
        for j in range(means.shape[1]):
            parts.append(marker(colors, j, float(frame.x(means[place, j])), y))
    parts.append(line(left, bottom, right, bottom, class_="axis"))
    parts.append(text(WIDTH - 4, top - 6, "rows", text_anchor="end", class_="name"))
    parts += frame.x_axis(unit)
    return [group(*parts, aria_hidden="true"), legend(right, names, colors)], bottom + 42


def curve_style(colors: Sequence[str], place: int) -> str:
    """Return the CSS classes of a curve: its color, and dashes by its place."""
    return f"curve {colors[place]} line-{place}"


def marker(colors: Sequence[str], place: int, x: float, y: float) -> Fragment:
    """Return the marker of a curve: a circle, a square or a triangle."""
    style = f"dot {colors[place]}"
    if place == 0:
        return element("circle", cx=x, cy=y, r=4, class_=style)
    if place == 1:
        return element("rect", x=x - 3.5, y=y - 3.5, width=7, height=7, class_=style)
    return element("path", d=f"M{x:.1f} {y - 4.5:.1f}l4.5 8h-9z", class_=style)


def legend(
    right: float, names: Sequence[str], colors: Sequence[str], *, dots: bool = True
) -> Fragment:
    """Return the names of the curves, right-aligned, or nothing for a single curve."""
    if len(names) < 2:
        return group()
    room = (right - 2) / len(names) - 42
    parts, x = [], right
    for j in range(len(names) - 1, -1, -1):
        width = min(text_width(names[j], TICK_SIZE), room)
        parts.append(label(x - width, 34, names[j], room + 2, TICK_SIZE, class_="tick"))
        parts.append(line(x - width - 28, 30, x - width - 6, 30, class_=curve_style(colors, j)))
        if dots:
            parts.append(marker(colors, j, x - width - 17, 30))
        x -= width + 42
    return group(*parts, aria_hidden="true")
