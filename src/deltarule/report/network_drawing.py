"""The network drawn: units as circles, weights as lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.report.axes import format_number
from deltarule.report.svg import (
    Fragment,
    brief,
    element,
    group,
    label,
    number,
    picture,
    text,
    text_width,
)

Array = NDArray[Any]
MOST_AT_EDGES, MOST_HIDDEN = 14, 10  # units drawn of one layer
MOST_LISTED = 25  # links in the table behind the drawing
ROW, RADIUS, GAP, HEAD = 36.0, 14.0, 190.0, 66.0
LEAST_SIDE, MOST_SIDE = 90.0, 250.0  # room for names at the edges
_WORD_SIZE = 12.0


@dataclass(frozen=True, eq=False)
class DrawnLayer:
    """One column of circles. `shown` (k,): the numbers of the units drawn, ascending."""

    name: str
    words: str
    units: int
    shown: Array
    names: tuple[str, ...]  # of all units
    biases: Array | None
    x: float

    def places(self, middle: float) -> Array:
        """Return the heights of the shown units, one more for the ellipsis."""
        rows = len(self.shown) + (len(self.shown) < self.units)
        return middle + (np.arange(rows) - (rows - 1) / 2) * ROW


@dataclass(frozen=True)
class Link:
    """One weight, for the table."""

    layer: str
    source: str
    target: str
    weight: float


def network_drawing(
    network: Network,
    parameters: Parameters,
    feature_names: Sequence[str],
    output_names: Sequence[str],
) -> Fragment:
    """Return the drawing. Of large layers only the units with the largest weights are shown."""
    layers = _layers(network, parameters, feature_names, output_names)
    rows = max(len(layer.shown) + (len(layer.shown) < layer.units) for layer in layers)
    width, height = layers[-1].x + _side(layers[-1]), HEAD + rows * ROW + 14
    middle = HEAD + rows * ROW / 2
    links = [
        _links(before, after, weight, middle)
        for before, after, weight in zip(layers, layers[1:], parameters.weights, strict=False)
    ]
    return picture(
        "network",
        width,
        height,
        "The trained network",
        _description(network, layers),
        *links,
        *(_units(layer, middle, i, len(layers)) for i, layer in enumerate(layers)),
        class_="wide",
    )


def strongest_links(
    network: Network,
    parameters: Parameters,
    feature_names: Sequence[str],
    output_names: Sequence[str],
    count: int = MOST_LISTED,
) -> list[Link]:
    """Return the links with the largest |weight| of all layers, the largest first."""
    layers = _layers(network, parameters, feature_names, output_names)
    found = []
    for before, after, weight in zip(layers, layers[1:], parameters.weights, strict=False):
        size = np.abs(weight).ravel()
        top = np.argsort(-size, kind="stable")[:count]
        for place in top.tolist():
            source, target = divmod(place, weight.shape[1])
            link = Link(
                after.name, before.names[source], after.names[target], float(weight[source, target])
            )
            found.append(link)
    found.sort(key=lambda link: -abs(link.weight))
    return found[:count]


def _layers(
    network: Network,
    parameters: Parameters,
    feature_names: Sequence[str],
    output_names: Sequence[str],
) -> list[DrawnLayer]:
    weights, blocks = parameters.weights, network.blocks
    strength = [np.abs(weights[0]).sum(axis=1)]
    for i, weight in enumerate(weights):
        leaving = np.abs(weights[i + 1]).sum(axis=1) if i + 1 < len(weights) else 0.0
        strength.append(np.abs(weight).sum(axis=0) + leaving)
    inputs = len(feature_names)
    words = f"{inputs:,} feature{'s' * (inputs != 1)}"
    shown = _strongest(strength[0], MOST_AT_EDGES)
    first = DrawnLayer("inputs", words, inputs, shown, tuple(feature_names), None, 0.0)
    layers = [replace(first, x=_side(first))]
    for i, block in enumerate(blocks):
        last = i == len(blocks) - 1
        units = block.dense.units
        names = tuple(f"{block.name} unit {j + 1}" for j in range(units))
        words = f"{units:,} unit{'s' * (units != 1)}, {block.dense.activation.kind}"
        layers.append(
            DrawnLayer(
                block.name,
                words,
                units,
                _strongest(strength[i + 1], MOST_AT_EDGES if last else MOST_HIDDEN),
                tuple(output_names) if last else names,
                parameters.biases[i],
                layers[0].x + GAP * (i + 1),
            )
        )
    return layers


def _side(layer: DrawnLayer) -> float:
    """Return the room that the shown names of the first or last layer need beside it."""
    widest = max(text_width(layer.names[unit][:200], _WORD_SIZE) for unit in layer.shown.tolist())
    return min(max(widest + RADIUS + 14, LEAST_SIDE), MOST_SIDE)


def _strongest(strength: Array, most: int) -> Array:
    if len(strength) <= most:
        return np.arange(len(strength))
    return np.sort(np.argsort(-strength, kind="stable")[:most])


def _links(before: DrawnLayer, after: DrawnLayer, weight: Array, middle: float) -> Fragment:
    """Draw the weights between two columns, weak ones first, so that strong ones lie on top."""
    part = weight[np.ix_(before.shown, after.shown)].astype(np.float64)
    largest = float(np.abs(part).max()) or 1.0
    y_before, y_after = before.places(middle), after.places(middle)
    lines = []
    for place in np.argsort(np.abs(part), axis=None, kind="stable").tolist():
        i, j = divmod(place, part.shape[1])
        share = abs(float(part[i, j])) / largest
        source, target = before.names[before.shown[i]], after.names[after.shown[j]]
        told = f"{brief(source)} to {brief(target)}: {_signed(float(part[i, j]))}"
        x1, x2 = number(before.x + RADIUS), number(after.x - RADIUS)
        y1, y2 = number(float(y_before[i])), number(float(y_after[j]))
        lines.append(
            element(
                "path",
                element("title", told),
                d=f"M{x1} {y1}L{x2} {y2}",
                stroke_width=0.5 + 4.0 * share,
                stroke_opacity=0.18 + 0.72 * share,
                class_="positive" if part[i, j] >= 0 else "negative",
            )
        )
    return group(*lines, class_="links")


def _units(layer: DrawnLayer, middle: float, place: int, layers: int) -> Fragment:
    y = layer.places(middle)
    parts = [
        text(layer.x, 18, layer.name, text_anchor="middle", class_="strong"),
        text(layer.x, 34, layer.words, text_anchor="middle", class_="tick"),
    ]
    room = _side(layer) - RADIUS - 12
    for unit, height in zip(layer.shown.tolist(), y.tolist(), strict=False):
        parts.append(_unit(layer, unit, height))
        if place == 0:
            parts.append(
                label(
                    layer.x - RADIUS - 7, height + 4, layer.names[unit], room, _WORD_SIZE,
                    text_anchor="end",
                )
            )  # fmt: skip
        elif place == layers - 1:
            x = layer.x + RADIUS + 7
            parts.append(label(x, height + 4, layer.names[unit], room, _WORD_SIZE))
    hidden = layer.units - len(layer.shown)
    if hidden:
        height = float(y[-1])
        parts.append(text(layer.x, height - 3, "⋮", text_anchor="middle", class_="strong"))
        told = f"{hidden:,} more"
        parts.append(text(layer.x, height + 11, told, text_anchor="middle", class_="tick"))
    return group(*parts)


def _unit(layer: DrawnLayer, unit: int, y: float) -> Fragment:
    """Draw one circle, with its bias in it."""
    if layer.biases is None:
        return element("circle", cx=layer.x, cy=y, r=RADIUS - 4, class_="unit")
    bias = float(layer.biases[unit])
    told = f"{brief(layer.names[unit])}: bias {_signed(bias)}"
    written = f"{bias:+.2f}" if abs(bias) < 9.995 else f"{bias:+.0f}"
    if len(written) > 6:
        written = f"{bias:+.0e}".replace("e+0", "e").replace("e+", "e")
    return group(
        element("title", told),
        element(
            "circle", cx=layer.x, cy=y, r=RADIUS, class_=f"unit {'plus' if bias >= 0 else 'minus'}"
        ),
        text(layer.x, y + 3, written.replace("-", "−"), text_anchor="middle", class_="bias"),
    )


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + format_number(value, 3)


def _description(network: Network, layers: Sequence[DrawnLayer]) -> str:
    chain = ", ".join(f"{layer.name} ({layer.words})" for layer in layers)
    cut = any(len(layer.shown) < layer.units for layer in layers)
    return (
        f"A chain of layers from left to right: {chain}; {network.parameter_count:,} weights and "
        f"biases.{' Only the units with the largest weights are drawn.' if cut else ''}"
    )
