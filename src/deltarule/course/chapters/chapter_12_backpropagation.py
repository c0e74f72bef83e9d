"""Chapter 12: backpropagation as a colored chain rule, and the recursion for δ."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from deltarule.course.chapter import Chapter
from deltarule.course.figures.chain_rule import ChainRule
from deltarule.course.question import ChoiceQuestion, NumberQuestion, Option, Question
from deltarule.insight import perceptron, trace


@cache
def values() -> Mapping[str, float | str]:
    """Return the numbers of the chapter."""
    chain = ChainRule()
    purple, red, blue = chain.factors
    unit = trace(perceptron(0.5, [2.0]), [1.5], 1.0)
    before = chain.trace.loss
    derivative = chain.derivative
    chain.step()
    layer = unit.layers[0]
    return {
        "purple": purple.value,
        "red": red.value,
        "blue": blue.value,
        "product": derivative,
        "loss": before,
        "loss_after": chain.trace.loss,
        "unit_output": float(layer.x[0]),
        "unit_delta": float(layer.delta[0]),
        "unit_gradient": float(layer.weight_gradient[0, 0]),
        "tanh_slope": 1.0 - 0.6**2,
        "hidden_delta": (1.0 - 0.6**2) * (2.0 * 0.1 + (-1.0) * 0.3),
    }


def questions() -> tuple[Question, ...]:
    """Return the questions of the chapter."""
    found = {name: float(value) for name, value in values().items()}
    delta, gradient = found["unit_delta"], found["unit_gradient"]
    return (
        ChoiceQuestion(
            "12.predict",
            "A network has a million weights. How many passes through it does one gradient cost?",
            (
                Option(
                    "one forward and one backward pass",
                    "The backward pass uses each δ for all weights into its unit.",
                    True,
                ),
                Option(
                    "one forward pass for each weight",
                    "That is what finite differences cost. Backpropagation shares the work.",
                ),
                Option(
                    "one backward pass for each layer", "One backward pass visits every layer once."
                ),
                Option(
                    "none: the loss alone is enough",
                    "The loss is one number. It does not say how it depends on each weight.",
                ),
            ),
        ),
        NumberQuestion(
            "12.check",
            f"Purple is {found['purple']:.2f}, red is {found['red']:.3f}, blue is {found['blue']:g}, as in the figure at its start. What is ∂J/∂w₁? (Two decimals.)".replace(
                "-", "−"
            ),
            found["product"],
            0.011,
            "The chain rule multiplies the factors along the way from the loss to the weight.",
            "Multiply the three factors; two minus signs give a plus.",
            (
                (-found["product"], "Check the sign: minus times minus is plus."),
                (
                    found["purple"] + found["red"] + found["blue"],
                    "The chain rule multiplies the factors; it does not add them.",
                ),
            ),
            solution=f"The product of the three factors is {found['product']:.3f}.",
        ),
        NumberQuestion(
            "12.1",
            "A sigmoid unit with w₀ = 0.5 and w = 2 sees x = 1.5 with target y = 1; the loss is binary cross-entropy. What is δ = ŷ − y? (Three decimals.)",
            delta,
            0.0011,
            "With a sigmoid and cross-entropy, δ of the output is simply ŷ − y.",
            "Compute z = 0.5 + 2 · 1.5, then ŷ = σ(z), then subtract y = 1.",
            (
                (-delta, "That is y − ŷ. The derivative ∂J/∂z is ŷ − y."),
                (found["unit_output"], "That is ŷ. Subtract the target."),
            ),
            solution=f"z = 3.5, ŷ = σ(3.5) = {found['unit_output']:.3f}, δ = ŷ − 1 = −{-delta:.3f}.",
        ),
        NumberQuestion(
            "12.2",
            "What is ∂J/∂w of the unit in exercise 12.1? (Three decimals.)",
            gradient,
            0.0011,
            "The gradient of a weight is its input times the δ of its unit.",
            "Multiply the input x = 1.5 by δ.",
            (
                (
                    delta,
                    "That is δ, which is the gradient of the bias. For the weight, multiply by x.",
                ),
            ),
            solution=f"∂J/∂w = x δ = 1.5 · (−{-delta:.4f}) = −{-gradient:.3f}.",
        ),
        NumberQuestion(
            "12.3",
            "A hidden tanh unit has the output x = 0.6. Its weights to the two units of the next layer are 2 and −1, and their δ are 0.1 and 0.3. What is its δ?",
            found["hidden_delta"],
            0.0006,
            "The slope 1 − x² of the unit times the sum of weight times δ.",
            "First W δ = 2 · 0.1 + (−1) · 0.3. Then multiply by the slope of tanh, 1 − x².",
            (
                (-0.1, "That is W δ. Multiply it by the slope of the unit, 1 − 0.6²."),
                (found["tanh_slope"] * 0.5, "Check the sign of the second weight: it is −1."),
            ),
            solution=f"W δ = 0.2 − 0.3 = −0.1; the slope is 1 − 0.36 = {found['tanh_slope']:.2f}; δ = −{-found['hidden_delta']:.3f}.",
        ),
    )


CHAPTER = Chapter(
    12,
    "backpropagation",
    "Backpropagation",
    questions,
    values,
    {"deltas": "data=xor&layers=3tanh,2tanh&deltas=yes"},
)
