"""Chapter 8: what hidden units look for, and how layers separate the classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.digit_features import accuracy_of_features, feature_training
from deltarule.course.figures.layer_separation import (
    UNITS,
    representations,
    separation_training,
    share_between_classes,
)
from deltarule.course.handwritten_digits import SIDE, load_ones_and_fives
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.layers import Dense
from deltarule.network import Network

BY_HAND = ((0.0, 2.0, 4.0, 6.0), (1, 1, 5, 5))
"""Outputs of a unit for four digits, and the digits."""


def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    (X, _), (_, digits) = load_ones_and_fives()
    found: dict[str, float | str] = {"empty": int((X.max(axis=0) == 0).sum())}
    runs = {
        "accuracy": feature_training(),
        "accuracy_one": feature_training(1, "tanh"),
        "accuracy_shuffled": feature_training(shuffle=True),
    }
    for name, run in runs.items():
        while run.train(20):
            pass
        found[name] = accuracy_of_features(run, name == "accuracy_shuffled")
    found["parameters_eight"] = runs["accuracy"].plan.network.parameter_count
    found["parameters_one"] = runs["accuracy_one"].plan.network.parameter_count
    deep = separation_training()
    while deep.train(20):
        pass
    shares = [share_between_classes(rows, digits) for rows in representations(deep)]
    found |= dict(zip(("share_pixels", "share_1", "share_2"), shares, strict=True))
    return found


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    deep = Network([*(Dense(units) for units in UNITS), Dense(1)], SIDE * SIDE)
    blocks = deep.blocks
    biases = sum(UNITS) + 1
    outputs, digits = BY_HAND
    share = share_between_classes(np.array(outputs)[:, None], np.array(digits))
    return (
        ChoiceQuestion(
            "8.predict",
            "A hidden layer of eight units learns to tell 5 from 1. The weights of each unit are drawn as an "
            "image. What do the images show after training?",
            (
                Option(
                    "Strokes at places, in several units nearly the same",
                    "All units learn from the same error, and many of them find the same contrast of 1 and 5.",
                    True,
                ),
                Option(
                    "Eight different parts of digits, one in each unit",
                    "Nothing in the loss asks the units to differ, and many do not.",
                ),
                Option(
                    "Eight of the training digits",
                    "A unit sums up what separates many digits, and copies none of them.",
                ),
                Option(
                    "Noise, as at the start",
                    "The noise stays only where no digit has ink and no penalty removes it.",
                ),
            ),
        ),
        NumberQuestion(
            "8.check",
            "784 pixels, hidden layers of 16 and 8 units, one output unit. How many weights and biases does this "
            "network have?",
            float(deep.parameter_count),
            0.5,
            "(784 · 16 + 16) + (16 · 8 + 8) + (8 · 1 + 1) = 12705.",
            "Each layer has inputs · units weights, and one bias for each unit. Add up the three layers.",
            (
                (
                    float(deep.parameter_count - biases),
                    "Those are the weights. Each unit has a bias, too: 16 + 8 + 1.",
                ),
                (
                    float(deep.parameter_count - blocks[-1].parameter_count),
                    "You left out the output unit: 8 weights and a bias.",
                ),
                (float(blocks[0].parameter_count), "That is the first layer. Add the other two."),
                (
                    float(SIDE * SIDE + sum(UNITS) + 1),
                    "You added up units. Each unit has a weight for each input.",
                ),
            ),
        ),
        NumberQuestion(
            "8.1",
            "A hidden unit has the outputs 0 and 2 for two ones, and 4 and 6 for two fives. Which share of the "
            "variance of these four numbers lies between the classes? Answer between 0 and 1.",
            share,
            5e-3,
            "The mean of all is 3. Between: 2 · 2² + 2 · 2² = 16. All: 9 + 1 + 1 + 9 = 20. 16 / 20 = 0.8.",
            "Compare squares: those of the class means around the mean of all, and those of the numbers around it.",
            (
                (1 - share, "That is the share within the classes. The rest lies between them."),
                (80.0, "Right as a percentage. Write it as a number between 0 and 1."),
                (
                    0.4,
                    "Each class has two digits: the square of its mean's distance counts twice.",
                ),
                (
                    16.0,
                    "That is the sum of squares between the classes. Divide it by that of all numbers.",
                ),
            ),
            solution="The class means are 1 and 5, the mean of all is 3. Between the classes: 2 · (1 − 3)² + "
            "2 · (5 − 3)² = 16. All four: 9 + 1 + 1 + 9 = 20. The share is 16 / 20 = 0.8, as in the second figure.",
        ),
        ChoiceQuestion(
            "8.2",
            "The pixel in the corner is 0 in every training digit. There is no penalty. What happens to its weights "
            "while the network trains?",
            (
                Option(
                    "They keep their initial values.",
                    "The gradient of a weight is δ times its input, and the input is always 0.",
                    True,
                ),
                Option(
                    "They become 0.",
                    "A penalty would do that. Without one, a gradient of 0 leaves them as they are.",
                ),
                Option(
                    "They become large, because nothing limits them.",
                    "Nothing drives them either: their gradient is 0.",
                ),
                Option(
                    "They become equal in all units.",
                    "They do not change at all, and they started at random.",
                ),
            ),
            solution="∂J/∂w = δ · x, and x = 0 for every digit. So the weights stay as they were drawn. With L2 their "
            "gradient is 2 · λ · w, which brings them to 0: the images become readable.",
        ),
        ChoiceQuestion(
            "8.3",
            "You move every digit by three pixels to the right, in training and test alike, and nothing is cut off. "
            "Does the dense network learn worse?",
            (
                Option(
                    "No: the same digits arrive at other inputs.",
                    "As with the shuffled pixels, the inputs only change their places, for all digits alike.",
                    True,
                ),
                Option(
                    "Yes: its features are strokes at fixed places.",
                    "They would be learned at the new places. It fails if only the test digits move.",
                ),
                Option(
                    "Yes: neighbors of the pixels change.",
                    "A dense layer does not know neighbors, and here they do not even change.",
                ),
            ),
            solution="A dense layer treats its inputs alike, so moving all digits in the same way only renames inputs. "
            "If only the test digits move, their strokes miss the learned places, as in chapter 7.",
        ),
    )


CHAPTER = Chapter(
    8,
    "deep-networks",
    "Deep networks and features",
    questions,
    values,
    {"hidden": "lesson=digits&layers=16tanh,8tanh"},
)
