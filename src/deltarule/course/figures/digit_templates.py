"""One layer learns digits: the weights of each class are an image that the digit is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import true_minus
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.live_training import LiveTraining
from deltarule.course.pixel_images import gray_image, signed_image
from deltarule.course.plane import drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import forward_pass, weight_images
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.playground.digits import CLASSES, MAX_PIXEL, SIDE, load_digits
from deltarule.sampling import MiniBatches

Array = NDArray[Any]
EPOCHS = 40
N_SHOWN = 60
_TEST = 5  # every fifth digit is a test digit
_TILE, _GAP = 66.0, 12.0


@cache
def split_digits() -> tuple[Array, Array, Array, Array]:
    """Return training pixels (800, 64) from 0 to 1 and digits, and test pixels and digits (200)."""
    pixels, digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits))
    pixels, digits = pixels[order] / MAX_PIXEL, digits[order]
    test = np.arange(len(digits)) % _TEST == 0
    return pixels[~test], digits[~test], pixels[test], digits[test]


def template_training() -> LiveTraining:
    """Return the training of one layer of ten classes."""
    X, y, _, _ = split_digits()
    return LiveTraining(
        Network([Dense(len(CLASSES), "softmax", l2=3e-3)]), X, y, optimizer=Adam(0.01),
        sampling=MiniBatches(32), epochs=EPOCHS,
    )  # fmt: skip


def moved(images: Array, shift: int) -> Array:
    """Return images (n, 8, 8), moved to the right by a number of pixels; what leaves them is lost."""
    found = np.zeros_like(images)
    found[:, :, max(shift, 0) : SIDE + min(shift, 0)] = images[
        :, :, max(-shift, 0) : SIDE - max(shift, 0)
    ]
    return found


def accuracy_on_test_digits(run: LiveTraining, shift: int = 0) -> float:
    """Return the share of the test digits, moved by `shift` pixels, with the right class."""
    _, _, X, y = split_digits()
    rows = moved(X.reshape(-1, SIDE, SIDE), shift).reshape(len(X), -1)
    return float(np.mean(run.trained.predict(rows).argmax(axis=1) == y))


class DigitTemplates(Figure):
    """Ten templates while they are learned, and the match of a digit with one of them."""

    name = "digit-templates"
    title = "Each class has a template"
    controls = (
        Slider("digit", "Test digit", 1, N_SHOWN, 1, 4),
        Choice("template", "Template of", tuple((name, name) for name in CLASSES), "0"),
        Slider("shift", "Moved to the right by", -2, 2, 1, 0),
    )
    trains = True
    frame_ms = 120

    def restart(self) -> None:
        """Draw initial weights."""
        self.run = template_training()

    def changed(self, name: str) -> None:
        """Keep the weights: no control changes the training."""

    def step(self) -> bool:
        """Train one epoch."""
        return self.run.train()

    @property
    def label(self) -> int:
        """The class of the digit."""
        return int(split_digits()[3][int(self.number("digit")) - 1])

    @property
    def image(self) -> Array:
        """The digit, moved by the chosen number of pixels, of shape (8, 8)."""
        images = split_digits()[2].reshape(-1, SIDE, SIDE)
        chosen = int(self.number("digit")) - 1
        found: Array = moved(images[chosen : chosen + 1], int(self.number("shift")))[0]
        return found

    @property
    def templates(self) -> Array:
        """The weights of each class, of shape (10, 8, 8)."""
        return weight_images(self.run.trained, (SIDE, SIDE))

    @property
    def scores(self) -> Array:
        """z of each class for the digit, of shape (10,)."""
        rows = self.image.reshape(1, -1)
        found: Array = forward_pass(self.run.trained, rows)[0].pre_activations[0]
        return found

    def panels(self) -> Sequence[Fragment]:
        """Return the templates with the score of each, and the match with the chosen one."""
        return self._drawn_templates(), self._drawn_match()

    def sentence(self) -> str:
        """Return the score as match plus bias, the prediction and the accuracy."""
        scores, k = self.scores, int(self.chosen("template"))
        bias = self._bias(k)
        best = int(scores.argmax())
        verdict = "right" if best == self.label else f"wrong, the digit is a {self.label}"
        return (
            f"Epoch {self.run.epoch}. Template of {k}: match {self._match(k)}, bias {_short(bias)}, "
            f"score {_short(scores[k])}. The largest score is that of "
            f"{best}: {verdict}. Accuracy on the {len(split_digits()[3])} test digits: "
            f"{accuracy_on_test_digits(self.run):.1%}."
        )

    def _bias(self, k: int) -> float:
        biases = self.run.parameters.biases[0]
        assert biases is not None
        return float(biases[k])

    def _match(self, k: int) -> str:
        """Return the sum of the products, such that the rounded numbers add up."""
        return _short(round(float(self.scores[k]), 2) - round(self._bias(k), 2))

    def _drawn_templates(self) -> Fragment:
        templates, scores = self.templates, self.scores
        largest, best = float(np.abs(templates).max()), int(scores.argmax())
        parts: list[Fragment] = []
        for k, template in enumerate(templates):
            x = 10 + (_TILE + _GAP) * (k % 5)
            y = 46 + 150.0 * (k // 5)
            parts.append(text(x + _TILE / 2, y - 9, str(k), text_anchor="middle", class_="large"))
            parts.append(signed_image(template, x, y, _TILE, largest))
            if k == best:
                parts.append(
                    element("rect", x=x - 2, y=y - 2, width=_TILE + 4, height=_TILE + 4,
                            class_="frame best")
                )  # fmt: skip
            shown = _short(scores[k])
            parts.append(
                text(x + _TILE / 2, y + _TILE + 19, shown, text_anchor="middle", class_="number")
            )
        parts.append(
            text(200, 320, "blue: ink adds to the score · orange: ink lowers it",
                 text_anchor="middle", class_="name")
        )  # fmt: skip
        return drawing("The template of each class, with its score", 400, 330, *parts)

    def _drawn_match(self) -> Fragment:
        k, templates = int(self.chosen("template")), self.templates
        product = self.image * templates[k]
        size, y = 104.0, 34.0
        parts: list[Fragment] = [
            gray_image(self.image, 8, y, size),
            signed_image(templates[k], 148, y, size, float(np.abs(templates).max())),
            signed_image(product, 288, y, size, float(np.abs(templates).max())),
            text(130, y + 58, "·", text_anchor="middle", class_="large"),
            text(270, y + 58, "=", text_anchor="middle", class_="large"),
        ]
        for x, name in ((60, "digit"), (200, f"template of {k}"), (340, "products")):
            parts.append(text(x, y - 12, name, text_anchor="middle", class_="number"))
        scores, bias = self.scores, self._bias(k)
        total = f"sum {self._match(k)} + bias {_short(bias)} = score {_short(scores[k])}"
        parts.append(text(200, y + size + 26, total, text_anchor="middle", class_="number"))
        return drawing("The digit, a template, and their products", 400, 330, *parts,
                       *self._bars(scores))  # fmt: skip

    def _bars(self, scores: Array) -> list[Fragment]:
        """Return the scores of all classes as bars up and down."""
        low, high = min(float(scores.min()), 0.0), max(float(scores.max()), 0.0)
        top, bottom = 196.0, 296.0
        zero = top + (bottom - top) * high / ((high - low) or 1.0)
        parts = [line(8, zero, 392, zero, class_="axis")]
        for k, score in enumerate(scores):
            end = zero - (zero - top) * score / (high or 1.0)
            if score < 0:
                end = zero + (bottom - zero) * score / (low or 1.0)
            x = 14 + 38.0 * k
            color = "bar-positive" if score >= 0 else "bar-negative"
            parts.append(
                element("rect", x=x, y=min(zero, end), width=28.0,
                        height=max(abs(end - zero), 1.0), class_=color)
            )  # fmt: skip
            parts.append(text(x + 14, 318, str(k), text_anchor="middle", class_="number"))
        return [*parts, text(8, 188, "scores", class_="name")]


def _short(value: float) -> str:
    return true_minus(f"{float(value):.2f}")
