"""XOR with two hidden units: the plane of the inputs, and the plane of the hidden outputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Switch
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane
from deltarule.course.truth_tables import CORNERS, add_corners, corner, outputs_of
from deltarule.drawing.svg import Fragment, element, polyline
from deltarule.insight import (
    Line,
    boundary_line,
    initialize,
    layer_outputs,
    output_surface,
    perceptron,
)
from deltarule.insight.logic_networks import compile_formula
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
RANGE, HIDDEN_RANGE = (-2.0, 2.0), (-1.4, 1.4)
STEEPNESS = 3.0
"""Compiled weights are multiplied by it, so that tanh is close to the sign."""
EPOCHS, EPOCHS_PER_STEP = 240, 2
FORMULAS = {"or_nand": "(x1 | x2) & (~x1 | ~x2)", "corners": "x1 & ~x2 | ~x1 & x2"}
SEEDS = {"random": 4, "stuck": 10}
NETWORK = Network([Dense(2, "tanh"), Dense(1, "tanh")], 2)
_LETTERS = ("A", "B", "C", "D")
_SIDES = ((-22, 5), (0, -20), (22, 5), (0, 29))
"""Where the letters are beside their corners; different sides, because corners may fall together."""
_GRID = 9


def starting_network(start: str) -> TrainedNetwork:
    """Return the network of a formula, smooth, or one with random weights."""
    if start in SEEDS:
        return initialize(NETWORK, seed=SEEDS[start])
    weights, biases = (
        tuple(None if array is None else STEEPNESS * array for array in arrays)
        for arrays in (compile_formula(FORMULAS[start]).parameters.weights,
                       compile_formula(FORMULAS[start]).parameters.biases)
    )  # fmt: skip
    return TrainedNetwork(NETWORK, Parameters(weights, biases))  # type: ignore[arg-type]


def xor_training(initial: TrainedNetwork) -> LiveTraining:
    """Return the training of a network on the four rows of XOR."""
    return LiveTraining(
        initial.network, CORNERS, outputs_of("x1 ^ x2"), optimizer=Adam(0.05), loss="mean_squared_error",
        epochs=EPOCHS, initial=initial,
    )  # fmt: skip


@cache
def _folds() -> Array:
    """Return the points of the grid lines of the inputs, (2 · _GRID, n_points, 2)."""
    along, at = np.linspace(*RANGE, 49), np.linspace(*RANGE, _GRID)
    upright = np.stack(np.broadcast_arrays(at[:, None], along), axis=-1)
    return np.concatenate([upright, upright[..., ::-1]])


class XorTwoLayers(Figure):
    """Hidden units move the corners to places that a line separates."""

    name = "xor-two-layers"
    title = "XOR with two layers"
    controls = (
        Choice(
            "start", "Weights",
            (
                ("or_nand", "OR and NAND, then AND"), ("corners", "two ANDs, then OR"),
                ("random", "random, to train"), ("stuck", "random, which fail"),
            ), "or_nand",
        ),
        Switch("folds", "Grid of the input plane", True),
    )  # fmt: skip
    trains = True

    def restart(self) -> None:
        """Return to the weights before training."""
        self.run = xor_training(starting_network(self.chosen("start")))
        self.targets = outputs_of("x1 ^ x2")

    def changed(self, name: str) -> None:
        """Start again; the grid does not disturb training."""
        if name == "start":
            self.restart()

    def step(self) -> bool:
        """Train a few epochs."""
        return self.run.train(EPOCHS_PER_STEP)

    @property
    def hidden(self) -> Array:
        """The outputs of the two hidden units at the four corners, (4, 2)."""
        return layer_outputs(self.run.trained, CORNERS)[0]

    @property
    def wrong(self) -> Array:
        """Which corners are on the wrong side, bool of shape (4,)."""
        return (self.run.trained.predict(CORNERS)[:, 0] > 0) != (self.targets > 0)

    @property
    def output_unit(self) -> TrainedNetwork:
        """The output as a unit of its own, whose inputs are the hidden outputs."""
        parameters = self.run.parameters
        assert parameters.biases[1] is not None
        return perceptron(
            float(parameters.biases[1][0]), parameters.weights[1][:, 0], activation="tanh"
        )

    def panels(self) -> Sequence[Fragment]:
        """Return the plane of the inputs, and that of the hidden outputs."""
        return self._inputs(), self._hidden_plane()

    def sentence(self) -> str:
        """Return where the corners are, and whether the output separates them."""
        places = ", ".join(
            f"{letter} ({format_number(h_1, 2)}, {format_number(h_2, 2)})"
            for letter, (h_1, h_2) in zip(_LETTERS, self.hidden, strict=True)
        )
        loss = float(np.mean((self.run.trained.predict(CORNERS)[:, 0] - self.targets) ** 2))
        wrong = int(self.wrong.sum())
        state = "the line of the output separates them" if not wrong else f"{wrong} of 4 wrong"
        return (
            f"After {counted(self.run.epoch, 'epoch')} the corners are at (h₁, h₂) = {places}: {state}. "
            f"Loss {loss:.4f}."
        )

    def _inputs(self) -> Fragment:
        plane = Plane("The inputs, with the lines of the hidden units", RANGE, RANGE, "x₁", "x₂",
                      square=True)  # fmt: skip
        surface = output_surface(self.run.trained, RANGE, RANGE, grid_resolution=60)
        plane.classes((surface.values[:, :, 0] + 1) / 2, 90)
        taken = list(CORNERS)
        for i in range(2):
            line = boundary_line(self.run.trained, i)
            plane.line(line)
            _add_side(plane, line, f"h{'₁₂'[i]}", taken)
        add_corners(plane, self.targets, self.wrong)
        for letter, (x, y) in zip(_LETTERS, CORNERS, strict=True):
            plane.label(x, y, letter, dx=21 * x, dy=5 - 18 * y, text_anchor="middle")
        return plane.svg()

    def _hidden_plane(self) -> Fragment:
        plane = Plane("The outputs of the hidden units, with the line of the output", HIDDEN_RANGE,
                      HIDDEN_RANGE, "h₁", "h₂", square=True)  # fmt: skip
        unit = self.output_unit
        surface = output_surface(unit, HIDDEN_RANGE, HIDDEN_RANGE, grid_resolution=60)
        plane.classes((surface.values[:, :, 0] + 1) / 2, 90)
        if self.is_on("folds"):
            points = _folds()
            moved = layer_outputs(self.run.trained, points.reshape(-1, 2))[0].reshape(points.shape)
            x, y = plane.frame.x(moved[..., 0]), plane.frame.y(moved[..., 1])
            d = "".join(polyline(a, b) for a, b in zip(x, y, strict=True))
            plane.add(element("path", d=d, class_="fold"))
        plane.line(boundary_line(unit))
        places = [plane.at(*point) for point in self.hidden]
        for place, target, bad in zip(places, self.targets, self.wrong, strict=True):
            plane.add(corner(*place, bool(target > 0), bool(bad)))
        for letter, point, (dx, dy) in zip(_LETTERS, self.hidden, _SIDES, strict=True):
            plane.label(
                float(point[0]), float(point[1]), letter, dx=dx, dy=dy, text_anchor="middle"
            )
        return plane.svg()


def _add_side(plane: Plane, line: Line, name: str, taken: list[Array]) -> None:
    """Draw an arrow from a line to its positive side where its name touches nothing in `taken`."""
    w = np.array(line.weights)
    length = float(np.hypot(*w))
    if length == 0:
        return
    nearest, along = -line.bias * w / length**2, np.array([w[1], -w[0]]) / length
    for away in (0.55, -0.55, 0.0, 1.1, -1.1):
        start = nearest + away * along
        end = start + 0.42 * w / length
        label = start + 0.58 * w / length
        touches = any(np.hypot(*(label - other)) < 0.5 for other in taken)
        if np.abs(label).max() < 1.9 and np.abs(start).max() < 1.95 and not touches:
            plane.arrow((float(start[0]), float(start[1])), (float(end[0]), float(end[1])))
            plane.label(float(label[0]), float(label[1]), name, dy=5, text_anchor="middle")
            taken.append(label)
            return
