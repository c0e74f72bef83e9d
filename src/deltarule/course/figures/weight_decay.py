"""Weight decay: a network trained with eight penalties on its weights, which a slider compares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.course.axis_scales import PowerScale
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.figures.fit_capacity import NOISE, POINTS, VALIDATION_POINTS
from deltarule.course.live_training import LiveTraining
from deltarule.course.network_loss import NetworkLoss
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, group, line, text
from deltarule.engines.equations import penalty
from deltarule.insight import make_noisy_sine
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.report.scales import Scale

Array = NDArray[Any]
PENALTIES = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
NAMES = ("none", *(f"{value:g}" for value in PENALTIES[1:]))
UNITS, RATE = 32, 0.01
EPOCHS, EPOCHS_PER_STEP = 1000, 10
_Y_RANGE, _TOP = (-1.8, 1.8), 0.7
_FIT, _BELOW = 262.0, 168.0
_LARGEST, _BIN = 5.0, 0.25
_BASE = -0.4
"""log₁₀ of the count at the foot of a bar, so that a bin with one weight has a bar."""
_BAR = 22.0
_TANGENT = 34.0
_PARTS = (("loss-part validation", "validation loss"), ("loss-part penalty", "penalty λ Σ w²"),
          ("loss-part data", "data loss"))  # fmt: skip


class Losses(NamedTuple):
    """What is minimized, data + penalty, and the loss on validation points."""

    data: float
    penalty: float
    validation: float


def decay_network(l2: float) -> Network:
    """Return two wide layers and a linear output with a penalty l2 Σ w² in the loss."""
    hidden = [Dense(UNITS, "tanh", l2=l2) for _ in range(2)]
    return Network([*hidden, Dense(1, l2=l2)], 1)


def decay_training(l2: float, epochs: int = EPOCHS) -> LiveTraining:
    """Return the training of `decay_network` on the few noisy points of `FitCapacity`."""
    X, y = make_noisy_sine(POINTS, NOISE, seed=8)
    return LiveTraining(
        decay_network(l2), X, y, optimizer=Adam(RATE), epochs=epochs,
        validation_data=make_noisy_sine(VALIDATION_POINTS, NOISE, seed=9),
    )  # fmt: skip


@cache
def _mean_squared_errors() -> tuple[NetworkLoss, NetworkLoss]:
    """Return the losses without a penalty, over training points and over validation points."""
    network = decay_network(0.0)
    return (
        NetworkLoss(network, *make_noisy_sine(POINTS, NOISE, seed=8)),
        NetworkLoss(network, *make_noisy_sine(VALIDATION_POINTS, NOISE, seed=9)),
    )


def losses_of(run: LiveTraining) -> Losses:
    """Return the losses of the current weights."""
    parameters = run.parameters
    training, validation = (one.loss(parameters.flat()) for one in _mean_squared_errors())
    return Losses(training, penalty(run.plan.network, parameters), validation)


def weights_of(run: LiveTraining) -> Array:
    """Return all weights that the penalty counts, without biases, of shape (n_weights,)."""
    return np.concatenate([weights.ravel() for weights in run.parameters.weights])


def steepest(run: LiveTraining) -> tuple[float, float]:
    """Return the place in [−1, 1] where the network's curve is steepest, and its slope there."""
    x, h = np.linspace(-1, 1, 1001), 1e-4
    above, below = (run.trained.predict((x + way)[:, None])[:, 0] for way in (h, -h))
    slopes = (above - below) / (2 * h)
    place = int(np.abs(slopes).argmax())
    return float(x[place]), float(slopes[place])


class _PenaltyScale(Scale):
    """The places of `PENALTIES`, with the names of some."""

    def ticks(self, count: int = 5, whole: bool = False) -> list[tuple[float, str]]:
        """Return the places of none and of powers of ten."""
        named = zip(PENALTIES, NAMES, strict=True)
        return [(i, name) for i, (_, name) in enumerate(named) if not name.endswith("3")]


