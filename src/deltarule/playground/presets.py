"""Experiments that show one idea of a course each."""

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
    """An idea and the experiment that shows it."""

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
        "One unit and no hidden layer: its boundary is a straight line, and two clouds need no more. "
        "Its weights are the line's direction, its bias the distance from the middle.",
        Experiment(
            DataChoice(name="blobs", rows=200, noise=0.2),
            NetworkChoice(()),
            TrainingChoice(optimizer="gradient_descent", learning_rate=0.1, batch_size=10),
        ),
    ),
    Preset(
        "xor",
        "XOR needs a hidden layer",
        "No line parts these squares, so a single unit stays near chance. Four hidden units draw four "
        "lines, and the output puts them together. Take the layer away and see.",
        Experiment(DataChoice(name="xor"), _layers(4), TrainingChoice(learning_rate=0.01)),
    ),
    Preset(
        "linear",
        "Linear layers only",
        "Three layers of identity units are still one linear map: the boundary stays a line however "
        "many layers there are. Change one activation to tanh and it bends.",
        Experiment(DataChoice(name="circles"), _layers(6, 6, activation="identity")),
    ),
    Preset(
        "features",
        "The right features make it easy",
        "With x₁² and x₂² as inputs, a single unit parts the disc from the ring: a line in these "
        "features is a circle in the plane.",
        Experiment(
            DataChoice(name="circles", features=("x1_squared", "x2_squared")),
            NetworkChoice(()),
            TrainingChoice(learning_rate=0.05),
        ),
    ),
    Preset(
        "overfitting",
        "Overfitting",
        "A large network, few and noisy points: the training loss falls to nothing while the "
        "validation loss turns and rises. Dropout, L2, more rows or an earlier stop help.",
        Experiment(
            DataChoice(name="moons", rows=60, noise=0.35, validation_share=0.5),
            _layers(24, 24, activation="relu"),
            TrainingChoice(learning_rate=0.01),
        ),
    ),
    Preset(
        "early_stopping",
        "Stopping early",
        "The same noisy points, but training ends when the validation loss has not improved for 50 "
        "epochs: before the network learns the noise by heart.",
        Experiment(
            DataChoice(name="moons", rows=60, noise=0.35, validation_share=0.5),
            _layers(24, 24, activation="relu"),
            TrainingChoice(learning_rate=0.01, patience_epochs=50),
        ),
    ),
    Preset(
        "exploding",
        "A learning rate that is too large",
        "Each step goes further than the slope tells, the loss grows with every update and the numbers "
        "run out. Training stops there; rewind with a tenth of the rate and it learns.",
        Experiment(
            DataChoice(name="hills"),
            _layers(8, 8, activation="relu"),
            TrainingChoice(optimizer="gradient_descent", learning_rate=3.0),
        ),
    ),
    Preset(
        "vanishing",
        "Gradients that vanish",
        "Six layers of sigmoid units: each multiplies δ by g′ ≤ ¼, so that the first layers hardly "
        "learn. Show the δ of each unit; then try tanh, or the He start with relu.",
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
        "boundary around itself in some hundreds of epochs.",
        Experiment(
            DataChoice(name="spirals", noise=0.03),
            _layers(8, 8),
            TrainingChoice(learning_rate=0.02),
        ),
    ),
    Preset(
        "classes",
        "More than two classes",
        "Three species of iris: three output units, and softmax makes them shares that sum to 1.",
        Experiment(DataChoice(name="iris"), _layers(6), TrainingChoice(learning_rate=0.01)),
    ),
    Preset(
        "regression",
        "Learning a number",
        "No classes: the output is a number, its loss the squared error. Each hidden unit is one slope; "
        "the hills are put together from them.",
        Experiment(
            DataChoice(name="hills"),
            NetworkChoice((LayerChoice(16), LayerChoice(8)), OutputChoice()),
            TrainingChoice(learning_rate=0.01),
        ),
    ),
)
