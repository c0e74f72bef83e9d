"""Chapter 18: iris from the table to a prediction, in the words of Keras."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from deltarule.activations import Softmax
from deltarule.course.chapter import Chapter
from deltarule.course.figures.iris_classes import IrisClasses
from deltarule.course.figures.iris_training import SPLITS, START, IrisTraining
from deltarule.course.iris_flowers import (
    MEASUREMENTS,
    SPECIES,
    Standardization,
    iris_flowers,
    split_flowers,
)
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question

FLOWER = (6.0, 2.9, 4.9, 1.6)
"""The flower that the text predicts, in cm."""


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    runs = []
    for seed in range(SPLITS):
        runs.append(IrisTraining(seed=seed))
        while runs[-1].step():
            pass
    rights = [int(np.trace(run.confusion)) for run in runs]
    shown = runs[START]
    planes = {}
    for pair in ("petals", "sepals"):
        planes[pair] = IrisClasses(pair=pair)
        while planes[pair].step():
            pass
    X, _ = iris_flowers()
    scaler = Standardization.of(X[split_flowers(START).training])
    petal = MEASUREMENTS.index("petal_length")
    flower = shown.run.trained.predict(scaler([FLOWER]))[0]
    losses = shown.run.records["validation_loss"]
    confusion = shown.confusion
    return {
        "mean": float(scaler.mean[petal]),
        "deviation": float(scaler.deviation[petal]),
        "scaled": float(scaler([FLOWER])[0, petal]),
        "softmax": float(Softmax()(np.array([[1.0, 3.0, 0.0]]))[0, 1]),
        "right_petals": f"{int(np.sum(~planes['petals'].wrong))}",
        "right_sepals": f"{int(np.sum(~planes['sepals'].wrong))}",
        "lowest_epoch": f"{shown.lowest_epoch}",
        "lowest_loss": float(losses.min()),
        "last_loss": float(losses[-1]),
        "right": f"{rights[START]}",
        "worst": f"{min(rights)}",
        "best": f"{max(rights)}",
        "precision": float(confusion[1, 1] / confusion[:, 1].sum()),
        "recall": float(confusion[2, 2] / confusion[2].sum()),
        "p_versicolor": float(flower[SPECIES.index("versicolor")]),
        "p_virginica": float(flower[SPECIES.index("virginica")]),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    softmax, scaled = float(found["softmax"]), float(found["scaled"])
    mean, deviation = float(found["mean"]), float(found["deviation"])
    precision = float(found["precision"])
    return (
        ChoiceQuestion(
            "18.predict",
            "Of 150 iris flowers, the length and width of petals and sepals are known. Which species will "
            "a network confuse?",
            (
                Option(
                    "versicolor and virginica",
                    "Their measurements overlap. Setosa has much smaller petals than both.",
                    True,
                ),
                Option(
                    "setosa and virginica",
                    "They are farthest apart: setosa has petals of at most 1.9 cm, virginica of at "
                    "least 4.5 cm.",
                ),
                Option(
                    "setosa and versicolor",
                    "The petals of setosa are at most 1.9 cm long, those of versicolor at least 3 cm.",
                ),
                Option(
                    "none: four measurements determine the species",
                    "Some flowers of two species have nearly the same four measurements.",
                ),
            ),
        ),
        NumberQuestion(
            "18.check",
            "The output layer computes z = (1, 3, 0). What is the probability of the second class after "
            "softmax? (e is about 2.718, e³ about 20.09; three decimals.)",
            softmax,
            0.002,
            "e³ / (e + e³ + 1) = 20.09 / 23.80.",
            "Raise e to the power of each z, and divide the second by the sum of the three.",
            (
                (0.75, "That is 3 / 4, the share of z. Softmax takes e to the power of z first."),
                (20.09, "That is e³. Divide it by the sum of all three powers."),
                (0.881, "The third class counts, too: e⁰ is 1."),
            ),
            solution="2.718 + 20.09 + 1 = 23.80, and 20.09 / 23.80 = 0.844.",
        ),
        NumberQuestion(
            "18.1",
            f"The petal length of the training rows has the mean {mean:.2f} cm and the standard deviation "
            f"{deviation:.2f} cm. To which number is 4.9 cm standardized? (Two decimals.)",
            scaled,
            0.011,
            "Subtract the mean, then divide by the standard deviation.",
            "How many standard deviations is 4.9 cm above the mean?",
            (
                (4.9 / deviation, "Subtract the mean first."),
                (4.9 - mean, "That is the difference in cm. Divide it by the standard deviation."),
                (
                    (4.9 - mean) / deviation**2,
                    "Divide by the standard deviation, not by its square.",
                ),
            ),
            solution=f"(4.9 − {mean:.2f}) / {deviation:.2f} = {scaled:.2f}.",
        ),
        ChoiceQuestion(
            "18.2",
            "A program computes means and standard deviations of all 150 rows, standardizes the table, and "
            "then splits off test rows. What is wrong with that?",
            (
                Option(
                    "The test rows took part in what was fitted.",
                    "A score is honest only if the test rows had no part in anything before it.",
                    True,
                ),
                Option(
                    "Nothing; the means are nearly the same.",
                    "On iris that hardly changes the score, but with few rows, outliers or selected "
                    "columns it makes the score too good.",
                ),
                Option(
                    "The network trains more slowly.",
                    "It trains as fast as before. What suffers is the honesty of the score.",
                ),
                Option(
                    "The test rows are no longer in cm.",
                    "They must be standardized as well, with the numbers of the training rows.",
                ),
            ),
            solution="Means and standard deviations are fitted, like weights. They come from the training rows, and "
            "are applied to all rows.",
        ),
        NumberQuestion(
            "18.3",
            "Ten test flowers of each species: all setosa and versicolor are classified correctly, and one "
            "virginica is taken for versicolor. What is the precision of versicolor? (Three decimals.)",
            precision,
            0.002,
            "Eleven flowers are classified as versicolor, and ten of them are: 10 / 11.",
            "Precision is the share of the correct ones among those that are predicted as versicolor.",
            (
                (1.0, "That is the recall: all ten versicolor are found."),
                (29 / 30, "That is the accuracy over all species."),
                (0.9, "That is the recall of virginica."),
            ),
            solution="Predicted as versicolor: 10 + 1 = 11. Correct: 10. Precision = 10 / 11 = 0.909.",
        ),
    )


CHAPTER = Chapter(
    18,
    "iris",
    "Iris, end to end",
    questions,
    values,
    {"classes": "lesson=classes"},
)
