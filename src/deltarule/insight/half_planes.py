"""Regions of the plane as networks: half-planes combined by logic.

A unit with the sign activation is a half-plane, and an AND of n of them is a convex polygon, which
approximates any convex region as n grows. A polygon that is not convex is its convex hull without the
pockets between hull and polygon, which are polygons again (Tor and Middleditch 1984).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.formatting import format_number
from deltarule._common.notebook_display import NotebookDisplay
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


@dataclass(frozen=True, eq=False, repr=False)
class Region(NotebookDisplay):
    """A polygon as a network that returns 1 inside and −1 outside.

    Parameters
    ----------
    vertices : ndarray of shape (n_vertices, 2), dtype float64
        Corners of the polygon, counterclockwise.
    lines : tuple of Line
        The half-planes of the first layer, positive inside.
    trained : TrainedNetwork
        The network, with sign activations.

    See Also
    --------
    polygon_region : Build the network of any polygon.
    disc_region : Build the network of a regular polygon around a disc.
    """

    vertices: Array
    lines: tuple[Line, ...]
    trained: TrainedNetwork

    def _sentence(self) -> str:
        corners, area = len(self.vertices), format_number(self.area)
        return f"polygon of {corners} corners, area {area}, as {self.trained.network._sentence()}"

    @property
    def area(self) -> float:
        """Area of the polygon (shoelace formula)."""
        return signed_area(self.vertices)

    def contains(self, points: ArrayLike) -> Array:
        """Classify points as inside or outside with the network.

        Parameters
        ----------
        points : array-like of shape (n_points, 2)
            Coordinates of the points.

        Returns
        -------
        ndarray of shape (n_points,), dtype bool
            True where the network returns a value above 0.
        """
        return self.trained.predict(points, engine="reference")[:, 0] > 0

    def smoothed(self, steepness: float) -> TrainedNetwork:
        """Return the network with tanh(steepness · z) instead of sign(z) in all layers.

        The smooth network has gradients and rounded corners; for growing `steepness` it approaches the
        original.

        Parameters
        ----------
        steepness : float
            Factor of all weights and biases, greater than 0.

        Returns
        -------
        TrainedNetwork
            The smooth network.

        Raises
        ------
        SettingError
            If `steepness` is not greater than 0.
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
    """Build a network that represents a polygon.

    Each unit of the first layer is an edge of the polygon or of its convex hull; the later layers are
    AND and NOT. Points exactly on one of these lines count as outside.

    Parameters
    ----------
    vertices : array-like of shape (n_vertices, 2)
        At least three corners in order, clockwise or counterclockwise. The polygon need not be convex.

    Returns
    -------
    Region
        The polygon and its network.

    Raises
    ------
    ShapeError
        If `vertices` does not have shape (n_vertices, 2).
    DataError
        If there are fewer than three corners, the area is 0, or edges cross.

    Examples
    --------
    >>> from deltarule import insight
    >>> square = insight.polygon_region([(0, 0), (2, 0), (2, 2), (0, 2)])
    >>> square.contains([(1, 1), (3, 1)])
    array([ True, False])
    >>> square.area
    4.0
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
    by_name = {name: line for line, name in lines.items()}
    return Region(corners, tuple(lines), logic_of_half_planes(by_name, tree))


def disc_region(half_planes: int, radius: float = 1.0) -> Region:
    """Build a regular polygon whose edges touch a disc around the origin from outside.

    Parameters
    ----------
    half_planes : int
        Number of edges, at least 3.
    radius : float, default 1.0
        Radius of the disc, greater than 0.

    Returns
    -------
    Region
        The polygon and its network.

    Raises
    ------
    SettingError
        If `half_planes` or `radius` is out of range.

    See Also
    --------
    disc_area_error : How much the area of the polygon exceeds that of the disc.

    Examples
    --------
    >>> from deltarule import insight
    >>> insight.disc_region(6).contains([(0, 0), (0.99, 0), (1.2, 0)])
    array([ True,  True, False])
    """
    checks.integer("disc_region.half_planes", half_planes, at_least=3)
    checks.number("disc_region.radius", radius, above=0)
    angles = 2 * np.pi * (np.arange(half_planes) + 0.5) / half_planes
    reach = radius / math.cos(math.pi / half_planes)
    return polygon_region(reach * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def disc_area_error(half_planes: int) -> float:
    """Compute the relative excess area of a regular polygon around a disc.

    Parameters
    ----------
    half_planes : int
        Number of edges n, at least 3.

    Returns
    -------
    float
        (n/π) tan(π/n) − 1, which is about π² / (3 n²).

    Examples
    --------
    >>> from deltarule import insight
    >>> [round(insight.disc_area_error(n), 3) for n in (4, 8, 16)]
    [0.273, 0.055, 0.013]
    """
    return half_planes / math.pi * math.tan(math.pi / half_planes) - 1


def logic_of_half_planes(lines: Mapping[str, Line], tree: Node) -> TrainedNetwork:
    """Return the network of half-planes, the first layer, followed by a formula of them.

    `lines` are the half-planes by the names that they have in `tree`.
    """
    network, parameters, _ = compile_tree(tree, tuple(lines))
    normals = np.array([line.weights for line in lines.values()]).T
    offsets = np.array([line.bias for line in lines.values()])
    layers = [Dense(len(lines), "sign", name="half_planes")]
    layers += [replace(block.dense, name=None) for block in network.blocks]
    return TrainedNetwork(
        Network(layers, 2),
        Parameters((normals, *parameters.weights), (offsets, *parameters.biases)),
    )


def signed_area(corners: Array) -> float:
    """Return ½ Σ (xᵢ yᵢ₊₁ − xᵢ₊₁ yᵢ), positive for counterclockwise corners."""
    x, y = corners.T
    return 0.5 * float(x @ np.roll(y, -1) - np.roll(x, -1) @ y)


def _formula(corners: Array, lines: dict[Line, str]) -> Node:
    """Return hull edges AND NOT pockets; the required half-planes are added to `lines`."""
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
    """Return the half-plane to the left of the edge from a to b, with a normal of length 1."""
    along = (b - a) / float(np.hypot(*(b - a)))
    normal = (-float(along[1]), float(along[0]))
    return Line(-float(normal[0] * a[0] + normal[1] * a[1]), normal)


def _hull(corners: Array) -> list[int]:
    """Return the ascending indices of the convex hull of a counterclockwise polygon.

    Andrew's (1979) monotone chain; corners in the interior of a hull edge are not included.
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
    """Return twice the signed area of the triangle a, b, c: positive for a left turn."""
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
