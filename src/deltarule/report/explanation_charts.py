"""Charts of column importance and of reliability."""

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
from deltarule.report.axes import make_frame
from deltarule.report.scales import Scale
from deltarule.report.ticks import same_decimals
from deltarule.table_model.permutation_importance import ColumnImportance
from deltarule.table_model.reliability import ReliabilityCurve

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 300.0
_BAR, _MAX_NAME = 24.0, 150.0


def importance_chart(found: Sequence[ColumnImportance], unit: str) -> Fragment:
    """Return one bar per column, the longest first, with two standard errors as a whisker.

    Bars that are within two standard errors of 0 are pale.
    """
    height = 52 + _BAR * len(found)
    left = 20 + min(_MAX_NAME, max(text_width(one.column, 12.0) for one in found))
    highest = max(one.loss_increase + 2 * one.standard_error for one in found)
    scale = Scale(0.0, highest if highest > 0 else 1.0, left, WIDTH - 62)
    labels = same_decimals([one.loss_increase for one in found])
    parts: list[Fragment] = []
    for i, one in enumerate(found):
        y = 10 + _BAR * i
        end = float(scale(max(one.loss_increase, 0.0)))
        parts.append(label(left - 8, y + 15, one.column, left - 12, 12.0, text_anchor="end"))
        parts.append(
            element("rect", x=left, y=y + 3, width=max(end - left, 0.8), height=_BAR - 8, rx=2,
                    class_="bar pale" if one.is_noise else "bar")
        )  # fmt: skip
        low, high = (
            float(scale(max(one.loss_increase + side * one.standard_error, 0.0)))
            for side in (-2, 2)
        )
        parts.append(line(low, y + 11, high, y + 11, class_="axis"))
        parts.append(text(max(end, high) + 6, y + 15, labels[i], class_="tick"))
    bottom = 14 + _BAR * len(found)
    parts.append(line(left, 6, left, bottom, class_="axis"))
    parts.append(text(WIDTH - 4, bottom + 18, unit, text_anchor="end", class_="name"))
    first = found[0]
    return svg_root(
        "importance",
        WIDTH,
        height,
        "Column importance",
        f"{truncate(first.column)} is the most important column: shuffling it increases the loss by "
        f"{format_number(first.loss_increase, 2)}.",
        *parts,
        class_="single",
    )


def reliability_chart(curve: ReliabilityCurve, x_label: str, y_label: str) -> Fragment:
    """Return the observed over the expected shares, with the diagonal of perfect calibration."""
    both = np.concatenate([curve.expected, curve.observed])
    low = max(0.0, float(both.min()) - 0.05)
    frame = make_frame(WIDTH, HEIGHT, (low, 1.0), (low, 1.0))
    dots = [
        element("circle", cx=float(frame.x(p)), cy=float(frame.y(f)), r=4.5, class_="dot series-0")
        for p, f in zip(curve.expected, curve.observed, strict=True)
    ]
    path = element("path", d=polyline(frame.x(curve.expected), frame.y(curve.observed)),
                   class_="curve series-0")  # fmt: skip
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
