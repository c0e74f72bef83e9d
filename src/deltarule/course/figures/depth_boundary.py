"""Layers with and without activations learn the same points: a line, or a curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane, grid
from deltarule.drawing.svg import Fragment
from deltarule.insight import boundary_line, collapse_layers, make_moons, output_surface
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.sampling import MiniBatches

X_RANGE, Y_RANGE = (-1.9, 1.9), (-1.5, 1.5)
UNITS, EPOCHS, EPOCHS_PER_STEP = 6, 150, 2


def boundary_training(activation: str, layers: int) -> LiveTraining:
    """Return the training of a network with hidden layers of six units on two half circles."""
    X, y = make_moons(n_samples=200, noise=0.15, seed=1)
    hidden = [Dense(UNITS, activation) for _ in range(layers)]
    return LiveTraining(
        Network([*hidden, Dense(1, "sigmoid")]), X, y, optimizer=Adam(0.01),
        sampling=MiniBatches(32), epochs=EPOCHS, score=True,
    )  # fmt: skip


class DepthBoundary(Figure):
    """The boundary of a network while it trains."""

    name = "depth-boundary"
    title = "Deep with and without activations"
    controls = (
        Choice(
            "activation", "Activation of hidden layers",
            (("identity", "none"), ("tanh", "tanh"), ("relu", "ReLU")), "identity",
        ),
        Slider("layers", "Hidden layers", 0, 4, 1, 3),
    )  # fmt: skip
    trains = True
    frame_ms = 80

    def restart(self) -> None:
        """Draw new initial weights."""
        self._X, self._y = make_moons(n_samples=200, noise=0.15, seed=1)
        self.run = boundary_training(self.chosen("activation"), int(self.number("layers")))

    def step(self) -> bool:
        """Train a few epochs."""
        return self.run.train(EPOCHS_PER_STEP)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which points are on the right side of the boundary, of shape (200,)."""
        found: NDArray[np.bool_] = (self.run.trained.predict(self._X)[:, 0] > 0.5) == self._y
        return found

    @property
    def is_linear(self) -> bool:
        """Whether the network is one unit, or layers that collapse into one."""
        return self.chosen("activation") == "identity" or self.number("layers") == 0

    def panels(self) -> Sequence[Fragment]:
        """Return the plane, and the loss."""
        plane = Plane("The boundary of the network", X_RANGE, Y_RANGE, "x₁", "x₂", square=True)
        x, y = grid(X_RANGE, Y_RANGE)
        trained = self.run.trained
        surface = output_surface(trained, (x[0], x[-1]), (y[0], y[-1]), grid_resolution=len(x))
        plane.classes(surface.values[:, :, 0])
        plane.points(self._X[:, 0], self._X[:, 1], self._y, wrong=~self.right)
        if self.is_linear:
            plane.line(boundary_line(collapse_layers(trained)))
        return plane.svg(), self._drawn_loss()

    def sentence(self) -> str:
        """Return the accuracy, and the line of a network that collapses."""
        layers = counted(int(self.number("layers")), "hidden layer")
        trained = self.run.trained
        right = float(np.mean(self.right))
        numbers = len(trained.parameters.flat())
        state = (
            f"{layers}, {numbers} weights and biases. Epoch {self.run.epoch}: accuracy {right:.1%}."
        )
        if not self.is_linear:
            return f"{state} The boundary can bend."
        line = boundary_line(collapse_layers(trained))
        terms = ", ".join(
            f"{name} = {format_number(value, 3)}"
            for name, value in zip(("w₀", "w₁", "w₂"), (line.bias, *line.weights), strict=True)
        )
        return f"{state} One unit with {terms} computes the same: the boundary is a line."

    def _drawn_loss(self) -> Fragment:
        loss = np.array(self.run.records["training_loss"])
        top = max(1.0, float(loss.max(initial=0)))
        plane = Plane("Loss over the epochs", (0, EPOCHS), (0, top), "epoch", "training loss J")
        plane.curve(np.arange(1, len(loss) + 1), loss, "curve training")
        return plane.svg()
