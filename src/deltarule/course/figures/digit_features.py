"""A hidden layer learns ones and fives: the weights of each unit are an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import true_minus
from deltarule.course.controls import Choice, Slider, Switch
from deltarule.course.figure_base import Figure
from deltarule.course.handwritten_digits import SIDE, load_ones_and_fives
from deltarule.course.live_training import LiveTraining
from deltarule.course.pixel_images import gray_image, signed_image
from deltarule.course.plane import drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import layer_outputs, weight_images
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.sampling import MiniBatches

Array = NDArray[Any]
EPOCHS, LEARNING_RATE = 60, 0.002
MAX_UNITS, N_TEST = 8, 100
PENALTIES = {"l2": (0.0, 0.005), "l1": (0.001, 0.0), "none": (0.0, 0.0)}
"""L1 and L2 of the hidden layer."""
_TILE, _GAP = 86.0, 12.0
_MIDDLE, _REACH = 216.0, 108.0


def feature_training(
    units: int = MAX_UNITS, activation: str = "relu", penalty: str = "l2", shuffle: bool = False
) -> LiveTraining:
    """Return the training of a network with one hidden layer, which tells 5 from 1."""
    (X, digits), _ = load_ones_and_fives()
    l1, l2 = PENALTIES[penalty]
    hidden = Dense(units, activation, l1=l1, l2=l2)
    return LiveTraining(
        Network([hidden, Dense(1, "sigmoid")]), X[:, pixel_order(shuffle)], digits == 5,
        optimizer=Adam(LEARNING_RATE), sampling=MiniBatches(32), epochs=EPOCHS, seed=1,
    )  # fmt: skip


def pixel_order(shuffle: bool) -> Array:
    """Return the order of the pixels: as they are, or shuffled, alike for all digits."""
    pixels = np.arange(SIDE * SIDE)
    return np.random.default_rng(0).permutation(pixels) if shuffle else pixels


def accuracy_of_features(run: LiveTraining, shuffle: bool = False) -> float:
    """Return the share of the test digits that a network gets right."""
    _, (X, digits) = load_ones_and_fives()
    output = run.trained.predict(X[:, pixel_order(shuffle)])[:, 0]
    return float(np.mean((output > 0.5) == (digits == 5)))


class DigitFeatures(Figure):
    """The weights of hidden units as images while they train, and what each says of a digit."""

    name = "digit-features"
    title = "What hidden units look for"
    controls = (
        Slider("digit", "Test digit", 1, N_TEST, 1, 3),
        Slider("units", "Hidden units", 1, MAX_UNITS, 1, MAX_UNITS),
        Choice("activation", "Activation", (("relu", "ReLU"), ("tanh", "tanh")), "relu"),
        Choice(
            "penalty", "Penalty", (("l2", "L2"), ("l1", "L1"), ("none", "none")), "l2"
        ),
        Switch("shuffle", "Shuffle the pixels"),
    )  # fmt: skip
    trains = True
    frame_ms = 120

    def restart(self) -> None:
        """Draw initial weights."""
        self.run = feature_training(
            int(self.number("units")), self.chosen("activation"), self.chosen("penalty"),
            self.is_on("shuffle"),
        )  # fmt: skip

    def changed(self, name: str) -> None:
        """Start again; another digit is shown to the same network."""
        if name != "digit":
            self.restart()

    def step(self) -> bool:
        """Train one epoch."""
        return self.run.train()

    @property
    def label(self) -> int:
        """The class of the chosen digit, 1 or 5."""
        return int(load_ones_and_fives()[1][1][int(self.number("digit")) - 1])

    @property
    def pixels(self) -> Array:
        """The chosen digit as the network gets it, of shape (784,)."""
        _, (X, _) = load_ones_and_fives()
        found: Array = X[int(self.number("digit")) - 1, pixel_order(self.is_on("shuffle"))]
        return found

    @property
    def responses(self) -> Array:
        """The output h of each hidden unit for the chosen digit."""
        return layer_outputs(self.run.trained, self.pixels[None])[0][0]

    @property
    def contributions(self) -> Array:
        """What each unit adds to z of the output: its response times its weight there."""
        found: Array = self.responses * self.run.parameters.weights[1][:, 0]
        return found

    def panels(self) -> Sequence[Fragment]:
        """Return the units, and the digit with what they add up to."""
        return self._drawn_units(), self._drawn_digit()

    def sentence(self) -> str:
        """Return which units push to which class, the output and the accuracy."""
        sides = self.contributions
        output = float(self.run.trained.predict(self.pixels[None])[0, 0])
        said = 5 if output > 0.5 else 1
        silent = int((sides == 0).sum())
        rest = f", {silent} silent" if silent else ""
        return (
            f"Epoch {self.run.epoch}. The digit is a {self.label}: {int((sides > 0).sum())} of "
            f"{len(sides)} units push toward 5, {int((sides < 0).sum())} toward 1{rest}. ŷ = "
            f"{_short(output)}, so the network says {said}, which is "
            f"{'right' if said == self.label else 'wrong'}. Accuracy on the {N_TEST} test digits: "
            f"{accuracy_of_features(self.run, self.is_on('shuffle')):.1%}."
        )

    def _drawn_units(self) -> Fragment:
        images, responses = weight_images(self.run.trained, (SIDE, SIDE)), self.responses
        strongest = float(np.abs(responses).max()) or 1.0
        # A few large weights shall not make all others pale.
        largest = float(np.quantile(np.abs(images), 0.99))
        towards = self.run.parameters.weights[1][:, 0]
        parts: list[Fragment] = []
        for k, image in enumerate(images):
            x, y = 10 + (_TILE + _GAP) * (k % 4), 34 + 164.0 * (k // 4)
            name = f"unit {k + 1} → {5 if towards[k] > 0 else 1}"
            parts.append(text(x + _TILE / 2, y - 10, name, text_anchor="middle", class_="number"))
            parts.append(signed_image(image, x, y, _TILE, largest))
            width = _TILE * abs(float(responses[k])) / strongest
            color = "bar-positive" if responses[k] >= 0 else "bar-negative"
            parts.append(
                element("rect", x=x, y=y + _TILE + 6, width=max(width, 1.0), height=9, class_=color)
            )
            shown = f"h = {_short(responses[k])}"
            parts.append(
                text(x + _TILE / 2, y + _TILE + 33, shown, text_anchor="middle", class_="number")
            )
        return drawing("The weights of each hidden unit, with its response", 400, 344, *parts)

    def _drawn_digit(self) -> Fragment:
        sides = self.contributions
        output = float(self.run.trained.predict(self.pixels[None])[0, 0])
        scale = _REACH / max(float(np.abs(sides).max()), 1e-9)
        parts: list[Fragment] = [
            gray_image(self.pixels.reshape(SIDE, SIDE), 10, 14, 112),
            text(142, 44, f"This is a {self.label}.", class_="large"),
            text(142, 76, f"Probability of 5: {_short(output)}", class_="large"),
            text(142, 108, f"The network says {5 if output > 0.5 else 1}.", class_="large"),
            text(_MIDDLE - 10, 152, "← toward 1", text_anchor="end", class_="number"),
            text(_MIDDLE + 10, 152, "toward 5 →", class_="number"),
            line(_MIDDLE, 160, _MIDDLE, 338, class_="axis"),
        ]
        for k, value in enumerate(sides):
            y, end = 164 + 22.0 * k, _MIDDLE + float(value) * scale
            color = "bar-positive" if value >= 0 else "bar-negative"
            parts += [
                text(10, y + 13, f"unit {k + 1}", class_="number"),
                element("rect", x=min(_MIDDLE, end), y=y, width=max(abs(end - _MIDDLE), 1.0),
                        height=16, class_=color),
                text(390, y + 13, _short(value), text_anchor="end", class_="number"),
            ]  # fmt: skip
        return drawing("The digit, and what each unit adds to the output", 400, 344, *parts)


def _short(value: float) -> str:
    return true_minus(f"{round(float(value), 2) + 0.0:.2f}")
