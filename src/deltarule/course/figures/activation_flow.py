"""A sample flows through a trained network: activations, contributions, and the sum of one unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import true_minus
from deltarule.course.controls import Choice, Slider
from deltarule.course.disc_network import RANGE, disc_network, disc_points
from deltarule.course.figure_base import Figure
from deltarule.course.network_diagram import (
    contributions,
    legend,
    network_diagram,
    signed,
    two_decimals,
    unit_names,
)
from deltarule.course.plane import Plane, drawing, grid
from deltarule.drawing import activation_level
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import LayerActivations, Line, forward_pass

UNITS = {"h1": (0, 0), "h2": (0, 1), "h3": (0, 2), "output": (1, 0)}
_COLUMNS = (40.0, 200.0, 360.0)
_HEIGHT = 400.0
_BARS = (150.0, 346.0)
"""Left and right end of the scale of z."""
_FIRST_BAR, _BAR_ROW = 268.0, 23.0
SMALL = 0.05
"""Terms below this size are 0.0 in the drawing."""


class ActivationFlow(Figure):
    """A point goes through the network; the sum of the chosen unit is drawn term by term."""

    name = "activation-flow"
    title = "A sample flows through a network"
    controls = (
        Slider("x_1", "x₁", *RANGE, 0.01, 0.5),
        Slider("x_2", "x₂", *RANGE, 0.01, 0.55),
        Choice("unit", "Unit to look into",
               (("output", "output ŷ"), ("h1", "h₁"), ("h2", "h₂"), ("h3", "h₃")), "output"),
    )  # fmt: skip

    def restart(self) -> None:
        """Pass the point through all layers."""
        self.trained = disc_network(3)
        self.layers = forward_pass(self.trained, [[self.number("x_1"), self.number("x_2")]])

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the point."""
        x_1, x_2 = self._plane().point_of(x, y)
        self.put(x_1=x_1, x_2=x_2)
        self.restart()

    @property
    def selected(self) -> tuple[int, int]:
        """Layer and number of the unit to look into, from 0."""
        return UNITS[self.chosen("unit")]

    @property
    def layer(self) -> LayerActivations:
        """The numbers of the layer of that unit."""
        return self.layers[self.selected[0]]

    @property
    def terms(self) -> list[tuple[str, float]]:
        """The bias and the contributions that add up to z, each with its name."""
        number, unit = self.selected
        layer = self.layer
        assert layer.biases is not None
        names = unit_names(self.layers)[number]
        carried = contributions(layer, unit).tolist()
        return [("bias", float(layer.biases[unit])), *zip(names, carried, strict=True)]

    def panels(self) -> Sequence[Fragment]:
        """Return the network with the sum of the unit, and where in the plane the unit is active."""
        network = network_diagram(self.layers, _COLUMNS, 126, 77, selected=self.selected)
        return (
            drawing("The network with the activations of the point", 400, _HEIGHT,
                    *network, *self._sum(), *legend(390)),
            self._drawn_plane(),
        )  # fmt: skip

    def sentence(self) -> str:
        """Return the sum of the unit, its activation, and what raises and lowers it most."""
        layer, (_, unit) = self.layer, self.selected
        assert layer.biases is not None
        name = self._name
        terms = " + ".join(
            f"{_factor(float(w))} · {two_decimals(x)}"
            for w, x in zip(layer.weights[:, unit], layer.inputs[0], strict=True)
        )
        z, output = float(layer.pre_activations[0, unit]), float(layer.outputs[0, unit])
        text = (
            f"{name}: z = {signed(float(layer.biases[unit])).lstrip('+')} + {terms} = {two_decimals(z)}, "
            f"and σ({two_decimals(z)}) = {two_decimals(output)}: {activation_level(output)}."
        )
        ordered = sorted(self.terms, key=lambda term: term[1])
        (low, least), (high, most) = ordered[0], ordered[-1]
        raised = (
            f"raised most by {_called(high)} ({signed(most)})" if most >= SMALL else "not raised"
        )
        lowered = f"lowered most by {_called(low)} ({signed(least)})"
        return f"{text} It is {raised}, and {lowered if least <= -SMALL else 'not lowered'}."

    @property
    def _name(self) -> str:
        number, unit = self.selected
        return unit_names(self.layers)[number + 1][unit]

    def _plane(self) -> Plane:
        title = f"Where {self._name} is active: blue, above one half"
        return Plane(title, RANGE, RANGE, "x₁", "x₂", square=True)

    def _drawn_plane(self) -> Fragment:
        plane, (number, unit) = self._plane(), self.selected
        x, y = grid(RANGE, RANGE)
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        outputs = forward_pass(self.trained, points)[number].outputs[:, unit]
        plane.classes(outputs.reshape(len(y), len(x)))
        hidden = self.layers[0]
        assert hidden.biases is not None
        for j, (w, b) in enumerate(zip(hidden.weights.T.tolist(), hidden.biases, strict=True)):
            boundary = Line(float(b), (w[0], w[1]))
            plane.line(boundary, "boundary" if (number, unit) == (0, j) else "before")
        X, classes = disc_points()
        plane.points(X[:, 0], X[:, 1], classes)
        x_1, x_2 = self.number("x_1"), self.number("x_2")
        plane.handle("sample", "The point", x_1, x_2, 0.01)
        return plane.svg()

    def _sum(self) -> list[Fragment]:
        """Return the terms of z as bars from one running total to the next, and z."""
        layer, (_, unit) = self.layer, self.selected
        assert layer.biases is not None
        bias, weights = float(layer.biases[unit]), layer.weights[:, unit]
        low = min(bias, 0.0) + float(np.minimum(weights, 0).sum())
        high = max(bias, 0.0) + float(np.maximum(weights, 0).sum())
        left, right = _BARS

        def at(z: float) -> float:
            return left + (right - left) * (z - low) / (high - low)

        terms = self.terms
        first = _FIRST_BAR + (4 - len(terms)) * _BAR_ROW / 2
        bottom = first + len(terms) * _BAR_ROW
        parts = [
            line(at(0), first - 15, at(0), bottom + 4, class_="mark kept"),
            text(at(0), first - 19, "z = 0", text_anchor="middle", class_="small"),
        ]
        total = 0.0
        for i, (name, value) in enumerate(terms):
            y = first + i * _BAR_ROW
            begin, end = at(total), at(total + value)
            sign = "bar-positive" if value >= 0 else "bar-negative"
            parts += [
                text(8, y + 5, self._term(name, i - 1), class_="number"),
                element("rect", x=min(begin, end), y=y - 8, width=max(abs(end - begin), 0.8),
                        height=16, class_=sign),
                text(394, y + 5, signed(value), text_anchor="end", class_="number"),
                line(end, y - 8, end, y + _BAR_ROW + (8 if i + 1 < len(terms) else -4),
                     class_="mark"),
            ]  # fmt: skip
            total += value
        z = float(layer.pre_activations[0, unit])
        summed = f"z = {two_decimals(z)}, {self._name} = {two_decimals(layer.outputs[0, unit])}"
        parts += [
            element("circle", cx=at(total), cy=bottom - 1, r=5, class_="dot series-1"),
            text(8, bottom + 5, summed, class_="number"),
        ]
        return parts

    def _term(self, name: str, i: int) -> str:
        """Return a term as text: weight times input."""
        if i < 0:
            return "bias"
        weight, x = self.layer.weights[i, self.selected[1]], self.layer.inputs[0, i]
        return f"{name}: {true_minus(f'{weight:.1f}')} · {two_decimals(x)}"


def _called(term: str) -> str:
    return "the bias" if term == "bias" else term


def _factor(value: float) -> str:
    written = true_minus(f"{value:.1f}")
    return f"({written})" if value < 0 else written
