"""Chapter 3: activation functions, their derivatives, and saturation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.activation_slope import elementwise
from deltarule.course.figures.activation_training import unit_training
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question

DEPTH = 8
"""Number of sigmoid layers in the example of vanishing gradients."""
_NEAR, _FAR = -1.0, -6.0
_MAX_EPOCHS = 10_000


def _slope(activation: str, z: float) -> float:
    return float(elementwise(activation).derivative(np.array([z]))[0])


def _epochs(activation: str, start: float) -> int:
    run = unit_training(activation, start, _MAX_EPOCHS)
    while run.train(100):
        pass
    return run.epoch


def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    largest = _slope("sigmoid", 0.0)
    sigmoid = elementwise("sigmoid")
    return {
        "largest": largest,
        "sigmoid_2": float(sigmoid(np.array([2.0]))[0]),
        "slope_2": _slope("sigmoid", 2.0),
        "slope_6": _slope("sigmoid", 6.0),
        "slope_minus_6": _slope("sigmoid", -6.0),
        "leaky": _slope("leaky_relu", -1.0),
        "product": largest**DEPTH,
        "tanh_slope": _slope("tanh", float(np.arctanh(0.6))),
        "relu_at_0": _slope("relu", 0.0),
        "near": _epochs("sigmoid", _NEAR),
        "far": _epochs("sigmoid", _FAR),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    product, tanh_slope = float(found["product"]), float(found["tanh_slope"])
    slope = float(found["slope_2"])
    return (
        ChoiceQuestion(
            "3.predict",
            "Where is the slope of the sigmoid largest?",
            (
                Option("at z = 0", "There σ = ½, and σ (1 − σ) is largest: ¼.", True),
                Option(
                    "at large z, where σ is near 1",
                    "There the curve is nearly flat: σ is large, and hardly changes.",
                ),
                Option(
                    "at very negative z", "There the curve is nearly flat as well: σ is close to 0."
                ),
                Option("the same everywhere", "That holds for straight lines, and σ is curved."),
            ),
        ),
        NumberQuestion(
            "3.check",
            "A sigmoid unit outputs σ(z) = 0.8. What is its slope σ′(z) there?",
            0.8 * (1 - 0.8),
            1e-4,
            "σ′ = σ (1 − σ) = 0.8 · 0.2 = 0.16.",
            "The slope follows from the output alone: σ′ = σ (1 − σ).",
            (
                (0.2, "That is 1 − σ. Multiply it by σ."),
                (0.8, "That is the output σ. The slope is σ (1 − σ)."),
                (float(found["largest"]), "That is the slope at z = 0, where σ = ½."),
            ),
        ),
        NumberQuestion(
            "3.1",
            "A tanh unit outputs tanh(z) = 0.6. What is its slope there?",
            tanh_slope,
            1e-4,
            "tanh′ = 1 − tanh² = 1 − 0.36 = 0.64.",
            "For tanh, the slope is 1 − tanh².",
            (
                (0.24, "That is the rule of the sigmoid, σ (1 − σ). For tanh it is 1 − tanh²."),
                (0.36, "That is tanh². Subtract it from 1."),
                (0.4, "That is 1 − tanh; the output must be squared first."),
            ),
            solution="tanh′(z) = 1 − tanh²(z) = 1 − 0.6² = 0.64.",
        ),
        ChoiceQuestion(
            "3.2",
            "A ReLU unit has z < 0 for every training sample. What does gradient descent do to its weights?",
            (
                Option(
                    "Nothing: the unit stays as it is.",
                    "Its slope is 0 for every sample, so its gradient is 0. This is a dead unit.",
                    True,
                ),
                Option(
                    "It moves them slowly until z > 0.",
                    "Leaky ReLU does so, because its slope at negative z is small and not 0.",
                ),
                Option(
                    "It moves them fast, because the loss is large.",
                    "The loss is multiplied by the slope, and the slope is 0.",
                ),
                Option(
                    "It sets them to 0.",
                    "An update subtracts the gradient, and the gradient of the loss is 0 here.",
                ),
            ),
            solution="The gradient of each weight has the factor g′(z), and g′(z) = 0 for all samples. Try it in "
            "the second figure: ReLU from z = −1, then leaky ReLU.",
        ),
        NumberQuestion(
            "3.3",
            f"An error is passed back through {DEPTH} sigmoid layers, each with one unit and weight 1. By which "
            "factor is it multiplied at most? (Two significant digits are enough.)",
            product,
            3e-7,
            f"(1/4)^{DEPTH} = {product:.7f}: the gradient vanishes.",
            f"Each layer multiplies by its slope, at most ¼. There are {DEPTH} layers.",
            (
                (DEPTH * 0.25, "Slopes are multiplied and not added."),
                (slope, "That is the slope of one layer at z = 2."),
                (1.0, "The slope of the sigmoid is at most ¼, not 1."),
            ),
            solution=f"Each layer multiplies the error by σ′(z) ≤ 1/4, so {DEPTH} layers multiply it by at most "
            f"(1/4)^{DEPTH} = {product:.7f}.",
        ),
    )


CHAPTER = Chapter(
    3,
    "activations",
    "Activation functions",
    questions,
    values,
    {"vanishing": "lesson=vanishing"},
)
