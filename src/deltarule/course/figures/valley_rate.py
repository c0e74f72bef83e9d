"""A narrow valley in two weights: one learning rate has a factor for each of the two directions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import counted, format_number
from deltarule.course.axis_scales import PowerScale
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import compare_optimizers, ravine
from deltarule.optimizers import GradientDescent

UPDATES = 60
W_1, W_2 = (-5.0, 3.0), (-3.4, 3.4)
START = (-4.5, 1.2)
LOG_RANGE = (-3.0, 1.5)


class ValleyRate(Figure):
    """Gradient descent in a valley: the steep direction limits the rate, the flat one has to wait."""

    name = "valley-rate"
    title = "A narrow valley: two directions, one learning rate"
    controls = (
        Slider("curvature", "Curvature across", 1, 50, 1, 20),
        Slider("rate", "η", -2.5, 0.2, 0.05, -1.5, logarithmic=True),
    )
    trains = True
    frame_ms = 120

    def reset(self) -> None:
        """Return to the weights at the start."""
        self.start = START
        super().reset()

    def restart(self) -> None:
        """Compute the path, and show its first point."""
        name = "gradient descent"
        found = compare_optimizers(
            ravine(self.number("curvature")), {name: GradientDescent(self.number("rate"))},
            steps=UPDATES, initial_point=self.start,
        )  # fmt: skip
        self.points, self.update = found.paths[name], 0

    def step(self) -> bool:
        """Make the next update."""
        self.update = min(self.update + 1, UPDATES)
        return self.update < UPDATES and self._map().has(*self.points[self.update])

    def move(self, handle: str, x: float, y: float) -> None:
        """Start from other weights."""
        w_1, w_2 = self._map().point_of(x, y)
        self.start = (round(w_1, 1), round(w_2, 1))
        self.restart()

    @property
    def factors(self) -> tuple[float, float]:
        """What an update multiplies w₁ and w₂ by."""
        rate = self.number("rate")
        return 1 - rate, 1 - rate * self.number("curvature")

    def panels(self) -> Sequence[Fragment]:
        """Return the path in the valley, and the distance in both directions."""
        return self._path(), self._distances()

    def sentence(self) -> str:
        """Return both factors, and the limit."""
        along, across = (format_number(factor, 3) for factor in self.factors)
        limit = format_number(2 / self.number("curvature"), 3)
        w_1, w_2 = (format_number(float(value), 3) for value in self.points[self.update])
        where = f"After {counted(self.update, 'update')} w = ({w_1}, {w_2})."
        text = f"{where} An update multiplies w₁ by 1 − η = {along}, and w₂ by 1 − η c = {across}."
        if abs(self.factors[1]) > 1:
            return f"{text} η is above the limit 2/c = {limit} of the steep direction."
        if self.updates_to_a_tenth is None:
            return f"{text} w₂ jumps to the other side and back, and never gets closer."
        tenth = counted(self.updates_to_a_tenth, "update")
        return f"{text} The slower direction needs {tenth} to a tenth of its distance."

    @property
    def updates_to_a_tenth(self) -> int | None:
        """Updates until both distances are a tenth of those at the start; None if that is never."""
        slowest = max(map(abs, self.factors))
        if slowest > 1 - 1e-9:
            return None
        if slowest < 0.1:
            return 1
        return math.ceil(math.log(0.1) / math.log(slowest) - 1e-9)

    def _map(self) -> Plane:
        return Plane("The loss over both weights, and the path of training", W_1, W_2,
                     "w₁ (along the valley)", "w₂ (across)", square=True)  # fmt: skip

    def _path(self) -> Fragment:
        plane = self._map()
        draw_loss(plane, self.number("curvature"))
        for class_ in ("path-behind", "path"):
            plane.path(self.points[: self.update + 1], class_)
        plane.label(0, 0, "×", "large halo", dx=-6, dy=6)
        plane.handle("start", "Weights at the start", *self.start, 0.1)
        w_1, w_2 = self.points[self.update].tolist()
        if self.update and plane.has(w_1, w_2):
            plane.dot(w_1, w_2, radius=7)
        return plane.svg()

    def _distances(self) -> Fragment:
        plane = Plane("The distance to the minimum in both directions", (0, UPDATES), LOG_RANGE,
                      "update", "distance to the minimum", height=390, keys=2, whole_x=True,
                      y_scale=PowerScale)  # fmt: skip
        updates = np.arange(self.update + 1)
        for i, (name, class_) in enumerate(
            (("along the valley, |w₁|", "curve series-0"),
             ("across the valley, |w₂|", "curve series-1 line-1"))
        ):  # fmt: skip
            plane.key(i, class_, f"{name}: factor {format_number(self.factors[i], 3)}")
            distances = np.abs(self.points[: self.update + 1, i])
            shown = np.log10(np.maximum(distances, 1e-12))
            plane.path(np.stack([updates, shown], axis=1), class_)
            if plane.has(self.update, shown[-1]):
                plane.dot(self.update, float(shown[-1]), f"dot series-{i}", 6)
        return plane.svg()


def draw_loss(plane: Plane, curvature: float, angle: float = 0.0) -> None:
    """Color a plane by the root of the loss of a valley, in bands."""
    x, y = np.linspace(*plane.x_range, 41), np.linspace(*plane.y_range, 41)
    values = ravine(curvature, angle=angle).value(np.stack(np.meshgrid(x, y), axis=-1))
    plane.heat(np.sqrt(values), 0.0, float(np.sqrt(values.max())), 12)
