"""Dropout: each update trains the units that a random mask keeps; predictions use all units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.loss_chart import add_legend
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.history import Records
from deltarule.insight import dropout_masks, make_moons
from deltarule.layers import Dense, Dropout, Layer
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.sampling import MiniBatches

Array = NDArray[Any]
EPOCHS, POINTS, VALIDATION_POINTS, NOISE, UNITS = 150, 80, 200, 0.35, 12
_HEIGHT, _TOP = 380.0, 1.0
_X = (30.0, 146.0, 268.0, 372.0)
_MIDDLE, _ROW, _RADIUS = 172.0, 24.0, 9.0


def dropout_run(rate: float) -> LiveTraining:
    """Return the training of two hidden layers on few noisy points; `rate` 0 is without dropout."""
    layers: list[Layer] = []
    for _ in range(2):
        layers += [Dense(UNITS, "relu"), *([Dropout(rate)] if rate else [])]
    X, y = make_moons(POINTS, NOISE, seed=4)
    return LiveTraining(
        Network([*layers, Dense(1, "sigmoid")]), X, y, optimizer=Adam(0.01),
        sampling=MiniBatches(32), epochs=EPOCHS,
        validation_data=make_moons(VALIDATION_POINTS, NOISE, seed=5),
    )  # fmt: skip


@cache
def without_dropout() -> Records:
    """Return the records of the same training without dropout."""
    run = dropout_run(0.0)
    run.train(EPOCHS)
    return run.records


class DropoutMasks(Figure):
    """The units of an update, and the validation loss with and without dropout."""

    name = "dropout-masks"
    title = "Dropout: every update trains another network"
    controls = (
        Choice("show", "Units of", (("update", "an update"), ("prediction", "a prediction")), "update"),
        Slider("rate", "Dropout rate", 0.1, 0.8, 0.1, 0.5),
    )  # fmt: skip
    trains = True
    frame_ms = 110

    def restart(self) -> None:
        """Draw new initial weights."""
        self.run = dropout_run(self.number("rate"))

    def changed(self, name: str) -> None:
        """Start again with another rate."""
        if name == "rate":
            self.restart()

    def step(self) -> bool:
        """Train an epoch."""
        return self.run.train(1)

    @property
    def masks(self) -> tuple[Array, ...]:
        """Which units are kept for the first point of the epoch's first update, or in a prediction."""
        trained = self.run.trained
        if self.chosen("show") == "prediction":
            return tuple(np.ones(block.inputs, bool) for block in trained.network.blocks)
        return dropout_masks(trained, epoch=max(self.run.epoch - 1, 0))

    def panels(self) -> Sequence[Fragment]:
        """Return the network with the units that are kept, and the validation losses."""
        return self._drawn_network(), self._drawn_losses()

    def sentence(self) -> str:
        """Return how many units are kept, and the validation losses."""
        kept = " and ".join(f"{int(mask.sum())} of {UNITS}" for mask in self.masks[1:])
        if self.chosen("show") == "prediction":
            units = f"A prediction uses all units: {kept}."
        else:
            units = f"Epoch {max(self.run.epoch, 1)}, first update: {kept} hidden units are kept."
        if not self.run.epoch:
            return f"{units} Not trained yet."
        with_, without = (
            format_number(float(records["validation_loss"][self.run.epoch - 1]), 3)
            for records in (self.run.records, without_dropout())
        )
        return (
            f"{units} After epoch {self.run.epoch} the validation loss is {with_}; without dropout "
            f"it is {without}."
        )

    def _drawn_network(self) -> Fragment:
        masks = [*self.masks, np.ones(1, bool)]
        parts: list[Fragment] = []
        for i, weights in enumerate(self.run.parameters.weights):
            parts += _links(i, weights, masks[i], masks[i + 1])
        for x, mask in zip(_X, masks, strict=True):
            parts += [
                _unit(x, float(y), bool(k)) for y, k in zip(_heights(len(mask)), mask, strict=True)
            ]
        for x, name in zip(_X, ("x", "hidden 1", "hidden 2", "ŷ"), strict=True):
            parts.append(text(x, 20, name, text_anchor="middle", class_="number"))
        for x, mask in zip(_X[1:3], masks[1:3], strict=True):
            count = f"{int(mask.sum())} of {UNITS}"
            parts.append(text(x, _HEIGHT - 38, count, text_anchor="middle", class_="number"))
        return drawing(
            "The network with the units that are kept", 400, _HEIGHT, *parts, self._factor()
        )

    def _factor(self) -> Fragment:
        rate = self.number("rate")
        content = "prediction: all units, outputs unchanged"
        if self.chosen("show") == "update":
            factor = format_number(1 / (1 - rate), 3)
            content = f"update: kept outputs × 1 / (1 − {rate:.1f}) = {factor}"
        return text(200, _HEIGHT - 10, content, text_anchor="middle", class_="number")

    def _drawn_losses(self) -> Fragment:
        plane = Plane("Validation loss with and without dropout", (0, EPOCHS), (0, _TOP), "epoch",
                      "validation loss J", height=_HEIGHT, whole_x=True)  # fmt: skip
        done = self.run.epoch
        lines = (
            ("without", without_dropout()[:done], "curve series-1 line-1"),
            ("dropout", self.run.records, "curve series-0"),
        )
        for i, (name, records, class_) in enumerate(lines):
            plane.curve(records["epoch"], records["validation_loss"], class_)
            add_legend(plane, i, name, class_)
        return plane.svg()


def _heights(units: int) -> Array:
    return _MIDDLE + _ROW * (np.arange(units) - (units - 1) / 2)


def _links(i: int, weights: Array, before: Array, after: Array) -> list[Fragment]:
    """Return the weights between units that are kept, as wide as they are large."""
    largest = max(float(np.abs(weights).max()), 1e-9)
    starts, ends = _heights(len(before)), _heights(len(after))
    lines = []
    for j in np.flatnonzero(before).tolist():
        for k in np.flatnonzero(after).tolist():
            share = abs(float(weights[j, k])) / largest
            sign = "stroke-positive" if weights[j, k] >= 0 else "stroke-negative"
            lines.append(
                line(_X[i], float(starts[j]), _X[i + 1], float(ends[k]), class_=f"link {sign}",
                     stroke_width=round(0.4 + 2 * share, 2), stroke_opacity=round(0.15 + 0.7 * share, 2))
            )  # fmt: skip
    return lines


def _unit(x: float, y: float, kept: bool) -> Fragment:
    """Return a unit; one that is dropped is dashed and crossed out."""
    circle = element("circle", cx=x, cy=y, r=_RADIUS, class_="box" if kept else "box dropped")
    if kept:
        return circle
    arm = _RADIUS * 0.5
    d = f"M{x - arm:g} {y - arm:g}l{2 * arm:g} {2 * arm:g}m0 {-2 * arm:g}l{-2 * arm:g} {2 * arm:g}"
    return element("g", circle, element("path", d=d, class_="cross"))
