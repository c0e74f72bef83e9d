"""Chapter 11: what a gradient says, finite differences, and a step against all gradients."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import deltarule as dr
from deltarule.course.chapter import Chapter
from deltarule.course.figures.gradient_step import GradientStep
from deltarule.course.figures.weight_slope import WeightSlope
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question

LARGE_RATE = 15
_DIGITS = dr.Network([dr.Dense(128, "relu"), dr.Dense(10, "softmax")], 784)
_W, _H = 3.0, 0.1


def _square(w: float) -> float:
    return w * w


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    slope = WeightSlope()
    central = WeightSlope(kind="central")
    one, large = GradientStep(rate=1.0), GradientStep(rate=float(LARGE_RATE))
    weights = _DIGITS.parameter_count
    return {
        "h": slope.number("h"),
        "gradient": slope.gradient,
        "quotient": slope.quotient,
        "central": central.quotient,
        "loss": one.losses[0],
        "squared_norm": one.squared_norm,
        "predicted": one.losses[0] - one.squared_norm,
        "after": one.after,
        "large_rate": LARGE_RATE,
        "after_large": large.after,
        "digits_weights": f"{weights:,}",
        "digits_passes": f"{weights + 1:,}",
        "passes": weights + 1,
        "forward_of_square": (_square(_W + _H) - _square(_W)) / _H,
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    predicted, after = float(found["predicted"]), float(found["after"])
    passes, forward = float(found["passes"]), float(found["forward_of_square"])
    return (
        ChoiceQuestion(
            "11.predict",
            "You measure a gradient as (J(w + h) − J(w)) / h on a computer, and make h smaller and smaller, down to 10⁻¹⁵. What happens to the error?",
            (
                Option(
                    "It shrinks, then grows again.",
                    "First the curve looks straighter; then J(w + h) and J(w) share nearly all of their digits, and rounding remains.",
                    True,
                ),
                Option(
                    "It shrinks all the way.",
                    "In exact arithmetic, yes. A computer keeps about 16 digits of J, and the difference loses those that both values share.",
                ),
                Option(
                    "It stays the same.",
                    "The loss is curved: over a large h its mean slope differs from the slope at w.",
                ),
                Option(
                    "It grows from the start.",
                    "Over a large h the curve bends, and a smaller h sees less of that bend.",
                ),
            ),
        ),
        NumberQuestion(
            "11.check",
            f"J = {float(found['loss']):.3f} and ‖∇J‖² = {float(found['squared_norm']):.3f}, as in the figure at its start. Which J does the gradient predict after a step with η = 1? (Three decimals.)",
            predicted,
            0.0016,
            "J − η‖∇J‖². The step itself gets a little less, because the gradient changes on the way.",
            "Subtract η times ‖∇J‖² from J.",
            (
                (
                    after,
                    "That is the loss after the step. The prediction of the gradient is lower.",
                ),
                (
                    float(found["loss"]) + float(found["squared_norm"]),
                    "The step goes against the gradient: the loss falls.",
                ),
                (float(found["squared_norm"]), "That is the decrease. Subtract it from J."),
            ),
            solution=f"J − η‖∇J‖² = {predicted:.3f}.",
        ),
        NumberQuestion(
            "11.1",
            "The loss is J(w) = w². What is the forward difference (J(w + h) − J(w)) / h at w = 3 with h = 0.1?",
            forward,
            0.001,
            "(9.61 − 9) / 0.1. It is 2w + h: off by h from the gradient 2w = 6.",
            "Compute J(3.1) and J(3), subtract, and divide by h = 0.1.",
            (
                (
                    2 * _W,
                    "That is the gradient, and the central difference. The forward one is off by h.",
                ),
                (forward * _H, "That is the change of J. Divide it by h."),
            ),
            solution=f"J(3.1) = 9.61, so (9.61 − 9) / 0.1 = {forward:.1f}. The gradient is 2w = 6; the central difference (9.61 − 8.41) / 0.2 finds it exactly.",
        ),
        NumberQuestion(
            "11.2",
            f"A network has {found['digits_weights']} weights and biases. How many forward passes does its gradient cost with forward differences?",
            passes,
            0.5,
            "One for each weight, and one for J(w), which all of them share.",
            "Each weight needs J(w + h) once; J(w) is computed only once.",
            (
                (passes - 1, "Nearly: J(w) itself is needed, too."),
                (2 * (passes - 1), "That is the cost of central differences."),
                (2.0, "Two passes, forward and backward, is the cost of backpropagation."),
            ),
            solution=f"One pass for each weight and one for J(w): {found['digits_passes']}. Backpropagation needs one forward and one backward pass.",
        ),
        ChoiceQuestion(
            "11.3",
            "The gradients of all weights are 0. What follows?",
            (
                Option(
                    "A small change of any weight hardly changes J.",
                    "That is all a gradient says. The place may be a minimum, a saddle point or a plateau: see chapter 13.",
                    True,
                ),
                Option(
                    "J has its lowest value.",
                    "At a saddle point, on a plateau and at a maximum all gradients are 0, too.",
                ),
                Option("All weights are 0.", "A gradient is the slope of J, not the weight."),
                Option(
                    "J is 0.",
                    "The slope says nothing about the height: a valley may be far above 0.",
                ),
            ),
            solution="To first order J does not change. A minimum looks like that, and so do a saddle point and a plateau.",
        ),
    )


CHAPTER = Chapter(
    11,
    "gradients",
    "Gradients, one by one",
    questions,
    values,
    {
        "gradients": "data=moons&layers=2tanh&optimizer=gradient_descent&rate=0.5&batch=0&gradients=yes"
    },
)
