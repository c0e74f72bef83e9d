"""Paths of one row, 32 rows and all rows per update, which have looked at equally many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.figures.gradient_cloud import ROWS, START
from deltarule.course.plane import Plane
from deltarule.course.unit_landscape import unit_landscape
from deltarule.drawing.svg import Fragment
from deltarule.insight import (
    make_two_clusters,
    perceptron,
    textbook_sgd,
    training_trajectory,
)

Array = NDArray[Any]
BATCHES = (1, 32, ROWS)
EPOCHS, VISITS_PER_STEP = 5, 32
VISITS = EPOCHS * ROWS
W_1, W_2 = (-2.6, 6.0), (-0.8, 5.6)
NAMES = ("1 row", "32 rows", f"all {ROWS} rows")
CLASSES = ("curve series-1 thin", "curve series-0 line-1", "curve series-2")


class EqualRowVisits(Figure):
    """Three paths that advance together: each has visited the same number of rows."""

    name = "equal-row-visits"
    title = "Equal row visits, different numbers of updates"
    controls = (
        Slider("rate", "η", 0.1, 2, 0.1, 1.0),
        Slider("seed", "Order of the draws", 0, 9, 1, 0),
    )
    trains = True
    frame_ms = 200

    def reset(self) -> None:
        """Return to the weights at the start."""
        self.start = START
        super().reset()

    def restart(self) -> None:
        """Train to the end, and show the start."""
        X, y = make_two_clusters(ROWS, 1.2, seed=5)
        begin, rate, seed = perceptron(None, self.start), self.number("rate"), self.number("seed")
        self.points: list[Array] = []
        self.losses: list[Array] = []
        for batch in BATCHES[:-1]:
            path = textbook_sgd(
                begin.network, X, y, learning_rate=rate, batch_size=batch,
                max_iterations=VISITS // batch, seed=int(seed), initial_parameters=begin,
            )  # fmt: skip
            self.points.append(path.points)
            self.losses.append(path.losses)
        # The training loss of an epoch is that before its update: one more epoch has the last one.
        path = training_trajectory(
            begin.network, X, y, sampling=dr.sampling.FullBatch(), epochs=EPOCHS + 1,
            optimizer=dr.optimizers.GradientDescent(rate), initial_parameters=begin, dtype="float64",
        )  # fmt: skip
        self.points.append(path.points[:-1])
        self.losses.append(path.losses[1:])
        self.visits = 0

    def step(self) -> bool:
        """Visit the next rows."""
        self.visits = min(self.visits + VISITS_PER_STEP, VISITS)
        return self.visits < VISITS

    def move(self, handle: str, x: float, y: float) -> None:
        """Start from other weights."""
        w_1, w_2 = self._map().point_of(x, y)
        self.start = (round(w_1, 1), round(w_2, 1))
        self.restart()

    def updates(self, place: int) -> int:
        """Return the number of updates until now of one of the three."""
        return self.visits // BATCHES[place]

    def panels(self) -> Sequence[Fragment]:
        """Return the paths over the loss, and the losses over the visits."""
        return self._paths(), self._curves()

    def sentence(self) -> str:
        """Return updates and loss of each."""
        epochs = counted(self.visits // ROWS, "epoch") if self.visits % ROWS == 0 else "so far"
        parts = [
            f"{name} per update: {counted(self.updates(i), 'update')}, loss "
            f"{format_number(float(self.losses[i][self.updates(i)]), 3)}"
            for i, name in enumerate(NAMES)
        ]
        return f"{self.visits:,} row visits ({epochs}). {'; '.join(parts)}."

    def _map(self) -> Plane:
        return Plane("Three paths over the loss of all rows", W_1, W_2, "w₁", "w₂",
                     height=400)  # fmt: skip

    def _paths(self) -> Fragment:
        plane, found = self._map(), unit_landscape(ROWS, W_1, W_2)
        low = float(found.losses.min())
        plane.heat(np.sqrt(found.losses - low), 0.0, float(np.sqrt(found.losses.max() - low)), 12)
        best = np.unravel_index(found.losses.argmin(), found.losses.shape)
        for i, points in enumerate(self.points):
            # A path that leaves the map runs along its edge until it comes back.
            done = np.clip(points[: self.updates(i) + 1], *np.transpose([W_1, W_2]))
            plane.path(done, "path-behind" if i else "path-behind thin")
            plane.path(done, CLASSES[i])
        plane.label(
            float(found.a[best[1]]), float(found.b[best[0]]), "×", "large halo", dx=-6, dy=6
        )
        plane.handle("start", "Weights at the start", *self.start, 0.1)
        for i, points in enumerate(self.points):
            end = points[self.updates(i)]
            if self.updates(i) and plane.has(*end):
                plane.marker(end, i, CLASSES[i].replace("curve", "dot"))
        return plane.svg()

    def _curves(self) -> Fragment:
        top = max(1.0, 1.05 * max(float(losses[0]) for losses in self.losses))
        plane = Plane("The loss of all rows over the visited rows", (0, VISITS), (0, top),
                      "row visits", "loss J of all rows", height=400, keys=3, whole_x=True)  # fmt: skip
        for i, losses in enumerate(self.losses):
            done = np.arange(self.updates(i) + 1)
            plane.path(np.stack([done * BATCHES[i], losses[done]], axis=1), CLASSES[i])
            last = np.array([done[-1] * BATCHES[i], losses[done[-1]]])
            if plane.has(*last):
                plane.marker(last, i, CLASSES[i].replace("curve", "dot"))
            updates = counted(self.updates(i), "update")
            plane.key(i, CLASSES[i], f"{NAMES[i]} per update: {updates}", i)
        return plane.svg()
