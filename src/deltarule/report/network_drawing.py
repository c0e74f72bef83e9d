"""The drawing of the network and a table of its largest weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deltarule.drawing import network_layout, network_svg
from deltarule.drawing.svg import Fragment
from deltarule.network import Network
from deltarule.parameters import Parameters

MAX_LISTED = 25  # rows of the table


@dataclass(frozen=True)
class Link:
    """One link of the table: a weight, or the size of several, which has no sign."""

    layer: str
    source: str
    target: str
    weight: float
    signed: bool = True


def network_drawing(
    network: Network,
    parameters: Parameters,
    feature_names: Sequence[str],
    output_names: Sequence[str],
    networks: int = 1,
) -> Fragment:
    """Return the drawing of the first of `networks`.

    Large layers show only the units with the largest weights.
    """
    layout = network_layout(network, parameters, feature_names, output_names, networks=networks)
    return network_svg(layout, class_="wide")


def largest_weights(
    network: Network,
    parameters: Parameters,
    feature_names: Sequence[str],
    output_names: Sequence[str],
    count: int = MAX_LISTED,
) -> list[Link]:
    """Return the links with the largest absolute weights, the largest first."""
    layout = network_layout(network, parameters, feature_names, output_names)
    columns, found = layout.columns, []
    for before, after, links in zip(columns, columns[1:], layout.links, strict=False):
        if after.blocks:
            continue
        names = columns[0].names if before.blocks else before.names
        size = np.abs(links.weights).ravel()
        top = np.argsort(-size, kind="stable")[:count]
        for place in top.tolist():
            i, j = divmod(place, links.weights.shape[1])
            weight, signed = float(links.weights[i, j]), bool(links.signed[i, j])
            found.append(Link(after.name, names[i], after.names[j], weight, signed))
    found.sort(key=lambda link: -abs(link.weight))
    return found[:count]
