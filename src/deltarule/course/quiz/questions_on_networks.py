"""Questions of the quiz on chapters 1 to 9: what a network is, and what it computes."""

from __future__ import annotations

import numpy as np

from deltarule.activations import ACTIVATIONS
from deltarule.course.question import (
    ChoiceQuestion,
    Condition,
    NumberQuestion,
    NumbersQuestion,
    Option,
)
from deltarule.course.quiz.quiz_question import QuizQuestion
from deltarule.insight import collapse_layers, disc_region, perceptron
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork


def questions_on_networks() -> tuple[QuizQuestion, ...]:
    """Return the questions, without names."""
    return (
        QuizQuestion(1, _why_now()),
        QuizQuestion(2, _weighted_sum()),
        QuizQuestion(2, _scaled_weights()),
        QuizQuestion(3, _largest_slope()),
        QuizQuestion(4, _one_layer()),
        QuizQuestion(5, _nor()),
        QuizQuestion(6, _half_planes()),
        QuizQuestion(7, _layer_of_relu()),
        QuizQuestion(7, _parameters()),
        QuizQuestion(8, _second_layer()),
        QuizQuestion(9, _switched_off()),
    )


def _why_now() -> ChoiceQuestion:
    return ChoiceQuestion(
        "",
        "Backpropagation was published in 1986. Which of these explains best why deep networks became practical only decades later?",
        (
            Option(
                "far more data, and faster hardware",
                "Large labeled datasets and graphics processors came around 2010; the equations were known.",
                True,
            ),
            Option(
                "a new kind of derivative",
                "Training still uses the chain rule, as in 1986.",
            ),
            Option(
                "networks no longer need training data",
                "They need more of it than before.",
            ),
            Option(
                "the perceptron had not been invented",
                "Rosenblatt published it in 1958.",
            ),
        ),
        "The equations are old. What changed are the amount of data, the speed of hardware, and free software.",
    )


def _weighted_sum() -> NumberQuestion:
    unit = perceptron(-1.0, [2.0, -1.0], "identity")
    z = float(unit.predict([[3.0, 1.0]])[0, 0])
    return NumberQuestion(
        "",
        "A unit has the bias w₀ = −1 and the weights w₁ = 2 and w₂ = −1. Its inputs are x₁ = 3 and x₂ = 1. What is z?",
        z,
        1e-6,
        "z = w₀ + w₁ x₁ + w₂ x₂ = −1 + 6 − 1.",
        "Multiply each input by its weight, add the products, and add the bias.",
        (
            (5.0, "The bias is missing: add w₀ = −1."),
            (6.0, "Check the signs: w₀ and w₂ are both −1."),
            (0.982, "That is σ(z). The question asks for z, before the activation."),
        ),
        "−1 + 2 · 3 + (−1) · 1 = 4.",
    )


def _scaled_weights() -> ChoiceQuestion:
    return ChoiceQuestion(
        "",
        "The bias and both weights of a sigmoid unit are multiplied by 10. What happens?",
        (
            Option(
                "The line stays, and the output changes more steeply across it.",
                "10 z = 0 where z = 0, and elsewhere σ(10 z) is closer to 0 or 1.",
                True,
            ),
            Option(
                "The line moves away from the origin.",
                "Its distance from the origin is |w₀| / ‖w‖, and both grow tenfold.",
            ),
            Option(
                "The line turns.",
                "The weights keep their direction, and the line is perpendicular to it.",
            ),
            Option(
                "All outputs become ten times as large.",
                "z does; a sigmoid has no outputs above 1.",
            ),
        ),
        "The line is z = 0, and 10 z is 0 at the same points. The unit is only surer on both sides.",
    )


def _largest_slope() -> NumberQuestion:
    sigmoid = ACTIVATIONS.resolve("sigmoid", "activation")
    z = np.linspace(-8, 8, 1601)
    step = float(z[1] - z[0])
    slope = float(np.gradient(sigmoid(z), step).max())
    return NumberQuestion(
        "",
        "What is the largest slope of the sigmoid σ(z)? (Two decimals.)",
        round(slope, 4),
        0.006,
        "It is at z = 0, where σ(z) (1 − σ(z)) = ½ · ½.",
        "The slope is σ(z) (1 − σ(z)). For which σ(z) is this product largest?",
        (
            (0.5, "That is the value σ(0). The slope there is ½ · ½."),
            (1.0, "That is the largest slope of tanh."),
        ),
        "σ′(z) = σ(z) (1 − σ(z)) is largest at σ(z) = ½: 0.25. A δ that passes through a sigmoid is multiplied by at most 0.25.",
    )


def _one_layer() -> NumberQuestion:
    weights = np.array([[3.0]]), np.array([[2.0]])
    parameters = Parameters(weights, (np.array([-2.0]), np.array([1.0])))
    chain = TrainedNetwork(Network([Dense(1), Dense(1)], 1), parameters)
    bias = float(collapse_layers(chain).predict([[0.0]])[0, 0])
    return NumberQuestion(
        "",
        "Two layers without activations: h = 3 x − 2 and ŷ = 2 h + 1. One layer ŷ = w x + b computes the same. What is b?",
        bias,
        1e-6,
        "2 · (3 x − 2) + 1 = 6 x − 3.",
        "Put 3 x − 2 in the place of h, and multiply out.",
        (
            (-1.0, "Biases are not simply added: the first one is multiplied by 2."),
            (-5.0, "Check the last sign: −4 + 1."),
            (6.0, "That is w. The question asks for b."),
        ),
        "b = 2 · (−2) + 1 = −3, and w = 2 · 3 = 6. Without activations, depth adds nothing.",
    )


