"""One unit as a logic gate: its line between four corners, and its truth table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.course.controls import Choice, Slider, Switch
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.course.truth_tables import CORNERS, add_corners, outputs_of, plain, table
from deltarule.drawing.svg import Fragment
from deltarule.insight import Line, boundary_line, output_surface, perceptron
from deltarule.insight.logic_networks import compile_formula

Array = NDArray[Any]
LIMIT = 2.0
RANGE = (-LIMIT, LIMIT)
FORMULAS = {
    "and": "x1 & x2",
    "or": "x1 | x2",
    "nand": "~(x1 & x2)",
    "not": "~x1 & (x2 | ~x2)",
    "xor": "x1 ^ x2",
}
_LABELS = {"and": "AND", "or": "OR", "nand": "NAND", "not": "NOT x₁", "xor": "XOR"}


def compiled_line(gate: str) -> Line | None:
    """Return the line of the compiled unit of a gate, None if one unit is not enough."""
    trained = compile_formula(FORMULAS[gate]).trained
    return boundary_line(trained) if len(trained.network.blocks) == 1 else None


class LogicUnit(Figure):
    """A unit whose line can be dragged, and a gate that it should compute."""

    name = "logic-unit"
    title = "One unit as a logic gate"
    controls = (
        Choice("gate", "Gate to compute", tuple(_LABELS.items()), "and"),
        Slider("bias", "w₀", -3, 3, 0.1, -1.5),
        Slider("weight_1", "w₁", -LIMIT, LIMIT, 0.1, 1.0),
        Slider("weight_2", "w₂", -LIMIT, LIMIT, 0.1, 1.0),
        Switch("compiled", "Show a solution"),
    )

    def restart(self) -> None:
        """Compute the unit, and what it should compute."""
        weights = [self.number("weight_1"), self.number("weight_2")]
        self._unit = perceptron(self.number("bias"), weights, "sign")
        self._line = boundary_line(self._unit)
        self.targets = outputs_of(FORMULAS[self.chosen("gate")])

    def move(self, handle: str, x: float, y: float) -> None:
        """Turn the arrow of the weights, or move the line through a point."""
        first, second = self._plane().point_of(x, y)
        if handle == "weights":
            self.put(weight_1=first, weight_2=second)
        else:
            self.put(bias=self.number("bias") - float(self._line.values([(first, second)])[0]))
        self.restart()

    @property
    def outputs(self) -> Array:
        """The outputs of the unit at the four corners; 0 on the line."""
        return self._unit.predict(CORNERS)[:, 0]

    @property
    def wrong(self) -> Array:
        """Which corners get another output than the gate has, bool of shape (4,)."""
        return self.outputs != self.targets

    def panels(self) -> Sequence[Fragment]:
        """Return the plane with the corners, and the truth table."""
        return self._drawn_plane(), self._table()

    def sentence(self) -> str:
        """Return how many rows are right, and the first that is not."""
        gate, wrong = _LABELS[self.chosen("gate")], np.flatnonzero(self.wrong)
        found = [f"{gate}: the unit is right in {4 - len(wrong)} of 4 rows."]
        if len(wrong):
            x_1, x_2 = map(plain, CORNERS[wrong[0]])
            z = plain(float(self._line.values(CORNERS)[wrong[0]]))
            found.append(
                f"For ({x_1}, {x_2}) z = {z}, and {gate} is {plain(self.targets[wrong[0]])}."
            )
        if self.is_on("compiled"):
            solution = compiled_line(self.chosen("gate"))
            if solution is None:
                found.append("There is no solution: no line is right in more than 3 rows.")
            else:
                found.append(f"The dashed line solves it: {solution}.")
        elif not any(self._line.weights):
            found.append("With both weights 0 there is no line.")
        return " ".join(found)

    def _plane(self) -> Plane:
        return Plane("The four corners and the line", RANGE, RANGE, "x₁", "x₂", square=True)

    def _drawn_plane(self) -> Fragment:
        plane, unit = self._plane(), self._line
        surface = output_surface(self._unit, RANGE, RANGE, grid_resolution=100)
        plane.classes((surface.values[:, :, 0] + 1) / 2, 75)
        solution = compiled_line(self.chosen("gate")) if self.is_on("compiled") else None
        if solution is not None:
            plane.line(solution, "before")
        add_corners(plane, self.targets, self.wrong)
        w_1, w_2 = unit.weights
        if w_1 or w_2:
            plane.line(unit)
            plane.arrow((0.0, 0.0), (w_1, w_2))
            at = _beside_the_arrow(unit)
            if at is not None:
                plane.handle("line", "The line", *at, 0.1)
        plane.handle("weights", "Weights w, an arrow", w_1, w_2, 0.1)
        plane.label(w_1, w_2, "w", dx=14 if w_1 < 1.8 else -14, dy=-12, text_anchor="middle")
        return plane.svg()

    def _table(self) -> Fragment:
        z = self._line.values(CORNERS)
        rows = [
            [
                plain(x_1),
                plain(x_2),
                plain(total),
                plain(output),
                plain(target),
                "✗" if bad else "✓",
            ]
            for (x_1, x_2), total, output, target, bad in zip(
                CORNERS, z, self.outputs, self.targets, self.wrong, strict=True
            )
        ]
        gate = _LABELS[self.chosen("gate")]
        return table(
            "The truth table of the unit and of the gate", ["x₁", "x₂", "z", "ŷ", gate, ""], rows,
            wrong=set(np.flatnonzero(self.wrong).tolist()), classes=(3, 4), row_height=60,
            formula=f"z = {str(self._line).removesuffix(' = 0')}",
        )  # fmt: skip


def _beside_the_arrow(unit: Line) -> tuple[float, float] | None:
    """Return a point of the line that is drawn and not on the arrow; None if there is none."""
    w = np.array(unit.weights)
    length = float(np.hypot(*w))
    nearest, along = -unit.bias * w / length**2, np.array([w[1], -w[0]]) / length
    for away in (0.9, -0.9, 0.3, -0.3):
        x, y = nearest + away * along
        if max(abs(x), abs(y)) <= LIMIT:
            return float(x), float(y)
    return None
