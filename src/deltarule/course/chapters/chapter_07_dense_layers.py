"""Chapter 7: a dense layer as a product of matrices, as templates, and as lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.dense_scores import BIASES, CLASSES, LAYER, PIXELS, WEIGHTS
from deltarule.course.figures.digit_templates import accuracy_on_test_digits, template_training
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.insight import Line
from deltarule.layers import Dense
from deltarule.network import Network


def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    scores = LAYER.predict([PIXELS])[0]
    run = template_training()
    while run.train(10):
        pass
    found: dict[str, float | str] = {
        name: float(score) for name, score in zip(CLASSES, scores, strict=True)
    }
    found["accuracy"] = accuracy_on_test_digits(run)
    found["accuracy_shifted"] = accuracy_on_test_digits(run, shift=1)
    return found


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = values()
    ship, dog, bias = float(found["ship"]), float(found["dog"]), float(BIASES[2])
    terms = np.asarray(PIXELS) * WEIGHTS[:, 0]
    largest = int(np.abs(terms).argmax())
    parameters = Network([Dense(10)], 28 * 28).parameter_count
    # Exercise 2: bias and weights of two classes; their regions meet in the line of the difference.
    difference = np.subtract((2.0, 3.0, 1.0), (1.0, 1.0, 2.0)).tolist()
    border = float(Line(difference[0], (difference[1], difference[2])).second_coordinate(1.0))
    return (
        ChoiceQuestion(
            "7.predict",
            "Four pixels, x = (56, 231, 24, 2). Their weights for the class cat are 0.2, −0.5, 0.1 and 2. Which "
            "pixel changes the score of cat most?",
            tuple(
                Option(
                    f"pixel {i + 1}, with the weight {f'{WEIGHTS[i, 0]:g}'.replace('-', '−')}",
                    sentence,
                    i == largest,
                )
                for i, sentence in enumerate(
                    (
                        "Its product is 56 · 0.2 = 11.2. Compare the products of all pixels.",
                        "Its product is 231 · (−0.5) = −115.5, larger than all others together.",
                        "Its product is 24 · 0.1 = 2.4, the smallest of all.",
                        "It has the largest weight, but the pixel is dark: 2 · 2 is only 4.",
                    )
                )
            ),
        ),
        NumberQuestion(
            "7.check",
            "The same image, x = (56, 231, 24, 2). The weights of ship are 0, 0.25, 0.2 and −0.3, and its bias is "
            "−1.2. Compute the score of ship.",
            ship,
            1e-6,
            "57.75 + 4.8 − 0.6 − 1.2 = 60.75.",
            "Multiply each pixel by its weight, add the four products, and then add the bias.",
            (
                (
                    ship - bias,
                    "Either the bias −1.2 is missing, or 2 · (−0.3) has the wrong sign: both give this.",
                ),
                (ship - 2 * bias, "The bias is −1.2: add it, do not subtract it."),
                (dog, "That is the score of dog. Take the column of ship."),
            ),
        ),
        NumberQuestion(
            "7.1",
            "A dense layer has 28 × 28 pixels as inputs and ten classes as outputs. How many weights and biases does "
            "it have together?",
            float(parameters),
            0.5,
            "784 · 10 weights and 10 biases are 7850.",
            "Each class has one weight for each pixel, and one bias.",
            (
                (7840.0, "Those are the weights. Each class has a bias, too."),
                (785.0, "That is one class. There are ten."),
                (784.0, "That is one template. There are ten, and ten biases."),
                (794.0, "Each class has its own weight for each pixel: multiply."),
            ),
            solution="Each class has 28 · 28 = 784 weights and 1 bias, so ten classes have 10 · 785 = 7850.",
        ),
        NumberQuestion(
            "7.2",
            "Two classes have the scores z₁ = 3 x₁ + x₂ + 2 and z₂ = x₁ + 2 x₂ + 1. Their regions meet in a line. "
            "At x₁ = 1, what is x₂ on that line?",
            border,
            1e-6,
            "z₁ − z₂ = 2 x₁ − x₂ + 1 = 0, so x₂ = 2 · 1 + 1 = 3.",
            "The regions meet where both scores are equal: solve z₁ = z₂ with x₁ = 1.",
            (
                (-5.0, "There z₁ = 0. The regions meet where z₁ = z₂."),
                (-1.0, "There z₂ = 0. The regions meet where z₁ = z₂."),
                (-3.0, "Check the signs: 3 + x₂ + 2 = 1 + 2 x₂ + 1."),
                (2.0, "You left out the biases 2 and 1."),
            ),
            solution="z₁ = z₂ gives 3 x₁ + x₂ + 2 = x₁ + 2 x₂ + 1, so x₂ = 2 x₁ + 1. At x₁ = 1 this is 3. The "
            "weights of this line are the difference of the weights, (2, −1).",
        ),
        ChoiceQuestion(
            "7.3",
            "Somebody adds the same vector to the weights of every class. What happens to the regions?",
            (
                Option(
                    "Nothing: every sample keeps its class.",
                    "All scores of a sample grow by the same number, so the largest stays the largest.",
                    True,
                ),
                Option(
                    "They move with the lines.",
                    "The lines where a score is 0 move. The borders are where scores are equal, and those stay.",
                ),
                Option(
                    "They rotate.",
                    "A border has the difference of two weights, and the added vector cancels in it.",
                ),
                Option(
                    "The class with the largest weights wins everywhere.",
                    "No class gains on another one: each gets the same.",
                ),
            ),
            solution="Every score of a sample x grows by the same x · v, so the order of the scores does not change. "
            "The lines z = 0 do move. Softmax does not change either: only differences of scores matter.",
        ),
    )


CHAPTER = Chapter(
    7,
    "dense-layers",
    "Dense layers in three views",
    questions,
    values,
    {"digits": "lesson=digits"},
)
