"""The perceptron: one unit, the line it draws, and the rule by which Rosenblatt let it learn.

    ŷ = g(w₀ + xᵀ w)          McCulloch and Pitts (1943); Rosenblatt (1958)

w₀ is the bias. The unit cuts the plane along w₀ + w₁ x₁ + w₂ x₂ = 0; w points to the positive side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks, random
from deltarule.activations import Activation
from deltarule.errors import DataError, ShapeError
from deltarule.initialization import initial_parameters
from deltarule.insight.layer_activations import require_plain
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork
from deltarule.training.trained_network import as_rows

Array = NDArray[Any]


@dataclass(frozen=True)
class Line:
    """The points where bias + w₁ x₁ + w₂ x₂ = 0."""

    bias: float
    weights: tuple[float, float]

    def values(self, points: ArrayLike) -> Array:
        """Return z = bias + w₁ x₁ + w₂ x₂ for points (rows, 2), shape (rows,)."""
        return self.bias + np.asarray(points, float) @ np.array(self.weights)

    def distances(self, points: ArrayLike) -> Array:
        """Return the signed distances z / ‖w‖ of points (rows, 2), positive where w points to."""
        return self.values(points) / float(np.hypot(*self.weights))

    def second_coordinate(self, first: ArrayLike) -> Array:
        """Return x₂ on the line for each x₁; infinite or NaN where the line is vertical."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(
                -self.bias - self.weights[0] * np.asarray(first, float), self.weights[1]
            )

    def __str__(self) -> str:
        """Return the equation as a course writes it: 1 + 3 x₁ − 2 x₂ = 0."""
        written = f"{self.bias:g}".replace("-", "−")
        for weight, name in zip(self.weights, ("x₁", "x₂"), strict=True):
            factor = "" if abs(weight) == 1 else f"{abs(weight):g} "
            written += f" {'−' if weight < 0 else '+'} {factor}{name}"
        return f"{written} = 0"


def perceptron(
    bias: float | None, weights: ArrayLike, activation: Activation | str = "sigmoid"
) -> TrainedNetwork:
    """Return a network of one unit with these numbers, float64; `weights` has shape (inputs,).

    `bias=None`: a unit without one.
    """
    column = np.array(weights, np.float64)
    if column.ndim != 1 or len(column) == 0:
        raise ShapeError(
            f"perceptron.weights must have shape (inputs,), one for each input, got {column.shape}."
        )
    unit = Dense(1, activation, bias=bias is not None, name="perceptron")
    biases = None if bias is None else np.array([float(bias)])
    return TrainedNetwork(Network([unit], len(column)), Parameters((column[:, None],), (biases,)))


def initialize(network: Network, inputs: int | None = None, seed: int = 0) -> TrainedNetwork:
    """Return a network with the parameters its initializers draw, float64: where training begins."""
    known = network if inputs is None else network.with_inputs(inputs)
    return TrainedNetwork(known, initial_parameters(known, seed))


def boundary_line(trained: TrainedNetwork, unit: int = 0) -> Line:
    """Return the line of a unit of the first layer.

    Raises `ShapeError` unless the network has two inputs, `SettingError` where it is not plain.
    """
    require_plain(trained.network, "boundary_line")
    weights, biases = trained.parameters.weights[0], trained.parameters.biases[0]
    if weights.shape[0] != 2:
        raise ShapeError(
            f"A unit draws a line over two inputs; this network has {weights.shape[0]}."
        )
    checks.integer("boundary_line.unit", unit, at_least=0, at_most=weights.shape[1] - 1)
    bias = 0.0 if biases is None else float(biases[unit])
    return Line(bias, (float(weights[0, unit]), float(weights[1, unit])))


@dataclass(frozen=True, eq=False)
class PerceptronTraining:
    """What Rosenblatt's rule did: one entry for each correction, the start included.

    `weights` (corrections + 1, inputs), `biases` (corrections + 1,); `mistakes` (epochs,): wrong rows in
    each pass. `converged`: the last pass had none.
    """

    weights: Array
    biases: Array
    mistakes: Array
    converged: bool

    @property
    def trained(self) -> TrainedNetwork:
        """The perceptron after the last correction, with sign as its activation."""
        return perceptron(float(self.biases[-1]), self.weights[-1], "sign")


def train_perceptron(
    X: ArrayLike, y: ArrayLike, *, learning_rate: float = 1.0, epochs: int = 100, seed: int = 0
) -> PerceptronTraining:
    """Learn ŷ = sign(w₀ + xᵀ w) from rows X (rows, inputs) and y (rows,) of −1 and 1.

    For each row, in an order shuffled anew in each epoch: where y (w₀ + xᵀ w) ≤ 0, w ← w + η y x and
    w₀ ← w₀ + η y, from zeros. It ends after a pass without a mistake, which comes if and only if a line
    separates the classes (Novikoff 1962), or after `epochs` passes.
    """
    checks.number("train_perceptron.learning_rate", learning_rate, above=0)
    checks.integer("train_perceptron.epochs", epochs, at_least=1)
    rows = as_rows(X, np.float64, "X")
    signs = np.asarray(y, np.float64)
    if signs.shape != (len(rows),) or not np.isin(signs, (-1.0, 1.0)).all():
        raise DataError(
            f"y must hold -1 or 1 for each of the {len(rows)} rows: sign() has no other answers."
        )
    weights, bias = np.zeros(rows.shape[1]), 0.0
    path, biases, mistakes = [weights], [bias], []
    for epoch in range(epochs):
        wrong = 0
        for i in random.shuffled(len(rows), seed, epoch).tolist():
            if signs[i] * (bias + rows[i] @ weights) <= 0:
                weights = weights + learning_rate * signs[i] * rows[i]
                bias += learning_rate * float(signs[i])
                path.append(weights)
                biases.append(bias)
                wrong += 1
        mistakes.append(wrong)
        if wrong == 0:
            break
    return PerceptronTraining(
        np.array(path), np.array(biases), np.array(mistakes), mistakes[-1] == 0
    )
