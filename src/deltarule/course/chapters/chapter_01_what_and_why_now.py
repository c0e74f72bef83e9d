"""Chapter 1: what a network is, and why networks grew: examples, weights and compute."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from deltarule.course.chapter import Chapter
from deltarule.course.figures.adjustable_numbers import AdjustableNumbers
from deltarule.course.figures.more_examples import SIZES, MoreExamples, digits_network
from deltarule.course.figures.network_growth import (
    OPERATIONS_PER_PARAMETER,
    NetworkGrowth,
    small_network,
)
from deltarule.course.landmark_networks import landmark_network
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    unit = AdjustableNumbers()
    found: dict[str, float | str] = {"loss_before": unit.loss, "right_before": unit.right}
    while unit.step():
        pass
    found |= {"loss_after": unit.loss, "right_after": unit.right}
    digits = MoreExamples()
    while digits.step():
        pass
    accuracies = [accuracy for _, accuracy in digits.results]
    for size in (10, 100, 700):
        found[f"accuracy_{size}"] = accuracies[SIZES.index(size)]
    found["memorized"] = digits.results[0][0]
    for name, first, last in (
        ("before", "Perceptron", "Deep MLP"), ("since", "AlexNet", "GPT-3"),
    ):  # fmt: skip
        growth = NetworkGrowth(first=first, last=last)
        assert growth.doubling_months is not None
        found[f"months_{name}"] = growth.doubling_months
    ratio = NetworkGrowth(first="LeNet-5", last="GPT-3").ratio
    assert ratio is not None
    gpt_3 = landmark_network("GPT-3")
    assert gpt_3.examples is not None
    return {
        **found,
        "doublings": math.log2(ratio),
        "parameters": digits_network().parameter_count,
        "page_operations": small_network()["operations"] / 1e6,
        "rule": OPERATIONS_PER_PARAMETER * gpt_3.parameters * gpt_3.examples / 1e23,
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    doublings, parameters = float(found["doublings"]), float(found["parameters"])
    rule = float(found["rule"])
    return (
        ChoiceQuestion(
            "1.predict",
            "A network learns to read handwritten digits from 10 examples, and reads these 10 correctly. "
            "How many of 300 digits that it has never seen does it read correctly?",
            (
                Option(
                    "fewer than half of them",
                    "Ten examples say little about how other people write a digit. Chance "
                    "would be a tenth.",
                    True,
                ),
                Option(
                    "all of them, as with the 10",
                    "The 10 examples can be memorized. New digits look different.",
                ),
                Option(
                    "about one in ten, as by chance",
                    "Other people's digits have something in common with the examples, so it is "
                    "better than chance.",
                ),
                Option(
                    "nine of ten",
                    "That takes more than ten examples. See how many in the figure below.",
                ),
            ),
        ),
        NumberQuestion(
            "1.check",
            "Training took 2.81 · 10¹² operations for LeNet-5 (1998) and 3.14 · 10²³ for GPT-3 (2020). How "
            "many doublings is that? (log₂ 10 is about 3.32.)",
            doublings,
            0.5,
            "The ratio is about 1.12 · 10¹¹, and log₂ of it is about 11 · 3.32 + 0.2. In 22 years, that is "
            "one doubling in about seven months.",
            "Divide both numbers. The exponent of ten times log₂ 10 is nearly the answer.",
            (
                (
                    11.0,
                    "That is the number of tenfold increases. A tenfold increase is 3.32 doublings.",
                ),
                (22.0, "That is the number of years."),
            ),
            solution="3.14 · 10²³ / 2.81 · 10¹² = 1.12 · 10¹¹, and log₂ (1.12 · 10¹¹) = 36.7.",
        ),
        NumberQuestion(
            "1.1",
            "64 pixels are connected to 16 hidden units, and these to 10 outputs. Every unit has a bias. How "
            "many adjustable numbers does the network have?",
            parameters,
            0.5,
            "64 · 16 + 16 in the hidden layer, and 16 · 10 + 10 in the output layer.",
            "Each unit has a weight for each of its inputs, and one bias.",
            (
                (1184.0, "You left out the biases, one for each of the 26 units."),
                (1024.0, "That is the weights of the hidden layer alone."),
                (
                    90.0,
                    "That is the number of inputs and units. Count the connections between them.",
                ),
            ),
            solution="(64 + 1) · 16 + (16 + 1) · 10 = 1,040 + 170 = 1,210.",
        ),
        NumberQuestion(
            "1.2",
            "For each example, a weight takes part in about 6 operations: a multiplication and an addition "
            "forward, and twice as many backward. GPT-3 has 1.75 · 10¹¹ weights and was trained on 3 · 10¹¹ "
            "tokens, each once. About how many times 10²³ operations did that take?",
            rule,
            0.05,
            "6 · 1.75 · 10¹¹ · 3 · 10¹¹ is 3.15 · 10²³. The paper states 3.14 · 10²³.",
            "Multiply 6, the number of weights and the number of tokens.",
            (
                (0.525, "You left out the 6 operations for each weight and token."),
                (1.05, "That is the forward pass alone. The backward pass takes twice as many."),
                (31.5, "Check the power of ten: 11 + 11 = 22, and 31.5 · 10²² is 3.15 · 10²³."),
            ),
            solution="6 · 1.75 · 10¹¹ · 3 · 10¹¹ = 31.5 · 10²² = 3.15 · 10²³.",
        ),
        ChoiceQuestion(
            "1.3",
            "A table has 150 rows and four columns of numbers. Which sentence is right?",
            (
                Option(
                    "Train a dense network and a tree model, and compare both on rows that neither has seen.",
                    "On small tables either can be better, and both train in seconds. Only test rows "
                    "tell.",
                    True,
                ),
                Option(
                    "150 rows are too few for any network.",
                    "A small network with early stopping learns from 150 rows. Chapter 18 does so.",
                ),
                Option(
                    "A network with a billion weights will be better, as in the figure.",
                    "The large networks had as many examples as that. With 150 rows, a billion weights "
                    "would memorize them.",
                ),
            ),
            solution="Networks grew together with their data. On a small table a small network is enough, and a "
            "comparison on test rows shows whether a tree model is better.",
        ),
    )


CHAPTER = Chapter(
    1,
    "what-and-why-now",
    "What a network is, and why now",
    questions,
    values,
    {"digits": "lesson=digits"},
)
