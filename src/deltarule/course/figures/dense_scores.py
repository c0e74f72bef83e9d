"""Four pixels and three classes: the product of the image and the weights, with every number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import true_minus
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.pixel_images import gray_image
from deltarule.course.plane import drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.insight import forward_pass
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
CLASSES = ("cat", "dog", "ship")
PIXELS = (56.0, 231.0, 24.0, 2.0)
MAX_PIXEL = 255
WEIGHTS = np.array([[0.2, 1.5, 0.0], [-0.5, 1.3, 0.25], [0.1, 2.1, 0.2], [2.0, 0.0, -0.3]])
BIASES = np.array([1.1, 3.2, -1.2])
"""The layer of the lecture: a column of the weights, and a bias, for each class."""
LAYER = TrainedNetwork(Network([Dense(3)], 4), Parameters((WEIGHTS,), (BIASES,)))
_NAMES = ("x₁", "x₂", "x₃", "x₄")
_HEIGHT = 318.0
_CELL = 34.0
_BARS = (150.0, 318.0)
_MIN_RANGE = 50.0


class DenseScores(Figure):
    """The scores of a dense layer as a product of matrices, and as a sum for one class."""

    name = "dense-scores"
    title = "Four pixels, three scores"
    controls = (
        *(
            Slider(f"pixel_{i + 1}", name, 0, MAX_PIXEL, 1, PIXELS[i])
            for i, name in enumerate(_NAMES)
        ),
        Choice("class", "Class", tuple((name, name) for name in CLASSES), "dog"),
        Choice(
            "form",
            "Written as",
            (("rows", "x W + b, rows"), ("columns", "W x + b, columns")),
            "rows",
        ),
    )

    def restart(self) -> None:
        """Compute the scores of the image."""
        self.pixels = np.array([self.number(f"pixel_{i + 1}") for i in range(4)])
        self.scores = forward_pass(LAYER, self.pixels[None])[0].pre_activations[0]

    @property
    def chosen_class(self) -> int:
        """The number of the class whose sum is shown."""
        return CLASSES.index(self.chosen("class"))

    @property
    def terms(self) -> Array:
        """The four products of the chosen class, and its bias, of shape (5,)."""
        k = self.chosen_class
        return np.append(self.pixels * WEIGHTS[:, k], BIASES[k])

    def panels(self) -> Sequence[Fragment]:
        """Return the product of the matrices, and the sum of the chosen class."""
        return self._product(), self._sum()

    def sentence(self) -> str:
        """Return the sum of the chosen class, and the largest score."""
        k = self.chosen_class
        pairs = zip(self.pixels, WEIGHTS[:, k], strict=True)
        terms = " + ".join(f"{pixel:g} · {_factor(weight)}" for pixel, weight in pairs)
        scores = ", ".join(f"{n} {_short(s)}" for n, s in zip(CLASSES, self.scores, strict=True))
        shapes = (
            "(1, 4) · (4, 3) + (1, 3) = (1, 3)"
            if self.chosen("form") == "rows"
            else "(3, 4) · (4, 1) + (3, 1) = (3, 1)"
        )
        return (
            f"{CLASSES[k]}: {terms} + {_factor(BIASES[k])} = {_short(self.scores[k])}. Scores: "
            f"{scores}. The largest is that of {CLASSES[int(self.scores.argmax())]}. Shapes: {shapes}."
        )

    def _product(self) -> Fragment:
        """Return the image, and the product with the result where row and column meet."""
        as_rows = self.chosen("form") == "rows"
        parts: list[Fragment] = [*self._image(40.0, 34.0)]
        best, chosen = int(self.scores.argmax()), self.chosen_class
        # Places of the numbers by pixel (4) and class (3); the two forms are mirror images.
        if as_rows:
            pixel_at, class_at = (50.0, 86.0, 122.0, 158.0), (242.0, 304.0, 366.0)
            x_places = [(24 + 45.0 * i, 284.0) for i in range(4)]
            across, b_at, score_at = 58.0, 222.0, 284.0
            labels = [(c, 20.0) for c in class_at]
        else:
            pixel_at, class_at = (62.0, 109.0, 156.0, 203.0), (206.0, 246.0, 286.0)
            x_places = [(364.0, 34 + 36.0 * i) for i in range(4)]
            across, b_at, score_at = 45.0, 272.0, 356.0
            labels = [(18.0, c + 5) for c in class_at]
        for i, name in enumerate(_NAMES):
            parts += _cell(*x_places[i], 43.0 if as_rows else 62.0, f"{self.pixels[i]:g}")
            if as_rows:
                parts.append(_name(x_places[i][0], 258, name))
                parts.append(_name(199, pixel_at[i] + 4, name))
            else:
                parts.append(_name(318, x_places[i][1] + 4, name))
        for k, name in enumerate(CLASSES):
            ring = "cell-chosen" if k == chosen else ""
            parts.append(text(*labels[k], name, text_anchor="middle", class_="number"))
            numbers = [*zip(pixel_at, WEIGHTS[:, k], strict=True), (b_at, BIASES[k])]
            for place, value in numbers:
                at = (class_at[k], place) if as_rows else (place, class_at[k])
                width = 52.0 if place == b_at and not as_rows else across
                parts += _cell(*at, width, _short(value), ring)
            at = (class_at[k], score_at) if as_rows else (score_at, class_at[k])
            won = f"{ring} cell-best".strip() if k == best else ring
            shown = _short(self.scores[k])
            parts += _cell(*at, across if as_rows else 78.0, shown, won, "number")
        if as_rows:
            parts += [_name(199, 227, "+ b"), _name(199, 290, "=")]
            parts += [_name(18, 232, "x", "large"), _name(199, 24, "W", "large")]
        else:
            parts += [_name(132, 180, "W", "large"), _name(272, 180, "+ b")]
            parts += [_name(308, 251, "="), _name(364, 180, "scores")]
        return drawing(
            f"The product of the image and the weights, {'x W + b' if as_rows else 'W x + b'}",
            400,
            _HEIGHT,
            *parts,
        )

    def _image(self, x: float, y: float) -> list[Fragment]:
        """Return the image of 2 × 2 pixels, with the value of each."""
        size = 58.0
        parts = [gray_image(self.pixels.reshape(2, 2) / MAX_PIXEL, x, y, 2 * size)]
        for i, value in enumerate(self.pixels):
            at_x, at_y = x + size * (i % 2 + 0.5), y + size * (i // 2 + 0.5)
            parts += [
                element("rect", x=at_x - 19, y=at_y - 10, width=38, height=21, rx=6, class_="box"),
                text(at_x, at_y + 5, f"{value:g}", text_anchor="middle", class_="number"),
            ]
        return [*parts, _name(x + size, y - 10, "the image")]

    def _sum(self) -> Fragment:
        """Return the terms of the chosen class as bars, each starting where the one before ends."""
        k, terms = self.chosen_class, self.terms
        sums = np.concatenate([[0.0], np.cumsum(terms)])
        low, high = float(sums.min()), float(sums.max())
        high = max(high, low + _MIN_RANGE)
        scale = (_BARS[1] - _BARS[0]) / (high - low)

        def place(value: float) -> float:
            return _BARS[0] + (value - low) * scale

        parts = [
            text(200, 22, f"The score of {CLASSES[k]}", text_anchor="middle", class_="large"),
            line(place(0.0), 42, place(0.0), 306, class_="axis"),
        ]
        total = 0.0
        for i, term in enumerate(terms):
            y = 48.0 + 43 * i
            weight = (
                "bias" if i == 4 else f"{_NAMES[i]}: {self.pixels[i]:g} · {_factor(WEIGHTS[i, k])}"
            )
            parts += _bar(y, weight, float(term), place(total), place(total + float(term)))
            total += float(term)
            parts.append(line(place(total), y + 26, place(total), y + 43, class_="mark"))
        parts += _bar(48.0 + 43 * 5, "score", total, place(0.0), place(total), "large")
        return drawing(f"The terms of the score of {CLASSES[k]}", 400, _HEIGHT, *parts)


def _bar(
    y: float, name: str, value: float, start: float, end: float, class_: str = "number"
) -> list[Fragment]:
    """Return a bar between its name and its number."""
    left, width = min(start, end), abs(end - start)
    color = "bar-positive" if value >= 0 else "bar-negative"
    return [
        text(8, y + 18, name, class_=class_),
        element("rect", x=left, y=y, width=max(width, 1.5), height=26, class_=color),
        text(394, y + 18, _short(value), text_anchor="end", class_=class_),
    ]


def _cell(
    x: float, y: float, width: float, content: str, class_: str = "", inside: str = "unit-number"
) -> list[Fragment]:
    """Return a number of a matrix, centered at (x, y)."""
    box = f"matrix-cell {class_}".strip()
    return [
        element("rect", x=x - width / 2, y=y - _CELL / 2, width=width, height=_CELL, class_=box),
        text(x, y + 5, content, text_anchor="middle", class_=inside),
    ]


def _name(x: float, y: float, content: str, class_: str = "name") -> Fragment:
    return text(x, y, content, text_anchor="middle", class_=class_)


def _short(value: float) -> str:
    """Return a number with at most two decimals."""
    return true_minus(f"{round(float(value), 2) + 0.0:.7g}")


def _factor(value: float) -> str:
    """Return a factor, in parentheses where it is negative."""
    shown = true_minus(f"{value:g}")
    return f"({shown})" if value < 0 else shown
