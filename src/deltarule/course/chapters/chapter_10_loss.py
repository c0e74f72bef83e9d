"""Chapter 10: the loss of one prediction, the empirical loss, and losses of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from deltarule.course.chapter import Chapter
from deltarule.course.figures.empirical_loss import STUDENT, EmpiricalLoss, students
from deltarule.course.figures.prediction_loss import PredictionLoss
from deltarule.course.figures.regression_losses import (
    ABSOLUTE,
    SQUARED,
    RegressionLosses,
    without_outlier,
)
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.losses import BinaryCrossEntropy, Loss, MeanAbsoluteError, MeanSquaredError

GRADES = (70.0, 72.0, 74.0, 76.0, 10.0)
ENTROPY, ERROR = "cross-entropy", "squared error"


def mean_loss(loss: Loss, predictions: tuple[float, ...], targets: tuple[float, ...]) -> float:
    """Return the mean of a loss over predictions."""
    return float(loss.values(np.array(predictions)[:, None], np.array(targets)[:, None]).mean())


def best_constant(loss: Loss, targets: tuple[float, ...]) -> float:
    """Return the one prediction, of one decimal, whose mean loss over all targets is smallest."""
    candidates = [round(0.1 * i, 1) for i in range(1001)]
    return min(candidates, key=lambda one: mean_loss(loss, (one,) * len(targets), targets))


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    shown = PredictionLoss(prediction=0.1, y="1")
    worse = PredictionLoss(prediction=0.01, y="1")
    exam = EmpiricalLoss()
    X, _ = students()
    found: dict[str, float | str] = {
        "lectures": f"{X[STUDENT - 1, 0]:.0f}",
        "hours": f"{X[STUDENT - 1, 1]:.1f}",
        "prediction": float(exam.predictions[STUDENT - 1]),
        "loss": float(exam.losses[STUDENT - 1]),
        "first_mean": float(exam.losses.mean()),
    }
    while exam.step():
        pass
    outlier = RegressionLosses()
    lines = without_outlier()
    return found | {
        "trained_prediction": float(exam.predictions[STUDENT - 1]),
        "trained_loss": float(exam.losses[STUDENT - 1]),
        "trained_mean": float(exam.losses.mean()),
        "epochs": f"{exam.run.epoch}",
        "worse": worse.losses[ENTROPY],
        "squared": shown.losses[ERROR],
        "squared_worse": worse.losses[ERROR],
        "gradient": worse.gradients[ENTROPY],
        "gradient_squared": worse.gradients[ERROR],
        "question_gradient": shown.gradients[ERROR],
        "question_slope": shown.slopes[ERROR],
        "wrong_sign": -shown.losses[ENTROPY],
        "wrong_sign_right": -PredictionLoss(prediction=0.9, y="1").losses[ENTROPY],
        "slope_alone": lines[SQUARED][0],
        "slope_alone_absolute": lines[ABSOLUTE][0],
        "slope_squared": outlier.lines[SQUARED][0],
        "slope_absolute": outlier.lines[ABSOLUTE][0],
        "three": mean_loss(BinaryCrossEntropy(), (0.9, 0.2, 0.5), (1.0, 0.0, 1.0)),
        "half": mean_loss(BinaryCrossEntropy(), (0.5,), (1.0,)),
        "median": best_constant(MeanAbsoluteError(), GRADES),
        "mean": best_constant(MeanSquaredError(), GRADES),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = {name: float(value) for name, value in values().items()}
    three, half = found["three"], found["half"]
    gradient, slope = found["question_gradient"], found["question_slope"]
    median, mean = found["median"], found["mean"]
    return (
        ChoiceQuestion(
            "10.predict",
            "A student passed. One network had predicted 0.1, another one 0.01. How do their losses differ?",
            (
                Option(
                    "The cross-entropy doubles, the squared error grows by a fifth.",
                    "−log 0.01 is twice −log 0.1. The squared error grows only from 0.9² to 0.99², because "
                    "it cannot be more than 1.",
                    True,
                ),
                Option(
                    "Both losses double.",
                    "The squared error grows from 0.9² to 0.99², which is far from double.",
                ),
                Option(
                    "Both losses become ten times as large.",
                    "The probability is a tenth, but neither 1 − ŷ nor −log ŷ is ten times as large.",
                ),
                Option(
                    "The squared error doubles, the cross-entropy hardly changes.",
                    "It is the other way round: the logarithm has no lower end, the square is at most 1.",
                ),
            ),
        ),
        NumberQuestion(
            "10.check",
            "A network predicts 0.9, 0.2 and 0.5 for three students. The first and the third passed, the second "
            "failed. What is the mean cross-entropy J? (Two decimals.)",
            three,
            0.006,
            "The losses are −log 0.9, −log 0.8 and −log 0.5; J is their mean.",
            "For a student who passed, the loss is −log ŷ; for one who failed, −log (1 − ŷ). Take the mean.",
            (
                (
                    3 * three,
                    "That is the sum. The empirical loss is the mean over the three students.",
                ),
                (-three, "Check the sign: −log of a probability is positive."),
                (
                    mean_loss(BinaryCrossEntropy(), (0.9, 0.2, 0.5), (1.0, 1.0, 1.0)),
                    "The second student failed: take −log (1 − 0.2).",
                ),
                (
                    mean_loss(MeanSquaredError(), (0.9, 0.2, 0.5), (1.0, 0.0, 1.0)),
                    "That is the mean squared error.",
                ),
            ),
        ),
        NumberQuestion(
            "10.1",
            "An untrained network predicts 0.5 for every student. What is its mean cross-entropy? (Two "
            "decimals.)",
            half,
            0.006,
            "Every student has the loss −log 0.5, whoever passed. A trained network should have less.",
            "The loss is −log 0.5 for those who passed, and −log (1 − 0.5) for the others.",
            (
                (0.25, "That is the squared error, 0.5²."),
                (-half, "Check the sign: log 0.5 is negative, and the loss has a minus sign."),
                (0.301, "That is the logarithm to base 10. Losses use the natural logarithm."),
            ),
            solution=f"−log 0.5 = log 2 = {half:.3f}, for both classes. It is the loss of a network that knows "
            "nothing about two classes of the same size.",
        ),
        NumberQuestion(
            "10.2",
            "A sigmoid output is ŷ = 0.1, the target is y = 1. What gradient ∂L/∂z does the squared error "
            "(ŷ − y)² give? (Three decimals.)",
            gradient,
            0.0011,
            "The slope of the sigmoid makes it small. Cross-entropy gives ŷ − y = −0.9.",
            "Multiply ∂L/∂ŷ = 2 (ŷ − y) by the slope of the sigmoid, ŷ (1 − ŷ).",
            (
                (slope, "That is ∂L/∂ŷ. Multiply it by the slope of the sigmoid, 0.1 · 0.9."),
                (-0.9, "That is ŷ − y, the gradient of cross-entropy."),
                (-gradient, "Check the sign: ŷ − y is negative, so that z must grow."),
            ),
            solution=f"2 (0.1 − 1) · 0.1 · 0.9 = −{-gradient:.3f}. Cross-entropy gives ŷ − y = −0.9, and "
            "learns this sample faster.",
        ),
        NumberQuestion(
            "10.3",
            "A network without inputs predicts the same grade for all five students. Their grades are 70, 72, "
            "74, 76 and 10. Which prediction has the smallest mean absolute error?",
            median,
            0.051,
            "The absolute error is smallest at the median, wherever the outlier is.",
            "Move the prediction by one point, and count the students whose error grows, and those whose error "
            "falls.",
            (
                (mean, "That is the mean, which has the smallest mean squared error."),
                (74.0, "Sort the grades first: 10, 70, 72, 74, 76."),
                (
                    73.0,
                    "That is the middle of the four without the outlier. There are five students.",
                ),
            ),
            solution=f"The median of the five grades is {median:.0f}. Below it, more errors fall than grow when "
            f"the prediction rises; above it, fewer. The mean squared error is smallest at the mean, {mean:.1f}.",
        ),
    )


CHAPTER = Chapter(
    10,
    "loss",
    "Loss: how wrong is the network?",
    questions,
    values,
    {
        "squared": "data=moons&layers=4tanh&loss=mean_squared_error&optimizer=gradient_descent&rate=0.3",
    },
)
