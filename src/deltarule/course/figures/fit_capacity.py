"""Networks of several sizes fit a few noisy points: too simple, right, or fitting the noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.loss_chart import add_legend, loss_chart
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import make_noisy_sine
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam

EPOCHS, EPOCHS_PER_STEP = 3000, 25
POINTS, VALIDATION_POINTS, NOISE = 12, 60, 0.25
LAYERS = {"1": (1,), "3": (3,), "32": (32,), "32-32": (32, 32)}
_Y_RANGE, _TOP = (-1.8, 1.8), 0.8


def capacity_training(
    layers: str, points: int = POINTS, noise: float = NOISE, epochs: int = EPOCHS
) -> LiveTraining:
    """Return the training of a network on noisy points of a sine; `layers` is a key of `LAYERS`."""
    X, y = make_noisy_sine(points, noise, seed=8)
    hidden = [Dense(units, "tanh") for units in LAYERS[layers]]
    return LiveTraining(
        Network([*hidden, Dense(1)]), X, y, optimizer=Adam(0.02), epochs=epochs,
        validation_data=make_noisy_sine(VALIDATION_POINTS, noise, seed=9),
    )  # fmt: skip


class FitCapacity(Figure):
    """A curve through few noisy points, and its loss on them and on others."""

    name = "fit-capacity"
    title = "Underfitting and overfitting"
    controls = (
        Choice(
            "layers", "Hidden layers",
            (("1", "1 unit"), ("3", "3 units"), ("32", "32 units"), ("32-32", "two of 32 units")),
            "1",
        ),
        Slider("points", "Training points", 6, 80, 1, POINTS),
        Slider("noise", "Noise σ", 0, 0.5, 0.05, NOISE),
    )  # fmt: skip
    trains = True

    def restart(self) -> None:
        """Draw the points, and new initial weights."""
        points, noise = int(self.number("points")), self.number("noise")
        self._X, self._y = make_noisy_sine(points, noise, seed=8)
        self._others = make_noisy_sine(VALIDATION_POINTS, noise, seed=9)
        self.run = capacity_training(self.chosen("layers"), points, noise)

    def step(self) -> bool:
        """Train some epochs."""
        return self.run.train(EPOCHS_PER_STEP)

    def panels(self) -> Sequence[Fragment]:
        """Return the points with the curve, and both losses."""
        return self._drawn_curve(), self._drawn_losses()

    def sentence(self) -> str:
        """Return the size of the network, and its losses."""
        numbers = counted(len(self.run.parameters.flat()), "parameter")
        begin = f"{numbers}, {counted(len(self._y), 'training point')}."
        records = self.run.records
        if not len(records):
            return f"{begin} Not trained yet."
        losses = records["validation_loss"]
        training, validation, best = (
            format_number(float(value), 3)
            for value in (records["training_loss"][-1], losses[-1], losses.min())
        )
        return (
            f"{begin} Epoch {self.run.epoch:,}: training loss {training}, validation loss "
            f"{validation}. The lowest validation loss was {best}, in epoch {losses.argmin() + 1:,}."
        )

    def _drawn_curve(self) -> Fragment:
        plane = Plane("The points and the curve of the network", (-1, 1), _Y_RANGE, "x", "y")
        x = np.linspace(-1, 1, 160)
        others = zip(self._others[0][:, 0].tolist(), self._others[1].tolist(), strict=True)
        for at_x, at_y in others:
            if abs(at_y) < _Y_RANGE[1]:
                plane.dot(at_x, at_y, "rows", 2.6)
        plane.curve(x, np.sin(np.pi * x), "before")
        plane.curve(x, self.run.trained.predict(x[:, None])[:, 0], "curve series-0")
        for at_x, at_y in zip(self._X[:, 0].tolist(), self._y.tolist(), strict=True):
            if abs(at_y) < _Y_RANGE[1]:
                plane.dot(at_x, at_y, "dot training", 5)
        return plane.svg()

    def _drawn_losses(self) -> Fragment:
        noise, points = self.number("noise"), self.number("points")
        top = _TOP if noise <= 0.3 and points >= POINTS else 2 * _TOP
        plane = loss_chart(self.run.records, EPOCHS, top, "mean squared error J")
        plane.curve(np.array([0, EPOCHS]), np.full(2, noise**2), "mark kept")
        add_legend(plane, 2, "noise σ²", "mark kept")
        return plane.svg()
