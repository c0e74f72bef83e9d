"""One unit as a diagram and as a line in the plane: the sample and the weights can be dragged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import format_number, true_minus
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane, arrow, drawing, grid
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import boundary_line, output_surface, perceptron, trace
from deltarule.insight.tracing import LayerTrace

LIMIT = 4.0
RANGE = (-LIMIT, LIMIT)
_INPUTS = ((46.0, "1", "bias"), (150.0, "x₁", "weight_1"), (254.0, "x₂", "weight_2"))


class PerceptronLine(Figure):
    """A unit with two inputs: every number of its forward pass, and its two half-planes."""

    name = "perceptron-line"
    title = "A unit and its line"
    controls = (
        Slider("bias", "w₀", -6, 6, 0.1, 1.0),
        Slider("weight_1", "w₁", -4, 4, 0.1, 3.0),
        Slider("weight_2", "w₂", -4, 4, 0.1, -2.0),
        Slider("x_1", "x₁", -LIMIT, LIMIT, 0.1, -1.0),
        Slider("x_2", "x₂", -LIMIT, LIMIT, 0.1, 2.0),
        Choice("activation", "Activation g", (("sigmoid", "sigmoid"), ("sign", "sign")), "sigmoid"),
    )

    def restart(self) -> None:
        """Compute the unit and its numbers for the sample."""
        weights = [self.number("weight_1"), self.number("weight_2")]
        self._unit = perceptron(self.number("bias"), weights, self.chosen("activation"))
        self._sample = [self.number("x_1"), self.number("x_2")]
        self._boundary = boundary_line(self._unit)

    @property
    def layer(self) -> LayerTrace:
        """The numbers of the unit for the sample."""
        return trace(self._unit, self._sample, 0.0, "mean_squared_error").layers[0]

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the sample, or the arrow of the weights."""
        first, second = self._plane().point_of(x, y)
        if handle == "sample":
            self.put(x_1=first, x_2=second)
        else:
            self.put(weight_1=first, weight_2=second)
        self.restart()

    def panels(self) -> Sequence[Fragment]:
        """Return the diagram of the unit, and the plane."""
        return self._diagram(), self._drawn_plane()

    def sentence(self) -> str:
        """Return the weighted sum, the output and the side of the line."""
        layer, (x_1, x_2) = self.layer, self._sample
        bias, w_1, w_2 = (self.number(n) for n in ("bias", "weight_1", "weight_2"))
        z = float(layer.z[0])
        side = "on the line" if z == 0 else f"on the {'positive' if z > 0 else 'negative'} side"
        if any(self._boundary.weights):
            away = abs(float(self._boundary.distances([self._sample])[0]))
            where = f"The point is {side}, {format_number(away, 3)} from the line {self._boundary}."
        else:
            where = "With both weights 0 there is no line: every point has the same output."
        name = "σ" if self.chosen("activation") == "sigmoid" else "sign"
        terms = (
            f"{_plain(bias)} + {_factor(w_1)} · {_factor(x_1)} + {_factor(w_2)} · {_factor(x_2)}"
        )
        return f"z = {terms} = {_plain(z)}, ŷ = {name}({_plain(z)}) {_equals(layer.x[0])}. {where}"

    def _plane(self) -> Plane:
        return Plane("The two half-planes of the unit", RANGE, RANGE, "x₁", "x₂", square=True)

    def _drawn_plane(self) -> Fragment:
        plane = self._plane()
        x, y = grid(RANGE, RANGE)
        surface = output_surface(self._unit, (x[0], x[-1]), (y[0], y[-1]), grid_resolution=len(x))
        values = surface.values[:, :, 0]
        plane.classes(values if self.chosen("activation") == "sigmoid" else (values + 1) / 2)
        w_1, w_2 = self._boundary.weights
        x_1, x_2 = self._sample
        if w_1 or w_2:
            plane.line(self._boundary)
            plane.arrow((0.0, 0.0), (w_1, w_2))
            plane.label(w_1, w_2, "w", dx=12, dy=-10)
        plane.handle("weights", "Weights w, an arrow", w_1, w_2, 0.1)
        plane.handle("sample", "Sample x", x_1, x_2, 0.1)
        plane.label(x_1, x_2, "x", dx=13, dy=-9)
        return plane.svg()

    def _diagram(self) -> Fragment:
        """Return inputs, weights, the sum and the activation, each with its number."""
        layer, numbers = self.layer, [1.0, *self._sample]
        parts: list[Fragment] = []
        for (y, name, weight), value in zip(_INPUTS, numbers, strict=True):
            w = self.number(weight)
            sign = "stroke-positive" if w >= 0 else "stroke-negative"
            width = 1.2 + 1.3 * abs(w)
            parts.append(line(72, y, 196, 150, class_=f"link {sign}", stroke_width=width))
            parts.append(element("circle", cx=46, cy=y, r=26, class_="box"))
            shown = name if name == "1" else _plain(value)
            parts.append(text(46, y + 5, shown, text_anchor="middle", class_="number"))
            if name != "1":
                parts.append(text(46, y - 32, name, text_anchor="middle", class_="name"))
            at = 72 + 0.42 * 124, y + 0.42 * (150 - y)
            parts.append(
                text(at[0], at[1] - 4, _plain(w), text_anchor="middle", class_="number halo")
            )
        parts += [
            element("circle", cx=222, cy=150, r=34, class_="box"),
            text(222, 143, "Σ", text_anchor="middle", class_="large"),
            text(222, 164, _plain(float(layer.z[0])), text_anchor="middle", class_="number"),
            text(222, 204, "z", text_anchor="middle", class_="name"),
            arrow(257, 150, 283, 150),
            element("rect", x=284, y=122, width=48, height=56, rx=8, class_="box"),
            element("path", d=self._curve(), class_="curve series-0"),
            text(308, 204, f"g: {self.chosen('activation')}", text_anchor="middle", class_="name"),
            arrow(333, 150, 352, 150),
            text(356, 143, "ŷ", class_="name"),
            text(356, 160, format_number(float(layer.x[0]), 3), class_="number"),
        ]
        return drawing("The unit as a diagram, with every number", 430, 300, *parts)

    def _curve(self) -> str:
        """Return the path of the activation in its box."""
        z = np.linspace(-6, 6, 49)
        g = self._unit.network.output_layer.activation(z[:, None])[:, 0]
        low = 0.0 if self.chosen("activation") == "sigmoid" else -1.0
        share = (g - low) / (1 - low)
        return "M" + "L".join(
            f"{288 + 40 * (a + 6) / 12:.1f} {172 - 44 * b:.1f}"
            for a, b in zip(z, share, strict=True)
        )


def _equals(output: float) -> str:
    """Return the output after its sign; a sigmoid comes close to 1, and never is 1."""
    shown = format_number(float(output), 3)
    return f"{'≈' if shown == '1' and output < 1 else '='} {shown}"


def _plain(value: float) -> str:
    return true_minus(f"{round(value, 6):g}")


def _factor(value: float) -> str:
    return f"({_plain(value)})" if value < 0 else _plain(value)
