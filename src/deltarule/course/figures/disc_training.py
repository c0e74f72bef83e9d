"""A network of n hidden units learns a disc from points: its boundary, lines and error."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.figures.disc_half_planes import CIRCLE
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, element, polyline
from deltarule.insight import OutputSurface, boundary_line, disc_area_error, output_surface
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.sampling import MiniBatches

Array = NDArray[Any]
LIMIT = 1.6
RANGE = (-LIMIT, LIMIT)
POINTS, MAX_UNITS = 250, 12
EPOCHS, EPOCHS_PER_STEP = 200, 2
_RESOLUTION = 100
_HIGHEST = 1.1
"""The largest wrong area on the axis; a larger one is written beside its dot."""


@cache
def disc_points() -> tuple[Array, Array]:
    """Return points of the square, of shape (n_points, 2), and whether each is in the disc."""
    X = np.random.default_rng(0).uniform(*RANGE, (POINTS, 2))
    return X, (np.hypot(X[:, 0], X[:, 1]) < 1).astype(np.float64)


def disc_training(units: int, activation: str = "tanh", seed: int = 0) -> LiveTraining:
    """Return the training of a network with one hidden layer on the points."""
    return LiveTraining(
        Network([Dense(units, activation), Dense(1, "sigmoid")]), *disc_points(), optimizer=Adam(0.03),
        sampling=MiniBatches(32), epochs=EPOCHS, seed=seed,
    )  # fmt: skip


def wrong_area(surface: OutputSurface) -> float:
    """Return the area where the network is wrong about the disc, relative to the area of the disc."""
    inside = np.hypot(surface.x, surface.y[:, None]) < 1
    wrong = (surface.values[:, :, 0] > 0.5) != inside
    return float(wrong.mean() * (2 * LIMIT) ** 2 / np.pi)


class DiscTraining(Figure):
    """Training on points of the disc, and the error for each number of units that was tried."""

    name = "disc-training"
    title = "The disc, learned"
    controls = (
        Slider("units", "Units n", 1, MAX_UNITS, 1, 4),
        Choice("activation", "Activation", (("tanh", "tanh"), ("relu", "ReLU")), "tanh"),
        Slider("seed", "Seed", 0, 9, 1, 0),
    )
    trains = True

    def reset(self) -> None:
        """Forget the networks that were trained."""
        self.finished: list[tuple[int, float]] = []
        super().reset()

    def restart(self) -> None:
        """Draw initial weights."""
        self.units = round(self.number("units"))
        self.run = disc_training(self.units, self.chosen("activation"), round(self.number("seed")))
        self._look()

    def step(self) -> bool:
        """Train a few epochs; remember the error of a network that is done."""
        before = self.run.reason
        goes_on = self.run.train(EPOCHS_PER_STEP)
        self._look()
        if before is None and not goes_on:
            self.finished.append((self.units, self.error))
        return goes_on

    def panels(self) -> Sequence[Fragment]:
        """Return the plane, and the errors."""
        return self._drawn_plane(), self._errors()

    def sentence(self) -> str:
        """Return the error in the plane, and on the points."""
        X, y = disc_points()
        right = float(np.mean((self.run.trained.predict(X)[:, 0] > 0.5) == y))
        units = counted(self.units, "hidden unit")
        text = (
            f"{units}, epoch {self.run.epoch}: {right:.1%} of the points are right; the wrong area is "
            f"{self.error:.0%} of the disc."
        )
        if self.units < 3:
            return f"{text} The polygon of half-planes begins with 3."
        return (
            f"{text} The polygon of {self.units} half-planes has {disc_area_error(self.units):.0%}."
        )

    def _look(self) -> None:
        self._surface = output_surface(self.run.trained, RANGE, RANGE, grid_resolution=_RESOLUTION)
        self.error = wrong_area(self._surface)

    def _drawn_plane(self) -> Fragment:
        plane = Plane("The points, the boundary, and the lines of the hidden units", RANGE, RANGE,
                      "x₁", "x₂", square=True)  # fmt: skip
        plane.classes(self._surface.values[:, :, 0])
        X, y = disc_points()
        plane.points(X[:, 0], X[:, 1], y)
        for i in range(self.units):
            plane.line(boundary_line(self.run.trained, i), "half-plane")
        circle = polyline(plane.frame.x(CIRCLE[:, 0]), plane.frame.y(CIRCLE[:, 1]))
        plane.add(element("path", d=circle + "Z", class_="true-shape"))
        return plane.svg()

    def _errors(self) -> Fragment:
        plane = Plane(
            "The wrong area for each number of units", (1, MAX_UNITS), (0, _HIGHEST), "units n",
            "wrong area, relative to the disc", whole_x=True,
        )  # fmt: skip
        if self.error > _HIGHEST:
            left = self.units > MAX_UNITS / 2
            plane.label(self.units, _HIGHEST, f"↑ {self.error:.0%}", dx=-13 if left else 13, dy=5,
                        text_anchor="end" if left else "start")  # fmt: skip
        n = np.arange(3, MAX_UNITS + 1)
        polygons = [disc_area_error(int(k)) for k in n]
        plane.curve(n, np.array(polygons), "before")
        plane.label(3, polygons[0], "polygon of n half-planes", class_="small halo", dx=8, dy=0)
        for units, error in self.finished:
            plane.dot(units, min(error, _HIGHEST), "dot series-0", 4.5)
        plane.dot(self.units, min(self.error, _HIGHEST), "dot series-1", 7)
        return plane.svg()
