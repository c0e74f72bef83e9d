"""The loss of one predicted probability: cross-entropy and squared error, and what reaches z."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.activations import Sigmoid
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.losses import BinaryCrossEntropy, Loss, MeanSquaredError

Array = NDArray[Any]
HIGHEST = 5.0
"""Upper end of the axis of the loss."""
_LOWEST, _HIGHEST = 0.01, 0.99
_LOSSES: tuple[tuple[str, Loss, str], ...] = (
    ("cross-entropy", BinaryCrossEntropy(), "curve series-0"),
    ("squared error", MeanSquaredError(), "curve series-1 line-1"),
)
_TANGENT = 0.16


def gradient_of_z(loss: Loss, predictions: Array, y: float) -> Array:
    """Return ∂L/∂z of a sigmoid unit for predictions of shape (n,): ∂L/∂ŷ times the slope of σ."""
    column = predictions[:, None]
    slope = Sigmoid().derivative(np.log(predictions / (1 - predictions)))
    found: Array = loss.gradient(column, np.full_like(column, y))[:, 0] * slope
    return found


class PredictionLoss(Figure):
    """A prediction that can be dragged along its loss, with the slope there."""

    name = "prediction-loss"
    title = "The loss of one prediction"
    controls = (
        Slider("prediction", "ŷ", _LOWEST, _HIGHEST, 0.01, 0.1),
        Choice("y", "Target y", (("1", "1: passed"), ("0", "0: failed")), "1"),
    )

    def restart(self) -> None:
        """Compute both losses and slopes at the prediction."""
        prediction, target = np.array([[self.number("prediction")]]), np.array([[self.y]])
        self.losses = {name: float(loss.values(prediction, target)[0]) for name, loss, _ in _LOSSES}
        self.slopes = {
            name: float(loss.gradient(prediction, target)[0, 0]) for name, loss, _ in _LOSSES
        }
        self.gradients = {
            name: float(gradient_of_z(loss, prediction[0], self.y)[0]) for name, loss, _ in _LOSSES
        }

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the prediction."""
        self.put(prediction=self._plane().point_of(x, y)[0])
        self.restart()

    @property
    def y(self) -> float:
        """The target."""
        return float(self.chosen("y"))

    def panels(self) -> Sequence[Fragment]:
        """Return the losses over the prediction, and the size of the gradient that z gets."""
        return self._drawn_losses(), self._drawn_gradients()

    def sentence(self) -> str:
        """Return the losses, their slopes, and the gradients of z."""
        p, entropy, squared = self.number("prediction"), *(name for name, _, _ in _LOSSES)
        likely = f"{p:.2f}" if self.y else f"(1 − {p:.2f})"
        parts = (
            f"y = {self.y:g}, ŷ = {p:.2f}.",
            f"Cross-entropy: −log {likely} = {_short(self.losses[entropy])},",
            f"slope {_short(self.slopes[entropy])}.",
            f"Squared error: {_short(self.losses[squared])}, slope {_short(self.slopes[squared])}.",
            f"The z of a sigmoid output gets the gradient {_short(self.gradients[entropy])}",
            f"from cross-entropy, {_short(self.gradients[squared])} from the squared error.",
        )
        return " ".join(parts)

    def _plane(self) -> Plane:
        return Plane("The loss over the predicted probability", (0, 1), (0, HIGHEST),
                     "predicted probability ŷ of y = 1", "loss", height=340)  # fmt: skip

    def _drawn_losses(self) -> Fragment:
        plane, p = self._plane(), self.number("prediction")
        x = np.linspace(0.005, 0.995, 199)[:, None]
        other = BinaryCrossEntropy().values(x, np.full_like(x, 1 - self.y))
        plane.curve(x[:, 0], other, "curve series-0 between")
        for _, loss, class_ in _LOSSES:
            plane.curve(x[:, 0], loss.values(x, np.full_like(x, self.y)), class_)
        name, slope, value = _LOSSES[0][0], self.slopes[_LOSSES[0][0]], self.losses[_LOSSES[0][0]]
        wide = min(_TANGENT, 1.6 / max(abs(slope), 1e-9))
        near = np.linspace(max(p - wide, 0.0), min(p + wide, 1.0), 33)
        plane.curve(near, value + slope * (near - p), "boundary")
        plane.dot(p, self.losses[_LOSSES[1][0]])
        plane.handle("prediction", "Prediction ŷ, along the curve", p, value, 0.01)
        at, anchor = (0.36, "start") if self.y else (0.64, "end")
        plane.label(at, 1.75, f"{name}, y = {self.y:g}", text_anchor=anchor)
        plane.label(1 - at, 4.35, f"y = {1 - self.y:g}", "small halo", text_anchor=anchor,
                    dx=90 if self.y else -90)  # fmt: skip
        edge = 0.02 if self.y else 0.98
        plane.label(edge, 0.28, "squared error", "small halo", text_anchor=anchor)
        return plane.svg()

    def _drawn_gradients(self) -> Fragment:
        plane = Plane("The size of the gradient of z over the predicted probability", (0, 1), (0, 1.05),
                      "predicted probability ŷ of y = 1", "size of ∂L/∂z", height=340)  # fmt: skip
        x, p = np.linspace(0.005, 0.995, 199), self.number("prediction")
        for name, loss, class_ in _LOSSES:
            plane.curve(x, np.abs(gradient_of_z(loss, x, self.y)), class_)
            plane.dot(p, abs(self.gradients[name]), f"dot {class_.split()[1]}", 6)
        at, anchor = (0.4, "start") if self.y else (0.6, "end")
        plane.label(at, 0.7, "cross-entropy", text_anchor=anchor)
        plane.label(at, 0.12, "squared error", text_anchor="middle")
        return plane.svg()


def _short(value: float) -> str:
    return format_number(value, 3)
