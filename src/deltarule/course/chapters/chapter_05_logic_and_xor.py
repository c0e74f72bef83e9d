"""Chapter 5: logic gates as units, XOR, and formulas as networks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.logic_compiler import FORMULAS as COMPILED
from deltarule.course.figures.xor_two_layers import EPOCHS, xor_training
from deltarule.course.question import (
    ChoiceQuestion,
    Condition,
    NumberQuestion,
    NumbersQuestion,
    Option,
    Question,
)
from deltarule.course.truth_tables import CORNERS, outputs_of
from deltarule.insight import initialize, perceptron, trace, train_perceptron
from deltarule.insight.logic_networks import compile_formula
from deltarule.layers import Dense
from deltarule.network import Network

STARTS = 50
"""Random initial weights that are tried on XOR."""
_INPUTS = 5
"""Inputs of the AND in an exercise."""


def _one_unit_computes(outputs: list[int]) -> bool:
    """Return whether Rosenblatt's rule finds a line for the four corners."""
    return train_perceptron(CORNERS, outputs).converged


def _solved(units: int) -> int:
    """Return from how many random initial weights a hidden layer learns all four corners."""
    network = Network([Dense(units, "tanh"), Dense(1, "tanh")], 2)
    targets, count = outputs_of("x1 ^ x2") > 0, 0
    for seed in range(STARTS):
        run = xor_training(initialize(network, seed=seed))
        run.train(EPOCHS)
        count += bool(((run.trained.predict(CORNERS)[:, 0] > 0) == targets).all())
    return count


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    run = train_perceptron(CORNERS, outputs_of("x1 ^ x2"), epochs=100)
    gates = [[1 if k >> i & 1 else -1 for i in range(4)] for k in range(16)]
    parity = compile_formula(COMPILED["parity_4"])
    conjunction = perceptron(-1.5, [1, 1], "sign")
    literals = [f"x{i + 1}" for i in range(_INPUTS)]
    bias = compile_formula(" & ".join(literals)).parameters.biases[0]
    assert bias is not None
    return {
        "corrections": run.n_corrections,
        "passes": len(run.mistakes),
        "sets": len(np.unique(np.column_stack([run.weights, run.biases]), axis=0)),
        "starts": STARTS,
        "solved": _solved(2),
        "solved_by_four": _solved(4),
        "z_and": float(trace(conjunction, [1, 1], 1, "mean_squared_error").layers[0].z[0]),
        "functions": sum(map(_one_unit_computes, gates)),
        "largest_false_sum": _INPUTS - 2,
        "compiled_bias": float(bias[0]),
        "parity_units": sum(block.dense.units for block in parity.network.blocks),
        "parity_rows": int((parity.truth_table().outputs > 0).sum()),
    }


