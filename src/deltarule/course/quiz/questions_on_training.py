"""Questions of the quiz on chapters 10 to 18: how a network learns, and how well."""

from __future__ import annotations

import numpy as np

from deltarule.activations import ACTIVATIONS
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option
from deltarule.course.quiz.quiz_question import QuizQuestion
from deltarule.insight import perceptron, trace
from deltarule.layers import Dense
from deltarule.losses import BinaryCrossEntropy
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.sampling import MiniBatches
from deltarule.training import TrainedNetwork

SQUARED_ERROR = "mean_squared_error"


def questions_on_training() -> tuple[QuizQuestion, ...]:
    """Return the questions, without names."""
    return (
        QuizQuestion(10, _cross_entropy()),
        QuizQuestion(11, _gradient()),
        QuizQuestion(12, _chain_rule()),
        QuizQuestion(13, _saddle_point()),
        QuizQuestion(14, _update()),
        QuizQuestion(15, _largest_rate()),
        QuizQuestion(16, _updates_per_epoch()),
        QuizQuestion(17, _gap()),
        QuizQuestion(18, _sure_class()),
        QuizQuestion(18, _test_rows()),
    )


def _cross_entropy() -> NumberQuestion:
    loss = BinaryCrossEntropy()
    value = float(loss.values(np.array([[0.8]]), np.array([[1.0]]))[0])
    wrong = float(loss.values(np.array([[0.8]]), np.array([[0.0]]))[0])
    return NumberQuestion(
        "",
        "A network answers ŷ = 0.8 for a row of class 1. What is its binary cross-entropy, with the natural logarithm? (Two decimals are enough.)",
        round(value, 4),
        0.006,
        "−ln 0.8: only the probability of the true class counts.",
        "The loss is −ln of the probability that the network gives to the true class.",
        (
            (
                round(-value, 4),
                "Logarithms of probabilities are negative. The minus sign makes the loss positive.",
            ),
            (round(wrong, 4), "That is −ln 0.2, the loss if the row were of class 0."),
            (0.2, "That is the distance from the target. Cross-entropy is a logarithm."),
            (0.04, "That is the squared error."),
        ),
        f"−(1 · ln 0.8 + 0 · ln 0.2) = {value:.3f}. For class 0 it would be {wrong:.3f}.",
    )


def _gradient() -> NumberQuestion:
    unit = perceptron(None, [1.0], "identity")
    found = trace(unit, [2.0], 1.0, loss=SQUARED_ERROR)
    slope = float(found.layers[0].weight_gradient[0, 0])
    return NumberQuestion(
        "",
        "A unit without bias and activation computes ŷ = w x. For the row x = 2, y = 1 the loss is J = (ŷ − y)². What is ∂J/∂w at w = 1?",
        slope,
        1e-6,
        "∂J/∂w = 2 (ŷ − y) x = 2 · 1 · 2.",
        "Use the chain rule: the derivative of the square, times that of ŷ = w x.",
        (
            (2.0, "Both factors are 2: that of the square, and x."),
            (1.0, "That is J itself."),
            (
                -slope,
                "ŷ = 2 is above y = 1, so a larger w increases the loss: the slope is positive.",
            ),
        ),
        "ŷ = 2, so ∂J/∂w = 2 (2 − 1) · 2 = 4. Check it: (J(1.01) − J(0.99)) / 0.02 = 4.",
    )


def _chain_rule() -> NumberQuestion:
    weights = np.array([[2.0]]), np.array([[3.0]])
    network = Network([Dense(1, bias=False), Dense(1, bias=False)], 1)
    found = trace(
        TrainedNetwork(network, Parameters(weights, (None, None))), [1.0], 5.0, loss=SQUARED_ERROR
    )
    first, second = (float(layer.weight_gradient[0, 0]) for layer in found.layers)
    return NumberQuestion(
        "",
        "Two units without biases and activations: h = w₁ x and ŷ = w₂ h, with w₁ = 2, w₂ = 3, x = 1. The target is y = 5 and J = (ŷ − y)². What is ∂J/∂w₁?",
        first,
        1e-6,
        "∂J/∂ŷ · ∂ŷ/∂h · ∂h/∂w₁ = 2 · 3 · 1.",
        "Multiply along the way from the loss back to w₁: ∂J/∂ŷ, ∂ŷ/∂h, ∂h/∂w₁.",
        (
            (second, "That is ∂J/∂w₂, whose last factor is h = 2."),
            (2.0, "That is ∂J/∂ŷ. Multiply by w₂, and by x."),
            (3.0, "The derivative of the square has a factor 2."),
        ),
        "ŷ = 6, so ∂J/∂ŷ = 2 (6 − 5) = 2; ∂ŷ/∂h = w₂ = 3; ∂h/∂w₁ = x = 1. Together 6.",
    )


def _saddle_point() -> ChoiceQuestion:
    return ChoiceQuestion(
        "",
        "The gradient of the loss is 0 at some weights. What is true there?",
        (
            Option(
                "It may be a minimum, a maximum or a saddle point.",
                "A gradient of 0 says that the surface is level, not in which way it curves.",
                True,
            ),
            Option(
                "It is the lowest loss of all.",
                "There can be several minima, and the surface is level at saddle points, too.",
            ),
            Option(
                "It is a minimum, though perhaps not the lowest one.",
                "At a saddle point the loss falls in some directions and rises in others.",
            ),
            Option(
                "The network predicts every row correctly.",
                "The loss can be high, as where saturated units pass no gradient.",
            ),
        ),
        "With many weights most points with gradient 0 are saddle points: a minimum must curve upward in every direction.",
    )


