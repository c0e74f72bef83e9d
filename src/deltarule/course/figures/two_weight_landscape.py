"""The whole loss landscape of networks that have two weights, from above and as hills, with a descent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.network_loss import NetworkLoss
from deltarule.course.plane import Plane
from deltarule.course.relief import Relief
from deltarule.drawing.svg import Fragment, element
from deltarule.insight import make_two_clusters

Array = NDArray[Any]
W_1, W_2 = (-3.0, 3.0), (-2.4, 2.4)
UPDATES, UPDATES_PER_STEP = 200, 2
BANDS = 14
_GRID = 41
_FLAT_GRADIENT, _FLAT_CURVATURE = 0.05, 0.02
"""Below these a place is called flat: in its slope, and in how it curves."""
_LEVEL, _HIGHER = 0.005, 0.05
"""This far above the lowest loss of the map a place is not the lowest, and a valley a local minimum."""


@dataclass(frozen=True)
class Landscape:
    """A network of two weights with its data, and where the figure starts with it."""

    label: str
    network: dr.Network
    loss: str
    rate: float
    start: tuple[float, float]
    angle: float = -150


_HIDDEN = (dr.Dense(1, bias=False),)
_UNIT = dr.Network([dr.Dense(1, "sigmoid", bias=False)], 2)
LANDSCAPES = {
    "tanh": Landscape(
        "x → tanh → ŷ", dr.Network([dr.Dense(1, "tanh", bias=False), *_HIDDEN], 1),
        "mean_squared_error", -1.0, (1.4, -2.1), 60),
    "relu": Landscape(
        "x → ReLU → ŷ", dr.Network([dr.Dense(1, "relu", bias=False), *_HIDDEN], 1),
        "mean_squared_error", -1.2, (-2.2, 2.0), -40),
    "squared": Landscape("sigmoid unit, squared error", _UNIT, "mean_squared_error", 0.0, (-2.4, -1.8)),
    "entropy": Landscape("sigmoid unit, cross-entropy", _UNIT, "binary_cross_entropy", 0.0, (-2.4, -1.8)),
}  # fmt: skip


@cache
def landscape_loss(name: str) -> NetworkLoss:
    """Return the loss of a landscape as a function of its two weights."""
    chosen = LANDSCAPES[name]
    if chosen.network is _UNIT:
        X, y = make_two_clusters(40, 1.2, seed=5)
        return NetworkLoss(chosen.network, 3 * X, y, chosen.loss)
    x = np.array([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5])
    y = 1.5 * np.tanh(1.2 * x) if name == "tanh" else np.where(x > 0, 1.2 * x, -0.5 * x)
    return NetworkLoss(chosen.network, x[:, None], y, chosen.loss)


@cache
def landscape_grid(name: str) -> Array:
    """Return J over both weights, of shape (n_rows, n_columns), lowest w₂ first."""
    values = landscape_loss(name)
    first = np.linspace(*W_1, _GRID)
    return np.array(
        [values.along([0.0, w_2], [1.0, 0.0], first) for w_2 in np.linspace(*W_2, _GRID)]
    )


class TwoWeightLandscape(Figure):
    """Gradient descent over all rows, from a start to drag, over the loss of two weights."""

    name = "two-weight-landscape"
    title = "A network with two weights"
    controls = (
        Choice("network", "Network",
               tuple((name, one.label) for name, one in LANDSCAPES.items()), "tanh"),
        Slider("rate", "η", -2, 0.5, 0.1, LANDSCAPES["tanh"].rate, logarithmic=True),
        Slider("w_1", "Start w₁", *W_1, 0.1, LANDSCAPES["tanh"].start[0]),
        Slider("w_2", "Start w₂", *W_2, 0.1, LANDSCAPES["tanh"].start[1]),
        Slider("angle", "View from", -180, 180, 10, LANDSCAPES["tanh"].angle),
    )  # fmt: skip
    trains = True
    frame_ms = 100

    def restart(self) -> None:
        """Put the weights at the start."""
        self.points = [np.array([self.number("w_1"), self.number("w_2")])]

    def changed(self, name: str) -> None:
        """Start again; another network has its own start, and another view changes nothing."""
        if name == "network":
            chosen = LANDSCAPES[self.chosen("network")]
            self.put(rate=chosen.rate, w_1=chosen.start[0], w_2=chosen.start[1], angle=chosen.angle)
        if name != "angle":
            self.restart()

    def move(self, handle: str, x: float, y: float) -> None:
        """Start from other weights."""
        w_1, w_2 = self._plane().point_of(x, y)
        self.put(w_1=w_1, w_2=w_2)
        self.restart()

    def step(self) -> bool:
        """Make a few updates."""
        values, rate = landscape_loss(self.chosen("network")), self.number("rate")
        for _ in range(UPDATES_PER_STEP):
            if not self._goes_on():
                return False
            self.points.append(self.points[-1] - rate * values.gradient(self.points[-1]))
        return self._goes_on()

    def _goes_on(self) -> bool:
        return len(self.points) <= UPDATES and not self.is_outside

    @property
    def is_outside(self) -> bool:
        """Whether the last update left the map."""
        (w_1, w_2), inside = self.points[-1], (W_1, W_2)
        return not all(low <= w <= high for w, (low, high) in zip((w_1, w_2), inside, strict=True))

    @property
    def curvatures(self) -> Array:
        """Both curvatures of the surface where the weights are, the smaller one first."""
        hessian = landscape_loss(self.chosen("network")).hessian(self.points[-1])
        return np.linalg.eigvalsh(hessian)

    @property
    def place(self) -> str:
        """What kind of place the weights have reached."""
        values, w = landscape_loss(self.chosen("network")), self.points[-1]
        low, high = self.curvatures
        if float(np.linalg.norm(values.gradient(w))) > _FLAT_GRADIENT:
            return "a slope"
        if max(abs(low), abs(high)) < _FLAT_CURVATURE:
            return "a plateau"
        if low < -_FLAT_CURVATURE:
            return "a saddle point"
        if high < _FLAT_CURVATURE:
            return "a plateau"
        above = values.loss(w) - float(landscape_grid(self.chosen("network")).min())
        if above > _HIGHER:
            return "a local minimum"
        return "near the lowest place" if above > _LEVEL else "the lowest place"

    def panels(self) -> Sequence[Fragment]:
        """Return the landscape from above and as hills."""
        return self._map(), self._hills()

    def sentence(self) -> str:
        """Return where the weights are, and what kind of place that is."""
        values, w = landscape_loss(self.chosen("network")), self.points[-1]
        begin = (
            f"After {counted(len(self.points) - 1, 'update')}"
            if len(self.points) > 1
            else "At the start"
        )
        where = ", ".join(format_number(float(one), 3) for one in w)
        if self.is_outside:
            return f"{begin} w = ({where}): the last step left the map. Decrease η."
        size = float(np.linalg.norm(values.gradient(w)))
        low, high = (
            format_number(float(one), 2) if abs(one) > 1e-4 else "0" for one in self.curvatures
        )
        return (
            f"{begin} w = ({where}), J = {format_number(values.loss(w), 3)}, "
            f"‖∇J‖ = {format_number(size, 2)}, curvatures {low} and {high}: {self.place}."
        )

    def _heights(self) -> Array:
        return heights(landscape_grid(self.chosen("network")))

    def _plane(self) -> Plane:
        return Plane("The loss over both weights, from above", W_1, W_2, "w₁", "w₂", height=350)

    def _map(self) -> Fragment:
        plane = self._plane()
        plane.heat(self._heights(), 0.0, 1.0, BANDS)
        points = np.array(self.points)
        for class_ in ("path-behind", "path"):
            plane.curve(points[:, 0], points[:, 1], class_)
        plane.handle("start", "Weights at the start", self.number("w_1"), self.number("w_2"), 0.1)
        if len(points) > 1:
            end = np.clip(points[-1], [W_1[0], W_2[0]], [W_1[1], W_2[1]])
            plane.dot(float(end[0]), float(end[1]), radius=7)
        return plane.svg()

    def _hills(self) -> Fragment:
        name = self.chosen("network")
        relief = _relief(name, self.number("angle"))
        points = np.array(self.points if not self.is_outside else self.points[:-1])
        losses = np.array([landscape_loss(name).loss(point) for point in points])
        height = heights(landscape_grid(name), losses)
        u, v = points[:, 0] / W_1[1], points[:, 1] / W_2[1]
        parts = [
            element("path", d=relief.path(u, v, height), class_=class_)
            for class_ in ("path-behind", "path")
        ]
        x, y, _ = relief.project(u[-1], v[-1], height[-1])
        parts.append(element("circle", cx=float(x), cy=float(y) - 5, r=7, class_="dot series-1"))
        return relief.svg("The same loss as hills, with the weights as a ball", "w₁", "w₂", *parts)


def heights(grid: Array, losses: Array | None = None) -> Array:
    """Return heights from 0 to 1: the logarithm of the loss above the lowest one of a grid.

    `losses` are those whose heights are asked for; by default the grid's. Of a grid of equal losses
    all heights are 0.
    """
    above = grid - grid.min()
    highest = float(above.max())
    unit = 0.5 * float(np.median(above)) or highest or 1.0
    wanted = above if losses is None else np.maximum(losses - grid.min(), 0)
    found: Array = np.log1p(wanted / unit) / (np.log1p(highest / unit) or 1.0)
    return found


@lru_cache(maxsize=8)
def _relief(name: str, angle: float) -> Relief:
    return Relief(heights(landscape_grid(name)), angle)