class WeightDecay(Figure):
    """The curve and the weights of one penalty, and both parts of the loss of all of them."""

    name = "weight-decay"
    title = "Weight decay: smaller weights, smoother curves"
    controls = (Slider("penalty", "λ", 0, len(PENALTIES) - 1, 1, 0, names=NAMES),)
    trains = True

    def restart(self) -> None:
        """Draw new initial weights, the same for every penalty."""
        self.runs = [decay_training(l2) for l2 in PENALTIES]
        self._measure()

    def changed(self, name: str) -> None:
        """Keep the weights: the slider chooses which of the networks is shown."""
        self._steepest = steepest(self.chosen_run)

    def step(self) -> bool:
        """Train every network for some epochs."""
        goes_on = [run.train(EPOCHS_PER_STEP) for run in self.runs]
        self._measure()
        return any(goes_on)

    @property
    def chosen_run(self) -> LiveTraining:
        """The training with the chosen penalty."""
        return self.runs[self._place]

    def panels(self) -> Sequence[Fragment]:
        """Return the curve above the weights, and the losses of all penalties."""
        return self._drawn_network(), self._drawn_losses()

    def sentence(self) -> str:
        """Return both parts of the loss, the validation loss, and how large weights and slope are."""
        data, penalty_, total, validation = self._rounded()
        weights = weights_of(self.chosen_run)
        epoch = self.chosen_run.epoch
        done = f"Epoch {epoch:,}" if epoch else "Not trained yet"
        best = PENALTIES[int(np.argmin([losses.validation for losses in self.losses]))]
        lowest = f", the lowest is that of λ = {best:g}" if epoch else ""
        return (
            f"λ = {PENALTIES[self._place]:g}. {done}: data loss {data} + penalty {penalty_} = J {total}. "
            f"Validation loss {validation}{lowest}. The {len(weights):,} weights have "
            f"Σ w² = {_short(np.square(weights).sum())}, the largest |w| is "
            f"{_short(np.abs(weights).max())}, and the steepest slope of the curve is "
            f"{_short(abs(self._steepest[1]))}."
        )

    @property
    def _place(self) -> int:
        return int(self.number("penalty"))

    def _measure(self) -> None:
        self.losses = [losses_of(run) for run in self.runs]
        self._steepest = steepest(self.chosen_run)

    def _rounded(self) -> tuple[str, str, str, str]:
        """Return data loss, penalty, their sum, and the validation loss; the rounded parts add up."""
        data, penalty_, validation = (round(value, 4) for value in self.losses[self._place])
        return f"{data:.4f}", f"{penalty_:.4f}", f"{data + penalty_:.4f}", f"{validation:.4f}"

    def _drawn_network(self) -> Fragment:
        return drawing(
            "The points and the curve with its steepest place, above a histogram of the weights",
            400, _FIT + _BELOW, self._fit().content(),
            group(self._histogram().content(), transform=f"translate(0 {_FIT:g})"),
        )  # fmt: skip

    def _fit(self) -> Plane:
        run = self.chosen_run
        plane = Plane("", (-1, 1), _Y_RANGE, "x", "y", height=_FIT)
        x = np.linspace(-1, 1, 240)
        for at_x, at_y in _points(VALIDATION_POINTS, 9):
            plane.dot(at_x, at_y, "rows", 2.4)
        plane.curve(x, np.sin(np.pi * x), "before")
        plane.curve(x, run.trained.predict(x[:, None])[:, 0], "curve series-0")
        for at_x, at_y in _points(POINTS, 8):
            plane.dot(at_x, at_y, "dot training", 5)
        self._add_tangent(plane)
        return plane

    def _add_tangent(self, plane: Plane) -> None:
        """Draw a piece of the tangent at the steepest place, and write the slope."""
        place, slope = self._steepest
        height = float(self.chosen_run.trained.predict([[place]])[0, 0])
        if plane.has(place, height):
            x, y = plane.at(place, height)
            per_x, per_y = (b - a for a, b in zip(plane.at(0, 0), plane.at(1, slope), strict=True))
            way = _TANGENT / float(np.hypot(per_x, per_y))
            dx, dy = way * per_x, way * per_y
            plane.add(line(x - dx, y - dy, x + dx, y + dy, class_="boundary"))
        label = f"steepest slope {_short(abs(slope))}"
        plane.label(-1, _Y_RANGE[1], label, "number halo", dx=8, dy=16)

    def _histogram(self) -> Plane:
        weights = weights_of(self.chosen_run)
        plane = Plane("", (-_LARGEST, _LARGEST), (_BASE, 3.2), "weight w", "number of weights",
                      height=_BELOW, y_scale=PowerScale)  # fmt: skip
        plane.add(element("path", d=_bars(plane, weights), class_="weights"))
        if self._place:
            plane.add(element("path", d=_bars(plane, weights_of(self.runs[0])), class_="before"))
        label = f"Σ w² = {_short(np.square(weights).sum())}"
        plane.label(-_LARGEST, 3.2, label, "number halo", dx=8, dy=16)
        if self._place:
            plane.label(_LARGEST, 3.2, "dashed: no penalty", "small halo", dx=-4, dy=16,
                        text_anchor="end")  # fmt: skip
        return plane

    def _drawn_losses(self) -> Fragment:
        last = len(PENALTIES) - 0.5
        title = "Data loss and penalty as stacked bars, and the validation loss, for each λ"
        plane = Plane(title, (-0.5, last), (0, _TOP), "λ", "loss", height=_FIT + _BELOW,
                      x_scale=_PenaltyScale, keys=3)  # fmt: skip
        for i, losses in enumerate(self.losses):
            chosen = " chosen" if i == self._place else ""
            foot = min(losses.data, _TOP)
            top = min(losses.data + losses.penalty, _TOP)
            plane.add(_bar(plane, i, 0, foot, f"loss-part data{chosen}"))
            plane.add(_bar(plane, i, foot, top, f"loss-part penalty{chosen}"))
        validation = np.array([losses.validation for losses in self.losses])
        plane.curve(np.arange(len(PENALTIES)), validation, "curve validation")
        for i, value in enumerate(validation.tolist()):
            if value <= _TOP:
                plane.dot(i, value, "dot validation", 7.5 if i == self._place else 4)
        data, penalty_, _, loss = self._rounded()
        for row, ((class_, name), value) in enumerate(
            zip(_PARTS, (loss, penalty_, data), strict=True)
        ):
            plane.add(_key(row, class_, f"{name}: {value}"))
        return plane.svg()


