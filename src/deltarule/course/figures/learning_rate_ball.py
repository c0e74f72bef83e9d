"""Gradient descent on a parabola: each update multiplies the distance to the minimum by 1 − η c."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, element
from deltarule.insight import perceptron
from deltarule.optimizers import GradientDescent

UPDATES = 40
W_RANGE, J_RANGE = (-4.6, 4.6), (0.0, 17.0)
RATE_RANGE, FACTOR_RANGE = (0.0, 3.2), (-2.2, 1.2)
CLOSE, FAR = 0.01, 30.0


def parabola_training(rate: float, curvature: float, start: float) -> LiveTraining:
    """Return the training of a unit ŷ = w x whose squared error is J = ½ c w²."""
    unit = perceptron(None, [start], "identity")
    return LiveTraining(
        unit.network, [[np.sqrt(curvature / 2)]], [0.0], optimizer=GradientDescent(rate),
        loss="mean_squared_error", epochs=UPDATES, initial=unit,
    )  # fmt: skip


class LearningRateBall(Figure):
    """A ball that crawls, settles, jumps across the minimum, or leaves the parabola."""

    name = "learning-rate-ball"
    title = "A ball on a parabola"
    controls = (
        Slider("rate", "η", -2, 0.5, 0.05, -0.5, logarithmic=True),
        Slider("curvature", "Curvature c", 0.5, 2, 0.1, 1),
        Slider("start", "Start w", -4, 4, 0.1, -3.5),
    )
    trains = True
    frame_ms = 200

    def restart(self) -> None:
        """Put the ball at the start."""
        self.run = parabola_training(
            self.number("rate"), self.number("curvature"), self.number("start")
        )

    def step(self) -> bool:
        """Make an update; the ball stops at the minimum, and far outside of the picture."""
        if CLOSE <= abs(self.w) <= FAR:
            self.run.train(1)
        return CLOSE <= abs(self.w) <= FAR and self.run.epoch < UPDATES

    def move(self, handle: str, x: float, y: float) -> None:
        """Put the ball at another start."""
        self.put(start=self._plane().point_of(x, y)[0])
        self.restart()

    @property
    def w(self) -> float:
        """The weight now."""
        return float(self.run.points[-1][0])

    @property
    def factor(self) -> float:
        """What an update multiplies the weight by."""
        return 1 - self.number("rate") * self.number("curvature")

    @property
    def limit(self) -> float:
        """The learning rate at which the factor is −1; training converges below it."""
        return 2 / self.number("curvature")

    def panels(self) -> Sequence[Fragment]:
        """Return the ball on the parabola, and the factor over the learning rate."""
        return self._ball(), self._factors()

    def sentence(self) -> str:
        """Return the weight, the factor, and what it means."""
        factor, limit = self.factor, self.limit
        shown = format_number(factor, 3)
        rule = f"The factor 1 − η c is {shown}; the limit 2/c is {format_number(limit, 3)}."
        if abs(factor) < 1e-9:
            kind = "One update reaches the minimum."
        elif abs(factor + 1) < 1e-9:
            kind = "The ball jumps between two points and never gets closer."
        elif factor > 0.9:
            kind = "The ball crawls."
        elif factor > 0:
            kind = "The ball comes closer with every update."
        elif factor > -1:
            kind = "Every update overshoots the minimum, but ends closer to it."
        else:
            kind = "Every update ends farther away: training diverges."
        if abs(self.number("start")) < CLOSE:
            kind = "The ball starts at the minimum, where the gradient is 0."
        done = counted(self.run.epoch, "update")
        return f"After {done} w = {format_number(self.w, 3)}. {rule} {kind}"

    def _plane(self) -> Plane:
        return Plane("The loss over the weight, with the ball", W_RANGE, J_RANGE, "weight w",
                     "loss J = ½ c w²", height=400)  # fmt: skip

    def _ball(self) -> Fragment:
        plane, curvature = self._plane(), self.number("curvature")
        w = np.linspace(*W_RANGE, 161)
        plane.curve(w, curvature * w * w / 2, "curve series-2")
        at = np.array([point[0] for point in self.run.points])
        path = np.stack([at, curvature * at * at / 2], axis=1)
        plane.path(path, "path")
        for x, y in path[:-1].tolist():
            if plane.has(x, y):
                plane.dot(x, y, "dot series-1 pale", 6)
        x, y = path[-1].tolist()
        if plane.has(x, y):
            plane.arrow((x, y), (float(np.clip(x * self.factor, *W_RANGE)), y))
            plane.label(0, J_RANGE[1], "arrow: −η ∂J/∂w", "small halo", dy=14, text_anchor="middle")
        else:
            plane.label(0, J_RANGE[1], "The ball has left the picture.", "number halo", dy=14,
                        text_anchor="middle")  # fmt: skip
        if not self.run.epoch:
            plane.handle("start", "Weight at the start", x, y, 0.1)
        elif plane.has(x, y):
            plane.dot(x, y, radius=8)
        return plane.svg()

    def _factors(self) -> Fragment:
        plane = Plane("The factor of each update over the learning rate", RATE_RANGE, FACTOR_RANGE,
                      "learning rate η", "factor 1 − η c of the distance", height=400)  # fmt: skip
        curvature, rate, high = self.number("curvature"), self.number("rate"), RATE_RANGE[1]
        (left, top), (right, bottom) = plane.at(0, 1), plane.at(high, -1)
        plane.add(
            element("rect", x=left, y=top, width=right - left, height=bottom - top, class_="band")
        )
        for name, limit in (("1/c", 1 / curvature), ("2/c", self.limit)):
            if limit <= high:
                plane.curve(np.full(2, limit), np.array(FACTOR_RANGE), "mark")
                plane.label(limit, 1, name, "small halo", dy=-3, text_anchor="middle")
        line = np.array([[0, 1], [high, 1 - high * curvature]])
        plane.path(line, "curve series-2")
        plane.label(0, -1, "closer", "small halo", dx=8, dy=-8)
        plane.label(0, -1, "farther", "small halo", dx=8, dy=18)
        plane.label(high, 1, f"1 − η c = {format_number(self.factor, 3)}", dx=-4, dy=22,
                    text_anchor="end")  # fmt: skip
        plane.dot(rate, max(self.factor, FACTOR_RANGE[0]), radius=8)
        return plane.svg()
