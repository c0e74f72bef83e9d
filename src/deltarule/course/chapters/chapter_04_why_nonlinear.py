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


def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    one = collapse_layers(chain()).parameters
    found: dict[str, float | str] = {
        "weight": float(one.weights[0][0, 0]),
        "bias": float(collapse_layers(chain()).predict([[0.0]])[0, 0]),
    }
    for activation in ("identity", "tanh"):
        shown = DepthBoundary(activation=activation, layers=HIDDEN)
        while shown.step():
            pass
        found[f"accuracy_{activation}"] = float(np.mean(shown.right))
        found["parameters"] = len(shown.run.points[-1])
    return found


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    weight, bias = float(found["weight"]), float(found["bias"])
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
            "Two layers without activations: h = 2 x + 1 and ŷ = −3 h + 5. They equal one layer ŷ = w x + b. "
            "What is b?",
            bias,
            1e-6,
            "−3 · (2 x + 1) + 5 = −6 x − 3 + 5 = −6 x + 2.",
            "Put 2 x + 1 in the place of h, and multiply out.",
            (
                (5.0, "The bias 1 of the first layer passes through the second one: −3 · 1 + 5."),
                (6.0, "Biases are not simply added: the first one is multiplied by −3."),
                (8.0, "Check the sign: −3 · 1 is −3."),
                (weight, "That is w. The question asks for b."),
            ),
        ),
        NumberQuestion(
            "4.1",
            "The same two layers, h = 2 x + 1 and ŷ = −3 h + 5. What is w?",
            weight,
            1e-6,
            "w = 2 · (−3) = −6: the weights are multiplied.",
            "Put 2 x + 1 in the place of h; w is the factor of x.",
            ((-1.0, "Weights are multiplied and not added."), (6.0, "Check the sign: 2 · (−3).")),
            solution="−3 · (2 x + 1) + 5 = −6 x + 2, so w = −6, the product of both weights.",
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
