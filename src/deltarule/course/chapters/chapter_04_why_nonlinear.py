"""Chapter 4: layers without activations are one layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.depth_boundary import DepthBoundary
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.insight import collapse_layers
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork

HIDDEN = 3
"""Hidden layers of the trained networks."""


def chain() -> TrainedNetwork:
    """Return two layers of one unit each, without activations: h = 2 x + 1, ŷ = −3 h + 5."""
    weights = np.array([[2.0]]), np.array([[-3.0]])
    return TrainedNetwork(
        Network([Dense(1), Dense(1)], 1), Parameters(weights, (np.array([1.0]), np.array([5.0])))
    )


def check_chain() -> TrainedNetwork:
    """Return the layers of the check: h = 3 x − 2, ŷ = 2 h + 1."""
    weights = np.array([[3.0]]), np.array([[2.0]])
    return TrainedNetwork(
        Network([Dense(1), Dense(1)], 1), Parameters(weights, (np.array([-2.0]), np.array([1.0])))
    )


def two_paths() -> TrainedNetwork:
    """Return the layers of exercise 1: h₁ = x + 1, h₂ = 2 x − 1, ŷ = 3 h₁ − h₂ + 2."""
    weights = np.array([[1.0, 2.0]]), np.array([[3.0], [-1.0]])
    biases = np.array([1.0, -1.0]), np.array([2.0])
    return TrainedNetwork(Network([Dense(2), Dense(1)], 1), Parameters(weights, biases))


def collapsed(layers: TrainedNetwork) -> tuple[float, float]:
    """Return w and b of the one layer that computes the same."""
    one = collapse_layers(layers)
    return float(one.parameters.weights[0][0, 0]), float(one.predict([[0.0]])[0, 0])


def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    weight, bias = collapsed(chain())
    found: dict[str, float | str] = {"weight": weight, "bias": bias}
    for activation in ("identity", "tanh"):
        shown = DepthBoundary(activation=activation, layers=HIDDEN)
        while shown.step():
            pass
        found[f"accuracy_{activation}"] = float(np.mean(shown.right))
        found["parameters"] = len(shown.run.points[-1])
    return found


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    check_weight, check_bias = collapsed(check_chain())
    path_weight, path_bias = collapsed(two_paths())
    return (
        ChoiceQuestion(
            "4.predict",
            "A network has ten hidden layers, all without an activation function. Which boundaries can it "
            "learn between two classes in the plane?",
            (
                Option(
                    "one straight line",
                    "A weighted sum of weighted sums is a weighted sum: the layers collapse into one.",
                    True,
                ),
                Option(
                    "ten lines", "Lines could only add up to polygons if units switched on and off."
                ),
                Option(
                    "a smooth curve", "Sums of straight lines are straight; nothing curves them."
                ),
                Option(
                    "any shape",
                    "With activations that is nearly true. Without them, depth adds none.",
                ),
            ),
        ),
        NumberQuestion(
            "4.check",
            "Two layers without activations: h = 3 x − 2 and ŷ = 2 h + 1. They equal one layer ŷ = w x + b. "
            "What is b?",
            check_bias,
            1e-6,
            "2 · (3 x − 2) + 1 = 6 x − 4 + 1 = 6 x − 3.",
            "Put 3 x − 2 in the place of h, and multiply out.",
            (
                (
                    1.0,
                    "The bias −2 of the first layer passes through the second one: 2 · (−2) + 1.",
                ),
                (-1.0, "Biases are not simply added: the first one is multiplied by 2."),
                (5.0, "Check the sign: 2 · (−2) is −4."),
                (check_weight, "That is w. The question asks for b."),
            ),
        ),
        NumberQuestion(
            "4.1",
            "Two hidden units without an activation, h₁ = x + 1 and h₂ = 2 x − 1, and the output "
            "ŷ = 3 h₁ − h₂ + 2. They equal one layer ŷ = w x + b. What is w?",
            path_weight,
            1e-6,
            "Each hidden unit is a path from x to ŷ: 3 · 1 + (−1) · 2 = 1.",
            "Put x + 1 and 2 x − 1 in the places of h₁ and h₂; w is the factor of x.",
            (
                (5.0, "Check the sign: h₂ is subtracted, so its path gives −2."),
                (3.0, "That is the path through h₁ alone. The one through h₂ gives (−1) · 2."),
                (-2.0, "That is the path through h₂ alone. The one through h₁ gives 3 · 1."),
                (path_bias, "That is b. The question asks for w."),
            ),
            solution="3 (x + 1) − (2 x − 1) + 2 = x + 6. As matrices, W₁ W₂ is (1, 2) times the column (3, −1): "
            "1 · 3 + 2 · (−1) = 1.",
        ),
        ChoiceQuestion(
            "4.2",
            "Of three hidden layers, only the first has tanh; the others have no activation. What can the "
            "boundary look like?",
            (
                Option(
                    "It can bend, as with one hidden layer of tanh.",
                    "The two linear layers and the output collapse into one layer after tanh.",
                    True,
                ),
                Option(
                    "It is a line, because two layers are linear.",
                    "They collapse into one linear layer, but it acts on outputs of tanh.",
                ),
                Option(
                    "It can bend, as with three hidden layers of tanh.",
                    "Two of the layers are linear, and collapse with the output into one.",
                ),
            ),
            solution="Neighboring linear layers collapse into one. What is left is one hidden layer of tanh, and "
            "an output layer.",
        ),
        NumberQuestion(
            "4.3",
            "A hidden layer of 5 ReLU units has one input x. Their kinks are at five different places, and "
            "no weight is 0. Into how many straight pieces is the curve of the output divided?",
            6.0,
            1e-6,
            "Five kinks divide the axis into six pieces.",
            "Each unit bends the curve at one place. Count the pieces between the kinks, and both ends.",
            (
                (5.0, "There are five kinks; the pieces between and beside them are one more."),
                (10.0, "Each unit has two pieces, but only one kink, and kinks are what divides."),
                (
                    32.0,
                    "Each unit has one kink on the axis, so that most on-off patterns never occur.",
                ),
            ),
            solution="The curve is straight wherever no unit switches on or off. Five kinks divide the axis into "
            "5 + 1 = 6 pieces. Three units in the first figure make four.",
        ),
    )


CHAPTER = Chapter(
    4,
    "why-nonlinear",
    "Why networks need activations",
    questions,
    values,
    {"linear": "lesson=linear"},
)
