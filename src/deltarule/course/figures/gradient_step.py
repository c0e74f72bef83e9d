"""The loss along the negative gradient: what a step is predicted to gain, and what it gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.figures.weight_slope import small_network_loss, start_weights
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, line, text

Array = NDArray[Any]
UPDATES = 30
MAX_RATE = 20.0


class GradientStep(Figure):
    """One step w − η ∇J for every η, with the line that the gradient predicts."""

    name = "gradient-step"
    title = "All weights, one step"
    controls = (
        Slider("rate", "η", 0.1, MAX_RATE, 0.1, 1.0),
        Slider("seed", "Initial weights", 0, 9, 1, 4),
    )
    trains = True
    frame_ms = 250

    def restart(self) -> None:
        """Start with initial weights."""
        self.losses: list[float] = []
        self._look(start_weights(int(self.number("seed"))))

    def changed(self, name: str) -> None:
        """Start again; another η shows another step from the same weights."""
        if name == "rate":
            self.after = small_network_loss().loss(
                self.weights - self.number("rate") * self.gradient
            )
        else:
            self.restart()

    def move(self, handle: str, x: float, y: float) -> None:
        """Choose η on the curve."""
        self.put(rate=self._plane().point_of(x, y)[0])
        self.changed("rate")

    def step(self) -> bool:
        """Take the step with the chosen η, and look at the next one."""
        if len(self.losses) <= UPDATES:
            self._look(self.weights - self.number("rate") * self.gradient)
        return len(self.losses) <= UPDATES

    @property
    def squared_norm(self) -> float:
        """‖∇J‖²: how fast the loss falls along the negative gradient."""
        return float(self.gradient @ self.gradient)

    def _look(self, weights: Array) -> None:
        values = small_network_loss()
        self.weights, self.gradient = weights, values.gradient(weights)
        self.losses.append(values.loss(weights))
        self._rates = np.linspace(0, MAX_RATE, 81)
        self._curve = values.along(weights, -self.gradient, self._rates)
        self._highest = min(
            max(float(np.nanmax(self._curve)), self.losses[-1]), 2.5 * self.losses[-1]
        )
        self.after = values.loss(weights - self.number("rate") * self.gradient)

    def panels(self) -> Sequence[Fragment]:
        """Return the loss along the step, and the loss after each update."""
        return self._along(), self._updates()

    def sentence(self) -> str:
        """Return the predicted and the actual change of the next step."""
        rate, loss = self.number("rate"), self.losses[-1]
        predicted, actual = rate * self.squared_norm, loss - self.after
        text = (
            f"After {counted(len(self.losses) - 1, 'update')} J = {format_number(loss, 3)} and "
            f"‖∇J‖² = {format_number(self.squared_norm, 3)}. A step with η = {format_number(rate, 3)} "
            f"should decrease J by η‖∇J‖² = {format_number(predicted, 3)}; "
        )
        if actual < 0:
            return f"{text}it increases J by {format_number(-actual, 3)}: the step is too large."
        share = format_percent(actual / predicted, 0)
        return f"{text}it decreases J by {format_number(actual, 3)}, which is {share} of that."

    def _plane(self) -> Plane:
        return Plane("The loss after one step for each η", (0, MAX_RATE), (0, 1.3 * self._highest),
                     "learning rate η", "loss J after one step")  # fmt: skip

    def _along(self) -> Fragment:
        plane, rate = self._plane(), self.number("rate")
        curve = np.where(self._curve <= self._highest, self._curve, np.nan)
        plane.curve(self._rates, curve, "curve series-0")
        line_at = np.linspace(0, MAX_RATE, 161)
        predicted = self.losses[-1] - line_at * self.squared_norm
        plane.curve(line_at, np.where(predicted >= 0, predicted, np.nan), "boundary")
        at = self.losses[-1] - rate * self.squared_norm
        shown, expected = min(self.after, self._highest), max(at, 0.0)
        plane.curve(np.full(2, rate), np.array([expected, shown]), "before")
        plane.dot(0.0, self.losses[-1], "dot series-2", 6)
        plane.handle("rate", "η, along the axis", rate, shown, 0.1)
        x = plane.frame.left + 150
        for y, class_, content in (
            (46, "boundary", "predicted: J − η‖∇J‖²"),
            (66, "curve series-0", "loss after the step"),
        ):
            plane.add(line(x, y - 4, x + 26, y - 4, class_=class_))
            plane.add(text(x + 34, y, content, class_="number halo"))
        return plane.svg()

    def _updates(self) -> Fragment:
        finite = [loss for loss in self.losses if np.isfinite(loss)]
        top = 1.15 * min(max(finite), 4.0)
        plane = Plane("The loss after each update", (0, UPDATES), (0, top), "updates", "loss J",
                      whole_x=True)  # fmt: skip
        steps = np.arange(len(self.losses))
        plane.curve(steps, np.minimum(self.losses, top), "curve series-1")
        plane.dot(float(steps[-1]), min(self.losses[-1], top))
        return plane.svg()