def _points(count: int, seed: int) -> list[tuple[float, float]]:
    X, y = make_noisy_sine(count, NOISE, seed=seed)
    pairs = zip(X[:, 0].tolist(), y.tolist(), strict=True)
    return [(at_x, at_y) for at_x, at_y in pairs if abs(at_y) < _Y_RANGE[1]]


def _bars(plane: Plane, weights: Array) -> str:
    """Return the outline of the histogram as path data; weights beyond the axis are in its last bins."""
    edges = np.arange(-_LARGEST - _BIN / 2, _LARGEST + _BIN, _BIN)
    counts, _ = np.histogram(np.clip(weights, -_LARGEST, _LARGEST), edges)
    with np.errstate(divide="ignore"):
        tops = np.where(counts > 0, np.log10(counts), _BASE)
    x = np.clip(np.repeat(edges, 2), -_LARGEST, _LARGEST)
    y = np.concatenate([[_BASE], np.repeat(tops, 2), [_BASE]])
    at_x, at_y = plane.frame.x(x), plane.frame.y(y)
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(at_x, at_y, strict=True)) + "Z"


def _bar(plane: Plane, place: int, low: float, high: float, class_: str) -> Fragment:
    (x, bottom), (_, top) = plane.at(place, low), plane.at(place, high)
    return element("rect", x=x - _BAR / 2, y=top, width=_BAR, height=bottom - top, class_=class_)


def _key(row: int, class_: str, content: str) -> Fragment:
    """Return a line of the legend above the chart: a line with a dot, or a piece of a bar."""
    y = 30.0 + 19.0 * row
    mark: list[Fragment] = [element("rect", x=13, y=y - 7, width=22, height=14, class_=class_)]
    if "validation" in class_:
        mark = [line(8, y, 40, y, class_="curve validation"),
                element("circle", cx=24, cy=y, r=5, class_="dot validation")]  # fmt: skip
    return group(*mark, text(48, y + 4, content, class_="key"))


def _short(value: float) -> str:
    return format_number(float(value), 3)
