"""A line through final grades by the squared and by the absolute error, with an outlier to drag."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import format_number, true_minus
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, line, text
from deltarule.losses import LOSSES
from deltarule.schedules import Cosine

Array = NDArray[Any]
LECTURES, GRADES = (0.0, 15.0), (0.0, 100.0)
STUDENTS = (
    (1, 35), (2, 36), (4, 44), (5, 40), (6, 61), (8, 67), (9, 65), (11, 77), (12, 79), (14, 84),
)  # fmt: skip
"""Lectures attended and final grade of each student; the outlier is one more."""
SQUARED, ABSOLUTE = "mean_squared_error", "mean_absolute_error"
_NAMES = {SQUARED: "squared error", ABSOLUTE: "absolute error"}
_CLASSES = {SQUARED: "series-1", ABSOLUTE: "series-0"}
_MIDDLE, _SPREAD = np.array([7.5, 60.0]), np.array([4.5, 20.0])
ERRORS, UNIT = (-90.0, 90.0), 20.0
EPOCHS = 800


def best_line(X: Array, y: Array, loss: str) -> tuple[float, float]:
    """Return slope and bias of the linear unit that training with a loss finds.

    `X` (n_rows,) and `y` (n_rows,) are lectures and grades.
    """
    optimizer: dr.optimizers.Optimizer = dr.optimizers.GradientDescent(0.3)
    if loss == ABSOLUTE:  # its gradient does not shrink near the minimum
        optimizer = dr.optimizers.Adam(Cosine(0.05))
    run = LiveTraining(
        dr.Network([dr.Dense(1)], 1), ((X - _MIDDLE[0]) / _SPREAD[0])[:, None],
        (y - _MIDDLE[1]) / _SPREAD[1], optimizer=optimizer, loss=loss, epochs=EPOCHS,
    )  # fmt: skip
    while run.train(EPOCHS):
        pass
    w, b = run.points[-1]
    slope = float(w * _SPREAD[1] / _SPREAD[0])
    return slope, float(_MIDDLE[1] + b * _SPREAD[1] - slope * _MIDDLE[0])


@cache
def without_outlier() -> dict[str, tuple[float, float]]:
    """Return slope and bias of the line of each loss for the students without the outlier."""
    X, y = np.array(STUDENTS, np.float64).T
    return {loss: best_line(X, y, loss) for loss in _NAMES}


class RegressionLosses(Figure):
    """Two lines through the same grades: one that the outlier tilts, and one that it hardly moves."""

    name = "regression-losses"
    title = "One outlier, two losses"
    controls = (
        Slider("lectures", "Lectures of the outlier", *LECTURES, 0.5, 13.0),
        Slider("grade", "Its grade", *GRADES, 1, 10.0),
    )

    def restart(self) -> None:
        """Train a line with each loss."""
        rows = np.array([*STUDENTS, (self.number("lectures"), self.number("grade"))], np.float64)
        self.X, self.y = rows.T
        self.lines = {loss: best_line(self.X, self.y, loss) for loss in _NAMES}

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the outlier."""
        lectures, grade = self._plane().point_of(x, y)
        self.put(lectures=lectures, grade=grade)
        self.restart()

    def losses(self, loss: str) -> Array:
        """Return the loss of each student under the line of that loss, the outlier last."""
        slope, bias = self.lines[loss]
        predicted = (bias + slope * self.X)[:, None]
        return LOSSES.resolve(loss, "loss").values(predicted, self.y[:, None])

    def panels(self) -> Sequence[Fragment]:
        """Return the grades with both lines, and both losses over the error."""
        return self._drawn_lines(), self._drawn_losses()

    def sentence(self) -> str:
        """Return both lines with their mean losses, and the line without the outlier."""
        parts = []
        for loss, unit in ((SQUARED, "points²"), (ABSOLUTE, "points")):
            mean = format_number(float(self.losses(loss).mean()), 3)
            parts.append(
                f"{_NAMES[loss].capitalize()}: {_line(self.lines[loss])}, mean {mean} {unit}."
            )
        alone = " and ".join(_line(line) for line in without_outlier().values())
        return f"{' '.join(parts)} Without the outlier: {alone}."

    def _plane(self) -> Plane:
        return Plane("Final grades, and the line of each loss", (-0.5, 15.5), (-4, 104),
                     "lectures attended", "final grade", height=340)  # fmt: skip

    def _drawn_lines(self) -> Fragment:
        plane = self._plane()
        ends = np.array([-0.5, 15.5])
        for loss, (slope, bias) in self.lines.items():
            plane.curve(ends, bias + slope * ends, _class(loss))
        for x, y in STUDENTS:
            plane.dot(x, y, "dot series-2", 6)
        plane.handle("outlier", "The outlier", self.number("lectures"), self.number("grade"), 0.5)
        return plane.svg()

    def _drawn_losses(self) -> Fragment:
        low, high = ERRORS
        plane = Plane("Both losses over the error of a prediction", ERRORS, (0, (high / UNIT) ** 2),
                      "error ŷ − y in points", f"loss, relative to an error of {UNIT:g} points",
                      height=340)  # fmt: skip
        errors = np.linspace(low, high, 181)
        for loss, (slope, bias) in self.lines.items():
            plane.curve(errors, _relative(loss, errors), _class(loss))
            of_students = bias + slope * self.X - self.y
            heights = _relative(loss, of_students)
            kind = f"dot {_CLASSES[loss]}"
            for error, height in zip(of_students[:-1].tolist(), heights.tolist(), strict=False):
                plane.dot(error, height, kind, 4)
            plane.dot(float(of_students[-1]), float(heights[-1]), kind, 8)
        for i, loss in enumerate((SQUARED, ABSOLUTE)):
            x, y = 150.0, 56.0 + 20 * i
            plane.add(
                line(x, y, x + 30, y, class_=_class(loss)),
                text(x + 37, y + 4, _NAMES[loss], class_="small halo"),
            )
        return plane.svg()


def _relative(loss: str, errors: Array) -> Array:
    """Return the loss of errors of shape (n,), relative to the loss of an error of 20 points."""
    rows = np.append(errors, UNIT)[:, None]
    values = LOSSES.resolve(loss, "loss").values(rows, np.zeros_like(rows))
    found: Array = values[:-1] / values[-1]
    return found


def _class(loss: str) -> str:
    return f"curve {_CLASSES[loss]}{' line-1' if loss == ABSOLUTE else ''}"


def _line(line_: tuple[float, float]) -> str:
    slope, bias = line_
    sign = "−" if slope < 0 else "+"
    return f"{_one(bias)} {sign} {abs(slope):.1f} · lectures"


def _one(value: float) -> str:
    return true_minus(f"{value:.1f}")
