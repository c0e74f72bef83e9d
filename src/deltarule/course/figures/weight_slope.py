"""The loss along one weight, its tangent, and the difference quotient that approaches it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import format_number, format_percent
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.network_loss import NetworkLoss
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, line, text
from deltarule.insight import initialize, make_moons

Array = NDArray[Any]
NETWORK = dr.Network([dr.Dense(2, "tanh"), dr.Dense(1, "sigmoid")], 2)
WEIGHT_NAMES = (
    "w⁽¹⁾₁₁", "w⁽¹⁾₁₂", "w⁽¹⁾₂₁", "w⁽¹⁾₂₂", "b⁽¹⁾₁", "b⁽¹⁾₂", "w⁽²⁾₁₁", "w⁽²⁾₂₁", "b⁽²⁾₁",
)  # fmt: skip
"""Names of the weights of `NETWORK` in the order of `Parameters.flat`: from input i to unit j."""
LIMIT = 6.0
_STEP = 0.05
_FIRST = 6
_AXIS = (-7.0, 7.0)
EXPONENTS = np.arange(-16, 0.01, 0.25)
_ROUNDING_BELOW = {"forward": -8.0, "central": -5.5}
"""Below this exponent rounding is the larger part of the error: √ε and ∛ε."""


@cache
def small_network_loss() -> NetworkLoss:
    """Return the loss of `NETWORK` over forty points of two half circles."""
    return NetworkLoss(NETWORK, *make_moons(n_samples=40, noise=0.1))


def start_weights(seed: int = 4) -> Array:
    """Return initial weights, rounded to the steps of the sliders."""
    drawn = initialize(NETWORK, seed=seed).parameters.flat().astype(np.float64)
    return np.round(np.round(drawn / _STEP) * _STEP, 9)


def difference_quotients(weights: Array, i: int, steps: Array) -> dict[str, Array]:
    """Return (J(w + h) − J(w)) / h and the central (J(w + h) − J(w − h)) / 2h of weight i for each h."""
    values, axis = small_network_loss(), np.eye(len(weights))[i]
    above, below = (values.along(weights, axis, sign * steps) for sign in (1, -1))
    return {
        "forward": (above - values.loss(weights)) / steps,
        "central": (above - below) / (2 * steps),
    }


class WeightSlope(Figure):
    """J along one weight, with the tangent at a point to drag and the secant of finite differences."""

    name = "weight-slope"
    title = "One weight at a time"
    controls = (
        Choice("weight", "Weight",
               tuple((str(i), name) for i, name in enumerate(WEIGHT_NAMES)), str(_FIRST)),
        Slider("w", "w", -LIMIT, LIMIT, _STEP, float(start_weights()[_FIRST])),
        Slider("h", "h", -15, 0, 0.25, -0.25, logarithmic=True),
        Choice("kind", "Difference", (("forward", "forward"), ("central", "central")), "forward"),
    )  # fmt: skip

    def restart(self) -> None:
        """Compute the loss along the weight, its gradient at w, and the errors of all h."""
        values = small_network_loss()
        self.place = int(self.chosen("weight"))
        self.weights = start_weights()
        self.weights[self.place] = w = self.number("w")
        axis = np.eye(len(self.weights))[self.place]
        self._w = np.linspace(*_AXIS, 85)
        self._loss = values.along(self.weights, axis, self._w - w)
        self.loss = values.loss(self.weights)
        self.gradient = float(values.gradient(self.weights)[self.place])
        found = difference_quotients(self.weights, self.place, np.array([self.number("h")]))
        self.quotient = float(found[self.chosen("kind")][0])

    def changed(self, name: str) -> None:
        """Compute anew; another weight has its own value at first."""
        if name == "weight":
            self.put(w=float(start_weights()[int(self.chosen("weight"))]))
        self.restart()

    def move(self, handle: str, x: float, y: float) -> None:
        """Change the weight."""
        self.put(w=self._plane().point_of(x, y)[0])
        self.restart()

    @property
    def errors(self) -> dict[str, Array]:
        """|difference quotient − gradient| for each h = 10^exponent, forward and central."""
        found = difference_quotients(self.weights, self.place, 10.0**EXPONENTS)
        return {kind: np.abs(quotients - self.gradient) for kind, quotients in found.items()}

    def panels(self) -> Sequence[Fragment]:
        """Return the loss with tangent and secant, and the error over h."""
        return self._drawn_loss(), self._drawn_errors()

    def sentence(self) -> str:
        """Return the gradient, the difference quotient, and how far it is off."""
        h, name = self.number("h"), WEIGHT_NAMES[self.place]
        w = format_number(self.number("w"), 3)
        change = format_number(self.gradient / 100, 3)
        text = (
            f"{name} = {w}, J = {format_number(self.loss, 3)}. The gradient is "
            f"{format_number(self.gradient, 3)}: if the weight grows by 0.01, J changes by about "
            f"{change}. The difference with h = {format_number(h, 2)} gives "
            f"{format_number(self.quotient, 3)}"
        )
        if self.gradient == 0:
            return f"{text}."
        off = abs(self.quotient / self.gradient - 1)
        if off < 1e-9:
            return f"{text}, the same to more than nine digits."
        text = f"{text}, which is off by {format_percent(off, 2)}."
        if np.log10(h) < _ROUNDING_BELOW[self.chosen("kind")]:
            return f"{text} With a smaller h, rounding would take even more of its digits."
        return text

    def _plane(self) -> Plane:
        top, low = float(self._loss.max()), float(self._loss.min())
        room = max(top - low, 0.1)
        return Plane("The loss along one weight, with tangent and secant", _AXIS,
                     (max(0.0, low - 0.35 * room), top + 0.35 * room),
                     WEIGHT_NAMES[self.place], "loss J")  # fmt: skip

    def _drawn_loss(self) -> Fragment:
        plane, w, h = self._plane(), self.number("w"), self.number("h")
        plane.curve(self._w, self._loss, "curve series-0")
        ends = np.linspace(*_AXIS, 281)
        central = self.chosen("kind") == "central"
        places = [w - h, w + h] if central else [w, w + h]
        axis = np.eye(len(self.weights))[self.place]
        heights = small_network_loss().along(self.weights, axis, np.array(places) - w)
        plane.curve(ends, heights[1] + self.quotient * (ends - places[1]), "curve series-1 line-1")
        plane.curve(ends, self.loss + self.gradient * (ends - w), "boundary")
        for at, height in zip(places, heights, strict=True):
            plane.dot(at, float(height))
        plane.handle("w", f"{WEIGHT_NAMES[self.place]}, along the axis", w, self.loss, _STEP)
        x = plane.frame.left + 10
        for y, class_, content in (
            (46, "boundary", f"tangent: slope {format_number(self.gradient, 3)}"),
            (66, "curve series-1 line-1", f"difference: slope {format_number(self.quotient, 3)}"),
        ):
            plane.add(line(x, y - 4, x + 26, y - 4, class_=class_))
            plane.add(text(x + 34, y, content, class_="number halo"))
        return plane.svg()

    def _drawn_errors(self) -> Fragment:
        plane = Plane("The error of the difference over h, both as powers of ten", (-16, 0.5),
                      (-14, 2), "log₁₀ h", "log₁₀ of the error")  # fmt: skip
        chosen = self.chosen("kind")
        for kind, errors in self.errors.items():
            with np.errstate(divide="ignore"):
                heights = np.where(errors > 0, np.log10(errors), np.nan)
            style = "curve series-1" if kind == chosen else "curve series-2 line-2 between"
            plane.curve(EXPONENTS, heights, style)
        error = abs(self.quotient - self.gradient)
        exponent = float(np.log10(self.number("h")))
        height = float(np.log10(error)) if error > 0 else -14.0
        plane.curve(np.full(2, exponent), np.array([-14.0, 2.0]), "before")
        plane.dot(exponent, float(np.clip(height, -14, 2)), radius=7)
        plane.label(-15.7, 1.1, "h too small: rounding", "small halo")
        plane.label(0.3, 1.1, "h too large: J bends", "small halo", text_anchor="end")
        plane.label(-15.7, -13.3, f"{chosen} difference", "number halo")
        return plane.svg()
