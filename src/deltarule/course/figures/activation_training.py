"""One unit that learns one number: where its curve is flat, it hardly moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import format_number
from deltarule.activations import ACTIVATIONS
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import gradient_magnitudes, perceptron
from deltarule.optimizers import GradientDescent
from deltarule.stopping import TargetReached

LIMIT = 6.0
Z_RANGE = (-LIMIT, LIMIT)
TARGET, LEARNING_RATE, LOSS, CLOSE = 0.8, 0.2, "mean_squared_error", 1e-4
EPOCHS, EPOCHS_PER_STEP = 2000, 8
NAMES = (
    ("sigmoid", "sigmoid"), ("tanh", "tanh"), ("relu", "ReLU"), ("leaky_relu", "leaky ReLU"),
    ("step", "step"),
)  # fmt: skip


def unit_training(activation: str, weight: float, epochs: int = EPOCHS) -> LiveTraining:
    """Return the training of a unit without bias on the input 1, so that z is its weight."""
    unit = perceptron(None, [weight], activation)
    return LiveTraining(
        unit.network, [[1.0]], [TARGET], optimizer=GradientDescent(LEARNING_RATE), loss=LOSS,
        epochs=epochs, stopping=[TargetReached(CLOSE)], initial=unit,
    )  # fmt: skip


class ActivationTraining(Figure):
    """A unit rolls along its activation to the target, as fast as the slope lets it."""

    name = "activation-training"
    title = "Saturation: a flat curve learns slowly"
    controls = (
        Choice("activation", "Activation g", NAMES, "sigmoid"),
        Slider("start", "z at the start", -LIMIT, LIMIT, 0.5, -4.0),
    )
    trains = True

    def restart(self) -> None:
        """Put the unit at the start."""
        self._g = ACTIVATIONS.resolve(self.chosen("activation"), "activation")
        self.run = unit_training(self.chosen("activation"), self.number("start"))

    def step(self) -> bool:
        """Train a few epochs."""
        return self.run.train(EPOCHS_PER_STEP)

    def move(self, handle: str, x: float, y: float) -> None:
        """Put the unit at another start."""
        self.put(start=self._plane().point_of(x, y)[0])
        self.restart()

    @property
    def z(self) -> float:
        """The weight now, which is z."""
        return float(self.run.points[-1][0])

    @property
    def output(self) -> float:
        """The output now."""
        return float(self.run.trained.predict([[1.0]])[0, 0])

    @property
    def gradient(self) -> float:
        """The size of ∂J/∂w now."""
        return float(gradient_magnitudes(self.run.trained, [[1.0]], [TARGET], loss=LOSS)[0])

    def panels(self) -> Sequence[Fragment]:
        """Return the curve with the unit on it, and the output over the epochs."""
        return self._drawn_curve(), self._drawn_history()

    def sentence(self) -> str:
        """Return where the unit is, and how large the gradient is."""
        z, output, gradient = (format_number(v, 3) for v in (self.z, self.output, self.gradient))
        where = f"Epoch {self.run.epoch}: z = {z}, ŷ = {output}, target {TARGET}."
        if abs(self.output - TARGET) <= CLOSE**0.5:
            return f"{where} The unit has learned the target."
        if self.gradient == 0:
            return f"{where} The gradient ∂J/∂w is 0: the unit never moves."
        return f"{where} The size of the gradient ∂J/∂w is {gradient}."

    def _plane(self) -> Plane:
        low = -1.3 if self.chosen("activation") == "tanh" else -0.3
        high = 1.3 if self._g.bounded else LIMIT + 0.3
        return Plane("The unit on its activation", Z_RANGE, (low, high), "z", "ŷ = g(z)")

    def _drawn_curve(self) -> Fragment:
        plane, z = self._plane(), np.linspace(*Z_RANGE, 240)
        path = np.array([point[0] for point in self.run.points])
        for at in path[:-1][:: max(1, len(path) // 40)]:
            plane.dot(at, float(self._g(np.array([at]))[0]), "dot series-1 pale", 5.5)
        plane.curve(z, self._g(z), "curve series-0")
        plane.curve(np.array(Z_RANGE), np.array([TARGET, TARGET]), "before")
        plane.label(-LIMIT, TARGET, "target", "name halo", dx=6, dy=-7)
        if self.run.epoch:
            plane.dot(self.z, self.output, radius=7)
        else:
            plane.handle("start", "z at the start", self.z, self.output, 0.5)
        return plane.svg()

    def _drawn_history(self) -> Fragment:
        epochs = max(100, self.run.epoch)
        plane = Plane(
            "Squared error over the epochs",
            (0, epochs),
            (0, 1),
            "epoch",
            "J, relative to the start",
        )
        loss = np.array(self.run.records["training_loss"])
        if len(loss):
            plane.curve(np.arange(1, len(loss) + 1), loss / loss[0], "curve training")
        return plane.svg()
