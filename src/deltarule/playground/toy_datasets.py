"""The toy datasets: generated points of the plane, and the iris flowers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Column, Table, read_table
from deltarule.insight import (
    make_blobs,
    make_circles,
    make_hills,
    make_moons,
    make_plane,
    make_spirals,
    make_xor,
)
from deltarule.playground.digits import CLASSES
from deltarule.preprocessing import Task

Array = NDArray[Any]
Maker = Callable[[int, float, int], tuple[Array, Array]]
AXES = ("x1", "x2")
TARGET = "y"


@dataclass(frozen=True)
class ToyDataset:
    """One dataset: `make(rows, noise, seed)` returns X (rows, 2) and y; None for iris and digits."""

    name: str
    label: str
    about: str
    make: Maker | None
    classes: tuple[str, ...] = ("orange", "blue")  # empty: y is a number
    rows: tuple[int, int] = (20, 2000)
    noise: tuple[float, float] = (0.0, 0.5)

    @property
    def task(self) -> Task:
        """The task of the dataset."""
        return Task.CLASSIFICATION if self.classes else Task.REGRESSION


@dataclass(frozen=True)
class Feature:
    """A function of a point (x₁, x₂)."""

    name: str
    label: str
    formula: str  # NumPy code on the points X, for exported programs
    compute: Callable[[Array], Array]


TOY_DATASETS = (
    ToyDataset("circles", "Circles", "A disc inside a ring: no straight line separates them.",
        lambda rows, noise, seed: make_circles(rows, noise, seed)),
    ToyDataset("xor", "XOR", "Four squares; blue where the signs of x₁ and x₂ differ.",
        lambda rows, noise, seed: make_xor(rows, noise, seed)),
    ToyDataset("spirals", "Spirals", "Two spirals around each other: hard for a small network.",
        lambda rows, noise, seed: make_spirals(rows, noise, seed)),
    ToyDataset("moons", "Moons", "Two interleaving half circles.",
        lambda rows, noise, seed: make_moons(rows, noise, seed)),
    ToyDataset("blobs", "Two blobs", "Two clouds that a straight line separates.",
        lambda rows, noise, seed: make_blobs(rows, 2, noise + 0.05, seed)),
    ToyDataset("blobs4", "Four blobs", "Four clouds, one per class.",
        lambda rows, noise, seed: make_blobs(rows, 4, noise + 0.05, seed),
        classes=("A", "B", "C", "D")),
    ToyDataset("iris", "Iris", "150 flowers of three species, four measurements each (Fisher 1936).",
        None, classes=("setosa", "versicolor", "virginica"), rows=(150, 150), noise=(0.0, 0.0)),
    ToyDataset("digits", "Digits", "1,000 handwritten digits (Alpaydin, Kaynak 1998). Draw one yourself.",
        None, classes=CLASSES, rows=(1000, 1000), noise=(0.0, 0.0)),
    ToyDataset("plane", "Plane", "Regression: (x₁ + x₂) / 2. One linear unit is enough.",
        lambda rows, noise, seed: make_plane(rows, noise, seed), classes=()),
    ToyDataset("hills", "Hills and hollows", "Regression: three bumps up and three down.",
        lambda rows, noise, seed: make_hills(rows, noise, seed), classes=()),
)  # fmt: skip
TOYS_BY_NAME = {toy.name: toy for toy in TOY_DATASETS}

FEATURES = (
    Feature("x1", "x₁", "X[:, 0]", lambda X: X[:, 0]),
    Feature("x2", "x₂", "X[:, 1]", lambda X: X[:, 1]),
    Feature("x1_squared", "x₁²", "X[:, 0] ** 2", lambda X: X[:, 0] ** 2),
    Feature("x2_squared", "x₂²", "X[:, 1] ** 2", lambda X: X[:, 1] ** 2),
    Feature("x1_x2", "x₁x₂", "X[:, 0] * X[:, 1]", lambda X: X[:, 0] * X[:, 1]),
    Feature("sin_x1", "sin πx₁", "np.sin(np.pi * X[:, 0])", lambda X: np.sin(np.pi * X[:, 0])),
    Feature("sin_x2", "sin πx₂", "np.sin(np.pi * X[:, 1])", lambda X: np.sin(np.pi * X[:, 1])),
)  # fmt: skip
FEATURES_BY_NAME = {feature.name: feature for feature in FEATURES}


@dataclass(frozen=True)
class ToyEncoder:
    """Computes the chosen features from points (columns x1 and x2 of a table)."""

    names: tuple[str, ...]
    columns: tuple[str, ...] = AXES

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The labels of the features."""
        return tuple(FEATURES_BY_NAME[name].label for name in self.names)

    def transform(self, table: Table) -> Array:
        """Return the features, float32 (rows, features), C-contiguous."""
        X = np.stack([table[name].values for name in AXES], axis=1)
        computed = [FEATURES_BY_NAME[name].compute(X) for name in self.names]
        return np.ascontiguousarray(np.stack(computed, axis=1), np.float32)


def points_table(toy: ToyDataset, X: Array) -> Table:
    """Return points (rows, 2) as a table of x1 and x2."""
    columns = tuple(Column(name, "number", X[:, i].copy()) for i, name in enumerate(AXES))
    return Table(columns, source=toy.label)


def iris_table() -> Table:
    """Return Fisher's 150 flowers."""
    with files("deltarule.playground").joinpath("iris.csv").open("rb") as file:
        return read_table(file)