def _nor() -> NumbersQuestion:
    return NumbersQuestion(
        "",
        "A unit answers 1 if z = w₀ + w₁ x₁ + w₂ x₂ is greater than 0, else 0. Find weights for NOR: 1 only if both inputs are 0.",
        ("w₀", "w₁", "w₂"),
        (
            Condition((1, 0, 0), 0, "For the inputs 0 and 0 the answer must be 1: z = w₀ > 0."),
            Condition((-1, -1, 0), 0, "For x₁ = 1, x₂ = 0 the answer must be 0: w₀ + w₁ < 0."),
            Condition((-1, 0, -1), 0, "For x₁ = 0, x₂ = 1 the answer must be 0: w₀ + w₂ < 0."),
            Condition(
                (-1, -1, -1), 0, "For the inputs 1 and 1 the answer must be 0: w₀ + w₁ + w₂ < 0."
            ),
        ),
        (1.0, -2.0, -2.0),
        "All four rows of the table are right.",
        "Any positive w₀ with w₁ and w₂ below −w₀ is right. For XOR there are no such weights: it needs a hidden layer.",
    )


def _half_planes() -> NumberQuestion:
    region = disc_region(5)
    return NumberQuestion(
        "",
        "A network of step units answers 1 inside a regular pentagon and 0 outside. How many units does its hidden layer need?",
        region.trained.network.blocks[0].dense.units,
        1e-6,
        "One unit for each side; the output unit is their AND.",
        "Each hidden unit is a half-plane, whose line is a side of the pentagon.",
        (
            (1.0, "One unit is one half-plane, which has no corners."),
            (6.0, "The output unit, which computes AND, is not in the hidden layer."),
            (3.0, "Three half-planes make a triangle."),
        ),
        "A convex polygon with n sides is the intersection of n half-planes: n hidden units, and an output unit that fires if all of them do.",
    )


def _layer_of_relu() -> NumberQuestion:
    weights = np.array([[1.0, -1.0], [2.0, 0.5]])
    layer = TrainedNetwork(
        Network([Dense(2, "relu")], 2), Parameters((weights,), (np.array([0.0, 1.0]),))
    )
    outputs = layer.predict([[3.0, 2.0]])[0]
    return NumberQuestion(
        "",
        "A dense layer of two ReLU units reads x = (3, 2). The weights of its second unit are −1 and 0.5, and its bias is 1. What is the output of the second unit?",
        float(outputs[1]),
        1e-6,
        "z = 1 − 3 + 1 = −1, and ReLU makes 0 of it.",
        "Compute z first, then max(0, z).",
        (
            (-1.0, "That is z. ReLU replaces negative numbers by 0."),
            (1.0, "ReLU is max(0, z), not the absolute value."),
            (-2.0, "The bias is missing, and so is ReLU."),
        ),
        "z = 1 + (−1) · 3 + 0.5 · 2 = −1, so max(0, z) = 0.",
    )


def _parameters() -> NumberQuestion:
    network = Network([Dense(4, "tanh"), Dense(4, "tanh"), Dense(1, "sigmoid")], 2)
    return NumberQuestion(
        "",
        "A network has 2 inputs, two hidden layers of 4 units, and 1 output. How many weights and biases does it have together?",
        network.parameter_count,
        1e-6,
        "(2 + 1) · 4 + (4 + 1) · 4 + (4 + 1) · 1 = 12 + 20 + 5.",
        "A layer has one weight for each input of each unit, and one bias for each unit.",
        (
            (28.0, "These are the weights. Each of the 9 units also has a bias."),
            (17.0, "The second hidden layer is missing: (4 + 1) · 4 more."),
            (11.0, "That is the number of inputs and units. Count the connections and the biases."),
        ),
        "12 + 20 + 5 = 37, as network.parameter_count confirms.",
    )


def _second_layer() -> ChoiceQuestion:
    return ChoiceQuestion(
        "",
        "A network with two inputs has two hidden layers. A unit of the first one responds to one side of a line. To what can a unit of the second one respond?",
        (
            Option(
                "a region bounded by several lines",
                "It adds the outputs of the first layer, each of which knows a side of one line.",
                True,
            ),
            Option(
                "one side of another line, and nothing else",
                "That would be so without activations in the first layer.",
            ),
            Option(
                "single training points only",
                "It may come to that by overfitting, but its regions are usually larger.",
            ),
            Option(
                "only what the unit in the same place of the first layer responds to",
                "Each unit has weights of its own to all units of the layer before.",
            ),
        ),
        "Layers build on each other: lines, regions of lines, shapes of regions. In images: edges, parts, objects.",
    )


def _switched_off() -> NumberQuestion:
    unit = perceptron(-1.0, [3.0, -5.0], "identity")
    before, after = (float(z) for z in unit.predict([[2.0, 0.8], [2.0, 0.0]])[:, 0])
    return NumberQuestion(
        "",
        f"An output unit has z = {before:g}. A hidden unit with the activation 0.8 and the weight −5 to it is switched off, so that it passes on 0. What is z now?",
        after,
        1e-6,
        "Its link brought −5 · 0.8 = −4. Without it, z is 4 larger.",
        "A link brings weight · input. Take this away from z.",
        (
            (before - 4, "The link brought a negative number. Taking it away makes z larger."),
            (before + 5, "The link brought weight · activation, not the weight alone."),
            (before, "The link brought something: the activation was not 0."),
        ),
        f"{before:g} − (−5 · 0.8) = {after:g}.",
    )
