"""A network on two measurements of iris: three areas while it trains, and a flower to drag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.iris_flowers import MEASUREMENTS, SPECIES, Standardization, iris_flowers
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, text
from deltarule.insight import output_surface
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.report.class_markers import class_marker, class_style
from deltarule.sampling import MiniBatches

Array = NDArray[Any]
EPOCHS = 100
_PAIRS = {
    "petals": (("petal_length", "petal_width"), (0.6, 7.2), (-0.1, 2.7), (4.9, 1.6)),
    "sepals": (("sepal_length", "sepal_width"), (4.0, 8.2), (1.8, 4.6), (6.1, 2.9)),
    "lengths": (("petal_length", "sepal_length"), (0.6, 7.2), (4.0, 8.2), (4.9, 6.1)),
}
"""Two measurements, the ranges of their axes, and the flower at the start, in cm."""


class IrisClasses(Figure):
    """The most probable species over the plane of two measurements."""

    name = "iris-classes"
    title = "Three species on two measurements"
    controls = (
        Choice("pair", "Measurements",
               (("petals", "petal length, petal width"), ("sepals", "sepal length, sepal width"),
                ("lengths", "petal length, sepal length")), "petals"),
        Slider("units", "Hidden units", 0, 10, 1, 6),
        Slider("seed", "Initial weights", 0, 9, 1, 0),
    )  # fmt: skip
    trains = True
    frame_ms = 80

    def reset(self) -> None:
        """Return to the values and the flower at the start."""
        self._flowers: dict[str, tuple[float, float]] = {}
        super().reset()

    def restart(self) -> None:
        """Begin with new weights."""
        names = _PAIRS[self.chosen("pair")][0]
        X, self._y = iris_flowers()
        self._X = X[:, [MEASUREMENTS.index(name) for name in names]]
        self._standardize = Standardization.of(self._X)
        hidden = [Dense(int(self.number("units")), "tanh")] if self.number("units") else []
        self.run = LiveTraining(
            Network([*hidden, Dense(3, "softmax")]), self._standardize(self._X), self._y,
            optimizer=Adam(0.02), sampling=MiniBatches(15), epochs=EPOCHS,
            seed=int(self.number("seed")),
        )  # fmt: skip

    def step(self) -> bool:
        """Train an epoch."""
        return self.run.train(1)

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the flower."""
        first, second = self._plane().point_of(x, y)
        self._flowers[self.chosen("pair")] = (round(first, 1), round(second, 1))

    @property
    def flower(self) -> tuple[float, float]:
        """The two measurements of the chosen flower in cm."""
        pair = self.chosen("pair")
        return self._flowers.get(pair, _PAIRS[pair][3])

    @property
    def probabilities(self) -> Array:
        """The probabilities of the three species for the chosen flower, of shape (3,)."""
        found: Array = self.run.trained.predict(self._standardize([self.flower]))[0]
        return found

    @property
    def wrong(self) -> Array:
        """Which flowers are in the area of another species, bool (150,)."""
        answers = self.run.trained.predict(self._standardize(self._X)).argmax(axis=1)
        return answers != self._y

    def panels(self) -> Sequence[Fragment]:
        """Return the plane, and the probabilities of the flower."""
        return self._drawn_plane(), self._drawn_probabilities()

    def sentence(self) -> str:
        """Return the species of the flower, and how many flowers are on the right area."""
        names = [name.replace("_", " ") for name in _PAIRS[self.chosen("pair")][0]]
        where = " and ".join(
            f"{name} {format_number(cm, 2)} cm" for name, cm in zip(names, self.flower, strict=True)
        )
        p = self.probabilities
        best = int(p.argmax())
        right = len(self._y) - int(self.wrong.sum())
        state = (
            f"Epoch {self.run.epoch}: {right} of {len(self._y)} flowers are in their species' area."
        )
        return f"{state} A flower with {where} is {SPECIES[best]} with probability {p[best]:.3f}."

    def _plane(self) -> Plane:
        names, x_range, y_range, _ = _PAIRS[self.chosen("pair")]
        x, y = (f"{name.replace('_', ' ')} (cm)" for name in names)
        return Plane("Flowers and the areas of the species", x_range, y_range, x, y)

    def _drawn_plane(self) -> Fragment:
        plane, scale = self._plane(), self._standardize
        ends = scale(np.array([plane.x_range, plane.y_range]).T).T
        surface = output_surface(
            self.run.trained, tuple(ends[0]), tuple(ends[1]), grid_resolution=64
        )
        plane.class_areas(surface.values)
        wrong = self.wrong if self.run.epoch else None
        plane.points(self._X[:, 0], self._X[:, 1], self._y, wrong=wrong)
        plane.handle("flower", "Flower", *self.flower, 0.1)
        return plane.svg()

    def _drawn_probabilities(self) -> Fragment:
        parts: list[Fragment] = []
        for i, (name, p) in enumerate(zip(SPECIES, self.probabilities.tolist(), strict=True)):
            y = 66 + 84 * i
            parts += [
                class_marker(i, 24, y - 6),
                text(38, y, name, class_="large"),
                text(376, y, f"{p:.3f}", text_anchor="end", class_="large"),
                element("rect", x=20, y=y + 12, width=356, height=24, rx=3, class_="box"),
                element(
                    "rect", x=20, y=y + 12, width=356 * p, height=24, rx=3,
                    class_=f"cell {class_style(i)}",
                ),
            ]  # fmt: skip
        parts.append(text(20, 26, "Probabilities of the chosen flower, sum 1", class_="name"))
        return drawing("The probabilities of the chosen flower", 400, 300, *parts)
