"""Test digits as points in the plane, at the pixels and after each hidden layer, while they separate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.handwritten_digits import SIDE, load_ones_and_fives
from deltarule.course.live_training import LiveTraining
from deltarule.course.pixel_images import gray_image
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import layer_outputs, principal_components
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.report.class_markers import class_marker, class_style, marker_path
from deltarule.sampling import MiniBatches

Array = NDArray[Any]
UNITS = (16, 8)
EPOCHS, LEARNING_RATE = 50, 0.0005
PLACES = ("pixels", "hidden layer 1", "hidden layer 2")
_SIDE, _TOP = 122.0, 50.0
_CURVES = ("curve series-2 line-2", "curve series-0 line-1", "curve series-1")


def separation_training(activation: str = "tanh", seed: int = 0) -> LiveTraining:
    """Return the training of a network with two hidden layers, which tells 5 from 1."""
    (X, digits), _ = load_ones_and_fives()
    layers = [*(Dense(units, activation) for units in UNITS), Dense(1, "sigmoid")]
    return LiveTraining(
        Network(layers), X, digits == 5, optimizer=Adam(LEARNING_RATE), sampling=MiniBatches(32),
        epochs=EPOCHS, seed=seed,
    )  # fmt: skip


def share_between_classes(rows: Array, classes: Array) -> float:
    """Return the share of the variance of rows that lies between the means of their classes."""
    mean = rows.mean(axis=0)
    total = float(((rows - mean) ** 2).sum())
    if total == 0:
        return 0.0
    groups = [rows[classes == one] for one in np.unique(classes)]
    return (
        float(sum(len(group) * ((group.mean(axis=0) - mean) ** 2).sum() for group in groups))
        / total
    )


def representations(run: LiveTraining) -> list[Array]:
    """Return the test digits as pixels and as outputs of each hidden layer."""
    _, (X, _) = load_ones_and_fives()
    return [X, *layer_outputs(run.trained, X)[: len(UNITS)]]


@cache
def _projected_pixels() -> Array:
    _, (X, digits) = load_ones_and_fives()
    return _projected(X, digits, None)


def _projected(rows: Array, digits: Array, before: Array | None) -> Array:
    """Return the first two principal components, fives to the right, turned as they were before."""
    points = principal_components(rows, 2).transform(rows)
    if points[digits == 5, 0].mean() < points[digits == 1, 0].mean():
        points[:, 0] *= -1
    if before is not None and float(points[:, 1] @ before[:, 1]) < 0:
        points[:, 1] *= -1
    return points


class LayerSeparation(Figure):
    """Three planes of the same digits, and how much of their variance separates the classes."""

    name = "layer-separation"
    title = "Each layer separates the classes more"
    controls = (
        Slider("digit", "Ringed digit", 1, 100, 1, 9),
        Choice(
            "activation",
            "Activation",
            (("tanh", "tanh"), ("relu", "ReLU"), ("identity", "none")),
            "tanh",
        ),
        Slider("seed", "Initial weights", 0, 9, 1, 0),
    )
    trains = True
    frame_ms = 120

    def restart(self) -> None:
        """Draw initial weights."""
        self.run = separation_training(self.chosen("activation"), int(self.number("seed")))
        self.views: list[Array] = []
        self.shares: list[list[float]] = []
        self._look()

    def changed(self, name: str) -> None:
        """Start again; another ringed digit is shown to the same network."""
        if name != "digit":
            self.restart()

    def step(self) -> bool:
        """Train one epoch."""
        goes_on = self.run.train()
        if len(self.shares) <= self.run.epoch:
            self._look()
        return goes_on

    @property
    def digits(self) -> Array:
        """The classes of the test digits, 1 or 5."""
        return load_ones_and_fives()[1][1]

    def panels(self) -> Sequence[Fragment]:
        """Return the planes, and the shares over the epochs."""
        return self._drawn_planes(), self._drawn_shares()

    def sentence(self) -> str:
        """Return the share of each layer, and the accuracy."""
        shares = ", ".join(
            f"{place} {share:.1%}" for place, share in zip(PLACES, self.shares[-1], strict=True)
        )
        _, (X, digits) = load_ones_and_fives()
        right = float(np.mean((self.run.trained.predict(X)[:, 0] > 0.5) == (digits == 5)))
        return (
            f"Epoch {self.run.epoch}. Share of the variance that lies between ones and fives: {shares}. "
            f"Accuracy on the {len(digits)} test digits: {right:.1%}."
        )

    def _look(self) -> None:
        """Project the test digits at each place, and measure how far the classes are separated."""
        found = representations(self.run)
        before: Sequence[Array | None] = self.views or [None] * len(found)
        self.views = [
            _projected_pixels(),
            *(
                _projected(rows, self.digits, b)
                for rows, b in zip(found[1:], before[1:], strict=True)
            ),
        ]
        self.shares.append([share_between_classes(rows, self.digits) for rows in found])

    def _drawn_planes(self) -> Fragment:
        chosen = int(self.number("digit")) - 1
        parts: list[Fragment] = []
        for i, (view, name) in enumerate(zip(self.views, PLACES, strict=True)):
            x = 6 + (_SIDE + 11) * i
            middle = x + _SIDE / 2
            size = (SIDE * SIDE, *UNITS)[i]
            parts += [
                text(middle, 22, name, text_anchor="middle", class_="number"),
                text(middle, 40, f"{size} numbers", text_anchor="middle", class_="small"),
                element("rect", x=x, y=_TOP, width=_SIDE, height=_SIDE, class_="frame"),
                *self._points(view, x, chosen),
                text(middle, _TOP + _SIDE + 24, f"{self.shares[-1][i]:.1%}", text_anchor="middle",
                     class_="large"),
            ]  # fmt: skip
        y = _TOP + _SIDE + 46
        for i, (digit, which) in enumerate(((1, "ones"), (5, "fives"))):
            parts.append(class_marker(i, 150, y + 20 + 24 * i))
            parts.append(
                text(
                    162,
                    y + 25 + 24 * i,
                    f"{which}, {int((self.digits == digit).sum())} test digits",
                    class_="number",
                )
            )
        _, (X, _) = load_ones_and_fives()
        parts.append(gray_image(X[chosen].reshape(SIDE, SIDE), 22, y, 90))
        said = f"ringed: digit {chosen + 1}, a {int(self.digits[chosen])}"
        parts.append(text(142, y + 80, said, class_="number"))
        return drawing(
            "The test digits at the pixels and after each hidden layer", 400, 322, *parts
        )

    def _points(self, view: Array, x: float, chosen: int) -> list[Fragment]:
        """Return the digits as markers within a square, with a ring around the chosen one."""
        largest = float(np.abs(view).max()) or 1.0
        at = view / largest * (_SIDE / 2 - 9)
        at_x, at_y = x + _SIDE / 2 + at[:, 0], _TOP + _SIDE / 2 - at[:, 1]
        parts = [
            line(x, _TOP + _SIDE / 2, x + _SIDE, _TOP + _SIDE / 2, class_="grid"),
            line(x + _SIDE / 2, _TOP, x + _SIDE / 2, _TOP + _SIDE, class_="grid"),
        ]
        for i, digit in enumerate((1, 5)):
            rows = np.flatnonzero(self.digits == digit).tolist()
            d = "".join(marker_path(i, float(at_x[k]), float(at_y[k])) for k in rows)
            parts.append(element("path", d=d, class_=f"point {class_style(i)}"))
        parts.append(
            element("circle", cx=float(at_x[chosen]), cy=float(at_y[chosen]), r=8, class_="ring")
        )
        return parts

    def _drawn_shares(self) -> Fragment:
        plane = Plane("The share between the classes over the epochs", (0, EPOCHS), (0, 1), "epoch",
                      "share of the variance between the classes", height=322, whole_x=True)  # fmt: skip
        shares = np.array(self.shares)
        for i, class_ in enumerate(_CURVES):
            plane.curve(np.arange(len(shares)), shares[:, i], class_)
            y = 0.46 - 0.09 * i
            plane.label(0, y, PLACES[i], dx=230)
            start, at_y = plane.at(0, y)
            plane.add(line(start + 185, at_y - 4, start + 222, at_y - 4, class_=class_))
        return plane.svg()
