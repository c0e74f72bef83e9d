"""A Boolean formula compiled to a network: its units for a row of the truth table, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, subscript
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import drawing
from deltarule.course.truth_tables import plain, table
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import layer_outputs
from deltarule.insight.boolean_formulas import evaluated, parse_formula
from deltarule.insight.logic_networks import assignments, compile_formula

Array = NDArray[Any]
FORMULAS = {
    "majority": "x1 & x2 | x1 & x3 | x2 & x3",
    "if": "x1 & x2 | ~x1 & x3",
    "implies": "~x1 | x2",
    "xor": "x1 ^ x2",
    "parity": "x1 ^ x2 ^ x3",
    "equal": "~(x1 ^ x2) & ~(x3 ^ x4)",
    "parity_4": "x1 ^ x2 ^ x3 ^ x4",
}
_SIGNS = (("&", "∧"), ("|", "∨"), ("~", "¬"), ("^", "⊕"))
_WIDTH, _HEIGHT, _RADIUS = 400.0, 356.0, 20.0
_MIDDLE, _GAP = 200.0, 86.0


def in_signs(formula: str) -> str:
    """Return a formula with the signs of logic and indices, such as x₁ ∧ ¬x₂."""
    for name, sign in _SIGNS:
        formula = formula.replace(name, sign)
    for digit in "1234":
        formula = formula.replace(f"x{digit}", f"x{subscript(int(digit))}")
    return formula


def gate_of(weights: Array, bias: float) -> str:
    """Return what a compiled unit computes of its literals, which are inputs or their negations."""
    if bias == 0:
        return "NOT" if weights.sum() < 0 else "COPY"
    return "AND" if bias < 0 else "OR"


class LogicCompiler(Figure):
    """The network of a formula, which computes its truth table row by row."""

    name = "logic-compiler"
    title = "From a formula to a network"
    controls = (
        Choice(
            "formula", "Formula",
            tuple((name, in_signs(formula)) for name, formula in FORMULAS.items()), "majority",
        ),
        Slider("row", "Row", 1, 16, 1, 1),
    )  # fmt: skip
    trains = True
    frame_ms = 500

    def restart(self) -> None:
        """Compile the formula, and begin with the first row, or the one that was given."""
        self.compiled = compile_formula(FORMULAS[self.chosen("formula")])
        self.inputs = assignments(len(self.compiled.names))
        values = dict(zip(self.compiled.names, (self.inputs > 0).T, strict=True))
        tree = parse_formula(self.compiled.formula)
        self.targets = np.where(evaluated(tree, values), 1.0, -1.0)
        self.put(row=min(float(self._given.get("row", 1)), len(self.inputs)))
        self.visited = {self.row}

    def changed(self, name: str) -> None:
        """Compile another formula, or show another row; a short table ends earlier."""
        if name == "formula":
            self.restart()
        else:
            self.put(row=min(self.number("row"), len(self.inputs)))
            self.visited.add(self.row)

    def step(self) -> bool:
        """Go on to the next row."""
        self.set("row", min(self.number("row") + 1, 16))
        return self.row + 1 < len(self.inputs)

    @property
    def row(self) -> int:
        """The shown row of the truth table, from 0."""
        return round(self.number("row")) - 1

    @property
    def outputs(self) -> list[Array]:
        """The outputs of all layers for all rows, one array of shape (n_rows, n_units) for each layer."""
        return layer_outputs(self.compiled.trained, self.inputs)

    def panels(self) -> Sequence[Fragment]:
        """Return the network, and the truth table."""
        return self._network(), self._table()

    def sentence(self) -> str:
        """Return what the network computes for the row, and how many rows agree."""
        outputs = self.outputs
        names = ", ".join(
            f"{in_signs(name)} = {plain(value)}"
            for name, value in zip(self.compiled.names, self.inputs[self.row], strict=True)
        )
        rows = sorted(self.visited)
        agreeing = int((outputs[-1][rows, 0] == self.targets[rows]).sum())
        units = sum(block.dense.units for block in self.compiled.network.blocks)
        layers = counted(len(outputs), "layer")
        return (
            f"{in_signs(self.compiled.formula)} is a network of {counted(units, 'unit')} in {layers}. "
            f"For {names} it outputs {plain(outputs[-1][self.row, 0])}. "
            f"{agreeing} of {counted(len(rows), 'computed row')} "
            f"{'agrees' if len(rows) == 1 else 'agree'} with the formula."
        )

    def _network(self) -> Fragment:
        values = [self.inputs[self.row], *(layer[self.row] for layer in self.outputs)]
        x = np.linspace(30, _WIDTH - 30, len(values))
        heights = [_heights(len(layer)) for layer in values]
        parameters = self.compiled.parameters
        parts: list[Fragment] = []
        for i, weights in enumerate(parameters.weights):
            for j, k in zip(*np.nonzero(weights), strict=True):
                sign = "stroke-positive" if weights[j, k] > 0 else "stroke-negative"
                parts.append(
                    line(x[i] + _RADIUS, heights[i][j], x[i + 1] - _RADIUS, heights[i + 1][k],
                         class_=f"link {sign}", stroke_width=2.2)
                )  # fmt: skip
        for i, layer in enumerate(values):
            name = "inputs" if i == 0 else "output" if i == len(values) - 1 else f"layer {i}"
            parts.append(text(float(x[i]), 16, name, text_anchor="middle", class_="name"))
            for j, value in enumerate(layer):
                at, y = float(x[i]), float(heights[i][j])
                if i:
                    bias = parameters.biases[i - 1]
                    label = gate_of(
                        parameters.weights[i - 1][:, j], 0.0 if bias is None else bias[j]
                    )
                else:
                    label = in_signs(self.compiled.names[j])
                sign = "unit plus" if value > 0 else "unit minus"
                parts += [
                    element("circle", cx=at, cy=y, r=_RADIUS, class_=sign),
                    text(at, y + 5, plain(value), text_anchor="middle", class_="large"),
                    text(at, y - _RADIUS - 6, label, text_anchor="middle", class_="number halo"),
                ]
        return drawing("The network, with the values of a row", _WIDTH, _HEIGHT, *parts)

    def _table(self) -> Fragment:
        computed = self.outputs[-1][:, 0]
        rows = []
        for i, (inputs, target) in enumerate(zip(self.inputs, self.targets, strict=True)):
            shown = i in self.visited
            mark = "✓" if computed[i] == target else "✗"
            rows.append([
                *map(plain, inputs), plain(target), plain(computed[i]) if shown else "",
                mark if shown else "",
            ])  # fmt: skip
        names = [in_signs(name) for name in self.compiled.names]
        n = len(names)
        wrong = {i for i in self.visited if computed[i] != self.targets[i]}
        return table(
            "The truth table of the formula and of the network",
            [*names, "formula", "network", ""], rows, marked=self.row, wrong=wrong,
            classes=(n, n + 1), row_height=min(52.0, 320 / len(rows)),
            size=14.5 if len(rows) < 16 else 13.5, widths=[*[1.0] * n, 1.5, 1.5, 0.6],
        )  # fmt: skip


def _heights(units: int) -> Array:
    """Return where the units of a layer are, from the top."""
    return _MIDDLE + _GAP * (np.arange(units) - (units - 1) / 2)