def _update() -> NumberQuestion:
    unit = perceptron(None, [0.5], "identity")
    found = trace(unit, [1.0], 1.5, loss=SQUARED_ERROR)
    slope = float(found.layers[0].weight_gradient[0, 0])
    updated = float(found.updated(0.1).weights[0][0, 0])
    return NumberQuestion(
        "",
        f"A weight is w = 0.5, its derivative for the drawn row is {slope:g}".replace("-", "−")
        + ", and the learning rate is η = 0.1. What is w after the update?",
        updated,
        1e-6,
        "w ← w − η ∂J/∂w = 0.5 + 0.2.",
        "Subtract η times the derivative from w.",
        (
            (0.3, "Minus times minus: a negative derivative makes the weight larger."),
            (2.5, "Multiply the derivative by the learning rate."),
            (0.2, "That is the change. Add it to w."),
        ),
        "0.5 − 0.1 · (−2) = 0.7. The loss falls to the right, so the weight grows.",
    )


def _largest_rate() -> ChoiceQuestion:
    return ChoiceQuestion(
        "",
        "Gradient descent minimizes J(w) = w², whose derivative is 2 w. Which learning rate makes w jump over the minimum in every update, and still converge?",
        (
            Option(
                "η = 0.9",
                "Each update multiplies w by 1 − 2 · 0.9 = −0.8: the sign changes, and w shrinks.",
                True,
            ),
            Option("η = 0.1", "It multiplies w by 0.8: w shrinks, but never changes its sign."),
            Option("η = 1.1", "It multiplies w by −1.2: w jumps, and grows."),
            Option("η = 0.5", "It multiplies w by 0: a single update reaches the minimum."),
        ),
        "w ← w − η 2 w = (1 − 2 η) w. It converges if |1 − 2 η| < 1, so for 0 < η < 1, and jumps over the minimum if η > 0.5.",
    )


def _updates_per_epoch() -> NumberQuestion:
    return NumberQuestion(
        "",
        "There are 150 training rows, in mini-batches of 32. How many updates does an epoch have?",
        MiniBatches(32).steps_per_epoch(150),
        1e-6,
        "Four full batches have 128 rows, and a fifth one has the other 22.",
        "Divide the rows by the batch size; a remainder is a batch as well.",
        (
            (4.0, "That leaves 22 rows out. They are one more, smaller batch."),
            (150.0, "That would be one row per update."),
            (1.0, "That would be all rows in one update."),
            (4.6875, "There are no parts of updates: the last batch is smaller."),
        ),
        "150 / 32 = 4.6875, rounded up: 5.",
    )


def _gap() -> ChoiceQuestion:
    return ChoiceQuestion(
        "",
        "For 50 epochs the training loss has fallen while the validation loss has risen. What is best now?",
        (
            Option(
                "return to the weights of the lowest validation loss",
                "That is early stopping: later epochs only fitted the noise.",
                True,
            ),
            Option(
                "train on until the validation loss falls again",
                "The network fits the noise of the training rows more and more.",
            ),
            Option(
                "add the validation rows to the training rows, and go on",
                "Then nothing shows any longer that the network overfits.",
            ),
            Option(
                "use a larger network",
                "A larger network can fit even more noise.",
            ),
        ),
        "A growing gap between both losses is overfitting. Early stopping, dropout, weight decay, fewer units or more rows help.",
    )


def _sure_class() -> ChoiceQuestion:
    z = np.array([[2.0, 1.0, 0.0]])
    softmax = ACTIVATIONS.resolve("softmax", "activation")
    first, second, third = (f"{value:.1%}" for value in softmax(z)[0])
    return ChoiceQuestion(
        "",
        f"The three softmax outputs for a flower are {first}, {second} and {third}. What does the network say?",
        (
            Option(
                "The first class is the most probable one, but not certain.",
                f"The largest output names the class, and {first} its probability.",
                True,
            ),
            Option(
                "The flower belongs to all three classes.",
                "Softmax outputs sum to 1: classes exclude each other.",
            ),
            Option(
                "Two thirds of the flower belong to the first species.",
                "It is a probability that the flower is of this species, not a share of the flower.",
            ),
            Option(
                "The network answers wrongly, because no output is 1.",
                "Outputs of 1 would mean that an error is impossible.",
            ),
        ),
        "These are the outputs for z = (2, 1, 0): eᶻ divided by the sum of all eᶻ. The prediction is the class of the largest output.",
    )


def _test_rows() -> ChoiceQuestion:
    return ChoiceQuestion(
        "",
        "Iris has 150 flowers. Which order of steps gives an honest score?",
        (
            Option(
                "put test rows aside, scale by the other rows, train, score the test rows once",
                "Nothing that the network or the scaling knows comes from the test rows.",
                True,
            ),
            Option(
                "scale all rows, put test rows aside, train, score the test rows",
                "The mean and the spread already contain the test rows.",
            ),
            Option(
                "train on all rows, score 30 of them",
                "The network has seen these 30 rows: it may have memorized them.",
            ),
            Option(
                "put test rows aside, try ten networks, report the best test score",
                "The best of ten is partly luck: the test rows have chosen the network.",
            ),
        ),
        "What test rows influence, they cannot judge. With 30 test rows every flower counts 3.3%, so report how many were right.",
    )
