"""Draw a network as SVG: units as circles, weights as lines."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, true_minus
from deltarule._common.palette import ACTIVATION_LEVELS, LIGHT
from deltarule.drawing.layout import (
    Column,
    NetworkLayout,
    activation_level,
    number_meaning,
    unsigned_meaning,
)
from deltarule.drawing.link_weights import Links
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
BLOCK_WIDTH, LEGEND = 78.0, 30.0
MIN_SIDE, MAX_SIDE = 90.0, 250.0  # width of the names at the edges
_FONT_SIZE = 12.0
STYLE = f"""
.deltarule-network {{ background: {LIGHT.card}; fill: {LIGHT.ink}; max-width: 100% }}
.deltarule-network {{ font: 12px sans-serif }}
.deltarule-network .tick {{ fill: {LIGHT.soft}; font-size: 11.5px }}
.deltarule-network .strong {{ font-weight: 600 }}
.deltarule-network .positive {{ stroke: {LIGHT.positive} }}
.deltarule-network .negative {{ stroke: {LIGHT.negative}; stroke-dasharray: 7 4 }}
.deltarule-network .unsigned {{ stroke: {LIGHT.soft} }}
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
    left, top = _side(columns[0]), HEAD + (22 if layout.title else 0)
    x = [left + GAP * i for i in range(len(columns))]
    legend, legend_width = _legend(layout, top + layout.rows * ROW + 26)
    width = max(x[-1] + _side(columns[-1]), legend_width)
    height, middle = top + layout.rows * ROW + 14 + LEGEND, top + layout.rows * ROW / 2
    links = [
        _links((columns[i], columns[i + 1]), (x[i], x[i + 1]), between, middle)
        for i, between in enumerate(layout.links)
    ]
    title = (text(12, 18, layout.title, class_="strong"),) if layout.title else ()
    return svg_root(
        identifier,
        width,
        height,
        "The trained network",
        _description(layout),
        # The style contains nothing from data, so it needs no escaping.
        *((Fragment(f"<style>{STYLE}</style>"),) if standalone else ()),
        *title,
        *links,
        *(_units(column, x[i], top, middle, i, len(columns)) for i, column in enumerate(columns)),
        legend,
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
    columns: tuple[Column, Column], x: tuple[float, float], between: Links, middle: float
) -> Fragment:
    """Draw the weights between two columns, small ones first, so that large ones are on top."""
    before, after = columns
    chosen = np.ix_(before.shown, after.shown)
    part, signed = between.weights[chosen].astype(np.float64), between.signed[chosen]
    largest = float(np.abs(part).max()) or 1.0
    y_before, y_after = _heights(before, middle), _heights(after, middle)
    lines = []
    for place in np.argsort(np.abs(part), axis=None, kind="stable").tolist():
        i, j = divmod(place, part.shape[1])
        value, share = float(part[i, j]), abs(float(part[i, j])) / largest
        if value == 0:
            continue
        source, target = before.names[before.shown[i]], after.names[after.shown[j]]
        written = _signed(value) if signed[i, j] else f"size {format_number(value, 3)}"
        tooltip = f"{truncate(source)} to {truncate(target)}: {written}"
        if after.blocks:
            share, tooltip = 0.2, truncate(target, 200)
        x1, x2 = number(x[0] + _half_width(before)), number(x[1] - _half_width(after))
        y1, y2 = number(float(y_before[i])), number(float(y_after[j]))
        lines.append(
            element(
                "path",
                element("title", tooltip),
                d=f"M{x1} {y1}L{x2} {y2}",
                stroke_width=0.5 + 4.0 * share,
                stroke_opacity=0.18 + 0.72 * share,
                class_=_style(value, bool(signed[i, j])),
            )
        )
    return group(*lines, class_="links")


def _style(value: float, signed: bool) -> str:
    return ("positive" if value > 0 else "negative") if signed else "unsigned"


def _half_width(column: Column) -> float:
    return BLOCK_WIDTH / 2 if column.blocks else RADIUS


def _units(
    column: Column, x: float, top: float, middle: float, place: int, columns: int
) -> Fragment:
    y = _heights(column, middle)
    parts = [
        text(x, top - 48, column.name, text_anchor="middle", class_="strong"),
        text(x, top - 32, column.subtitle, text_anchor="middle", class_="tick"),
    ]
    if column.after:
        parts.append(
            label(x, top - 17, column.after, GAP - 8, 11.5, text_anchor="middle", class_="tick")
        )
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
    """Draw one unit with its bias, or with its activation for the sample, or one embedded column."""
    if column.blocks:
        return group(
            element("title", truncate(column.names[unit], 200)),
            element(
                "rect", x=x - BLOCK_WIDTH / 2, y=y - RADIUS, width=BLOCK_WIDTH, height=2 * RADIUS,
                rx=4, class_="unit",
            ),
            text(x, y + 4, column.blocks[unit], text_anchor="middle", class_="tick"),
        )  # fmt: skip
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
        element("circle", cx=x, cy=y, r=RADIUS, class_=f"unit {_tint(bias)}".strip()),
        text(x, y + 3, true_minus(written), text_anchor="middle", class_="bias"),
    )


def _tint(bias: float) -> str:
    return "plus" if bias > 0 else "minus" if bias < 0 else ""


def _legend(layout: NetworkLayout, y: float) -> tuple[Fragment, float]:
    """Return the meaning of lines and numbers, and its width."""
    every = [(between.weights != 0, between.signed) for between in layout.links]
    lines = []
    if any(signed[drawn].any() for drawn, signed in every):
        lines = [("positive", "weight > 0"), ("negative", "weight < 0")]
    if any((~signed[drawn]).any() for drawn, signed in every):
        lines.append(("unsigned", unsigned_meaning(layout)))
    parts, x = [], 12.0
    for style, name in lines:
        parts.append(
            element("path", d=f"M{number(x)} {number(y)}h26", stroke_width=2.5, class_=style)
        )
        parts.append(text(x + 32, y + 4, name, class_="tick"))
        x += 50 + text_width(name, _FONT_SIZE)
    meaning = number_meaning(layout)
    if layout.columns[-1].values is not None:
        meaning += "; darker: larger size"
    if meaning:
        parts.append(element("circle", cx=x + 7, cy=y, r=7, class_="unit"))
        parts.append(text(x + 20, y + 4, meaning, class_="tick"))
        x += 36 + text_width(meaning, _FONT_SIZE)
    return group(*parts, class_="legend"), x


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + format_number(value, 3)


def _short(value: float) -> str:
    written = f"{value:.2f}" if abs(value) < 99.95 else f"{value:.0e}".replace("e+0", "e")
    return "0.00" if written == "-0.00" else true_minus(written)


def _description(layout: NetworkLayout) -> str:
    chain = ", ".join(
        f"{column.name} ({f'{column.subtitle} {column.after}'.rstrip()})"
        for column in layout.columns
    )
    biases = sum(0 if column.biases is None else len(column.biases) for column in layout.columns)
    count = biases + sum(between.weights.size for between in layout.links)
    cut = any(column.is_cut for column in layout.columns)
    return (
        f"{layout.title}{'. ' if layout.title else ''}A chain of layers from left to right: {chain}; "
        f"{count:,} links and biases."
        f"{' Only the units with the largest weights are drawn.' if cut else ''}"
    )
