"""What the page's menus offer, as part of `hello`."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from deltarule.playground.experiment import Experiment, Suggestion
from deltarule.preprocessing import Task


class NamedEntry(Struct):
    """One entry of a menu: its name in an experiment, and what people read."""

    name: str
    label: str


class ToyEntry(NamedEntry):
    """A toy dataset.

    `rows` and `noise` are ranges; `features` is false for a dataset with named columns of its own.
    `preview`: some points (x, y, value), x and y from 0 to 1; value is the class number, or the target
    from 0 to 1. `experiment`: what it starts with, a network and a learning rate that solve it.
    """

    task: Task
    classes: int
    rows: tuple[int, int]
    noise: tuple[float, float]
    features: bool
    about: str
    preview: list[tuple[float, float, float]]
    experiment: Experiment


class ActivationEntry(NamedEntry):
    """An activation; `learns` is false when no gradient passes through it."""

    formula: str
    learns: bool


class LossEntry(NamedEntry):
    """A loss and the tasks that it is for."""

    tasks: list[Task]


class OptimizerEntry(NamedEntry):
    """An optimizer and its own default learning rate."""

    learning_rate: float


class QuestionEntry(Struct):
    """A question to answer before training; `correct` is the place of the right answer."""

    text: str
    answers: list[str]
    correct: int
    why: str


class PresetEntry(NamedEntry):
    """A lesson: an experiment that shows one idea, a question, and changes to try."""

    idea: str
    experiment: dict[str, Any]
    question: QuestionEntry
    suggestions: list[Suggestion]


class Limits(Struct):
    """The largest numbers that the page's buttons reach, and the range of learning rates."""

    layers: int
    units: int
    learning_rate: tuple[float, float]


class Catalog(Struct):
    """All menus."""

    toys: list[ToyEntry]
    features: list[NamedEntry]
    activations: list[ActivationEntry]
    losses: list[LossEntry]
    optimizers: list[OptimizerEntry]
    schedules: list[NamedEntry]
    initializers: list[NamedEntry]
    presets: list[PresetEntry]
    limits: Limits
