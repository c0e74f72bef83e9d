"""A hidden layer of three units that can be dragged, and the sum that the output makes of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import format_number, true_minus
from deltarule.course.controls import Choice
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment
from deltarule.insight import collapse_layers, layer_outputs
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

LIMIT = 4.0
RANGE = (-LIMIT, LIMIT)
START = ((-2.0, 1.5), (0.0, -2.5), (2.0, 2.0))
"""Where z = 0 for each hidden unit, and its weight in the output."""


class SumOfUnits(Figure):
    """Three hidden units, each a curve, and their sum."""

    name = "sum-of-units"
    title = "What three hidden units add up to"
    controls = (
        Choice(
            "activation", "Activation of the hidden units",
            (("identity", "none"), ("relu", "ReLU"), ("tanh", "tanh")), "identity",
        ),
    )  # fmt: skip

    def reset(self) -> None:
        """Return to the units at the start."""
        self.units = list(START)
        super().reset()

    def restart(self) -> None:
        """Compute the network of the units."""
        places, weights = np.array(self.units).T
        network = Network([Dense(3, self.chosen("activation")), Dense(1)], 1)
        self.trained = TrainedNetwork(
            network,
            Parameters((np.ones((1, 3)), weights[:, None]), (-places, np.zeros(1))),
        )

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the zero of a unit along x, and its weight along y."""
        place, weight = self._plane().point_of(x, y)
        self.units[int(handle[-1])] = (round(place, 1), round(weight, 1))
        self.restart()

    def panels(self) -> Sequence[Fragment]:
        """Return the curve of the output with the units below it."""
        plane, x = self._plane(), np.linspace(*RANGE, 161)
        hidden, output = layer_outputs(self.trained, x[:, None])[-2:]
        for number, (_, weight) in enumerate(self.units):
            plane.curve(x, hidden[:, number] * weight, f"curve series-0 line-{number}")
        plane.curve(x, output[:, 0], "boundary")
        for number, (place, weight) in enumerate(self.units):
            plane.arrow((place, 0.0), (place, weight))
            plane.handle(f"unit-{number}", f"Unit {number + 1}", place, weight, 0.1)
            plane.label(place, weight, str(number + 1), dx=13, dy=-9)
        return (plane.svg(),)

    def sentence(self) -> str:
        """Return the line, or where the curve bends."""
        bends = sorted({place for place, weight in self.units if weight})
        places = ", ".join(true_minus(f"{place:g}") for place in bends) or "none"
        if self.chosen("activation") == "relu":
            return f"With ReLU the output is a curve of straight pieces. It bends at x = {places}."
        if self.chosen("activation") == "tanh":
            return f"With tanh the output is a smooth curve. Its units change sign at x = {places}."
        line = collapse_layers(self.trained).parameters
        assert line.biases[0] is not None
        slope, bias = float(line.weights[0][0, 0]), float(line.biases[0][0])
        slope_text = f"{'−' if slope < 0 else '+'} {format_number(abs(slope), 3)}"
        return (
            "Without an activation the three units add up to one straight line, "
            f"ŷ = {format_number(bias, 3)} {slope_text} x, wherever you drag them."
        )

    def _plane(self) -> Plane:
        return Plane(
            "The output and its three units",
            RANGE,
            RANGE,
            "x",
            "ŷ, and the weight of each unit",
            height=300,
        )
