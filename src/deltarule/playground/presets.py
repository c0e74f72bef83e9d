"""Experiments that each show one idea."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    TrainingChoice,
)


@dataclass(frozen=True)
class Preset:
    """An experiment with the idea that it shows."""

    name: str
    label: str
    idea: str
    experiment: Experiment


def _layers(*units: int, activation: str = "tanh") -> NetworkChoice:
    return NetworkChoice(tuple(LayerChoice(n, activation) for n in units))


PRESETS = (
    Preset(
        "perceptron",
        "A perceptron finds a line",
        "A single unit without hidden layers: its boundary is a straight line, and two clouds need "
        "no more. The weights set the direction of the line, the bias its distance from the origin.",
        Experiment(
            DataChoice(name="blobs", rows=200, noise=0.2),
            NetworkChoice(()),
            TrainingChoice(optimizer="gradient_descent", learning_rate=0.1, batch_size=10),
        ),
    ),
    Preset(
        "xor",
        "XOR needs a hidden layer",
        "No straight line separates these squares, so a single unit stays near chance. Four hidden "
        "units draw four lines, and the output combines them. Remove the layer and watch.",
        Experiment(DataChoice(name="xor"), _layers(4), TrainingChoice(learning_rate=0.01)),
    ),
    Preset(
        "linear",
        "Linear layers only",
        "Three layers of identity units are still one linear map: the boundary stays a line, no "
        "matter how many layers there are. Change one activation to tanh and it bends.",
        Experiment(DataChoice(name="circles"), _layers(6, 6, activation="identity")),
    ),
    Preset(
        "features",
        "The right features make it easy",
        "With x₁² and x₂² as inputs, a single unit separates the disc from the ring: a line in "
        "these features is an ellipse in the plane.",
        Experiment(
            DataChoice(name="circles", features=("x1_squared", "x2_squared")),
            NetworkChoice(()),
            TrainingChoice(learning_rate=0.05),
        ),
    ),
    Preset(
        "overfitting",
        "Overfitting",
        "A large network and few, noisy points: the training loss approaches zero while the "
        "validation loss turns and rises. Dropout, L2, more rows or stopping earlier helps.",
        Experiment(
            DataChoice(name="moons", rows=60, noise=0.35, validation_share=0.5),
            _layers(24, 24, activation="relu"),
            TrainingChoice(learning_rate=0.01),
        ),
    ),
    Preset(
        "early_stopping",
        "Early stopping",
        "The same noisy points, but training stops when the validation loss has not improved for 50"
        " epochs, before the network memorizes the noise.",
        Experiment(
            DataChoice(name="moons", rows=60, noise=0.35, validation_share=0.5),
            _layers(24, 24, activation="relu"),
            TrainingChoice(learning_rate=0.01, patience_epochs=50),
        ),
    ),
    Preset(
        "exploding",
        "Learning rate too large",
        "Each step overshoots, the loss grows with every update and the numbers overflow. Training "
        "stops there. Rewind, use a tenth of the learning rate, and it learns.",
        Experiment(
            DataChoice(name="hills"),
            _layers(8, 8, activation="relu"),
            TrainingChoice(optimizer="gradient_descent", learning_rate=3.0),
        ),
    ),
    Preset(
        "vanishing",
        "Vanishing gradients",
        "Six layers of sigmoid units: each multiplies δ by g′ ≤ ¼, so the first layers hardly "
        "learn. Show the δ of each unit, then try tanh, or He initialization with ReLU.",
        Experiment(
            DataChoice(name="circles"),
            _layers(4, 4, 4, 4, 4, 4, activation="sigmoid"),
            TrainingChoice(optimizer="gradient_descent", learning_rate=0.1),
        ),
    ),
    Preset(
        "spirals",
        "Two spirals",
        "Hard for a small network (Lang and Witbrock 1988): two layers of eight units wind the "
        "boundary around the spirals within a few hundred epochs.",
        Experiment(
            DataChoice(name="spirals", noise=0.03),
            _layers(8, 8),
            TrainingChoice(learning_rate=0.02),
        ),
    ),
    Preset(
        "classes",
        "More than two classes",
        "Three species of iris: three output units, and softmax turns their outputs into "
        "probabilities.",
        Experiment(DataChoice(name="iris"), _layers(6), TrainingChoice(learning_rate=0.01)),
    ),
    Preset(
        "regression",
        "Regression",
        "The target is a number and the loss the squared error. Each hidden unit is one slope; "
        "together they form the hills.",
        Experiment(
            DataChoice(name="hills"),
            NetworkChoice((LayerChoice(16), LayerChoice(8)), OutputChoice()),
            TrainingChoice(learning_rate=0.01),
        ),
    ),
)
