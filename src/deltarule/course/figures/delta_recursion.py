"""Forward and backward through a network of three layers, a layer at a time, with every z, x and δ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import counted, format_number, layer_index, true_minus
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import arrow, drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import Trace, initialize, trace
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
UPDATES = 30
_NETWORK = dr.Network([dr.Dense(3, "tanh"), dr.Dense(2, "tanh"), dr.Dense(1, "sigmoid")], 2)
_LAYERS = len(_NETWORK.blocks)
_X = (44.0, 152.0, 260.0, 362.0)
_BOX = (82.0, 46.0)
_ROW, _MIDDLE = 64.0, 136.0


class DeltaRecursion(Figure):
    """One sample goes forward, its error goes back, and the weights move: one step for each layer."""

    name = "delta-recursion"
    title = "Forward, backward, update"
    controls = (
        Slider("x_1", "x₁", -2, 2, 0.1, 1.0),
        Slider("x_2", "x₂", -2, 2, 0.1, -1.0),
        Choice("y", "Target y", (("0", "0"), ("1", "1")), "1"),
        Slider("rate", "η", 0.1, 2, 0.1, 0.5),
        Slider("seed", "Initial weights", 0, 9, 1, 4),
    )
    trains = True
    frame_ms = 800

    def restart(self) -> None:
        """Draw initial weights; nothing has been computed yet."""
        self._trained = initialize(_NETWORK, seed=int(self.number("seed")))
        self.phase = 0
        self.losses = [self.trace.loss]

    def changed(self, name: str) -> None:
        """Start again; another learning rate applies from the next update on."""
        if name != "rate":
            self.restart()

    def step(self) -> bool:
        """Compute the next layer forward or backward, or update the weights."""
        self.phase += 1
        if self.phase == 2 * _LAYERS + 1:
            updated = self.trace.updated(self.number("rate"))
            self._trained = TrainedNetwork(_NETWORK, updated)
            self.losses.append(self.trace.loss)
            self.phase = 0
        return len(self.losses) <= UPDATES

    @property
    def trace(self) -> Trace:
        """All numbers of the sample."""
        sample = [self.number("x_1"), self.number("x_2")]
        return trace(self._trained, sample, float(self.chosen("y")))

    @property
    def forward_done(self) -> int:
        """Number of layers whose outputs are shown."""
        return min(self.phase, _LAYERS)

    @property
    def backward_done(self) -> int:
        """Number of layers, from the last, whose δ are shown."""
        return max(self.phase - _LAYERS, 0)

    def panels(self) -> Sequence[Fragment]:
        """Return the network with the numbers that are known by now."""
        found = self.trace
        heights = [_heights(len(found.sample))] + [_heights(len(one.z)) for one in found.layers]
        parts: list[Fragment] = []
        for i, layer in enumerate(found.layers):
            parts += self._links(i, layer.weights, heights[i], heights[i + 1])
        for y, value in zip(heights[0], found.sample, strict=True):
            parts += _box(_X[0], float(y), [(f"x = {_short(value)}", "")], False)
        for i, layer in enumerate(found.layers):
            has_delta = i >= _LAYERS - self.backward_done
            active = i + 1 == self.phase or i == 2 * _LAYERS - self.phase
            for j, y in enumerate(heights[i + 1]):
                lines = [("", "")]
                if i < self.forward_done:
                    lines = [(f"x = {_short(layer.x[j])}", "ink-forward")]
                if has_delta:
                    lines.append((f"δ = {_short(layer.delta[j])}", "ink-red"))
                parts += _box(_X[i + 1], float(y), lines, active)
        for i, x in enumerate(_X):
            name = f"x{layer_index(0)}" if i == 0 else f"layer {i}"
            parts.append(text(x, 20, name, text_anchor="middle", class_="name"))
        parts += self._direction(found)
        return (drawing("The network with the numbers of the pass", 406, 316, *parts),)

    def sentence(self) -> str:
        """Return what was computed last, with its formula and numbers."""
        found = self.trace
        updates = counted(len(self.losses) - 1, "update")
        loss = f"Loss {format_number(found.loss, 3)} after {updates}."
        if self.phase == 0:
            return f"{loss} Step: the sample goes forward, layer by layer."
        if self.phase <= _LAYERS:
            layer = found.layers[self.phase - 1]
            here, before = layer.superscript, layer_index(layer.number - 1)
            formula = f"x{here} = {layer.activation}(x{before} W{here} + b{here})"
            return f"Forward, layer {layer.number}: {formula} = {_vector(layer.x)}. {loss}"
        layer = found.layers[2 * _LAYERS - self.phase]
        text_of = f"Backward, layer {layer.number}: {layer.delta_formula} = {_vector(layer.delta)}."
        if layer.number == 1:
            text_of += " All δ are known: the next step updates every weight, w ← w − η x δ."
        return text_of

    def _links(self, i: int, weights: Array, before: Array, after: Array) -> list[Fragment]:
        largest = max(float(np.abs(weights).max()), 1e-9)
        active = i + 1 == self.phase or i == 2 * _LAYERS + 1 - self.phase
        lines = []
        for j, y in enumerate(before):
            for k, end in enumerate(after):
                value = float(weights[j, k])
                sign = "stroke-positive" if value >= 0 else "stroke-negative"
                lines.append(
                    line(_X[i] + _BOX[0] / 2, float(y), _X[i + 1] - _BOX[0] / 2, float(end),
                         class_=f"link {sign}", stroke_width=1 + 3 * abs(value) / largest,
                         stroke_opacity=None if active else 0.35)
                )  # fmt: skip
        return lines

    def _direction(self, found: Trace) -> list[Fragment]:
        """Return an arrow with the direction of the pass, and the rule at work."""
        if self.phase == 0:
            rule, way = "Press Step: forward, then backward, then update", Fragment("")
        elif self.phase <= _LAYERS:
            rule, way = "forward: z = x W + b,  x = g(z)", arrow(20, 262, 386, 262, "forward")
        else:
            rule = found.layers[2 * _LAYERS - self.phase].delta_formula
            way = arrow(386, 262, 20, 262, "red")
        return [way, text(203, 292, rule, text_anchor="middle", class_="number")]


def _heights(units: int) -> Array:
    return _MIDDLE + _ROW * (np.arange(units) - (units - 1) / 2)


def _box(x: float, y: float, lines: list[tuple[str, str]], active: bool) -> list[Fragment]:
    """Return a unit with one or two lines of text."""
    width, height = _BOX
    class_ = "box active" if active else "box"
    parts = [element("rect", x=x - width / 2, y=y - height / 2, width=width, height=height, rx=7,
                     class_=class_)]  # fmt: skip
    for i, (content, color) in enumerate(lines):
        at = y + 5 + (i - (len(lines) - 1) / 2) * 18
        parts.append(
            text(x, at, content, text_anchor="middle", class_=f"unit-number {color}".strip())
        )
    return parts


def _short(value: float) -> str:
    return true_minus(f"{float(value):.3f}")


def _vector(values: Array) -> str:
    return f"({', '.join(map(_short, values))})"
