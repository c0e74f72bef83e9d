"""A question for each preset, to answer before training: what will happen, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question with its answers; `correct` is the place of the right one, `why` its explanation."""

    text: str
    answers: tuple[str, ...]
    correct: int
    why: str


QUESTIONS = {
    "perceptron": Question(
        "One unit, no hidden layer: which boundaries can it draw?",
        ("Only straight lines", "Circles and ellipses", "Any curve, given enough time"),
        0,
        "The unit computes w₁x₁ + w₂x₂ + b, and the boundary is where this sum is zero: a line.",
    ),
    "xor": Question(
        "How many of these points does a network without a hidden layer learn to classify?",
        (
            "All of them, after enough epochs",
            "Nine out of ten",
            "Hardly more than half of them",
        ),
        2,
        "The squares of a class lie opposite each other: weights that help one of them harm the other, "
        "so training leaves them near zero. Even the best line is right for only three quarters of the "
        "points. With four hidden units nearly all are right.",
    ),
    "linear": Question(
        "Two hidden layers, but every activation is the identity. Can the boundary become a circle?",
        ("Yes, two layers are enough", "No, it stays a straight line", "Only with more units"),
        1,
        "A linear map of a linear map is a linear map: W₂(W₁x + b₁) + b₂ = (W₂W₁)x + (W₂b₁ + b₂).",
    ),
    "features": Question(
        "A single unit draws only straight lines. Can it separate a disc from a ring?",
        ("No, that needs a hidden layer", "Yes, if its inputs are x₁² and x₂²"),
        1,
        "w₁x₁² + w₂x₂² + b = 0 is a line in the plane of the squares. If both weights have the same "
        "sign, as here, it is an ellipse in that of x.",
    ),
    "overfitting": Question(
        "The training loss falls and falls. What happens to the validation loss?",
        ("It falls as well", "It falls, then rises", "It stays where it is"),
        1,
        "First the network learns what both sets share, then the noise of the training points. The "
        "boundary bends around single points, and new points are classified worse.",
    ),
    "early_stopping": Question(
        "Training stops after 100 epochs without a better validation loss. Which weights are kept?",
        ("Those of the last epoch", "Those of the best epoch", "The initial ones"),
        1,
        "The weights of the epoch with the lowest validation loss: the later ones only fit the noise.",
    ),
    "exploding": Question(
        "Each update goes too far. What happens to the loss?",
        (
            "It falls, but slowly",
            "It jumps around its minimum",
            "It grows from update to update without limit",
        ),
        2,
        "Each step lands farther from the minimum than it started, where the slope is steeper, so the "
        "next step is larger still.",
    ),
    "vanishing": Question(
        "Six hidden layers of sigmoid units. Which layers get the smallest gradients?",
        ("The first ones", "The last ones", "All get about the same"),
        0,
        "Backpropagation multiplies by g′ ≤ ¼ at each hidden layer, from the last to the first: little "
        "is left for the first ones.",
    ),
    "spirals": Question(
        "Each spiral winds around the other. Can two layers of eight units follow them?",
        (
            "Yes, within a few hundred epochs",
            "No, that takes hundreds of units",
            "Only with more inputs",
        ),
        0,
        "The first layer draws eight soft lines, and the second combines them into a boundary that "
        "winds.",
    ),
    "classes": Question(
        "Three classes, three output units with softmax. What do the three outputs add up to?",
        ("1", "3", "It depends on the flower"),
        0,
        "softmax divides each exp(z) by the sum of all three, so the outputs are probabilities.",
    ),
    "digits": Question(
        "A single layer has 64 weights for each digit, one per pixel. What picture do they make?",
        (
            "Noise",
            "A template: blue where the digit has ink, orange where others have it",
            "One of the training digits",
        ),
        1,
        "The sum of the weights times the pixels is large if ink lies on blue and none on orange.",
    ),
    "regression": Question(
        "The target is a number, and the surface has hills and hollows. What does one tanh unit of the "
        "first layer add?",
        ("One hill", "One slope", "One point"),
        1,
        "A unit rises along one direction and is flat across it; a hill needs several slopes.",
    ),
}
