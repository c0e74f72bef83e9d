"""Draw a network as SVG: units as circles, weights as lines."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, true_minus
from deltarule._common.palette import ACTIVATION_LEVELS, LIGHT
from deltarule.drawing.layout import Column, NetworkLayout, activation_level
from deltarule.drawing.svg import (
    Fragment,
    element,
    group,
    label,
    number,
    svg_root,
    text,
    text_width,
    truncate,
)

Array = NDArray[Any]
ROW, RADIUS, GAP, HEAD = 36.0, 14.0, 190.0, 66.0
MIN_SIDE, MAX_SIDE = 90.0, 250.0  # width of the names at the edges
_FONT_SIZE = 12.0
STYLE = f"""
.deltarule-network {{ background: {LIGHT.card}; fill: {LIGHT.ink}; max-width: 100% }}
.deltarule-network {{ font: 12px sans-serif }}
.deltarule-network .tick {{ fill: {LIGHT.soft}; font-size: 11.5px }}
.deltarule-network .strong {{ font-weight: 600 }}
.deltarule-network .positive {{ stroke: {LIGHT.positive} }}
.deltarule-network .negative {{ stroke: {LIGHT.negative}; stroke-dasharray: 7 4 }}
.deltarule-network .unit {{ fill: {LIGHT.card}; stroke: {LIGHT.ink}; stroke-width: 1.2 }}
.deltarule-network .plus {{ fill: {LIGHT.positive_tint} }}
.deltarule-network .minus {{ fill: {LIGHT.negative_tint} }}
.deltarule-network .high {{ fill: {ACTIVATION_LEVELS["high"]} }}
.deltarule-network .medium {{ fill: {ACTIVATION_LEVELS["medium"]} }}
.deltarule-network .bias {{ font-size: 8.5px }}
.deltarule-network .on-high {{ fill: {LIGHT.card} }}
"""
"""The style of a standalone drawing; the report has its own style sheet."""


def network_svg(
    layout: NetworkLayout,
    *,
    identifier: str = "network",
    standalone: bool = False,
    class_: str = "",
) -> Fragment:
    """Draw a layout as SVG.

    Parameters
    ----------
    layout : NetworkLayout
        The layout.
    identifier : str, default 'network'
        Unique identifier within the page.
    standalone : bool, default False
        Include the style, for a drawing outside the report.
    class_ : str, optional
        CSS classes of the drawing.

    Returns
    -------
    Fragment
        The `<svg>` element.
    """
    columns = layout.columns
    left = _side(columns[0])
    x = [left + GAP * i for i in range(len(columns))]
    width, height = x[-1] + _side(columns[-1]), HEAD + layout.rows * ROW + 14
    middle = HEAD + layout.rows * ROW / 2
    links = [
        _links((columns[i], columns[i + 1]), (x[i], x[i + 1]), weight, middle)
        for i, weight in enumerate(layout.weights)
    ]
    return svg_root(
        identifier,
        width,
        height,
        "The trained network",
        _description(layout),
        # The style contains nothing from data, so it needs no escaping.
        *((Fragment(f"<style>{STYLE}</style>"),) if standalone else ()),
        *links,
        *(_units(column, x[i], middle, i, len(columns)) for i, column in enumerate(columns)),
        class_=f"deltarule-network {class_}".strip() if standalone else class_ or None,
        standalone=standalone,
    )


def standalone_svg(layout: NetworkLayout) -> str:
    """Draw a layout as a self-contained SVG document, for a notebook or a file.

    Parameters
    ----------
    layout : NetworkLayout
        The layout.

    Returns
    -------
    str
        The document, with an identifier derived from its content.
    """
    drawing = network_svg(layout, standalone=True)
    unique = hashlib.sha256(drawing.encode()).hexdigest()[:12]
    return str(network_svg(layout, identifier=f"network-{unique}", standalone=True))


def _heights(column: Column, middle: float) -> Array:
    return middle + column.positions * ROW


def _side(column: Column) -> float:
    """Return the width of the names beside the first or last column."""
    widest = max(text_width(column.names[unit][:200], _FONT_SIZE) for unit in column.shown.tolist())
    return min(max(widest + RADIUS + 14, MIN_SIDE), MAX_SIDE)


def _links(
    columns: tuple[Column, Column], x: tuple[float, float], weight: Array, middle: float
) -> Fragment:
    """Draw the weights between two columns, small ones first, so that large ones are on top."""
    before, after = columns
    part = weight[np.ix_(before.shown, after.shown)].astype(np.float64)
    largest = float(np.abs(part).max()) or 1.0
    y_before, y_after = _heights(before, middle), _heights(after, middle)
    lines = []
    for place in np.argsort(np.abs(part), axis=None, kind="stable").tolist():
        i, j = divmod(place, part.shape[1])
        share = abs(float(part[i, j])) / largest
        source, target = before.names[before.shown[i]], after.names[after.shown[j]]
        tooltip = f"{truncate(source)} to {truncate(target)}: {_signed(float(part[i, j]))}"
        x1, x2 = number(x[0] + RADIUS), number(x[1] - RADIUS)
        y1, y2 = number(float(y_before[i])), number(float(y_after[j]))
        lines.append(
            element(
                "path",
                element("title", tooltip),
                d=f"M{x1} {y1}L{x2} {y2}",
                stroke_width=0.5 + 4.0 * share,
                stroke_opacity=0.18 + 0.72 * share,
                class_="positive" if part[i, j] >= 0 else "negative",
            )
        )
    return group(*lines, class_="links")


def _units(column: Column, x: float, middle: float, place: int, columns: int) -> Fragment:
    y = _heights(column, middle)
    parts = [
        text(x, 18, column.name, text_anchor="middle", class_="strong"),
        text(x, 34, column.subtitle, text_anchor="middle", class_="tick"),
    ]
    room = _side(column) - RADIUS - 12
    for unit, height in zip(column.shown.tolist(), y.tolist(), strict=False):
        parts.append(_unit(column, unit, x, height))
        if place == 0:
            parts.append(
                label(
                    x - RADIUS - 7, height + 4, column.names[unit], room, _FONT_SIZE,
                    text_anchor="end",
                )
            )  # fmt: skip
        elif place == columns - 1:
            parts.append(label(x + RADIUS + 7, height + 4, column.names[unit], room, _FONT_SIZE))
    if column.is_cut:
        height = float(y[-1])
        parts.append(text(x, height - 3, "⋮", text_anchor="middle", class_="strong"))
        more = f"{column.units - len(column.shown):,} more"
        parts.append(text(x, height + 11, more, text_anchor="middle", class_="tick"))
    return group(*parts)


def _unit(column: Column, unit: int, x: float, y: float) -> Fragment:
    """Draw one unit with its bias, or with its activation for the sample."""
    if column.values is not None and column.levels is not None:
        value, level = float(column.values[unit]), activation_level(float(column.levels[unit]))
        tooltip = f"{truncate(column.names[unit])}: {format_number(value)}, activation {level}"
        return group(
            element("title", tooltip),
            element("circle", cx=x, cy=y, r=RADIUS, class_=f"unit {level}"),
            text(x, y + 3, _short(value), text_anchor="middle", class_=f"bias on-{level}"),
        )
    if column.biases is None:
        return element("circle", cx=x, cy=y, r=RADIUS - 4, class_="unit")
    bias = float(column.biases[unit])
    tooltip = f"{truncate(column.names[unit])}: bias {_signed(bias)}"
    written = f"{bias:+.2f}" if abs(bias) < 9.995 else f"{bias:+.0f}"
    if len(written) > 6:
        written = f"{bias:+.0e}".replace("e+0", "e").replace("e+", "e")
    return group(
        element("title", tooltip),
        element("circle", cx=x, cy=y, r=RADIUS, class_=f"unit {'plus' if bias >= 0 else 'minus'}"),
        text(x, y + 3, true_minus(written), text_anchor="middle", class_="bias"),
    )


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + format_number(value, 3)


def _short(value: float) -> str:
    written = f"{value:.2f}" if abs(value) < 99.95 else f"{value:.0e}".replace("e+0", "e")
    return "0.00" if written == "-0.00" else true_minus(written)


def _description(layout: NetworkLayout) -> str:
    chain = ", ".join(f"{column.name} ({column.subtitle})" for column in layout.columns)
    biases = sum(0 if column.biases is None else len(column.biases) for column in layout.columns)
    count = biases + sum(weight.size for weight in layout.weights)
    cut = any(column.is_cut for column in layout.columns)
    return (
        f"A chain of layers from left to right: {chain}; {count:,} weights and "
        f"biases.{' Only the units with the largest weights are drawn.' if cut else ''}"
    )
