"""Chapter 16: the noise of batches, equal row visits, epochs against updates, and what a batch costs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import deltarule as dr
from deltarule.course.chapter import Chapter
from deltarule.course.figures.equal_row_visits import EqualRowVisits
from deltarule.course.figures.gradient_cloud import MEASURED_BATCHES, GradientCloud
from deltarule.course.figures.two_clocks import TwoClocks
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.insight import initialize


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    cloud, paths, clocks = GradientCloud(), EqualRowVisits(), TwoClocks()
    for one in (paths, clocks):
        while one.step():
            pass
    hidden = [dr.Dense(64, "relu"), dr.Dense(64, "relu")]
    network = initialize(dr.Network([*hidden, dr.Dense(1, "sigmoid")]), inputs=2)
    weights = sum(one.size for one in network.parameters.weights)
    updates_32 = dr.sampling.MiniBatches(32).steps_per_epoch(1024)
    half = cloud.spread(64, replace=False) / cloud.spread(64, replace=True)
    return {
        "measured_batches": f"{MEASURED_BATCHES:,}",
        "single": cloud.spread(1, replace=True),
        "with_32": cloud.spread(32, replace=True),
        "without_32": cloud.spread(32, replace=False),
        "visits": f"{paths.visits:,}",
        "updates_1": f"{paths.updates(0):,}",
        "updates_all": f"{paths.updates(2)}",
        "loss_1": float(paths.losses[0][-1]),
        "loss_32": float(paths.losses[1][-1]),
        "loss_all": float(paths.losses[2][-1]),
        "epochs": f"{clocks.runs[0].epoch}",
        "clock_small": float(clocks.losses(0)[-1]),
        "clock_all": float(clocks.losses(2)[-1]),
        "clock_updates": f"{clocks.runs[2].epoch}",
        "weights": f"{weights:,}",
        "multiplications": f"{1024 * weights:,}",
        "reads_1": f"{1024 * weights:,}",
        "reads_32": f"{updates_32 * weights:,}",
        "half": 0.1 * half,
        "updates": float(5 * dr.sampling.MiniBatches(32).steps_per_epoch(1000)),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    updates, half = float(found["updates"]), float(found["half"])
    return (
        ChoiceQuestion(
            "16.predict",
            "Batches grow from 32 to 128 rows, drawn with replacement. What happens to the distance between their gradients and that of all rows?",
            (
                Option(
                    "It halves.",
                    "It falls like 1/√B: four times the rows, half the noise.",
                    True,
                ),
                Option(
                    "It falls to a quarter.",
                    "That is the variance, the mean square. The distance is its root.",
                ),
                Option(
                    "It stays the same.",
                    "The mean of more rows is closer to the mean of all rows.",
                ),
                Option(
                    "It falls to zero.",
                    "With replacement some noise is left in a batch of any size.",
                ),
            ),
        ),
        NumberQuestion(
            "16.check",
            "The gradients of single rows are 2.4 away from the gradient of all rows (root mean square). How far away are those of batches of 16 rows, drawn with replacement?",
            2.4 / 16**0.5,
            0.006,
            "2.4 / √16.",
            "Divide by the root of the batch size.",
            (
                (2.4 / 16, "Divide by √16 = 4: the variance falls like 1/B, its root like 1/√B."),
                (2.4 * 16**0.5, "A larger batch has less noise: divide."),
            ),
            solution="2.4 / √16 = 2.4 / 4 = 0.6.",
        ),
        NumberQuestion(
            "16.1",
            "There are 1,000 rows, and the batch size is 32. How many updates are in 5 epochs?",
            updates,
            0.4,
            "An epoch has 32 updates, the last one with the 8 rows that are left.",
            "Divide 1,000 by 32 and round up, as the last batch is smaller. Then multiply by 5.",
            (
                (155.0, "The 8 rows that are left in each epoch have an update, too: round up."),
                (updates / 5, "That is one epoch."),
                (5000.0, "That is one row per update."),
            ),
            solution=f"1,000 / 32 = 31.25, so 32 updates in each epoch, and {updates:.0f} in five.",
        ),
        NumberQuestion(
            "16.2",
            "Of 128 rows, batches of 64 that are drawn with replacement are 0.1 away from the gradient of all rows (root mean square). How far away are batches of 64 in which no row occurs twice? (Three decimals.)",
            half,
            0.0011,
            "Multiply by √((128 − 64) / 127).",
            "Drawing without replacement multiplies the distance by √((n − B) / (n − 1)).",
            (
                (0.05, "Take the root: half of the variance is left, not half of the distance."),
                (0.1, "A batch that knows half of all rows is closer than one with repeated rows."),
            ),
            solution=f"0.1 · √(64 / 127) = {half:.3f}.",
        ),
        ChoiceQuestion(
            "16.3",
            "You increase the batch size from 32 to 256, and leave η and the number of epochs as they are. The training loss at the end is higher. What is the most likely reason?",
            (
                Option(
                    "There are only an eighth of the updates.",
                    "Each update is hardly better than before, and there are eight times fewer of them.",
                    True,
                ),
                Option(
                    "The gradients of larger batches are less exact.",
                    "They are more exact: the noise falls like 1/√B.",
                ),
                Option(
                    "Each epoch visits fewer rows.",
                    "An epoch visits every row once, whatever the batch size.",
                ),
                Option(
                    "Larger batches memorize the rows.",
                    "A network that memorizes the training rows has a low training loss.",
                ),
            ),
            solution="The same number of epochs is an eighth of the updates. Train for more epochs, or raise η, which the smaller noise allows.",
        ),
    )


CHAPTER = Chapter(
    16,
    "mini-batches",
    "Mini-batches",
    questions,
    values,
    {"batches": "data=moons&noise=0.25&layers=8tanh&optimizer=gradient_descent&rate=0.1&batch=32"},
)
