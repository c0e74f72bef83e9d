"""Chapter 14: stochastic gradient descent as taught, with three rules that end it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.sgd_path import SgdPath
from deltarule.course.figures.stopping_rules import StoppingRules
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.insight import perceptron, trace


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    path = SgdPath()
    losses = path.losses
    rules = StoppingRules()
    while rules.step():
        pass
    unit = trace(perceptron(0.0, [1.0]), [2.0], 0.0)
    return {
        "first_loss": float(losses[0]),
        "last_loss": float(losses[-1]),
        "worse": f"{int((np.diff(losses) > 0).sum())}",
        "updates": f"{len(losses) - 1}",
        "explanation": rules.run.explanation,
        "gradient": float(unit.layers[0].weight_gradient[0, 0]),
        "updated": float(unit.updated(0.5).weights[0][0, 0]),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    gradient, updated = float(found["gradient"]), float(found["updated"])
    return (
        ChoiceQuestion(
            "14.predict",
            "Each update follows the gradient of a single, randomly drawn point. Does every update decrease the loss of all points?",
            (
                Option(
                    "No, but on average it does.",
                    "An update that helps one point may hurt the others; its mean direction is downhill, so small steps decrease the loss on average.",
                    True,
                ),
                Option(
                    "Yes, if the learning rate is small.",
                    "Even a tiny step for one point may increase the loss of the others.",
                ),
                Option(
                    "Yes, always.", "The step is downhill for the drawn point, not for all points."
                ),
                Option(
                    "No, it only moves at random.",
                    "The mean over all points is the full gradient, so the path goes downhill on average.",
                ),
            ),
        ),
        NumberQuestion(
            "14.check",
            f"A weight is w = 1, its gradient for the drawn point is {gradient:.3f}, and η = 0.5. What is w after the update? (Two decimals.)",
            updated,
            0.006,
            "w ← w − η ∂J/∂w.",
            "Subtract η times the gradient from w.",
            (
                (1 + 0.5 * gradient, "The update goes against the gradient: subtract, do not add."),
                (1 - gradient, "Multiply the gradient by the learning rate η = 0.5."),
            ),
            solution=f"w = 1 − 0.5 · {gradient:.3f} = {updated:.3f}.",
        ),
        NumberQuestion(
            "14.1",
            "There are 150 rows, and each update uses one drawn row. How many updates are in 20 epochs?",
            150.0 * 20,
            0.5,
            "An epoch has as many updates as there are rows: 150 · 20.",
            "With one row per update, an epoch has 150 updates.",
            (
                (20.0, "That would be one update per epoch, as with the full batch."),
                (7.5, "Multiply rows and epochs."),
            ),
            solution="150 updates in each of 20 epochs are 3,000 updates.",
        ),
        ChoiceQuestion(
            "14.2",
            "Training may stop when the loss is small, when it stops decreasing, or after a number of epochs. Which of the three always ends training?",
            (
                Option(
                    "the number of epochs",
                    "It depends on nothing that training does, so it always applies.",
                    True,
                ),
                Option(
                    "a small loss",
                    "A network that cannot separate the classes never reaches a small loss.",
                ),
                Option(
                    "a loss that stops decreasing",
                    "With a learning rate that is too large the loss can go up and down, and improve a little again and again.",
                ),
            ),
            solution="Only the number of epochs is certain. That is why it is always given, whatever the other rules are.",
        ),
        ChoiceQuestion(
            "14.3",
            "Points are drawn with replacement. After one epoch of n draws from n points, which is true?",
            (
                Option(
                    "Some points were drawn several times, others not at all.",
                    "About 37 % of many points are not drawn in one epoch, as (1 − 1/n)ⁿ approaches 1/e.",
                    True,
                ),
                Option(
                    "Every point was drawn once.",
                    "That is a shuffle: drawing without replacement.",
                ),
                Option(
                    "The first points were drawn more often.",
                    "Every draw is uniform over all points.",
                ),
            ),
            solution="Each draw is independent of the others. The probability that a point is never drawn in n draws is (1 − 1/n)ⁿ, about 0.37.",
        ),
    )


CHAPTER = Chapter(
    14,
    "gradient-descent",
    "Stochastic gradient descent",
    questions,
    values,
    {"single": "data=moons&layers=4tanh&optimizer=gradient_descent&rate=0.1&batch=1"},
)