def _corner_condition(x_1: float, x_2: float) -> Condition:
    """Return the condition that the unit of exercise 5.1 is right at a corner."""
    true = x_1 > 0 > x_2
    sign = 1.0 if true else -1.0
    side = "greater" if true else "less"
    where = f"({x_1:g}, {x_2:g})".replace("-", "−")
    return Condition(
        (sign, sign * x_1, sign * x_2),
        0.0,
        f"For x = {where}, z must be {side} than 0, and it is not.",
    )


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    upper = -float(found["largest_false_sum"])
    functions = float(found["functions"])
    return (
        ChoiceQuestion(
            "5.predict",
            "Which of these can a single unit NOT compute?",
            (
                Option("x₁ AND x₂", "One corner is true: a line cuts it off from the other three."),
                Option("x₁ OR x₂", "One corner is false: a line cuts it off from the other three."),
                Option(
                    "NOT x₁", "The line x₁ = 0 separates true from false; the weight is negative."
                ),
                Option(
                    "either x₁ or x₂, but not both",
                    "The true corners are opposite each other, and so are the false ones.",
                    True,
                ),
            ),
        ),
        NumberQuestion(
            "5.check",
            "XOR as OR and NAND, then AND. For x = (1, −1), what is z of the AND unit, z = h₁ + h₂ − 1.5?",
            float(found["z_and"]),
            1e-6,
            "h₁ = OR = 1 and h₂ = NAND = 1, so z = 1 + 1 − 1.5 = 0.5 and ŷ = 1.",
            "First compute h₁ = OR(1, −1) and h₂ = NAND(1, −1); both are −1 or 1.",
            (
                (-1.5, "One of your hidden units is −1. For (1, −1), both OR and NAND are true."),
                (-3.5, "Both of your hidden units are −1. For (1, −1), both OR and NAND are true."),
                (1.0, "That is ŷ = sign(z). The question asks for z."),
                (2.0, "That is h₁ + h₂. Add the bias −1.5."),
            ),
            solution="OR(1, −1) = sign(1 − 1 + 1.5) = 1 and NAND(1, −1) = sign(−1 + 1 + 1.5) = 1. "
            "So z = 1 + 1 − 1.5 = 0.5.",
        ),
        NumbersQuestion(
            "5.1",
            "Inputs are −1 or 1. Find w₀, w₁ and w₂ so that the unit computes x₁ AND NOT x₂: z > 0 exactly for "
            "x = (1, −1).",
            ("w₀", "w₁", "w₂"),
            tuple(_corner_condition(float(x_1), float(x_2)) for x_1, x_2 in CORNERS),
            (-1.5, 1.0, -1.0),
            "z is greater than 0 for (1, −1) alone. NOT turned the sign of a weight.",
            solution="Take AND, w₀ = −1.5 and w = (1, 1), and turn the sign of the weight of x₂: w = (1, −1). "
            "Then z is 0.5 for (1, −1), −1.5 for two corners, and −3.5 for (−1, 1).",
        ),
        NumberQuestion(
            "5.2",
            f"A unit has {_INPUTS} inputs of −1 or 1, and all weights are 1. It computes AND if w₀ is between "
            f"−{_INPUTS} and which number?",
            upper,
            1e-6,
            "With one false input the sum is 4 − 1 = 3, so w₀ + 3 must be less than 0.",
            "Compute the largest sum that must still give −1: one input is false, and the others are true.",
            (
                (
                    -4.0,
                    "One false input lowers the sum by 2, from 5 to 3, because it goes from 1 to −1.",
                ),
                (
                    float(found["compiled_bias"]),
                    "The compiler takes this bias; it is in the interval. Where does the interval end?",
                ),
                (3.0, "The sum is 3, so w₀ must be less than −3."),
            ),
            solution="All true gives the sum 5, and w₀ + 5 > 0. One false input gives the sum 3, and w₀ + 3 < 0. "
            f"So −5 < w₀ < −3; the compiler takes {found['compiled_bias']:g}.".replace("-", "−"),
        ),
        NumberQuestion(
            "5.3",
            "There are 16 Boolean functions of two inputs, from “always false” to “always true”. How many "
            "of them can one unit compute?",
            functions,
            1e-6,
            "All but two: XOR and its negation.",
            "Which sets of corners does no line cut off? Remember “always true” and “always false”.",
            (
                (15.0, "XOR is one of those that are impossible. Its negation is one more."),
                (16.0, "XOR is impossible, as you have proved."),
                (12.0, "“Always true” and “always false” count: weights 0, and the bias decides."),
                (8.0, "Count again: one true corner, three, two neighbors, none, or all four."),
            ),
            solution="A line can cut off no corner, all, one (4 ways), three (4 ways) or two neighbors (4 ways): "
            "1 + 1 + 4 + 4 + 4 = 14. Only the two diagonals are left, which are XOR and its negation.",
        ),
    )


CHAPTER = Chapter(
    5,
    "logic-and-xor",
    "Logic, and XOR",
    questions,
    values,
    {"xor": "lesson=xor"},
)
