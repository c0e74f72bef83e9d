"""Truth tables of figures: the four corners of two inputs, and tables of inputs and outputs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import true_minus
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight.logic_networks import assignments, compile_formula
from deltarule.report.class_markers import class_style, marker_path

Array = NDArray[Any]
CORNERS = assignments(2)
"""The four rows of two inputs, −1 or 1."""
_TEXT = 14.5


def outputs_of(formula: str) -> Array:
    """Return the values, −1 or 1, of a formula of x1 and x2 at the four corners."""
    return compile_formula(f"{formula} | x1 & ~x1 | x2 & ~x2").truth_table().outputs


def corner(x: float, y: float, true: bool, wrong: bool = False) -> Fragment:
    """Return the marker of a corner at (x, y) in the drawing: a square is true, a circle false."""
    at = f"translate({x:.2f} {y:.2f}) scale(2.1)"
    index = int(true)
    parts = [element("path", d=marker_path(index, 0, 0), class_=f"point {class_style(index)}",
                     transform=at)]  # fmt: skip
    if wrong:
        parts.append(element("circle", cx=x, cy=y, r=15, class_="ring"))
    return element("g", *parts)


def add_corners(plane: Plane, targets: Array, wrong: Array) -> None:
    """Draw the four corners with their targets, and a ring around those that are wrong."""
    for point, target, bad in zip(CORNERS, targets, wrong, strict=True):
        plane.add(corner(*plane.at(*point), bool(target > 0), bool(bad)))


def plain(value: float) -> str:
    """Return a number of a table or a formula, rounded to six decimals."""
    return true_minus(f"{round(float(value), 6) + 0.0:g}")


def table(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: float = 400.0,
    row_height: float = 44.0,
    size: float = _TEXT,
    marked: int | None = None,
    wrong: Collection[int] = (),
    classes: Collection[int] = (),
    widths: Sequence[float] = (),
    formula: str = "",
) -> Fragment:
    """Return a truth table as a drawing.

    `marked` is the row in a box; `wrong` rows have the color of errors. The columns `classes` have the
    markers of classes beside their values, 1 or −1. `widths` are relative, and alike by default.
    `formula` stands above.
    """
    top = 66.0 if formula else 34.0
    height = top + row_height * len(rows) + 10
    ends = np.cumsum(widths or np.ones(len(head)))
    ends = np.insert(ends * (width / ends[-1]), 0, 0.0)
    middles = (ends[1:] + ends[:-1]) / 2
    parts = [text(width / 2, 24, formula, text_anchor="middle", class_="large")] if formula else []
    for x, name in zip(middles, head, strict=True):
        parts.append(text(float(x), top - 11, name, text_anchor="middle", class_="column-name"))
    for i, row in enumerate(rows):
        y = top + row_height * i
        if i in wrong:
            parts.append(
                element("rect", x=0, y=y, width=width, height=row_height, class_="wrong-row")
            )
        parts.append(line(0, y, width, y, class_="grid"))
        for j, (x, value) in enumerate(zip(middles, row, strict=True)):
            at, base = float(x), y + row_height / 2 + size * 0.36
            if j in classes and value:
                index = int(not value.startswith("−"))
                where = (
                    f"translate({at - size:.2f} {y + row_height / 2:.2f}) scale({size / 12:.2f})"
                )
                at += size * 0.4
                parts.append(
                    element("path", d=marker_path(index, 0, 0), transform=where,
                            class_=f"point {class_style(index)}")
                )  # fmt: skip
            parts.append(
                text(at, base, value, text_anchor="middle", class_="cell-text", font_size=size)
            )
    if marked is not None:
        y = top + row_height * marked
        parts.append(
            element("rect", x=1, y=y, width=width - 2, height=row_height, rx=4, class_="marked-row")
        )
    return drawing(title, width, height, *parts)
