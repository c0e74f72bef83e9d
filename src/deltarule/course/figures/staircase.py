"""Universal approximation in one dimension: a hidden layer of sign units as a staircase along a curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, element, polyline
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
RANGE = (-0.25, 1.25)
"""The drawn part of the axis; the region K is from 0 to 1."""
MAX_PIECES = 60
_BESIDE = 1e-6
"""Distance from a jump at which the staircase is evaluated on both sides."""


@dataclass(frozen=True)
class Target:
    """A continuous function, and its largest slope on K."""

    label: str
    f: Callable[[Array], Array]
    slope: float


TARGETS = {
    "wave": Target("a wave", lambda x: np.sin(2 * np.pi * x), 2 * np.pi),
    "tent": Target("a tent", lambda x: 1 - 4 * np.abs(x - 0.5), 4.0),
    "steep": Target("a steep step", lambda x: np.tanh(10 * (x - 0.5)), 10.0),
}


def staircase(f: Callable[[Array], Array], n: int) -> TrainedNetwork:
    """Return a network of n − 1 sign units whose output in n pieces is the value of f in their middle."""
    cuts, middles = np.arange(1, n) / n, f((np.arange(n) + 0.5) / n)
    weights = np.ones((1, n - 1)), np.diff(middles)[:, None] / 2
    biases = -cuts, np.array([(middles[0] + middles[-1]) / 2])
    return TrainedNetwork(Network([Dense(n - 1, "sign"), Dense(1)], 1), Parameters(weights, biases))


def sides_of_jumps(n: int) -> Array:
    """Return points on both sides of each cut."""
    cuts = np.arange(1, n) / n
    return np.sort(np.concatenate([cuts - _BESIDE, cuts + _BESIDE]))


def largest_error(f: Callable[[Array], Array], n: int) -> float:
    """Return the largest distance from f to the staircase on K."""
    x = np.concatenate([np.linspace(0, 1, 401), sides_of_jumps(n)])
    return float(np.abs(staircase(f, n).predict(x[:, None])[:, 0] - f(x)).max())


@lru_cache(maxsize=len(TARGETS))
def errors_of(name: str) -> tuple[float, ...]:
    """Return the largest error for 2, 3, … pieces."""
    return tuple(largest_error(TARGETS[name].f, n) for n in range(2, MAX_PIECES + 1))


class Staircase(Figure):
    """A function, the band of an allowed error around it, and a staircase of sign units."""

    name = "staircase"
    title = "A staircase of sign units"
    controls = (
        Choice("target", "Function f",
               tuple((name, one.label) for name, one in TARGETS.items()), "wave"),
        Slider("n", "Pieces n", 2, MAX_PIECES, 1, 6),
        Slider("error", "Error ε", 0.1, 0.5, 0.05, 0.25),
    )  # fmt: skip

    def restart(self) -> None:
        """Build the network."""
        self.target = TARGETS[self.chosen("target")]
        self.pieces = round(self.number("n"))
        self.trained = staircase(self.target.f, self.pieces)

    @property
    def largest(self) -> float:
        """The largest error on K."""
        return errors_of(self.chosen("target"))[self.pieces - 2]

    def panels(self) -> Sequence[Fragment]:
        """Return the staircase along the function, and the error for each number of pieces."""
        return self._curves(), self._errors()

    def sentence(self) -> str:
        """Return the largest error, whether it is small enough, and how many pieces surely are."""
        limit, n = self.number("error"), self.pieces
        # The smallest n with L / (2 n) < ε. Rounded first: 4 / (2 · 0.4) may be a little below 5.
        enough = int(np.floor(round(self.target.slope / (2 * limit), 9))) + 1
        state = "below" if self.largest < limit else "not below"
        return (
            f"{counted(n, 'piece')}, {counted(n - 1, 'hidden unit')}: the largest error on K is "
            f"{format_number(self.largest, 2)}, {state} ε = {format_number(limit, 2)}. The slope of f is "
            f"at most L = {format_number(self.target.slope, 3)}, so the error is at most L / (2 n) = "
            f"{format_number(self.target.slope / (2 * n), 2)}; {enough} pieces are surely enough."
        )

    def _curves(self) -> Fragment:
        plane = Plane("The function, the band around it, and the output of the network", RANGE,
                      (-1.6, 1.6), "x", "", keys=2)  # fmt: skip
        f, limit = self.target.f, self.number("error")
        inside, x = np.linspace(0, 1, 161), np.linspace(*RANGE, 241)
        edges = plane.frame.y(np.concatenate([f(inside) + limit, (f(inside) - limit)[::-1]]))
        band = polyline(plane.frame.x(np.concatenate([inside, inside[::-1]])), edges)
        plane.add(element("path", d=band + "Z", class_="band"))
        for end in (0.0, 1.0):
            plane.curve(np.array([end, end]), np.array([-1.6, 1.6]), "fold")
        plane.curve(x, f(x), "curve series-2 line-1")
        steps = np.concatenate([[RANGE[0]], sides_of_jumps(self.pieces), [RANGE[1]]])
        plane.curve(steps, self.trained.predict(steps[:, None])[:, 0], "curve series-1")
        plane.label(0.5, -1.6, "K", dy=-8, text_anchor="middle")
        plane.key(0, "curve series-2 line-1", "f, with the band of ε around it on K")
        plane.key(1, "curve series-1", f"network of {counted(self.pieces - 1, 'hidden unit')}")
        return plane.svg()

    def _errors(self) -> Fragment:
        plane = Plane("The largest error for each number of pieces", (2, MAX_PIECES), (0, 1.5),
                      "pieces n", "", whole_x=True, keys=2)  # fmt: skip
        n = np.arange(2, MAX_PIECES + 1)
        limit = self.number("error")
        plane.curve(np.array([2, MAX_PIECES]), np.array([limit, limit]), "fold")
        plane.curve(n, self.target.slope / (2 * n), "before")
        plane.curve(n, np.array(errors_of(self.chosen("target"))), "curve series-1")
        plane.dot(self.pieces, min(self.largest, 1.5), radius=7)
        plane.label(56, limit, f"ε = {format_number(limit, 2)}", dy=-11, text_anchor="end")
        plane.key(0, "curve series-1", "largest error on K")
        plane.key(1, "before", "L / (2 n)")
        return plane.svg()
