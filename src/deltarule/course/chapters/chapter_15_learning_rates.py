"""Chapter 15: the learning rate on a parabola, in a valley, and with four optimizers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from deltarule.course.chapter import Chapter
from deltarule.course.figures.learning_rate_ball import LearningRateBall, parabola_training
from deltarule.course.figures.optimizer_race import GRID, OptimizerRace
from deltarule.course.figures.valley_rate import ValleyRate
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.insight import compare_optimizers, ravine
from deltarule.optimizers import GradientDescent


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    ball, crawl = LearningRateBall(), LearningRateBall(rate=-1.5)
    for one in (ball, crawl):
        while one.step():
            pass
    valley = ValleyRate()
    race = OptimizerRace()
    while race.step():
        pass
    twice = parabola_training(0.4, 2.0, 3.0)
    for _ in range(2):
        twice.train(1)
    path = compare_optimizers(ravine(50), {"": GradientDescent(0.02)}, steps=1).paths[""]
    return {
        "ball_factor": ball.factor,
        "ball_updates": f"{ball.run.epoch}",
        "ball_start": f"−{-ball.number('start'):g}",
        "crawl_updates": f"{crawl.run.epoch}",
        "crawl_w": crawl.w,
        "along": valley.factors[0],
        "across": valley.factors[1],
        "tenth": f"{valley.updates_to_a_tenth}",
        "grid_size": f"{len(GRID)}",
        "fair_momentum": race.loss("momentum"),
        "fair_adam": race.loss("Adam"),
        "fair_descent": race.loss("gradient descent"),
        "fair_rmsprop": race.loss("RMSprop"),
        "limit": LearningRateBall(curvature=1.6).limit,
        "after_one": float(twice.points[1][0]),
        "after_two": float(twice.points[2][0]),
        "flat_factor": float(path[1][0] / path[0][0]),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    limit, flat = float(found["limit"]), float(found["flat_factor"])
    one, two = float(found["after_one"]), float(found["after_two"])
    return (
        ChoiceQuestion(
            "15.predict",
            "On a parabola, there is a learning rate that reaches the minimum with a single update. What happens with twice this learning rate?",
            (
                Option(
                    "The weight jumps to the other side, as far away as before, again and again.",
                    "Once the step is just long enough, twice the step ends on the other side: the factor is 1 − 2 = −1.",
                    True,
                ),
                Option(
                    "It reaches the minimum, too.",
                    "The update does not know where the minimum is. It goes twice as far, past it.",
                ),
                Option(
                    "The loss grows with every update.",
                    "That happens above twice this rate. At exactly twice, the distance stays the same.",
                ),
                Option(
                    "It comes closer in smaller and smaller jumps.",
                    "That happens between this rate and twice this rate, where the factor is between −1 and 0.",
                ),
            ),
        ),
        NumberQuestion(
            "15.check",
            "A parabola has the curvature c = 1.6. Below which learning rate does gradient descent converge?",
            limit,
            0.006,
            "It converges while |1 − η c| < 1, so below 2/c.",
            "The factor 1 − η c must stay above −1: solve η c = 2.",
            (
                (
                    limit / 2,
                    "With 1/c one update reaches the minimum. The limit is twice as large.",
                ),
                (2 * 1.6, "Divide by the curvature: a steeper parabola needs smaller steps."),
            ),
            solution=f"1 − η c > −1 means η < 2/c = 2/1.6 = {limit:.2f}.",
        ),
        NumberQuestion(
            "15.1",
            "The loss is J = ½ c w² with c = 2, the weight is w = 3, and η = 0.4. What is w after two updates?",
            two,
            0.0006,
            "Each update multiplies w by 1 − η c = 1 − 0.8 = 0.2.",
            "Compute the factor 1 − η c, and multiply w by it twice.",
            (
                (one, "That is w after one update."),
                (3 - 2 * 0.4 * 2 * 3, "The second update uses the gradient at the new weight."),
            ),
            solution=f"The factor is 1 − 0.4 · 2 = 0.2; w becomes {one:.1f}, then {two:.2f}.",
        ),
        NumberQuestion(
            "15.2",
            "A valley has the curvature 1 along it and 50 across it. With η = 0.02, one update reaches the bottom across the valley. What does the same update multiply the distance along the valley by?",
            flat,
            0.0006,
            "1 − η · 1: along the valley, 98 % of the distance remain.",
            "Use 1 − η c with the curvature along the valley, c = 1.",
            (
                (0.0, "That is the factor across the valley, 1 − 0.02 · 50."),
                (0.02, "That is the part that the update covers. What remains is 1 minus it."),
            ),
            solution=f"1 − 0.02 · 1 = {flat:.2f}. A tenth of the distance takes 114 updates, as 0.98¹¹⁴ ≈ 0.1.",
        ),
        ChoiceQuestion(
            "15.3",
            "Gradient descent and Adam train the same network with the learning rate 0.001, and Adam ends with the lower loss. What does this show?",
            (
                Option(
                    "Little: 0.001 may be too small for gradient descent.",
                    "Their steps have different sizes at the same η. Each needs the best rate of the same grid.",
                    True,
                ),
                Option(
                    "Adam is better than gradient descent for this network.",
                    "Gradient descent with its own best rate was not tried.",
                ),
                Option(
                    "Adam is better than gradient descent for all networks.",
                    "One network at one learning rate cannot show that.",
                ),
                Option(
                    "Nothing, because the two started from different weights.",
                    "They can start from the same weights, with the same seed. The learning rate is the problem.",
                ),
            ),
            solution="The comparison must give each optimizer its best learning rate of the same grid, with the same start and the same batches.",
        ),
    )


CHAPTER = Chapter(
    15,
    "learning-rates",
    "Learning rates, fixed and adaptive",
    questions,
    values,
    {"exploding": "lesson=exploding"},
)
