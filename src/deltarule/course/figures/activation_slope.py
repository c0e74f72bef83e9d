"""An activation and its derivative: a point to drag, with the tangent at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import format_number, true_minus
from deltarule.activations import ACTIVATIONS
from deltarule.activations.base import Elementwise
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment

LIMIT = 6.0
Z_RANGE = (-LIMIT, LIMIT)
NAMES = (
    ("step", "step"), ("sign", "sign"), ("sigmoid", "sigmoid"), ("tanh", "tanh"),
    ("relu", "ReLU"), ("leaky_relu", "leaky ReLU"), ("gelu", "GELU"),
)  # fmt: skip
SATURATED = 0.05
"""Below this slope the sentence calls a unit saturated."""
_HEIGHTS = {
    "step": (-0.3, 1.3),
    "sigmoid": (-0.3, 1.3),
    "relu": (-1.0, 6.2),
    "leaky_relu": (-1.0, 6.2),
    "gelu": (-1.0, 6.2),
}
_TANGENT = 1.5


def elementwise(name: str) -> Elementwise:
    """Return an activation that has a derivative for each unit alone."""
    found = ACTIVATIONS.resolve(name, "activation")
    if not isinstance(found, Elementwise):
        raise TypeError(f"{name} is not computed unit by unit")
    return found


class ActivationSlope(Figure):
    """g with its tangent at z, and g′ as a curve below which the same z is marked."""

    name = "activation-slope"
    title = "An activation and its slope"
    controls = (
        Choice("activation", "Activation g", NAMES, "sigmoid"),
        Slider("z", "z", -LIMIT, LIMIT, 0.1, 2.0),
    )

    def restart(self) -> None:
        """Compute g and g′ over the axis and at z."""
        self._g = elementwise(self.chosen("activation"))
        # An even number of points leaves out 0, so that a jump is between two of them.
        self._z = np.linspace(*Z_RANGE, 240)
        z = np.array([self.number("z")])
        self.height = float(self._g(z)[0])
        self.slope = float(self._g.derivative(z)[0])

    def move(self, handle: str, x: float, y: float) -> None:
        """Move z along the axis."""
        self.put(z=self._plane().point_of(x, y)[0])
        self.restart()

    def panels(self) -> Sequence[Fragment]:
        """Return the plane of g and that of g′."""
        return self._drawn_g(), self._drawn_slope()

    def sentence(self) -> str:
        """Return g, its slope, and what that means for learning."""
        z, name = self._shown("z"), dict(NAMES)[self.chosen("activation")]
        numbers = f"{name}: g({z}) = {_digits(self.height)}, slope g′({z}) = {_digits(self.slope)}."
        if not self._g.learns:
            return f"{numbers} The slope is 0 wherever there is one, so no gradient passes."
        if self.slope == 0:
            return f"{numbers} On this side the curve is flat: no gradient passes."
        if abs(self.slope) < SATURATED:
            passed = _digits(100 * abs(self.slope))
            return f"{numbers} Nearly flat: the unit passes {passed} % of the gradient."
        return f"{numbers} The unit multiplies the gradient by {_digits(self.slope)}."

    def _shown(self, name: str) -> str:
        return true_minus(f"{self.number(name):g}")

    def _plane(self) -> Plane:
        low, high = _HEIGHTS.get(self.chosen("activation"), (-1.3, 1.3))
        return Plane("The activation g with its tangent", Z_RANGE, (low, high), "z", "g(z)")

    def _drawn_g(self) -> Fragment:
        plane, z = self._plane(), self.number("z")
        plane.curve(self._z, self._g(self._z), "curve series-0")
        if self._g.learns or self.slope:
            ends = np.clip([z - _TANGENT, z + _TANGENT], *Z_RANGE)
            plane.curve(ends, self.height + self.slope * (ends - z), "boundary")
        plane.handle("z", "z, along the axis", z, self.height, 0.1)
        return plane.svg()

    def _drawn_slope(self) -> Fragment:
        plane = Plane("The derivative g′", Z_RANGE, (-0.15, 1.3), "z", "g′(z)")
        z = self.number("z")
        plane.curve(self._z, self._g.derivative(self._z), "curve series-1")
        plane.curve(np.array([z, z]), np.array([0.0, self.slope]), "before")
        plane.dot(z, self.slope)
        left = -4.5 < z < 0 or z > 4.5
        plane.label(
            z, self.slope, _digits(self.slope), dx=-9 if left else 9, dy=-9,
            text_anchor="end" if left else "start",
        )  # fmt: skip
        return plane.svg()


def _digits(value: float) -> str:
    return format_number(value, 3)
