"""A network as a function with two adjustable numbers, which people or training adjust to examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, true_minus
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane, arrow, drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import make_exam_results, perceptron
from deltarule.losses import BinaryCrossEntropy
from deltarule.network import Network
from deltarule.optimizers import Adam

Array = NDArray[Any]
STUDENTS, EPOCHS, EPOCHS_PER_STEP = 60, 180, 2
MAX_LECTURES = 15
BIAS, WEIGHT = (-8.0, 8.0), (-1.2, 1.2)
_RADIUS, _TURN = 28.0, 0.75 * math.pi
_STACK = 0.042


def exam() -> tuple[Array, Array]:
    """Return lectures attended, of shape (60, 1), and who passed the exam."""
    X, passed = make_exam_results(STUDENTS, seed=3)
    return X[:, :1], passed


class AdjustableNumbers(Figure):
    """Input, function and output; two sliders adjust the function, or training does."""

    name = "adjustable-numbers"
    title = "A function with adjustable numbers"
    controls = (
        Slider("bias", "Number w₀", *BIAS, 0.1, 3.0),
        Slider("weight", "Number w₁", *WEIGHT, 0.01, -0.3),
        Slider("x", "Input x", 0, MAX_LECTURES, 1, 11.0),
    )
    trains = True

    def reset(self) -> None:
        """Return to the numbers at the start."""
        self._begin: tuple[float, float] | None = None
        super().reset()

    def changed(self, name: str) -> None:
        """Take the numbers of the sliders; another input changes neither them nor the training."""
        if name != "x":
            self._begin = None
            self.restart()

    def restart(self) -> None:
        """Return to the numbers before training."""
        if self._begin is None:
            self._begin = self.number("bias"), self.number("weight")
        self.put(bias=self._begin[0], weight=self._begin[1])
        unit = perceptron(self._begin[0], [self._begin[1]])
        network: Network = unit.network
        self.run = LiveTraining(network, *exam(), optimizer=Adam(0.15), epochs=EPOCHS, initial=unit)

    def step(self) -> bool:
        """Train a few epochs, and turn the sliders to the new numbers."""
        goes_on = self.run.train(EPOCHS_PER_STEP)
        bias, weight = self.numbers
        self.put(bias=bias, weight=weight)
        return goes_on

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the input along the axis."""
        self.put(x=self._plane().point_of(x, y)[0])

    @property
    def numbers(self) -> tuple[float, float]:
        """The two numbers now, bias and weight."""
        weights, biases = self.run.parameters.weights, self.run.parameters.biases
        assert biases[0] is not None
        return float(biases[0][0]), float(weights[0][0, 0])

    def output(self, x: float) -> float:
        """Return the output for an input."""
        return float(self.run.trained.predict([[x]])[0, 0])

    @property
    def loss(self) -> float:
        """The mean cross-entropy over the examples."""
        X, passed = exam()
        outputs = self.run.trained.predict(X)
        values = BinaryCrossEntropy().values(outputs, passed[:, None].astype(np.float64))
        return float(np.mean(values))

    @property
    def right(self) -> int:
        """How many examples are on the right side of ½."""
        X, passed = exam()
        return int(np.sum((self.run.trained.predict(X)[:, 0] > 0.5) == passed))

    def panels(self) -> Sequence[Fragment]:
        """Return the diagram, and the curve among the examples."""
        return self._diagram(), self._drawn_curve()

    def sentence(self) -> str:
        """Return the output with its numbers, and how well they fit the examples."""
        x, (bias, weight) = self.number("x"), self.numbers
        factor = f"({_plain(weight, 2)})" if weight < 0 else _plain(weight, 2)
        sum_ = f"{_plain(bias, 2)} + {factor} · {x:g}"
        fit = (
            f"{self.right} of {STUDENTS} students are on the right side of ½, loss {self.loss:.3f}."
        )
        state = (
            "" if self.run.epoch == 0 else f" Training has adjusted them {self.run.epoch} times."
        )
        return f"f({x:g}) = σ({sum_}) = {self.output(x):.3f}. With these two numbers {fit}{state}"

    def _plane(self) -> Plane:
        return Plane(
            "The output over the input, and the examples", (-0.7, MAX_LECTURES + 0.7),
            (-0.38, 1.38), "lectures attended x", "probability of passing ŷ",
        )  # fmt: skip

    def _drawn_curve(self) -> Fragment:
        plane, (X, passed) = self._plane(), exam()
        at = np.linspace(0, MAX_LECTURES, 76)
        stacked = np.zeros(STUDENTS)
        for k in range(STUDENTS):
            earlier = (X[:k, 0] == X[k, 0]) & (passed[:k] == passed[k])
            stacked[k] = _STACK * (1 + np.sum(earlier))
        plane.points(X[:, 0], np.where(passed == 1, 1 + stacked, -stacked), passed)
        plane.curve(np.array([0, MAX_LECTURES]), np.full(2, 0.5), "before")
        plane.curve(at, self.run.trained.predict(at[:, None])[:, 0], "boundary")
        plane.label(0, 1.3, "passed", dx=-6)
        plane.label(0, -0.33, "failed", dx=-6)
        x = self.number("x")
        plane.handle("input", "Input x", x, self.output(x), 1)
        return plane.svg()

    def _diagram(self) -> Fragment:
        """Return the input, the function with its two numbers as knobs, and the output."""
        x, (bias, weight) = self.number("x"), self.numbers
        parts: list[Fragment] = [
            *_box(8, 118, 74, "input", f"{x:g}", "lectures"),
            arrow(84, 150, 110, 150),
            element("rect", x=112, y=48, width=190, height=204, rx=10, class_="box"),
            text(207, 38, "function f", text_anchor="middle", class_="name"),
            text(207, 84, "σ(w₀ + w₁ x)", text_anchor="middle", class_="large"),
            *_knob(159, 152, "w₀", bias, BIAS, 2),
            *_knob(255, 152, "w₁", weight, WEIGHT, 2),
            text(207, 240, "2 adjustable numbers", text_anchor="middle", class_="name"),
            arrow(303, 150, 329, 150),
            *_box(331, 118, 84, "output", f"{self.output(x):.3f}", "probability"),
            arrow(207, 284, 207, 254),
            text(207, 302, f"{STUDENTS} examples adjust them", text_anchor="middle", class_="name"),
        ]
        return drawing("Input, function with two adjustable numbers, output", 424, 312, *parts)


def _box(x: float, y: float, width: float, name: str, value: str, unit: str) -> list[Fragment]:
    middle = x + width / 2
    return [
        element("rect", x=x, y=y, width=width, height=64, rx=8, class_="box"),
        text(middle, y - 10, name, text_anchor="middle", class_="name"),
        text(middle, y + 30, value, text_anchor="middle", class_="large"),
        text(middle, y + 51, unit, text_anchor="middle", class_="name"),
    ]


def _knob(
    x: float, y: float, name: str, value: float, limits: tuple[float, float], decimals: int
) -> list[Fragment]:
    """Return a knob that points left at the low limit, up at the middle, and right at the high one."""
    low, high = limits
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    turn = (2 * share - 1) * _TURN
    dx, dy = math.sin(turn), -math.cos(turn)
    return [
        element("circle", cx=x, cy=y, r=_RADIUS, class_="box"),
        line(x + 8 * dx, y + 8 * dy, x + 24 * dx, y + 24 * dy, class_="boundary"),
        text(
            x, y + 50, f"{name} = {_plain(value, decimals)}", text_anchor="middle", class_="number"
        ),
    ]


def _plain(value: float, decimals: int) -> str:
    return true_minus(format_number(round(value, decimals), 3))
