"""Regions of the plane out of half-planes: what one hidden layer and an AND can enclose.

A sign unit is a half-plane; an AND of n of them is a convex polygon, so any convex region can be had as
exactly as n allows. A polygon with notches is a formula too: its convex hull, and not the pockets
between hull and polygon, which are polygons again (Tor and Middleditch 1984).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.activations import Tanh
from deltarule.errors import DataError, ShapeError
from deltarule.insight.boolean_formulas import And, Node, Not, Variable
from deltarule.insight.logic_networks import compile_tree
from deltarule.insight.perceptrons import Line
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Region:
    """A polygon as a network: 1 inside, −1 outside. `lines`: its half-planes, inside positive."""

    vertices: Array  # (corners, 2), counter-clockwise
    lines: tuple[Line, ...]
    trained: TrainedNetwork

    @property
    def area(self) -> float:
        """The area of the polygon (the shoelace formula)."""
        return signed_area(self.vertices)

    def contains(self, points: ArrayLike) -> Array:
        """Run points (rows, 2) through the network; True where it answers above 0, shape (rows,)."""
        return self.trained.predict(points, engine="reference")[:, 0] > 0

    def smoothed(self, steepness: float) -> TrainedNetwork:
        """Return the network with tanh(steepness · z) instead of sign(z), in all layers.

        sign is its limit for a growing `steepness`; the soft network has gradients, and round corners.
        """
        checks.number("smoothed.steepness", steepness, above=0)
        layers = [replace(block.dense, activation=Tanh()) for block in self.trained.network.blocks]
        parameters = self.trained.parameters
        return TrainedNetwork(
            Network(layers, 2),
            Parameters(
                tuple(steepness * weight for weight in parameters.weights),
                tuple(None if bias is None else steepness * bias for bias in parameters.biases),
            ),
        )


def polygon_region(vertices: ArrayLike) -> Region:
    """Return the network of a polygon with these corners (corners, 2), in order, in either direction.

    Each unit of the first layer is one edge (or one lid of a pocket), later layers are AND and NOT.
    Points exactly on an edge or a lid count as outside. Raises `DataError` for fewer than three corners,
    corners without an area, or edges that cross.
    """
    corners = np.asarray(vertices, np.float64)
    if corners.ndim != 2 or corners.shape[1] != 2:
        raise ShapeError(f"A polygon's corners must have shape (corners, 2), got {corners.shape}.")
    if len(corners) < 3 or not np.isfinite(corners).all():
        raise DataError("A polygon needs three corners or more, all of them finite numbers.")
    area = signed_area(corners)
    if abs(area) < 1e-12 * float(np.ptp(corners, axis=0).max()) ** 2:
        raise DataError("The corners lie on one line: they enclose nothing.")
    if area < 0:
        corners = corners[::-1]
    if _crosses_itself(corners):
        raise DataError("The polygon's edges cross each other: give its corners in their order.")
    lines: dict[Line, str] = {}
    tree = _formula(corners, lines)
    network, parameters, _ = compile_tree(tree, tuple(lines.values()))
    return Region(corners, tuple(lines), _behind(tuple(lines), network, parameters))


def disc_region(half_planes: int, radius: float = 1.0) -> Region:
    """Return n half-planes that touch a disc around 0 from outside: a regular polygon with n edges.

    Its area exceeds the disc's by the share (n/π) tan(π/n) − 1, about π² / (3 n²).
    """
    checks.integer("disc_region.half_planes", half_planes, at_least=3)
    checks.number("disc_region.radius", radius, above=0)
    angles = 2 * np.pi * (np.arange(half_planes) + 0.5) / half_planes
    reach = radius / math.cos(math.pi / half_planes)
    return polygon_region(reach * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def disc_area_error(half_planes: int) -> float:
    """Return by what share of the disc's area n half-planes around it enclose too much."""
    return half_planes / math.pi * math.tan(math.pi / half_planes) - 1


def signed_area(corners: Array) -> float:
    """Return ½ Σ (xᵢ yᵢ₊₁ − xᵢ₊₁ yᵢ): positive for corners that run counter-clockwise."""
    x, y = corners.T
    return 0.5 * float(x @ np.roll(y, -1) - np.roll(x, -1) @ y)


def _behind(lines: tuple[Line, ...], network: Network, parameters: Parameters) -> TrainedNetwork:
    """Put the half-planes in front of the network that combines them."""
    normals = np.array([line.weights for line in lines]).T
    offsets = np.array([line.bias for line in lines])
    layers = [Dense(len(lines), "sign", name="half_planes")]
    layers += [replace(block.dense, name=None) for block in network.blocks]
    return TrainedNetwork(
        Network(layers, 2),
        Parameters((normals, *parameters.weights), (offsets, *parameters.biases)),
    )


def _formula(corners: Array, lines: dict[Line, str]) -> Node:
    """Return hull edges AND NOT pockets; the half-planes needed are added to `lines`."""
    hull = _hull(corners)
    parts: list[Node] = []
    for start, end in zip(hull, [*hull[1:], hull[0] + len(corners)], strict=True):
        a, b = corners[start % len(corners)], corners[end % len(corners)]
        line = _left_of(a, b)
        parts.append(Variable(lines.setdefault(line, f"edge{len(lines) + 1}")))
        if end - start > 1:
            pocket = corners[np.arange(start, end + 1) % len(corners)][::-1]
            parts.append(Not(_formula(pocket, lines)))
    return And(tuple(parts))


def _left_of(a: Array, b: Array) -> Line:
    """Return the half-plane left of the way from a to b, its normal of length 1."""
    along = (b - a) / float(np.hypot(*(b - a)))
    normal = (-float(along[1]), float(along[0]))
    return Line(-float(normal[0] * a[0] + normal[1] * a[1]), normal)


def _hull(corners: Array) -> list[int]:
    """Return the corners of the convex hull, as ascending places, of a counter-clockwise polygon.

    Andrew's (1979) monotone chain; corners on an edge of the hull are no corners of it.
    """
    order = sorted(range(len(corners)), key=lambda i: tuple(corners[i]))

    def chain(places: list[int]) -> list[int]:
        kept: list[int] = []
        for i in places:
            while len(kept) > 1 and _turn(corners[kept[-2]], corners[kept[-1]], corners[i]) <= 0:
                kept.pop()
            kept.append(i)
        return kept[:-1]

    return sorted(chain(order) + chain(order[::-1]))


def _turn(a: Array, b: Array, c: Array) -> float:
    """Return twice the signed area of a, b, c: positive for a turn to the left."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _crosses_itself(corners: Array) -> bool:
    count = len(corners)
    edges = [(corners[i], corners[(i + 1) % count]) for i in range(count)]
    for i in range(count):
        for j in range(i + 2, count):
            if i == 0 and j == count - 1:  # neighbors around the end
                continue
            (a, b), (c, d) = edges[i], edges[j]
            if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
                return True
    return False
