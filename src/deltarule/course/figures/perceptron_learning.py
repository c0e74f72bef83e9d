"""Rosenblatt's rule, one correction at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import (
    boundary_line,
    make_two_clusters,
    make_xor,
    output_surface,
    perceptron,
    train_perceptron,
)
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
RANGE = (-3.2, 3.2)
EPOCHS = 100
MAX_CORRECTIONS = 130
"""Corrections after which the figure stops, about 20 seconds; two separate clouds need at most 65."""


class PerceptronLearning(Figure):
    """The line after each correction, until no point is on the wrong side."""

    name = "perceptron-learning"
    title = "The perceptron learns"
    controls = (
        Choice("data", "Data", (("clusters", "two clouds"), ("xor", "XOR")), "clusters"),
        Slider("distance", "Distance", 0.5, 4, 0.1, 3.0),
        Slider("seed", "Order", 0, 9, 1, 0),
    )
    trains = True
    frame_ms = 150

    def restart(self) -> None:
        """Compute all corrections, and show the line before the first one."""
        if self.chosen("data") == "xor":
            self._X, self._y = make_xor(n_samples=60, seed=2)
        else:
            self._X, self._y = make_two_clusters(60, self.number("distance"), seed=2)
        self.run = train_perceptron(
            self._X, 2 * self._y - 1, epochs=EPOCHS, seed=int(self.number("seed"))
        )
        self.correction = 0

    def step(self) -> bool:
        """Make the next correction."""
        self.correction = min(self.correction + 1, self.last)
        return self.correction < self.last

    @property
    def last(self) -> int:
        """The correction after which the figure stops."""
        return min(self.run.n_corrections, MAX_CORRECTIONS)

    @property
    def wrong(self) -> Array:
        """Which points are misclassified now, bool of shape (n_points,)."""
        return self._unit(self.correction).predict(self._X)[:, 0] != 2 * self._y - 1

    def panels(self) -> Sequence[Fragment]:
        """Return the plane with the points, and the line before and after the correction."""
        plane = Plane("The points and the line", RANGE, RANGE, "x₁", "x₂", square=True)
        weights = self.run.weights[self.correction]
        if weights.any():
            surface = output_surface(self._unit(self.correction), RANGE, RANGE, grid_resolution=100)
            plane.classes((surface.values[:, :, 0] + 1) / 2, 70)
        wrong = self.wrong if self.correction else None
        plane.points(self._X[:, 0], self._X[:, 1], self._y, wrong=wrong)
        if self.correction and self.run.weights[self.correction - 1].any():
            plane.line(boundary_line(self._unit(self.correction - 1)), "before")
        if weights.any():
            plane.line(boundary_line(self._unit(self.correction)))
        return (plane.svg(),)

    def sentence(self) -> str:
        """Return the number of corrections and of misclassified points."""
        if not self.correction:
            return "All weights are 0, so there is no line yet. Press Step or Play."
        wrong, corrections = int(self.wrong.sum()), counted(self.correction, "correction")
        state = f"After {corrections}, {wrong} of {len(self._y)} points are on the wrong side."
        if self.correction < self.last:
            return state
        if self.run.converged and self.last == self.run.n_corrections:
            return f"{state} The rule has converged."
        return f"{state} The rule has not converged, and the figure stops here."

    def _unit(self, correction: int) -> TrainedNetwork:
        run = self.run
        return perceptron(float(run.biases[correction]), run.weights[correction], "sign")
