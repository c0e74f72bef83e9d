"""The chain rule in the colors of the lecture, over a chain of two units, with its three factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

import deltarule as dr
from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane, arrow, drawing
from deltarule.drawing.svg import Fragment, element, text
from deltarule.insight import Trace, trace
from deltarule.losses import BinaryCrossEntropy
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

STEPS = 40
_NETWORK = dr.Network([dr.Dense(1, "tanh", bias=False), dr.Dense(1, "sigmoid", bias=False)], 1)
_PLACES = {"x": 34.0, "z₁": 144.0, "ŷ": 256.0, "J": 366.0}
_Y, _RADIUS = 86.0, 32.0
_HEIGHT = 344.0


@dataclass(frozen=True)
class Factor:
    """A factor of the chain rule: its name, its value, and the class of its color."""

    name: str
    value: float
    color: str


class ChainRule(Figure):
    """x → z₁ → ŷ → J: what the loss does when one weight changes, factor by factor."""

    name = "chain-rule"
    title = "The chain rule in three colors"
    controls = (
        Choice("weight", "Derivative for", (("1", "w₁"), ("2", "w₂")), "1"),
        Slider("w_1", "w₁ at the start", -3, 3, 0.1, 1.0),
        Slider("w_2", "w₂ at the start", -3, 3, 0.1, -1.5),
        Slider("x", "x", -2, 2, 0.1, 1.0),
        Choice("y", "Target y", (("0", "0"), ("1", "1")), "1"),
        Slider("rate", "η", 0.1, 2, 0.1, 0.5),
    )
    trains = True
    frame_ms = 250

    def restart(self) -> None:
        """Start with the weights of the sliders."""
        self._weights = np.array([self.number("w_1"), self.number("w_2")])
        self.losses = [self.trace.loss]

    def changed(self, name: str) -> None:
        """Start again; another derivative or learning rate does not disturb training."""
        if name not in ("weight", "rate"):
            self.restart()

    def step(self) -> bool:
        """Update both weights, w ← w − η ∂J/∂w, until the curve is full."""
        if len(self.losses) > STEPS:
            return False
        self._weights = self.trace.updated(self.number("rate")).flat()
        self.losses.append(self.trace.loss)
        return len(self.losses) <= STEPS

    @property
    def trace(self) -> Trace:
        """All numbers of the sample."""
        weights = tuple(np.array([[w]]) for w in self._weights)
        trained = TrainedNetwork(_NETWORK, Parameters(weights, (None, None)))
        return trace(trained, [self.number("x")], float(self.chosen("y")))

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The factors of ∂J/∂w for the chosen weight, from the loss back."""
        found = self.trace
        first, last = found.layers
        slopes = [float(layer.slope[0]) for layer in found.layers if layer.slope is not None]
        loss = BinaryCrossEntropy().gradient(found.prediction[None], found.target[None])
        factors = [Factor("∂J/∂ŷ", float(loss[0, 0]), "purple")]
        if self.chosen("weight") == "2":
            return (*factors, Factor("∂ŷ/∂w₂", slopes[1] * float(last.x_in[0]), "red"))
        back = slopes[1] * float(last.weights[0, 0]) * slopes[0]
        blue = Factor("∂z₁/∂w₁", float(first.x_in[0]), "blue")
        return (*factors, Factor("∂ŷ/∂z₁", back, "red"), blue)

    @property
    def derivative(self) -> float:
        """∂J/∂w of the chosen weight."""
        return float(self.trace.layers[int(self.chosen("weight")) - 1].weight_gradient[0, 0])

    def panels(self) -> Sequence[Fragment]:
        """Return the chain with its factors, and the loss after each update."""
        return self._chain(), self._curve()

    def sentence(self) -> str:
        """Return the product, the loss and the direction of the update."""
        factors, value = self.factors, self.derivative
        names = " · ".join(factor.name for factor in factors)
        product = " · ".join(_in_product(factor.value) for factor in factors)
        name = f"w{'₁' if self.chosen('weight') == '1' else '₂'}"
        move = "decreases" if value > 0 else "increases" if value < 0 else "keeps"
        return (
            f"∂J/∂{name} = {names} = {product} = {format_number(value, 3)}. The update {move} {name}. "
            f"Loss {format_number(self.losses[-1], 3)} after {counted(len(self.losses) - 1, 'update')}."
        )

    def _chain(self) -> Fragment:
        found, factors = self.trace, self.factors
        numbers = [found.sample[0], found.layers[0].z[0], found.prediction[0], found.loss]
        parts: list[Fragment] = []
        for (name, x), value in zip(_PLACES.items(), numbers, strict=True):
            parts += [
                element("circle", cx=x, cy=_Y, r=_RADIUS, class_="box"),
                text(
                    x, _Y + 5, format_number(float(value), 3), text_anchor="middle", class_="inside"
                ),
                text(x, _Y - 42, name, text_anchor="middle", class_="large"),
            ]
        places = list(_PLACES.values())
        for start, end in pairwise(places):
            parts.append(arrow(start + _RADIUS + 2, _Y, end - _RADIUS - 3, _Y))
        for x, name, value in ((89, "w₁", self._weights[0]), (200, "w₂", self._weights[1])):
            parts.append(text(x, _Y - 48, name, text_anchor="middle", class_="name"))
            shown = format_number(float(value), 3)
            parts.append(text(x, _Y - 27, shown, text_anchor="middle", class_="number halo"))
        ends = {
            "∂J/∂ŷ": (366, 256),
            "∂ŷ/∂z₁": (256, 144),
            "∂z₁/∂w₁": (144, 89),
            "∂ŷ/∂w₂": (256, 200),
        }
        for factor in factors:
            start, end = ends[factor.name]
            parts.append(_arc(start, end, factor))
        return drawing(
            "The chain from x to the loss, and its derivatives",
            400,
            _HEIGHT,
            element("g", *parts, *self._product(), class_="chain"),
        )

    def _product(self) -> list[Fragment]:
        """Return the factors as colored boxes, and their product."""
        width, gap = 116.0, 20.0
        factors = self.factors
        x = 200 - (len(factors) * width + (len(factors) - 1) * gap) / 2
        parts = []
        for i, factor in enumerate(factors):
            if i:
                parts.append(text(x - gap / 2, 256, "·", text_anchor="middle", class_="large"))
            middle = x + width / 2
            box, ink = f"factor {factor.color}", f"number ink-{factor.color}"
            number = format_number(factor.value, 3)
            parts += [
                element("rect", x=x, y=216, width=width, height=66, rx=8, class_=box),
                text(middle, 242, factor.name, text_anchor="middle", class_=ink),
                text(middle, 269, number, text_anchor="middle", class_=ink),
            ]
            x += width + gap
        name = "w₁" if self.chosen("weight") == "1" else "w₂"
        result = f"∂J/∂{name} = {format_number(self.derivative, 3)}"
        return [*parts, text(200, 322, result, text_anchor="middle", class_="large")]

    def _curve(self) -> Fragment:
        top = max(0.5, 1.1 * max(self.losses))
        plane = Plane("The loss after each update", (0, STEPS), (0, top), "updates", "loss J",
                      height=_HEIGHT, whole_x=True)  # fmt: skip
        steps = np.arange(len(self.losses))
        plane.curve(steps, np.array(self.losses), "curve series-1")
        plane.dot(float(steps[-1]), self.losses[-1])
        return plane.svg()


def _arc(start: float, end: float, factor: Factor) -> Fragment:
    """Return an arrow below the chain, from right to left."""
    y, depth = _Y + _RADIUS + 4, 44
    tip = f"M{end + 5:g} {y + 12:g}L{end:g} {y:g}L{end + 13:g} {y + 4:g}Z"
    path = (
        f"M{start:g} {y:g}C{start:g} {y + depth:g} {end + 6:g} {y + depth:g} {end + 6:g} {y + 9:g}"
    )
    return element(
        "g",
        element("path", d=path, class_="way"),
        element("path", d=tip, class_="tip"),
        text((start + end) / 2, y + depth + 10, factor.name, text_anchor="middle",
             class_=f"number ink-{factor.color}"),
        class_=f"back {factor.color}",
    )  # fmt: skip


def _in_product(value: float) -> str:
    shown = format_number(value, 3)
    return f"({shown})" if value < 0 else shown
