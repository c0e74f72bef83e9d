"""Chapter 13: landscapes of two weights, slices through many dimensions, and the width of valleys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from deltarule._common.formatting import format_number, format_percent
from deltarule.course.chapter import Chapter
from deltarule.course.figure_base import Figure
from deltarule.course.figures.landscape_slice import landscape_slice
from deltarule.course.figures.two_weight_landscape import (
    LANDSCAPES,
    TwoWeightLandscape,
    landscape_loss,
)
from deltarule.course.figures.valley_width import ValleyWidth
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question

NEAR = 0.3
"""Distance from the saddle point within which updates are counted."""
_RATE = 0.25


def _played(figure: Figure) -> Figure:
    while figure.step():
        pass
    return figure


def _relu_loss(w_1: float, w_2: float) -> float:
    """Return J of the ReLU network where training from these weights ends."""
    shown = TwoWeightLandscape(network="relu", rate=LANDSCAPES["relu"].rate, w_1=w_1, w_2=w_2)
    _played(shown)
    return landscape_loss("relu").loss(shown.points[-1])


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    origin = np.zeros(2)
    saddle = landscape_loss("tanh")
    tanh = TwoWeightLandscape()
    _played(tanh)
    distances = np.linalg.norm(np.array(tanh.points), axis=1)
    narrow, wide = ValleyWidth(rate=0.2), ValleyWidth(rate=0.4)
    random, principal = (landscape_slice("tanh", kind, 0) for kind in ("random", "principal"))
    return {
        "saddle_loss": saddle.loss(origin),
        "saddle_curvature": float(np.linalg.eigvalsh(saddle.hessian(origin))[-1]),
        "near_saddle": int((distances < NEAR).sum()),
        "local_loss": _relu_loss(-2.2, 2.0),
        "global_loss": _relu_loss(2.2, 2.0),
        "dimensions": len(random.directions.origin),
        "random_share": format_percent(random.share),
        "principal_share": format_percent(principal.share),
        "slice_first": float(random.plane_losses[0]),
        "true_first": float(random.path_losses[0]),
        "narrow": _last_curvature(narrow),
        "wide": _last_curvature(wide),
        "copies": int(np.prod(np.arange(1, 4)) * 2**3),
        "limit": 2 / _RATE,
    }


def _last_curvature(figure: ValleyWidth) -> float:
    _played(figure)
    return figure.curvatures[-1]


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    curvature = format_number(float(found["saddle_curvature"]), 3)
    copies, limit = float(found["copies"]), float(found["limit"])
    return (
        ChoiceQuestion(
            "13.predict",
            "A network computes ŷ = w₂ tanh(w₁ x). Both weights start at exactly 0. What does gradient descent do?",
            (
                Option(
                    "It stays there forever.",
                    "∂J/∂w₁ has the factor w₂, and ∂J/∂w₂ has the factor tanh(w₁ x). Both are 0, although the loss is far from its minimum.",
                    True,
                ),
                Option(
                    "It finds the nearest minimum.",
                    "It would have to leave the place first. Both gradients are 0 there.",
                ),
                Option(
                    "It moves w₂ first, then w₁.",
                    "The gradient of w₂ is proportional to tanh(w₁ x), which is 0 for w₁ = 0.",
                ),
                Option(
                    "It moves in a random direction.",
                    "Gradient descent over all rows has no randomness. That is why initial weights are drawn at random.",
                ),
            ),
        ),
        ChoiceQuestion(
            "13.check",
            f"At a place the gradient is 0, and the curvatures are −{curvature} and {curvature}. What is it?",
            (
                Option(
                    "a saddle point",
                    "It curves down in one direction and up in the other. This is the place w = (0, 0) of the figure.",
                    True,
                ),
                Option("a minimum", "At a minimum no direction curves down."),
                Option("a maximum", "At a maximum no direction curves up."),
                Option(
                    "a plateau",
                    "On a plateau both curvatures are near 0. Here the surface bends clearly.",
                ),
            ),
        ),
        NumberQuestion(
            "13.1",
            "A network has one hidden layer of three tanh units. Units can change places, and each can change the sign of its bias and of its weights in and out. How many equal minima does that give, the first one included?",
            copies,
            0.5,
            "3! orders of the units, times 2³ choices of signs. All of them compute the same function.",
            "Count the orders of three units, and the choices of sign of each of them.",
            (
                (6.0, "These are the orders of the units. Each unit also has two signs."),
                (8.0, "These are the signs. The units can also be exchanged."),
                (9.0, "Signs are chosen for each unit independently: 2 · 2 · 2."),
            ),
            solution=f"3! · 2³ = 6 · 8 = {copies:g}. With 10 units there are more than 3 billion.",
        ),
        NumberQuestion(
            "13.2",
            f"Gradient descent over all rows trains with η = {_RATE}. Up to which curvature can it stay in a valley?",
            limit,
            0.01,
            "2/η. In a narrower valley every step ends farther away on the other side.",
            "A step multiplies the distance to the bottom by 1 − η c. When is that −1?",
            (
                (
                    1 / _RATE,
                    "With c = 1/η a single step reaches the bottom. The limit is twice that.",
                ),
                (2 * _RATE, "The limit is 2 divided by η."),
            ),
            solution=f"The factor 1 − η c is −1 for c = 2/η = {limit:g}.",
        ),
        ChoiceQuestion(
            "13.3",
            "A slice along two random directions shows a round valley around the trained weights. What follows?",
            (
                Option(
                    "The loss rises along these two directions.",
                    "That is all a slice shows. In other directions it may still fall.",
                    True,
                ),
                Option(
                    "The weights are a minimum of the loss.",
                    "A direction in which the loss falls is hardly ever in a plane of two random ones.",
                ),
                Option(
                    "Training went through this valley.",
                    "The path is nearly perpendicular to random directions: it came from outside of the slice.",
                ),
                Option(
                    "The network will generalize.",
                    "The slice shows the loss of the training rows, and its width depends on the scale of the directions.",
                ),
            ),
            solution="A slice is the loss on two of many dimensions. It proves nothing about the others.",
        ),
    )


CHAPTER = Chapter(
    13,
    "loss-landscape",
    "The loss landscape",
    questions,
    values,
    {"landscape": "data=circles&layers=8tanh,8tanh&rate=0.02"},
)
