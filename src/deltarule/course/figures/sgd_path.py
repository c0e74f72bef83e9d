"""Stochastic gradient descent, a draw at a time: the drawn points, and the path over both weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import deltarule as dr
from deltarule._common.formatting import counted, format_number
from deltarule._common.random import drawn
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.course.unit_landscape import unit_landscape
from deltarule.drawing.svg import Fragment
from deltarule.insight import (
    boundary_line,
    make_two_clusters,
    output_surface,
    perceptron,
    textbook_sgd,
    training_trajectory,
)

UPDATES = 120
ROWS = 60
W_1, W_2 = (-2.4, 4.2), (-1.2, 4.4)
DATA = (-2.8, 2.8)
_UNIT = dr.Network([dr.Dense(1, "sigmoid", bias=False)], 2)


class SgdPath(Figure):
    """Each update uses the points that were drawn; the loss is that of all points."""

    name = "sgd-path"
    title = "Stochastic gradient descent, draw by draw"
    controls = (
        Choice("batch", "Points per update",
               (("1", "1 (stochastic)"), ("10", "10 (mini-batch)"), (str(ROWS), "all")), "1"),
        Slider("rate", "η", 0.1, 3, 0.1, 0.6),
        Slider("w_1", "w₁ at the start", *W_1, 0.1, -1.6),
        Slider("w_2", "w₂ at the start", *W_2, 0.1, 2.6),
        Slider("seed", "Order of the draws", 0, 9, 1, 0),
    )  # fmt: skip
    trains = True
    frame_ms = 120

    def restart(self) -> None:
        """Train to the end, and show the first weights."""
        self._X, self._y = make_two_clusters(ROWS, 1.2, seed=5)
        self._start = perceptron(None, [self.number("w_1"), self.number("w_2")])
        self._batch = int(self.chosen("batch"))
        rate = self.number("rate")
        if self._batch == ROWS:
            # The training loss of an epoch is that before its update: one more epoch has the last one.
            path = training_trajectory(
                _UNIT, self._X, self._y, sampling=dr.sampling.FullBatch(), epochs=UPDATES + 1,
                optimizer=dr.optimizers.GradientDescent(rate), initial_parameters=self._start,
                dtype="float64",
            )  # fmt: skip
            self.points, self.losses = path.points[:-1], path.losses[1:]
        else:
            path = textbook_sgd(
                _UNIT, self._X, self._y, learning_rate=rate, batch_size=self._batch,
                max_iterations=UPDATES, seed=int(self.number("seed")), initial_parameters=self._start,
            )  # fmt: skip
            self.points, self.losses = path.points, path.losses
        self.update = 0

    def step(self) -> bool:
        """Make the next update."""
        self.update = min(self.update + 1, len(self.points) - 1)
        return self.update < len(self.points) - 1

    def move(self, handle: str, x: float, y: float) -> None:
        """Start from other weights."""
        w_1, w_2 = self._landscape().point_of(x, y)
        self.put(w_1=w_1, w_2=w_2)
        self.restart()

    @property
    def drawn_rows(self) -> list[int]:
        """The rows of the last update."""
        if self.update == 0:
            return []
        if self._batch == ROWS:
            return list(range(ROWS))
        per_round = -(-ROWS // self._batch)
        turn, place = divmod(self.update - 1, per_round)
        order = drawn(ROWS, ROWS, int(self.number("seed")), turn).tolist()
        return order[place * self._batch : (place + 1) * self._batch]

    def panels(self) -> Sequence[Fragment]:
        """Return the points with the line, and the path over the loss."""
        return self._data(), self._path()

    def sentence(self) -> str:
        """Return the weights and the loss after the last update."""
        w_1, w_2 = self.points[self.update]
        loss = format_number(float(self.losses[self.update]), 3)
        where = f"w = ({format_number(w_1, 3)}, {format_number(w_2, 3)}), loss {loss}"
        if self.update == 0:
            what = (
                "use all points" if self._batch == ROWS else f"draw {counted(self._batch, 'point')}"
            )
            return f"At the start {where}. Press Step to {what}."
        before = float(self.losses[self.update - 1])
        change = "less" if self.losses[self.update] < before else "more"
        text = (
            f"After {counted(self.update, 'update')} {where}: {change} than before the last update."
        )
        drawn = "The ringed point was" if self._batch == 1 else "Ringed points were"
        return text if self._batch == ROWS else f"{text} {drawn} drawn for it."

    def _data(self) -> Fragment:
        plane = Plane("The points, those drawn last with a ring, and the line", DATA, DATA, "x₁", "x₂",
                      square=True)  # fmt: skip
        weights = self.points[self.update]
        unit = perceptron(None, weights)
        if weights.any():
            plane.classes(output_surface(unit, DATA, DATA, grid_resolution=48).values[:, :, 0], 80)
            plane.line(boundary_line(unit))
        rows = self.drawn_rows if self._batch < ROWS else []
        ringed = np.isin(np.arange(ROWS), rows)
        plane.points(self._X[:, 0], self._X[:, 1], self._y, wrong=ringed)
        return plane.svg()

    def _landscape(self) -> Plane:
        return Plane("The loss over both weights, and the path of training", W_1, W_2, "w₁", "w₂",
                     height=400)  # fmt: skip

    def _path(self) -> Fragment:
        plane = self._landscape()
        found = unit_landscape(ROWS, W_1, W_2)
        low = float(found.losses.min())
        plane.heat(np.sqrt(found.losses - low), 0.0, float(np.sqrt(found.losses.max() - low)), 12)
        points = self.points[: self.update + 1]
        for class_ in ("path-behind", "path"):
            plane.curve(points[:, 0], points[:, 1], class_)
        best = np.unravel_index(found.losses.argmin(), found.losses.shape)
        plane.label(
            float(found.a[best[1]]), float(found.b[best[0]]), "×", "large halo", dx=-6, dy=6
        )
        end_x, end_y = np.clip(points[-1], [W_1[0], W_2[0]], [W_1[1], W_2[1]])
        plane.handle("start", "Weights at the start", self.number("w_1"), self.number("w_2"), 0.1)
        if self.update:
            plane.dot(float(end_x), float(end_y), "dot series-1", 7)
        return plane.svg()
