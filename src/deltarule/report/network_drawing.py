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
    """One weight of the table."""

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
    """Return the drawing; large layers show only the units with the largest weights."""
    layout = network_layout(network, parameters, feature_names, output_names)
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
    for before, after, weight in zip(columns, columns[1:], layout.weights, strict=False):
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
