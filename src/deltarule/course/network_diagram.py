"""Drawings of a small network for one sample: units filled by activation, links by what they carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import subscript, true_minus
from deltarule.drawing import activation_level
from deltarule.drawing.svg import Fragment, element, group, line, text
from deltarule.insight import LayerActivations

Array = NDArray[Any]
RADIUS = 23.0
_THIN, _WIDE = 0.7, 8.0


def unit_names(layers: Sequence[LayerActivations]) -> list[list[str]]:
    """Return the names of all units, inputs first: x₁, h₁, and ŷ for the single output."""
    inputs = [f"x{subscript(i + 1)}" for i in range(layers[0].inputs.shape[1])]
    hidden = [
        [f"h{subscript(i + 1)}" for i in range(layer.outputs.shape[1])] for layer in layers[:-1]
    ]
    return [inputs, *hidden, ["ŷ"]]


def contributions(layer: LayerActivations, unit: int) -> Array:
    """Return weight · input of each link into a unit for the first row, of shape (n_inputs,)."""
    return layer.inputs[0] * layer.weights[:, unit]


def network_diagram(
    layers: Sequence[LayerActivations],
    x: Sequence[float],
    middle: float,
    row: float,
    *,
    selected: tuple[int, int] | None = None,
    off: int | None = None,
) -> list[Fragment]:
    """Return links, units and names of a network for the first row of its layers.

    `x` places the columns, inputs first; units of a column are `row` apart around `middle`. The links
    into the `selected` unit, a layer and a number from 0, have their contributions. Hidden unit `off`
    is crossed out, and its links carry nothing.
    """
    columns = [layers[0].inputs[0], *(layer.outputs[0] for layer in layers)]
    heights = [middle + row * (np.arange(len(one)) - (len(one) - 1) / 2) for one in columns]
    parts: list[Fragment] = []
    numbers: list[Fragment] = []
    for k, layer in enumerate(layers):
        widest = max(float(np.abs(layer.weights).max()), 1e-9)
        for j in range(layer.weights.shape[1]):
            carried = contributions(layer, j)
            for i, value in enumerate(carried):
                cut = off is not None and (i if k else j) == off
                is_selected = selected == (k, j)
                start = (x[k] + RADIUS, float(heights[k][i]))
                end = (x[k + 1] - RADIUS, float(heights[k + 1][j]))
                parts.append(_link(start, end, float(value), widest, cut, selected, is_selected))
                if is_selected:
                    at = 0.5 if k else 0.36
                    numbers.append(
                        text(
                            start[0] + at * (end[0] - start[0]),
                            start[1] + at * (end[1] - start[1]) + 4,
                            signed(float(value)), text_anchor="middle", class_="number halo",
                        )
                    )  # fmt: skip
    for k, (values, names) in enumerate(zip(columns, unit_names(layers), strict=True)):
        for i, name in enumerate(names):
            place = (x[k], float(heights[k][i]))
            chosen = selected == (k - 1, i)
            numbers += _unit(place, name, float(values[i]), chosen, k == 1 and i == off)
    return [*parts, *numbers]


def legend(y: float) -> list[Fragment]:
    """Return what fill and links mean, in a line at height `y`."""
    parts: list[Fragment] = []
    for x, level in ((12.0, "high"), (66.0, "medium"), (138.0, "none")):
        parts += [
            element("circle", cx=x, cy=y, r=7, class_=f"box level-{level}"),
            text(x + 11, y + 4, level, class_="small"),
        ]
    for x, sign, name in ((192.0, "positive", "positive"), (292.0, "negative", "negative")):
        parts += [
            line(x, y, x + 30, y, class_=f"flow stroke-{sign}", stroke_width=3.5),
            text(x + 36, y + 4, name, class_="small"),
        ]
    return parts


def two_decimals(value: float) -> str:
    """Return a number with two decimals and a true minus sign."""
    written = f"{value:.2f}"
    return true_minus("0.00" if written == "-0.00" else written)


def signed(value: float) -> str:
    """Return a number with its sign and one decimal; 0.0 has none."""
    written = f"{value:+.1f}"
    return true_minus(written.lstrip("+-") if float(written) == 0 else written)


def _link(
    start: tuple[float, float],
    end: tuple[float, float],
    value: float,
    widest: float,
    cut: bool,
    selected: tuple[int, int] | None,
    is_selected: bool,
) -> Fragment:
    """Return a link, as wide as its contribution; links of no selected unit are pale."""
    if cut:
        return line(*start, *end, class_="flow cut", stroke_width=_THIN)
    sign = "stroke-positive" if value >= 0 else "stroke-negative"
    return line(
        *start, *end, class_=f"flow {sign}", stroke_width=_THIN + _WIDE * abs(value) / widest,
        stroke_opacity=0.4 if selected is not None and not is_selected else None,
    )  # fmt: skip


def _unit(
    place: tuple[float, float], name: str, value: float, chosen: bool, is_off: bool
) -> list[Fragment]:
    x, y = place
    if is_off:
        d = f"M{x - 13:g} {y - 13:g}l26 26M{x + 13:g} {y - 13:g}l-26 26"
        return [
            group(
                element("circle", cx=x, cy=y, r=RADIUS, class_="box cut"),
                element("path", d=d, class_="flow cut", stroke_width=2.4),
            ),
            text(x, y - RADIUS - 7, f"{name} off", text_anchor="middle", class_="name halo"),
        ]
    level = activation_level(abs(value))
    class_ = "box active" if chosen else "box"
    return [
        element("circle", cx=x, cy=y, r=RADIUS, class_="behind-unit"),
        element("circle", cx=x, cy=y, r=RADIUS, class_=f"{class_} level-{level}"),
        text(x, y + 5, two_decimals(value), text_anchor="middle",
             class_=f"unit-number on-{level}"),
        text(x, y - RADIUS - 7, name, text_anchor="middle", class_="name halo"),
    ]  # fmt: skip
