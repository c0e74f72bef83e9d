"""The gradient of every weight of a small network: a diagram, and a bar for each weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.figures.weight_slope import (
    WEIGHT_NAMES,
    difference_quotients,
    small_network_loss,
    start_weights,
)
from deltarule.course.plane import drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.report.axes import Frame
from deltarule.report.scales import Scale

Array = NDArray[Any]
LEARNING_RATE = 0.5
UPDATES = 40
_HEIGHT, _WIDTH = 336.0, 400.0
_ROW, _TOP = 28.0, 40.0
_LEFT, _RIGHT = 70.0, 386.0
# Inputs and the 1 of each bias, hidden units, output: where the weights begin and end.
_UNITS = {"x₁": (46, 80), "x₂": (46, 174), "1": (46, 262), "h₁": (206, 96), "h₂": (206, 190),
          "1 ": (206, 278), "ŷ": (354, 143)}  # fmt: skip
_ENDS = (("x₁", "h₁"), ("x₁", "h₂"), ("x₂", "h₁"), ("x₂", "h₂"), ("1", "h₁"), ("1", "h₂"),
         ("h₁", "ŷ"), ("h₂", "ŷ"), ("1 ", "ŷ"))  # fmt: skip


class GradientBars(Figure):
    """All gradients at once, and what each weight does when it alone grows by h."""

    name = "gradient-bars"
    title = "The gradient of every weight"
    controls = (
        Choice("weight", "Weight",
               tuple((str(i), name) for i, name in enumerate(WEIGHT_NAMES)), "6"),
        Slider("h", "Grows by h", -2, 0.5, 0.1, -0.2, logarithmic=True),
    )  # fmt: skip
    trains = True
    frame_ms = 150

    def restart(self) -> None:
        """Start with the initial weights."""
        self.weights = start_weights()
        self.updates = 0
        self._compute()

    def changed(self, name: str) -> None:
        """Look at another weight or another h in the same training."""
        self._compute()

    def step(self) -> bool:
        """Update all weights, w ← w − η ∂J/∂w."""
        if self.updates < UPDATES:
            self.weights = self.weights - LEARNING_RATE * self.gradient
            self.updates += 1
            self._compute()
        return self.updates < UPDATES

    def _compute(self) -> None:
        values, h = small_network_loss(), np.array([self.number("h")])
        self.loss = values.loss(self.weights)
        self.gradient = values.gradient(self.weights)
        self.measured = np.array(
            [float(difference_quotients(self.weights, i, h)["forward"][0]) for i in range(9)]
        )

    def panels(self) -> Sequence[Fragment]:
        """Return the network and the bars."""
        return self._network(), self._bars()

    def sentence(self) -> str:
        """Return what the chosen weight would do, as predicted and as measured."""
        i, h = int(self.chosen("weight")), self.number("h")
        name, slope = WEIGHT_NAMES[i], float(self.gradient[i])
        shown, gradient = format_number(h, 2), format_number(slope, 3)
        factor = f"({gradient})" if slope < 0 else gradient
        return (
            f"∂J/∂{name} = {gradient}. If {name} alone grows by h = {shown}, J should "
            f"change by {shown} · {factor} = {format_number(h * slope, 3)}; it "
            f"changes by {format_number(h * float(self.measured[i]), 3)}. "
            f"J = {format_number(self.loss, 3)} after {counted(self.updates, 'update')} of all weights."
        )

    def _network(self) -> Fragment:
        largest = max(float(np.abs(self.gradient).max()), 1e-12)
        chosen = int(self.chosen("weight"))
        parts: list[Fragment] = []
        for i in sorted(range(9), key=lambda i: i == chosen):
            (x1, y1), (x2, y2) = (_UNITS[end] for end in _ENDS[i])
            value = float(self.gradient[i])
            sign = "stroke-positive" if value >= 0 else "stroke-negative"
            parts.append(
                line(x1, y1, x2, y2, class_=f"link {sign}",
                     stroke_width=1 + 9 * abs(value) / largest,
                     stroke_opacity=None if i == chosen else 0.45)
            )  # fmt: skip
        for name, (x, y) in _UNITS.items():
            radius = 15 if name.startswith("1") else 21
            parts += [
                element("circle", cx=x, cy=y, r=radius, class_="box"),
                text(x, y + 5, name.strip(), text_anchor="middle", class_="number"),
            ]
        label = f"∂J/∂{WEIGHT_NAMES[chosen]} = {format_number(float(self.gradient[chosen]), 3)}"
        parts += [
            text(376, 326, label, text_anchor="end", class_="number"),
            text(200, 24, "wide: large gradient; dashed: negative", text_anchor="middle",
                 class_="small"),
        ]  # fmt: skip
        return drawing("The network; links are as wide as their gradients", _WIDTH, _HEIGHT, *parts)

    def _bars(self) -> Fragment:
        reach = max(0.3, 1.1 * float(np.abs(np.stack([self.gradient, self.measured])).max()))
        bottom = _TOP + 9 * _ROW
        frame = Frame(Scale(-reach, reach, _LEFT, _RIGHT), Scale(0, 9, bottom, _TOP))
        zero = float(frame.x(0))
        parts = [*frame.x_axis("∂J/∂w (bar), measured with h (ring)")]
        parts.append(line(zero, _TOP - 6, zero, bottom, class_="axis"))
        chosen = int(self.chosen("weight"))
        for i, name in enumerate(WEIGHT_NAMES):
            y = _TOP + _ROW * (i + 0.5)
            value, end = float(self.gradient[i]), float(frame.x(self.gradient[i]))
            sign = "positive" if value >= 0 else "negative"
            parts += [
                text(_LEFT - 8, y + 5, name, text_anchor="end",
                     class_="number" if i == chosen else "small"),
                element("rect", x=min(zero, end), y=y - 8, width=abs(end - zero), height=16,
                        class_=f"gradient-bar {sign}" + (" active" if i == chosen else "")),
                element("circle", cx=float(frame.x(self.measured[i])), cy=y, r=6, class_="ring"),
            ]  # fmt: skip
        parts.append(
            text(_RIGHT, 24, f"J = {format_number(self.loss, 3)}", text_anchor="end",
                 class_="number")
        )  # fmt: skip
        return drawing("A bar for each gradient, a ring for each measured difference", _WIDTH,
                       _HEIGHT + 8, *parts)  # fmt: skip
