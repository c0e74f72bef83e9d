"""The empirical loss: a bar for the loss of each student, and their mean, while the network trains."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, element
from deltarule.insight import forward_pass, initialize, make_exam_results, output_surface
from deltarule.losses import BinaryCrossEntropy
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
STUDENTS, STUDENT, FIRST_PREDICTION = 12, 4, 0.1
"""Number of students, the one of the text, from 1, and what the untrained network predicts for it."""
EPOCHS, EPOCHS_PER_STEP = 160, 2
LECTURES, HOURS = (-1.2, 15.6), (-2.0, 42.0)
_NETWORK = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1, "sigmoid")], 2)


@cache
def students() -> tuple[Array, Array]:
    """Return lectures and hours of each student, and 1 for those who passed."""
    return make_exam_results(STUDENTS, seed=11)


def scaled(X: Array) -> Array:
    """Return lectures and hours with mean 0 and spread 1 over the students."""
    rows, _ = students()
    found: Array = (np.asarray(X, np.float64) - rows.mean(axis=0)) / rows.std(axis=0)
    return found


def untrained(seed: int) -> TrainedNetwork:
    """Return initial weights; the output's bias is the one that predicts 0.1 for the student."""
    first = initialize(_NETWORK, seed=seed)
    parameters = first.parameters.astype(np.float64)
    row = scaled(students()[0])[STUDENT - 1 : STUDENT]
    z = forward_pass(first, row)[-1].pre_activations[0, 0]
    hidden, output = parameters.biases
    assert output is not None
    wanted = np.log(FIRST_PREDICTION / (1 - FIRST_PREDICTION))
    return TrainedNetwork(_NETWORK, Parameters(parameters.weights, (hidden, output + wanted - z)))


class EmpiricalLoss(Figure):
    """Who passes? The prediction for each student, and the loss of each prediction."""

    name = "empirical-loss"
    title = "The empirical loss is a mean"
    controls = (
        Slider("student", "Student", 1, STUDENTS, 1, STUDENT),
        Slider("rate", "η", 0.1, 3, 0.1, 0.4),
        Slider("seed", "Initial weights", 0, 9, 1, 1),
    )
    trains = True
    frame_ms = 100

    def restart(self) -> None:
        """Start with untrained weights."""
        X, y = students()
        self.run = LiveTraining(
            _NETWORK, scaled(X), y, optimizer=dr.optimizers.GradientDescent(self.number("rate")),
            epochs=EPOCHS, initial=untrained(int(self.number("seed"))),
        )  # fmt: skip
        self.first_loss = float(self.losses.mean())

    def changed(self, name: str) -> None:
        """Start again; another student does not disturb training."""
        if name != "student":
            self.restart()

    def step(self) -> bool:
        """Train a few epochs."""
        return self.run.train(EPOCHS_PER_STEP)

    @property
    def predictions(self) -> Array:
        """The predicted probability of each student to pass."""
        found: Array = self.run.trained.predict(scaled(students()[0]))[:, 0]
        return found

    @property
    def losses(self) -> Array:
        """The cross-entropy of each student."""
        _, y = students()
        targets = y[:, None].astype(np.float64)
        return BinaryCrossEntropy().values(self.predictions[:, None], targets)

    @property
    def chosen_student(self) -> int:
        """Number of the chosen student, from 0."""
        return int(self.number("student")) - 1

    @property
    def _formula(self) -> str:
        """The loss of the chosen student as a logarithm."""
        i = self.chosen_student
        p, loss = (format_number(float(one[i]), 3) for one in (self.predictions, self.losses))
        return f"−log {p} = {loss}" if students()[1][i] else f"−log (1 − {p}) = {loss}"

    def panels(self) -> Sequence[Fragment]:
        """Return the students in the plane, and a bar for the loss of each."""
        return self._drawn_students(), self._drawn_losses()

    def sentence(self) -> str:
        """Return the prediction and the loss of the chosen student, and the mean."""
        X, y = students()
        i = self.chosen_student
        lectures, hours = X[i]
        what = "passed" if y[i] else "failed"
        loss, mean = self.losses[i], float(self.losses.mean())
        when = "before training"
        if self.run.epoch:
            first = format_number(self.first_loss, 3)
            when = f"after {counted(self.run.epoch, 'epoch')}, {first} before training"
        return (
            f"Student {i + 1} ({counted(int(lectures), 'lecture')}, {hours:g} hours) {what}. Prediction "
            f"{format_number(self.predictions[i], 3)}, loss {format_number(loss, 3)}. The mean over all "
            f"{len(y)} students is J = {format_number(mean, 3)} {when}."
        )

    def _drawn_students(self) -> Fragment:
        X, y = students()
        plane = Plane("The students, and the predicted probability to pass", LECTURES, HOURS,
                      "lectures attended x₁", "hours on the project x₂", height=340)  # fmt: skip
        low, high = scaled(np.array([[LECTURES[0], HOURS[0]], [LECTURES[1], HOURS[1]]]))
        surface = output_surface(
            self.run.trained, (low[0], high[0]), (low[1], high[1]), grid_resolution=60
        )
        plane.classes(surface.values[:, :, 0])
        i = np.arange(len(y))
        plane.points(X[:, 0], X[:, 1], y, wrong=i == self.chosen_student)
        for k in i.tolist():
            plane.label(X[k, 0], X[k, 1], str(k + 1), "small halo", dx=-8, dy=-6, text_anchor="end")
        return plane.svg()

    def _drawn_losses(self) -> Fragment:
        _, y = students()
        losses = self.losses
        top = max(3.6, float(losses.max()) * 1.25)
        numbers = np.arange(1, len(y) + 1)
        plane = Plane("The loss of each student, and the mean", (0.2, len(y) + 0.8), (0, top), "student",
                      "cross-entropy", height=340, whole_x=True)  # fmt: skip
        for k, loss in zip(numbers.tolist(), losses.tolist(), strict=True):
            (x, high), (right, low) = plane.at(k - 0.32, loss), plane.at(k + 0.32, 0)
            pale = "" if k - 1 == self.chosen_student else " pale"
            plane.add(element("rect", x=x, y=high, width=right - x, height=max(low - high, 0.5),
                              class_=f"bar{pale}"))  # fmt: skip
        ends, mean = np.array([0.2, len(y) + 0.8]), float(losses.mean())
        if self.run.epoch:
            plane.curve(ends, np.full(2, self.first_loss), "before")
        plane.curve(ends, np.full(2, mean), "boundary")
        plane.points(numbers, losses, y)
        end, formula = len(y) + 0.8, f"student {self.chosen_student + 1}: {self._formula}"
        plane.label(end, top, formula, dy=12, text_anchor="end")
        plane.label(end, top, f"mean J = {format_number(mean, 3)}", dy=30, text_anchor="end")
        return plane.svg()
