"""The same network on 10, 30, 100, 300 and 700 handwritten digits, and what it reads in new ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.course.axis_scales import PowerScale
from deltarule.course.controls import Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.plane import Plane, drawing
from deltarule.drawing.svg import Fragment, element, text
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.playground.digits import MAX_PIXEL, SIDE, load_digits
from deltarule.report.color_scale import cividis
from deltarule.report.png import png_data_url
from deltarule.sampling import MiniBatches

Array = NDArray[Any]
SIZES = (10, 30, 100, 300, 700)
BATCH_SIZE, UPDATES, UPDATES_PER_STEP = 10, 420, 21
UNITS = 16
_COLUMNS, _ROWS, _PIXEL, _STEP_X, _STEP_Y = 6, 4, 6, 64.0, 76.0


@cache
def divided_digits() -> tuple[Array, Array, Array, Array]:
    """Return pixels from 0 to 1 and digits: 700 to train on, and 300 to test."""
    pixels, digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits))
    train, test = order[: SIZES[-1]], order[SIZES[-1] :]
    return pixels[train] / MAX_PIXEL, digits[train], pixels[test] / MAX_PIXEL, digits[test]


def digits_network(units: int = UNITS) -> Network:
    """Return the network, 64 pixels in and 10 probabilities out."""
    return Network([Dense(units, "tanh"), Dense(10, "softmax")], SIDE * SIDE)


class MoreExamples(Figure):
    """A training for each number of examples, with equally many updates, and the accuracy of each."""

    name = "more-examples"
    title = "More examples, better network"
    controls = (
        Slider("units", "Hidden units", 2, 32, 1, UNITS),
        Slider("seed", "Which examples", 0, 9, 1, 0),
    )
    trains = True
    frame_ms = 90

    def reset(self) -> None:
        """Return to the values at the start, and forget the curve of other settings."""
        self.results: list[tuple[float, float]] = []
        self.before: list[tuple[float, float]] = []
        super().reset()

    def changed(self, name: str) -> None:
        """Begin again, and keep a complete curve to compare with."""
        if len(self.results) == len(SIZES):
            self.before = self.results
        self.restart()

    def restart(self) -> None:
        """Begin with the smallest number of examples."""
        self.results = []
        self._order = np.random.default_rng(int(self.number("seed"))).permutation(SIZES[-1])
        self._open(0)

    def _open(self, place: int) -> None:
        """Begin a training on the first examples of the order."""
        X, y, _, _ = divided_digits()
        self.place = place
        chosen = self._order[: SIZES[place]]
        self.run = LiveTraining(
            digits_network(int(self.number("units"))), X[chosen], y[chosen], optimizer=Adam(0.01),
            sampling=MiniBatches(BATCH_SIZE), epochs=UPDATES * BATCH_SIZE // SIZES[place],
            score=True, seed=int(self.number("seed")),
        )  # fmt: skip

    def step(self) -> bool:
        """Train a bit; when a training ends, note its accuracies, and begin the next one."""
        if self.run.reason is not None:
            if self.place + 1 == len(SIZES):
                return False
            self._open(self.place + 1)
        if not self.run.train(max(1, UPDATES_PER_STEP * BATCH_SIZE // SIZES[self.place])):
            known = float(self.run.records["training_score"][-1])
            self.results.append((known, self.test_accuracy))
        return len(self.results) < len(SIZES)

    @property
    def answers(self) -> Array:
        """What the network reads in each test digit."""
        return self.run.trained.predict(divided_digits()[2]).argmax(axis=1)

    @property
    def test_accuracy(self) -> float:
        """The share of the test digits that the network reads correctly now."""
        return float(np.mean(self.answers == divided_digits()[3]))

    def panels(self) -> Sequence[Fragment]:
        """Return the accuracies over the number of examples, and some test digits with the answers."""
        return self._drawn_accuracy(), self._drawn_digits()

    def sentence(self) -> str:
        """Return what was trained, and the accuracies."""
        size, count = SIZES[self.place], len(divided_digits()[3])
        right = f"It reads {self.test_accuracy:.1%} of {count} test digits correctly"
        if not self.results and not self.run.epoch:
            return f"Not trained yet: the weights are random. {right}. Press Play."
        if self.run.reason is None:
            return f"Training on {size} examples, epoch {self.run.epoch}. {right}."
        known, _ = self.results[-1]
        seen = f"and {known:.1%} of the {size} digits that it was trained on"
        if len(self.results) < len(SIZES):
            return f"Trained on {size} examples. {right}, {seen}."
        return (
            f"Trained on {size} examples. {right}, {seen}. With {SIZES[0]} examples, the same network "
            f"reads {self.results[0][1]:.1%} of the test digits."
        )

    def _drawn_accuracy(self) -> Fragment:
        plane = Plane(
            "Accuracy over the number of examples", (0.9, 3.0), (0, 1.04),
            "training examples", "accuracy", x_scale=PowerScale,
        )  # fmt: skip
        at = np.log10(SIZES)
        for class_, place, name, dy in (
            ("training", 0, "training digits", -9), ("test", 1, "test digits", 22),
        ):  # fmt: skip
            if self.before and place:
                shown = np.array([one[place] for one in self.before])
                plane.curve(at[: len(shown)], shown, "before")
            shares = np.array([one[place] for one in self.results])
            if not len(shares):
                continue
            plane.curve(at[: len(shares)], shares, f"curve {class_}")
            for x, share in zip(at, shares, strict=False):
                plane.dot(float(x), float(share), f"dot {class_}", 5.5)
            plane.label(at[0], float(shares[0]), name, dx=10, dy=dy)
        if self.run.reason is None:
            plane.dot(float(at[self.place]), self.test_accuracy, "dot series-1", 7)
        return plane.svg()

    def _drawn_digits(self) -> Fragment:
        """Return test digits as pictures, each with the answer of the network."""
        _, _, X, y = divided_digits()
        answers, parts = self.answers, []
        for number in range(_COLUMNS * _ROWS):
            row, column = divmod(number, _COLUMNS)
            x, top = 14 + column * _STEP_X, 8 + row * _STEP_Y
            parts.append(
                element(
                    "image", href=_digit_url(X[number].tobytes()), x=x, y=top, width=48, height=48,
                )
            )  # fmt: skip
            right = answers[number] == y[number]
            answer = f"{answers[number]} {'✓' if right else '✗'}"
            style = "number" if right else "number ink-red"
            parts.append(text(x + 24, top + 64, answer, text_anchor="middle", class_=style))
        return drawing("Test digits and the answers of the network", 400, 316, *parts)


@cache
def _digit_url(pixels: bytes) -> str:
    """Return the picture of a digit, with pixels large enough not to blur."""
    shares = np.frombuffer(pixels).reshape(SIDE, SIDE)
    large = np.kron(shares, np.ones((_PIXEL, _PIXEL)))
    picture = np.full((*large.shape, 4), 255, np.uint8)
    picture[..., :3] = cividis(large)
    return png_data_url(picture)
