"""What each toy dataset starts with: a network and a learning rate that solve it."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    TrainingChoice,
)


@dataclass(frozen=True)
class StartingPoint:
    """Hidden units and learning rate, and what they reach.

    `score` is the validation accuracy or R² that training reaches within `epochs`, whatever its seed.
    """

    hidden_units: tuple[int, ...]
    learning_rate: float
    score: float
    epochs: int


STARTING_POINTS = {
    "circles": StartingPoint((4,), 0.003, 0.98, 150),
    "xor": StartingPoint((8,), 0.002, 0.97, 150),
    "spirals": StartingPoint((8, 8), 0.01, 0.95, 500),
    "moons": StartingPoint((8, 4), 0.003, 0.98, 150),
    "blobs": StartingPoint((), 0.001, 0.98, 100),
    "blobs4": StartingPoint((4,), 0.002, 0.98, 100),
    "iris": StartingPoint((6,), 0.002, 0.93, 150),
    "digits": StartingPoint((16,), 0.001, 0.9, 60),
    "plane": StartingPoint((), 0.002, 0.97, 100),
    "hills": StartingPoint((12, 8), 0.01, 0.9, 300),
}


def default_experiment(name: str) -> Experiment:
    """Return the experiment that the toy dataset `name` starts with."""
    start = STARTING_POINTS[name]
    return Experiment(
        DataChoice(name=name),
        NetworkChoice(tuple(LayerChoice(units) for units in start.hidden_units)),
        TrainingChoice(learning_rate=start.learning_rate),
    )
