"""A disc from half-planes: the AND of n units is a polygon, and the error shrinks as n grows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import format_number, subscript, true_minus
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, element, polyline
from deltarule.insight import disc_area_error, disc_region, output_surface, trace
from deltarule.insight.tracing import LayerTrace

LIMIT = 2.2
RANGE = (-LIMIT, LIMIT)
MAX_HALF_PLANES = 24
START = (1.1, 0.6)
"""The point x at the start."""
_ANGLES = np.linspace(0, 2 * np.pi, 181)
CIRCLE = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
"""Points of the circle with radius 1, of shape (n_points, 2)."""


class DiscHalfPlanes(Figure):
    """A regular polygon around a disc, as a network, and a point that can be dragged."""

    name = "disc-half-planes"
    title = "A disc from half-planes"
    controls = (Slider("n", "Half-planes n", 3, MAX_HALF_PLANES, 1, 5),)

    def reset(self) -> None:
        """Return to the point at the start."""
        self.sample = START
        super().reset()

    def restart(self) -> None:
        """Compute the polygon and its network."""
        self.region = disc_region(self.half_planes)

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the point."""
        first, second = self._plane().point_of(x, y)
        self.sample = (round(first, 2), round(second, 2))

    @property
    def half_planes(self) -> int:
        """Number of half-planes."""
        return round(self.number("n"))

    @property
    def layers(self) -> tuple[LayerTrace, ...]:
        """The numbers of both layers for the point."""
        return trace(self.region.trained, self.sample, 1.0, "mean_squared_error").layers

    def panels(self) -> Sequence[Fragment]:
        """Return the plane, and the error for each number of half-planes."""
        return self._drawn_plane(), self._errors()

    def sentence(self) -> str:
        """Return the error of the polygon, and the sum of the output unit for the point."""
        n, (hidden, output) = self.half_planes, self.layers
        x_1, x_2 = (true_minus(f"{value:g}") for value in self.sample)
        total, z = float(hidden.x.sum()), float(output.z[0])
        return (
            f"The polygon of {n} half-planes is {disc_area_error(n):.1%} larger than the disc. "
            f"x = ({x_1}, {x_2}) is in {int((hidden.x > 0).sum())} of {n} half-planes: "
            f"h₁ + … + h{subscript(n)} = {format_number(total)}, "
            f"z = {format_number(total)} − {n - 0.5:g} = {format_number(z)}, so ŷ = "
            f"{format_number(float(output.x[0]))}: {'inside' if z > 0 else 'outside'}."
        )

    def _plane(self) -> Plane:
        return Plane("The polygon of the network around the disc", RANGE, RANGE, "x₁", "x₂",
                     square=True)  # fmt: skip

    def _drawn_plane(self) -> Fragment:
        plane = self._plane()
        surface = output_surface(self.region.trained, RANGE, RANGE, grid_resolution=120)
        plane.classes((surface.values[:, :, 0] + 1) / 2, 75)
        for line in self.region.lines:
            plane.line(line, "half-plane")
        vertices = self.region.vertices
        paths = [
            polyline(plane.frame.x(points[:, 0]), plane.frame.y(points[:, 1])) + "Z"
            for points in (vertices, CIRCLE)
        ]
        plane.add(element("path", d="".join(paths), fill_rule="evenodd", class_="excess"))
        plane.add(element("path", d=paths[0], class_="boundary"))
        plane.handle("sample", "Point x", *self.sample, 0.05)
        plane.label(*self.sample, "x", dx=13, dy=-9)
        return plane.svg()

    def _errors(self) -> Fragment:
        plane = Plane(
            "The error for each number of half-planes", (3, MAX_HALF_PLANES), (0, 0.7),
            "half-planes n", "area of the polygon beyond the disc, relative to the disc",
            whole_x=True,
        )  # fmt: skip
        n = np.arange(3, MAX_HALF_PLANES + 1)
        errors = np.array([disc_area_error(int(k)) for k in n])
        plane.curve(n, math.pi**2 / (3 * n**2), "before")
        plane.curve(n, errors, "curve series-1")
        for k, error in zip(n, errors, strict=True):
            plane.dot(float(k), float(error), radius=3)
        here = disc_area_error(self.half_planes)
        plane.dot(self.half_planes, here, "dot series-1", 7)
        right = self.half_planes > 18
        plane.label(
            self.half_planes, here, f"n = {self.half_planes}: {here:.1%}", dx=-4 if right else 12,
            dy=-14 if right else -6, text_anchor="end" if right else "start",
        )  # fmt: skip
        return plane.svg()
