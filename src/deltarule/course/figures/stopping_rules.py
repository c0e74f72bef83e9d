"""Three rules that end training: the loss is small, it stops decreasing, or the epochs are over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import deltarule as dr
from deltarule._common.formatting import format_number
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import make_moons, output_surface
from deltarule.stopping import NoProgress, TargetReached

RANGE_1, RANGE_2 = (-1.6, 2.6), (-1.1, 1.6)
PATIENCE_EPOCHS = 5
_NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")], 2)


class StoppingRules(Figure):
    """A training with stochastic gradient descent that ends by the rule that applies first."""

    name = "stopping-rules"
    title = "Which rule ends training?"
    controls = (
        Slider("target", "Stop at loss", 0, 0.5, 0.01, 0.1),
        Slider(
            "improvement", "Stop if it improves by less than", -5, -1, 0.5, -3, logarithmic=True
        ),
        Slider("epochs", "Most epochs", 5, 120, 5, 80),
        Slider("rate", "η", 0.05, 1, 0.05, 0.2),
    )
    trains = True
    frame_ms = 100

    def restart(self) -> None:
        """Begin with new weights."""
        self._X, self._y = make_moons(n_samples=80, noise=0.1)
        self.run = LiveTraining(
            _NETWORK, self._X, self._y, optimizer=dr.optimizers.GradientDescent(self.number("rate")),
            sampling=dr.sampling.SingleSample(), epochs=int(self.number("epochs")),
            stopping=(
                TargetReached(self.number("target")),
                NoProgress(PATIENCE_EPOCHS, self.number("improvement"), "training_loss"),
            ),
        )  # fmt: skip

    def step(self) -> bool:
        """Train an epoch, as many updates as there are points."""
        return self.run.train(1)

    def panels(self) -> Sequence[Fragment]:
        """Return the loss with the limits of the rules, and the points with the boundary."""
        return self._loss(), self._data()

    def sentence(self) -> str:
        """Return the loss, and why training ended."""
        losses = self.run.records["training_loss"]
        if not len(losses):
            return "Not trained yet. Which of the three rules will end training? Press Play."
        text = f"Epoch {self.run.epoch}: loss {format_number(float(losses[-1]), 3)}."
        return f"{text} {self.run.explanation}".rstrip()

    def _loss(self) -> Fragment:
        epochs, target = self.number("epochs"), self.number("target")
        losses = self.run.records["training_loss"]
        top = max(0.75, float(losses.max()) * 1.05 if len(losses) else 0.0)
        plane = Plane("The loss after each epoch, and the limits", (0, 125), (0, top), "epoch",
                      "loss J", whole_x=True)  # fmt: skip
        plane.curve(np.array([0, 125]), np.full(2, target), "mark kept")
        plane.label(125, target, "small loss", "small halo", dy=-5, text_anchor="end")
        plane.curve(np.full(2, epochs), np.array([0, top]), "mark kept")
        dx, anchor = (-4, "end") if epochs > 40 else (4, "start")  # so that the words have room
        plane.label(epochs, top, "most epochs", "small halo", dx=dx, dy=14, text_anchor=anchor)
        if len(losses):
            plane.curve(self.run.records["epoch"], losses, "curve series-1")
            plane.dot(float(self.run.epoch), float(losses[-1]), radius=6)
        return plane.svg()

    def _data(self) -> Fragment:
        plane = Plane("The points and the network's output", RANGE_1, RANGE_2, "x₁", "x₂")
        plane.classes(
            output_surface(self.run.trained, RANGE_1, RANGE_2, grid_resolution=48).values[:, :, 0]
        )
        plane.points(self._X[:, 0], self._X[:, 1], self._y)
        return plane.svg()
