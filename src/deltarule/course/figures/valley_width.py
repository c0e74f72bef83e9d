"""How narrow the valley of full-batch gradient descent becomes: as narrow as the learning rate allows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import format_number
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.network_loss import NetworkLoss
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, line, text
from deltarule.insight import initialize, make_moons

Array = NDArray[Any]
UPDATES, UPDATES_PER_STEP = 1000, 20
_NETWORK = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1)], 2)
_REACH = 1.5
_TOP = 16.0
_DIVERGED = 100.0
"""A loss above this is not coming back."""


@cache
def valley_loss() -> NetworkLoss:
    """Return the squared error of eight tanh units for two half circles with targets −1 and 1."""
    X, y = make_moons(n_samples=60, noise=0.1)
    return NetworkLoss(_NETWORK, X, 2 * y - 1)


class ValleyWidth(Figure):
    """The largest curvature during training, and the loss across the valley in its direction."""

    name = "valley-width"
    title = "Wide and narrow valleys"
    controls = (
        Slider("rate", "η", 0.1, 0.4, 0.05, 0.2),
        Slider("seed", "Initial weights", 0, 9, 1, 1),
    )
    trains = True
    frame_ms = 120

    def restart(self) -> None:
        """Begin with initial weights."""
        drawn = initialize(_NETWORK, seed=int(self.number("seed"))).parameters
        self._weights = drawn.flat().astype(np.float64)
        self.curvatures: list[float] = []
        self.diverged = False
        self._measure()
        self._first = self._across

    def step(self) -> bool:
        """Make some updates, and measure the valley."""
        if self._goes_on():
            for _ in range(UPDATES_PER_STEP):
                self._weights = self._weights - self.number("rate") * valley_loss().gradient(
                    self._weights
                )
            self._measure()
        return self._goes_on()

    def _goes_on(self) -> bool:
        return len(self.curvatures) <= UPDATES // UPDATES_PER_STEP and not self.diverged

    def _measure(self) -> None:
        values = valley_loss()
        if not values.loss(self._weights) < _DIVERGED:
            self.diverged = True
            return
        with single_blas_thread():
            sizes, axes = np.linalg.eigh(values.hessian(self._weights))
        self.curvatures.append(float(sizes[-1]))
        self.loss = values.loss(self._weights)
        self._lengths = np.linspace(-_REACH, _REACH, 41)
        self._across = values.along(self._weights, axes[:, -1], self._lengths) - self.loss

    @property
    def updates(self) -> int:
        """Number of updates."""
        return (len(self.curvatures) - 1) * UPDATES_PER_STEP

    def panels(self) -> Sequence[Fragment]:
        """Return the curvature over the updates, and the cross-section."""
        return self._curvature(), self._section()

    def sentence(self) -> str:
        """Return the curvature and its limit."""
        if self.diverged:
            return (
                f"After {self.updates:,} updates the weights left the valley: it was narrower than η "
                "allows, and no wider one was near. Decrease η, or choose other initial weights."
            )
        limit, rate = 2 / self.number("rate"), self.number("rate")
        now = self.curvatures[-1]
        text = (
            f"After {self.updates:,} updates J = {format_number(self.loss, 3)}; the largest curvature "
            f"of {len(self._weights)} directions is {format_number(now, 3)}. The limit of η = "
            f"{format_number(rate, 2)} is 2/η = {format_number(limit, 3)}"
        )
        if now > 0.9 * limit:
            return f"{text}: a valley much narrower would throw the weights out."
        return f"{text}: the valley may still become narrower."

    def _curvature(self) -> Fragment:
        top = max(_TOP, 1.1 * max(self.curvatures))
        plane = Plane("The largest curvature, and its limit", (0, UPDATES), (0, top), "updates",
                      "largest curvature", whole_x=True)  # fmt: skip
        limit = 2 / self.number("rate")
        plane.curve(np.array([0, UPDATES]), np.full(2, limit), "before")
        name = f"limit 2/η = {format_number(limit, 3)}"
        _legend(plane, "before", name if limit < top else f"{name}, higher up", 46)
        steps = np.arange(len(self.curvatures)) * UPDATES_PER_STEP
        plane.curve(steps, np.array(self.curvatures), "curve series-1")
        plane.dot(float(steps[-1]), self.curvatures[-1])
        return plane.svg()

    def _section(self) -> Fragment:
        plane = Plane("The loss across the valley, in its steepest direction", (-_REACH, _REACH),
                      (-1, 6.5), "distance", "loss J minus that in the middle")  # fmt: skip
        plane.curve(self._lengths, self._first, "before")
        plane.curve(self._lengths, self._across, "curve series-1")
        plane.dot(0.0, 0.0, radius=7)
        _legend(plane, "curve series-1", "now", 46)
        _legend(plane, "before", "before training", 66)
        return plane.svg()


def _legend(plane: Plane, class_: str, content: str, y: float) -> None:
    x = plane.frame.left + 120
    plane.add(line(x, y - 4, x + 26, y - 4, class_=class_))
    plane.add(text(x + 34, y, content, class_="number halo"))
