"""Chapter 2: the perceptron, its line and its learning rule."""

from __future__ import annotations

import math
from collections.abc import Mapping

from deltarule.course.chapter import Chapter
from deltarule.course.figures.perceptron_learning import PerceptronLearning
from deltarule.course.question import (
    ChoiceQuestion,
    Condition,
    NumberQuestion,
    NumbersQuestion,
    Option,
    Question,
)
from deltarule.insight import boundary_line, perceptron

BIAS, WEIGHTS, SAMPLE = 1.0, (3.0, -2.0), (-1.0, 2.0)
"""The unit and the sample of the lecture."""
CHECK_SAMPLE = (1.0, 3.0)


def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    unit = perceptron(BIAS, WEIGHTS)
    line = boundary_line(unit)
    learning = PerceptronLearning()
    while learning.step():
        pass
    return {
        "z": float(line.values([SAMPLE])[0]),
        "output": float(unit.predict([SAMPLE])[0, 0]),
        "line": str(line),
        "distance": abs(float(line.distances([SAMPLE])[0])),
        "exponential": math.exp(-float(line.values([SAMPLE])[0])),
        "corrections": learning.correction,
        "check_z": float(line.values([CHECK_SAMPLE])[0]),
        "check_output": float(unit.predict([CHECK_SAMPLE])[0, 0]),
        "x2_at_1": float(line.second_coordinate(1.0)),
        "shifted": str(boundary_line(perceptron(-5.0, WEIGHTS))),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    z, x2 = float(found["check_z"]), float(found["x2_at_1"])
    corners = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
    return (
        ChoiceQuestion(
            "2.predict",
            "A unit has w₀ = 1 and w = (3, −2). All points with z = 0 form …",
            (
                Option(
                    "a straight line",
                    "The equation 1 + 3 x₁ − 2 x₂ = 0 is linear in x₁ and x₂.",
                    True,
                ),
                Option("a circle", "A circle needs squares of x₁ and x₂, and z has none."),
                Option(
                    "a single point", "Two unknowns and one equation leave infinitely many points."
                ),
                Option(
                    "a curve like the sigmoid",
                    "The sigmoid acts on z; where z = 0 does not depend on it.",
                ),
            ),
        ),
        NumberQuestion(
            "2.check",
            "A unit has w₀ = 1 and w = (3, −2). Compute z for x = (1, 3).",
            z,
            1e-6,
            "1 + 3 · 1 + (−2) · 3 = 1 + 3 − 6 = −2.",
            "z = w₀ + w₁ x₁ + w₂ x₂: put in the five numbers one by one.",
            (
                (-3.0, "You left out the bias w₀ = 1."),
                (10.0, "Check the sign of the last term: (−2) · 3 is −6."),
                (8.0, "You exchanged x₁ and x₂: x₁ = 1 belongs to w₁ = 3."),
                (
                    round(float(found["check_output"]), 2),
                    "That is ŷ = σ(z). The question asks for z, before the activation.",
                ),
            ),
            solution="z = 1 + 3 · 1 + (−2) · 3 = −2.",
        ),
        NumberQuestion(
            "2.1",
            "The line is 1 + 3 x₁ − 2 x₂ = 0. At x₁ = 1, what is x₂ on the line?",
            x2,
            1e-6,
            "1 + 3 − 2 x₂ = 0, so x₂ = 2.",
            "Put x₁ = 1 into 1 + 3 x₁ − 2 x₂ = 0 and solve for x₂.",
            (
                (-2.0, "The sign of x₂ is wrong: −2 x₂ moves to the other side as + 2 x₂."),
                (1.5, "You left out the bias 1."),
            ),
            solution="1 + 3 · 1 − 2 x₂ = 0 gives x₂ = 4 / 2 = 2.",
        ),
        ChoiceQuestion(
            "2.2",
            "What happens to the line when only the bias w₀ changes?",
            (
                Option(
                    "It moves parallel to itself.",
                    "w is perpendicular to the line and keeps its direction.",
                    True,
                ),
                Option(
                    "It rotates around the origin.", "The direction of the line depends on w alone."
                ),
                Option("It becomes steeper.", "The slope is −w₁ / w₂, without w₀."),
                Option("Nothing; only ŷ changes.", "The line is where z = 0, and z contains w₀."),
            ),
            solution=f"The slope −w₁ / w₂ has no w₀ in it, so the line moves parallel to itself: with w₀ = −5 "
            f"it is {found['shifted']}.",
        ),
        NumbersQuestion(
            "2.3",
            "Inputs are 0 or 1. Find w₀, w₁ and w₂ so that z > 0 exactly for (1, 1): the unit computes AND.",
            ("w₀", "w₁", "w₂"),
            tuple(
                Condition(
                    tuple(
                        (1.0 if corner == (1.0, 1.0) else -1.0) * factor
                        for factor in (1.0, *corner)
                    ),
                    0.0,
                    f"For x = ({corner[0]:g}, {corner[1]:g}), z must be "
                    f"{'greater' if corner == (1.0, 1.0) else 'less'} than 0, and it is not.",
                )
                for corner in corners
            ),
            (-1.5, 1.0, 1.0),
            "z is greater than 0 for (1, 1) alone: your line separates it from the other three corners.",
            solution="For example w₀ = −1.5 and w = (1, 1): z is −1.5, −0.5, −0.5 and 0.5 at the four corners. "
            "Any line between (1, 1) and the other corners does it.",
        ),
    )


CHAPTER = Chapter(
    2,
    "perceptron",
    "The perceptron",
    questions,
    values,
    {"line": "lesson=perceptron"},
)
