"""A hidden unit is switched off: which points are lost, and whether training can do without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import counted, format_number, format_percent, subscript
from deltarule.course.controls import Choice
from deltarule.course.disc_network import (
    LEARNING_RATE,
    RANGE,
    accuracy,
    disc_network,
    disc_points,
    without_unit,
)
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.network_diagram import legend, network_diagram
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import forward_pass, output_surface
from deltarule.losses import BinaryCrossEntropy
from deltarule.optimizers import Adam
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

EPOCHS, EPOCHS_PER_STEP = 240, 3
_COLUMNS = (40.0, 200.0, 360.0)
_HEIGHT = 400.0
_BAR = (18.0, 382.0)
_SAMPLE = (0.7, 0.35)


class UnitSwitchedOff(Figure):
    """The network without one of its hidden units, which can be trained again."""

    name = "unit-switched-off"
    title = "Switch off a unit"
    controls = (
        Choice("units", "Hidden units", (("3", "3"), ("4", "4")), "3"),
        Choice(
            "off", "Switched off", (("0", "none"), ("1", "h₁"), ("2", "h₂"), ("3", "h₃")), "2",
        ),
    )  # fmt: skip
    trains = True
    frame_ms = 80

    def reset(self) -> None:
        """Return to the point at the start."""
        self.sample = _SAMPLE
        super().reset()

    def restart(self) -> None:
        """Switch off the unit of the trained network."""
        self._whole = disc_network(int(self.chosen("units")))
        X, y = disc_points()
        begin = self._whole if self.off is None else without_unit(self._whole, self.off)
        self.run = LiveTraining(
            begin.network, X, y, optimizer=Adam(LEARNING_RATE), epochs=EPOCHS, initial=begin
        )

    def step(self) -> bool:
        """Train the units that are left."""
        return self.run.train(EPOCHS_PER_STEP)

    def move(self, handle: str, x: float, y: float) -> None:
        """Move the point."""
        x_1, x_2 = self._plane().point_of(x, y)
        self.sample = (round(x_1, 2), round(x_2, 2))

    @property
    def off(self) -> int | None:
        """Number of the unit that is switched off, from 0."""
        return int(self.chosen("off")) - 1 if self.chosen("off") != "0" else None

    @property
    def trained(self) -> TrainedNetwork:
        """The network as it is drawn: the unit is there, and its weight in the output is 0."""
        if self.off is None:
            return self.run.trained
        hidden, output = self.run.parameters.weights
        bias, last = self.run.parameters.biases
        old, old_bias = self._whole.parameters.weights[0], self._whole.parameters.biases[0]
        assert bias is not None
        assert old_bias is not None
        weights = (
            np.insert(hidden, self.off, old[:, self.off], axis=1),
            np.insert(output, self.off, 0.0, axis=0),
        )
        biases = (np.insert(bias, self.off, old_bias[self.off]), last)
        return TrainedNetwork(self._whole.network, Parameters(weights, biases))

    @property
    def loss(self) -> float:
        """The mean cross-entropy of all points."""
        X, y = disc_points()
        predicted = self.run.trained.predict(X)
        return float(BinaryCrossEntropy().values(predicted, y[:, None].astype(float)).mean())

    def panels(self) -> Sequence[Fragment]:
        """Return the network with what is left of the flow, and the plane."""
        layers = forward_pass(self.trained, [self.sample])
        row = 77 if self.chosen("units") == "3" else 71
        network = network_diagram(layers, _COLUMNS, 154, row, off=self.off)
        return (
            drawing("The network with the activations of the point", 400, _HEIGHT,
                    *network, *self._accuracy(), *legend(390)),
            self._drawn_plane(),
        )  # fmt: skip

    def sentence(self) -> str:
        """Return the accuracy, and which points are on the wrong side."""
        X, y = disc_points()
        called = self.run.trained.predict(X)[:, 0] > 0.5
        ring, disc = int((called & (y == 0)).sum()), int((~called & (y == 1)).sum())
        now, loss = self._percent(self.run.trained), format_number(self.loss, 3)
        name = "" if self.off is None else f"h{subscript(self.off + 1)}"
        who = f"Without {name}" if name else "With all units"
        if self.run.epoch:
            who += f", after {counted(self.run.epoch, 'more epoch')}"
        with_it = f" ({self._percent(self._whole)} with it)" if name else ""
        wrong = (
            f"{counted(ring, 'point')} of the ring classified as disc, "
            f"{counted(disc, 'point')} of the disc as ring."
        )
        play = " Press Play to train the other units." if name and not self.run.epoch else ""
        return f"{who}: accuracy {now}{with_it}, loss {loss}. {wrong}{play}"

    def _percent(self, trained: TrainedNetwork) -> str:
        return format_percent(accuracy(trained))

    def _accuracy(self) -> list[Fragment]:
        """Return the accuracy as a bar, with a mark where it was with all units."""
        left, right = _BAR
        now, before = accuracy(self.run.trained), accuracy(self._whole)
        mark = left + (right - left) * before
        return [
            text(left, 322, f"accuracy {self._percent(self.run.trained)}", class_="number"),
            text(right, 322, f"loss {format_number(self.loss, 3)}", text_anchor="end",
                 class_="number"),
            element("rect", x=left, y=332, width=right - left, height=18, class_="box"),
            element("rect", x=left, y=332, width=(right - left) * now, height=18,
                    class_="bar-positive"),
            line(mark, 327, mark, 356, class_="mark kept"),
        ]  # fmt: skip

    def _plane(self) -> Plane:
        title = "The output of the network, and the points; those on the wrong side have a ring"
        return Plane(title, RANGE, RANGE, "x₁", "x₂", square=True)

    def _drawn_plane(self) -> Fragment:
        plane = self._plane()
        X, y = disc_points()
        trained = self.run.trained
        plane.classes(output_surface(trained, RANGE, RANGE, grid_resolution=60).values[:, :, 0])
        wrong = (trained.predict(X)[:, 0] > 0.5) != y
        plane.points(X[:, 0], X[:, 1], y, wrong=wrong)
        plane.handle("sample", "The point", *self.sample, 0.01)
        return plane.svg()
