"""Chapter 6: regions from half-planes, and what networks can approximate."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from deltarule.course.chapter import Chapter
from deltarule.course.figures.disc_half_planes import DiscHalfPlanes
from deltarule.course.figures.disc_training import EPOCHS, DiscTraining
from deltarule.course.figures.polygon_logic import PolygonLogic
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.insight import disc_area_error, disc_region, trace

STARTS = 10
"""Random initial weights that are tried with three hidden units."""
_SMALL = 0.01
_BESIDE = (1.05, 0.0)
"""A point beyond one edge of the hexagon around the disc, and within the other five."""


def _trained_error(units: int, seed: int) -> float:
    """Return the wrong area of a trained network, relative to the disc."""
    shown = DiscTraining(units=units, seed=seed)
    shown.run.train(EPOCHS)
    shown.step()
    return shown.error


def _needed(error: float) -> int:
    """Return the least number of half-planes with a smaller error."""
    n = 3
    while disc_area_error(n) >= error:
        n += 1
    return n


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    ring = PolygonLogic(formula="and_not", n=16)
    return {
        "start": int(DiscHalfPlanes().number("n")),
        "error_start": disc_area_error(int(DiscHalfPlanes().number("n"))),
        "error_4": disc_area_error(4),
        "error_12": disc_area_error(12),
        "error_24": disc_area_error(24),
        "needed": _needed(_SMALL),
        "error_before": disc_area_error(_needed(_SMALL) - 1),
        "z_beside": float(
            trace(disc_region(6).trained, _BESIDE, 1, "mean_squared_error").layers[-1].z[0]
        ),
        "ring_units": sum(block.dense.units for block in ring.trained.network.blocks),
        "starts": STARTS,
        "closed": sum(_trained_error(3, seed) < 0.5 for seed in range(STARTS)),
        "error_trained_4": _trained_error(4, 0),
        "error_trained_12": _trained_error(12, 0),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    percent = 100 * float(found["error_4"])
    needed = float(found["needed"])
    before = f"{float(found['error_before']):.2%}"
    return (
        ChoiceQuestion(
            "6.predict",
            "Each hidden unit is a half-plane, and the output is an AND of them. How many hidden units does it "
            "take at least to enclose a bounded region?",
            (
                Option(
                    "2", "Two half-planes have a wedge or a strip in common: both are unbounded."
                ),
                Option("3", "Three half-planes enclose a triangle.", True),
                Option("4", "A square is bounded. Can a polygon have fewer edges?"),
                Option(
                    "No number is enough, because half-planes are unbounded.",
                    "What several half-planes have in common can be bounded: a square, for example.",
                ),
            ),
        ),
        NumberQuestion(
            "6.check",
            "The polygon has n = 6 half-planes. A point lies in five of them. What is z = h₁ + … + h₆ − 5.5 of "
            "the output?",
            float(found["z_beside"]),
            1e-6,
            "Five units output 1 and one outputs −1: 5 − 1 − 5.5 = −1.5, so ŷ = −1.",
            "Every half-plane that contains the point gives 1, every other one −1. Add them up.",
            (
                (-0.5, "The sixth unit outputs −1 and not 0."),
                (0.5, "That is z of a point in all six half-planes."),
                (4.0, "That is the sum of the hidden outputs. Subtract 5.5."),
                (-1.0, "That is ŷ = sign(z). The question asks for z."),
            ),
            solution="The hidden outputs are five times 1 and once −1: their sum is 4, and z = 4 − 5.5 = −1.5.",
        ),
        NumberQuestion(
            "6.1",
            "A square touches the disc of radius 1 from outside, n = 4. By how many percent is its area larger "
            "than that of the disc?",
            percent,
            0.15,
            f"The square has the area 4, the disc π: 4/π − 1 = {percent:.1f}%.",
            "The edges of the square are 2 long. Compare its area with π, relative to π.",
            (
                (100 * (1 - 3.14159265 / 4), "Divide by the area of the disc, not of the square."),
                (85.84, "That is the difference 4 − π. Divide it by the area π of the disc."),
                (percent / 100, "That is the share. Multiply it by 100 for percent."),
            ),
            solution=f"(4 − π) / π = 4/π − 1 = {percent:.1f}%. The formula gives the same: tan(π/4) = 1.",
        ),
        NumberQuestion(
            "6.2",
            "How many half-planes does it take at least, so that the polygon is less than 1% larger than the "
            "disc?",
            needed,
            1e-6,
            f"With {needed:.0f} half-planes it is less than 1%, with {needed - 1:.0f} still {before}.",
            "Use the approximation π² / (3 n²) < 0.01, then check the number in the first figure.",
            (
                (needed - 1, f"That is close: its error is {before}. Round up."),
                (
                    needed + 1,
                    f"That is enough, but {needed:.0f} half-planes are enough as well.",
                ),
                (33.0, "Take the square root of π² / 0.03, which is about 329."),
            ),
            solution=f"π² / (3 n²) < 0.01 gives n > 18.1, so n = {needed:.0f}. For n = {needed - 1:.0f} the error "
            f"is {before}.",
        ),
        ChoiceQuestion(
            "6.3",
            "What does the universal approximation theorem promise for a continuous function on a closed, "
            "bounded region?",
            (
                Option(
                    "For every error there is a network with one hidden layer that stays below it.",
                    "The theorem is about what exists, with as many units as it takes.",
                    True,
                ),
                Option(
                    "Training a large network finds the function.",
                    "It says nothing about training: three units can enclose the disc, and often fail.",
                ),
                Option(
                    "The network is also close outside of the region.",
                    "It says nothing outside: there, units are saturated, or go on as straight lines.",
                ),
                Option(
                    "The number of hidden units can be fixed before the function is known.",
                    "The smaller the error and the wilder the function, the more units it takes.",
                ),
            ),
            solution="The theorem says that suitable weights exist for some number of units. How many, how to find "
            "them, and from how many points, are other questions.",
        ),
    )


CHAPTER = Chapter(
    6,
    "powerful-models",
    "Powerful models: a disc from half-planes",
    questions,
    values,
    {"disc": "layers=3tanh"},
)
