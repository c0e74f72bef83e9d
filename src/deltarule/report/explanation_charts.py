"""Charts that explain a model: column importance, partial dependence and reliability curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, format_percent
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
from deltarule.report.axes import TICK_SIZE, Frame, Scale, make_frame, widened
from deltarule.table_model.partial_dependence import Dependence
from deltarule.table_model.permutation_importance import ColumnImportance
from deltarule.table_model.reliability import ReliabilityCurve

Array = NDArray[Any]
WIDTH, HEIGHT = 460.0, 300.0
_BAR, _MAX_NAME = 24.0, 190.0
_MICROSECONDS = "datetime64[us]"


def importance_chart(found: Sequence[ColumnImportance], unit: str) -> Fragment:
    """Return one bar per column, the longest first, with its standard deviation as a whisker."""
    width, height = 640.0, 52 + _BAR * len(found)
    left = 14 + min(_MAX_NAME, max(text_width(one.column, 12.0) for one in found))
    highest = max(one.loss_increase + one.standard_deviation for one in found)
    scale = Scale(0.0, highest if highest > 0 else 1.0, left, width - 70)
    parts: list[Fragment] = []
    for i, one in enumerate(found):
        y = 10 + _BAR * i
        end = float(scale(max(one.loss_increase, 0.0)))
        parts.append(label(left - 8, y + 15, one.column, left - 12, 12.0, text_anchor="end"))
        parts.append(
            element("rect", x=left, y=y + 3, width=max(end - left, 0.8), height=_BAR - 8, rx=2,
                    class_="bar")
        )  # fmt: skip
        low, high = (
            float(scale(max(one.loss_increase + side * one.standard_deviation, 0.0)))
            for side in (-1, 1)
        )
        parts.append(line(low, y + 11, high, y + 11, class_="axis"))
        shown = format_number(one.loss_increase, 2)
        parts.append(text(max(end, high) + 6, y + 15, shown, class_="tick"))
    bottom = 14 + _BAR * len(found)
    parts.append(line(left, 6, left, bottom, class_="axis"))
    parts.append(text(left, bottom + 18, unit, class_="name"))
    first = found[0]
    return svg_root(
        "importance",
        width,
        height,
        "Column importance",
        f"{truncate(first.column)} is the most important column: shuffling it increases the loss by "
        f"{format_number(first.loss_increase, 2)}.",
        *parts,
        class_="wide",
    )


def dependence_chart(found: Dependence, names: Sequence[str], unit: str, place: int) -> Fragment:
    """Return the mean prediction by the values of one column.

    `names`: names of the curves, one for each column of `found.means`; `unit`: label of the y axis.
    """
    means = found.means if found.means.ndim == 2 else found.means[:, None]
    low, high = widened(float(means.min()), float(means.max()), 0.08)
    if found.kind in ("text", "boolean"):
        drawn = _by_category(found, means, names, (low, high), unit)
    else:
        drawn = _by_number(found, means, names, (low, high), unit)
    most = means[:, 0]
    return svg_root(
        f"dependence-{place}",
        WIDTH,
        HEIGHT,
        f"{truncate(unit)} by {truncate(found.column)}",
        f"The mean prediction goes from {format_number(float(most.min()), 3)} to "
        f"{format_number(float(most.max()), 3)} as {truncate(found.column)} changes.",
        *drawn,
    )


def reliability_chart(curve: ReliabilityCurve, x_label: str, y_label: str) -> Fragment:
    """Return the observed over the expected shares, with the diagonal of perfect calibration."""
    both = np.concatenate([curve.expected, curve.observed])
    low = max(0.0, float(both.min()) - 0.05)
    frame = make_frame(WIDTH, HEIGHT, (low, 1.0), (low, 1.0))
    dots = [
        element("circle", cx=float(frame.x(p)), cy=float(frame.y(f)), r=4.5, class_="training")
        for p, f in zip(curve.expected, curve.observed, strict=True)
    ]
    path = element("path", d=polyline(frame.x(curve.expected), frame.y(curve.observed)),
                   class_="curve training")  # fmt: skip
    worst = int(np.abs(curve.expected - curve.observed).argmax())
    return svg_root(
        "reliability",
        WIDTH,
        HEIGHT,
        "Reliability curve",
        f"The diagonal is perfect calibration. The largest difference: expected "
        f"{format_percent(curve.expected[worst])}, observed {format_percent(curve.observed[worst])}.",
        frame.axes(x_label, y_label),
        line(frame.left, frame.bottom, frame.right, frame.top, class_="mark"),
        path,
        group(*dots),
    )


def _by_number(
    found: Dependence, means: Array, names: Sequence[str], span: tuple[float, float], unit: str
) -> list[Fragment]:
    values = found.values
    if found.kind == "datetime":
        values = values.astype(_MICROSECONDS).astype(np.int64) / 86_400e6 / 365.2425 + 1970
    values = values.astype(np.float64)
    frame = make_frame(WIDTH, HEIGHT, widened(float(values.min()), float(values.max()), 0.03), span)
    name = f"{found.column} (year)" if found.kind == "datetime" else found.column
    parts = [frame.axes(name, unit)]
    for j in range(means.shape[1]):
        d = polyline(frame.x(values), frame.y(means[:, j]))
        parts.append(element("path", d=d, class_=f"curve {_SERIES[j]}"))
    ticks = [
        line(float(frame.x(v)), frame.bottom, float(frame.x(v)), frame.bottom - 5, class_="axis")
        for v in values
    ]
    return [*parts, group(*ticks, aria_hidden="true"), *_legend(frame, names)]


def _by_category(
    found: Dependence, means: Array, names: Sequence[str], span: tuple[float, float], unit: str
) -> list[Fragment]:
    count = len(found.values)
    frame = make_frame(WIDTH, HEIGHT + 24, (0.0, float(count)), span)
    frame = Frame(frame.x, Scale(*span, HEIGHT - 42, 46.0))
    room = (frame.right - frame.left) / count
    parts: list[Fragment] = []
    for value, tick in frame.y.ticks():
        at = float(frame.y(value))
        parts.append(line(frame.left, at, frame.right, at, class_="grid"))
        parts.append(text(frame.left - 7, at + 4, tick, text_anchor="end", class_="tick"))
    parts.append(label(2, 16, unit, frame.right - frame.left, TICK_SIZE, class_="name"))
    for i, category in enumerate(found.values):
        middle = frame.left + room * (i + 0.5)
        parts.append(
            label(middle, frame.bottom + 17 + 11 * (i % 2) * (room < 60), str(category),
                  room * (2 if room < 60 else 1) - 4, TICK_SIZE, text_anchor="middle", class_="tick")
        )  # fmt: skip
        for j in range(means.shape[1]):
            at = float(frame.y(means[i, j]))
            half = room * 0.32
            parts.append(line(middle - half, at, middle + half, at, class_=f"curve {_SERIES[j]}"))
    parts.append(line(frame.left, frame.bottom, frame.right, frame.bottom, class_="axis"))
    name_at = (frame.left + frame.right) / 2
    parts.append(
        label(name_at, frame.bottom + 38, found.column, frame.right - frame.left, TICK_SIZE,
              text_anchor="middle", class_="name")
    )  # fmt: skip
    return [*parts, *_legend(frame, names)]


_SERIES = ("training", "validation", "third")
MAX_CURVES = len(_SERIES)


def _legend(frame: Frame, names: Sequence[str]) -> list[Fragment]:
    """Return the legend, right-aligned, or nothing for a single curve."""
    if len(names) < 2:
        return []
    parts, x = [], frame.right
    for j in range(len(names) - 1, -1, -1):
        width = min(text_width(names[j], TICK_SIZE), 90.0)
        parts.append(label(x - width, 34, names[j], 92.0, TICK_SIZE, class_="tick"))
        parts.append(line(x - width - 28, 30, x - width - 6, 30, class_=f"curve {_SERIES[j]}"))
        x -= width + 40
    return [group(*parts, aria_hidden="true")]
