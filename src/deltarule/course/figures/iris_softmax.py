"""Three outputs for three species: z, softmax, the one-hot target, and the loss, with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, true_minus
from deltarule.activations import Softmax
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.iris_flowers import SPECIES
from deltarule.course.plane import drawing
from deltarule.drawing.svg import Fragment, element, line, text
from deltarule.losses import CategoricalCrossEntropy
from deltarule.report.class_markers import class_marker, class_style

Array = NDArray[Any]
LIMIT = 4.0
_TOP, _ROW = 78.0, 56.0
_Z, _POWERS, _BARS, _BAR_WIDTH, _TARGETS, _END = 118.0, 166.0, 204.0, 124.0, 364.0, 396.0


class IrisSoftmax(Figure):
    """The output layer for one flower: z, e to the power of z, probabilities, target and loss."""

    name = "iris-softmax"
    title = "Softmax and the one-hot target"
    controls = (
        Slider("setosa", "z of setosa", -LIMIT, LIMIT, 0.1, -2.0),
        Slider("versicolor", "z of versicolor", -LIMIT, LIMIT, 0.1, 2.0),
        Slider("virginica", "z of virginica", -LIMIT, LIMIT, 0.1, 1.0),
        Choice("species", "True species", tuple((one, one) for one in SPECIES), "virginica"),
    )

    def restart(self) -> None:
        """Compute the probabilities and the loss."""
        self.z = np.array([self.number(name) for name in SPECIES])
        self.probabilities: Array = Softmax()(self.z[None, :])[0]
        self.target = np.eye(len(SPECIES))[SPECIES.index(self.chosen("species"))]
        loss = CategoricalCrossEntropy().values_from_logits(self.z[None, :], self.target[None, :])
        self.loss = float(loss[0])

    def panels(self) -> Sequence[Fragment]:
        """Return a row for each species."""
        heads = (
            (_Z, "z"), (_POWERS, "eᶻ"), (_BARS + _BAR_WIDTH / 2, "probability p"), (_TARGETS, "target y"),
        )  # fmt: skip
        parts: list[Fragment] = [
            text(x, 34, name, text_anchor="middle", class_="number") for x, name in heads
        ]
        parts.append(line(4, 46, _END, 46, class_="axis"))
        powers = np.exp(self.z)
        for i, name in enumerate(SPECIES):
            y = _TOP + _ROW * i
            probability = float(self.probabilities[i])
            style = "number" if self.target[i] else "number muted"
            parts += [
                class_marker(i, 10, y - 4),
                text(20, y, name, class_="number"),
                text(_Z, y, _plain(self.z[i]), text_anchor="middle", class_="number"),
                text(_POWERS, y, format_number(powers[i], 3), text_anchor="middle", class_="number"),
                element(
                    "rect", x=_BARS, y=y - 18, width=_BAR_WIDTH, height=26, rx=3, class_="box",
                ),
                element(
                    "rect", x=_BARS, y=y - 18, width=_BAR_WIDTH * probability, height=26, rx=3,
                    class_=f"cell {class_style(i)}", fill_opacity=0.75,
                ),
                text(
                    _BARS + _BAR_WIDTH / 2, y, f"{probability:.3f}", text_anchor="middle",
                    class_="number halo",
                ),
                text(_TARGETS, y, f"{self.target[i]:.0f}", text_anchor="middle", class_=style),
            ]  # fmt: skip
        y = _TOP + _ROW * len(SPECIES) - 24
        total = format_number(float(powers.sum()), 3)
        parts += [
            line(4, y, _END, y, class_="axis"),
            text(20, y + 24, "sum", class_="name"),
            text(_POWERS, y + 24, total, text_anchor="middle", class_="number"),
            text(_BARS + _BAR_WIDTH / 2, y + 24, "1", text_anchor="middle", class_="number"),
            text(_TARGETS, y + 24, "1", text_anchor="middle", class_="number"),
        ]
        return (drawing("z, probability and target of each species", 400, y + 40, *parts),)

    def sentence(self) -> str:
        """Return the probability of the true species, and the loss."""
        true = SPECIES.index(self.chosen("species"))
        probability, best = float(self.probabilities[true]), int(self.probabilities.argmax())
        says = (
            f"The network says {SPECIES[best]}, "
            f"{'as it is' if best == true else f'and it is {SPECIES[true]}'}."
        )
        return (
            f"{says} The true species has the probability {format_number(probability, 3)}. "
            f"Loss = −log {format_number(probability, 3)} = {format_number(self.loss, 3)}."
        )


def _plain(value: float) -> str:
    return true_minus(f"{value:g}")
