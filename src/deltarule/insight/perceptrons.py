"""The perceptron: one unit, its decision boundary, and Rosenblatt's learning rule.

    ŷ = g(w₀ + xᵀ w)          McCulloch and Pitts (1943); Rosenblatt (1958)

w₀ is the bias. The boundary is the line w₀ + w₁ x₁ + w₂ x₂ = 0; w points to its positive side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks, random
from deltarule._common.formatting import counted, true_minus
from deltarule._common.notebook_display import NotebookDisplay
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
    """A line in the plane, bias + w₁ x₁ + w₂ x₂ = 0.

    Parameters
    ----------
    bias : float
        The bias w₀.
    weights : tuple of float
        The normal vector (w₁, w₂), which points to the positive side.

    Examples
    --------
    >>> from deltarule import insight
    >>> line = insight.Line(-5.0, (3.0, 4.0))
    >>> print(line)
    −5 + 3 x₁ + 4 x₂ = 0
    >>> line.distances([[0, 0], [3, 4]])
    array([-1.,  4.])
    """

    bias: float
    weights: tuple[float, float]

    def values(self, points: ArrayLike) -> Array:
        """Compute z = bias + w₁ x₁ + w₂ x₂.

        Parameters
        ----------
        points : array-like of shape (n_points, 2)
            Coordinates (x₁, x₂).

        Returns
        -------
        ndarray of shape (n_points,), dtype float64
            Positive on the side that the weights point to, 0 on the line.
        """
        return self.bias + np.asarray(points, float) @ np.array(self.weights)

    def distances(self, points: ArrayLike) -> Array:
        """Compute the signed distances z / ‖w‖ of points from the line.

        Parameters
        ----------
        points : array-like of shape (n_points, 2)
            Coordinates (x₁, x₂).

        Returns
        -------
        ndarray of shape (n_points,), dtype float64
            Positive on the side that the weights point to.
        """
        return self.values(points) / float(np.hypot(*self.weights))

    def second_coordinate(self, first: ArrayLike) -> Array:
        """Compute x₂ on the line for given x₁.

        Parameters
        ----------
        first : array-like of any shape
            Values of x₁.

        Returns
        -------
        ndarray of the same shape, dtype float64
            Values of x₂; infinite or NaN for a vertical line.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(
                -self.bias - self.weights[0] * np.asarray(first, float), self.weights[1]
            )

    def __str__(self) -> str:
        """Return the equation, such as 1 + 3 x₁ − 2 x₂ = 0."""
        written = true_minus(f"{self.bias:g}")
        for weight, name in zip(self.weights, ("x₁", "x₂"), strict=True):
            factor = "" if abs(weight) == 1 else f"{abs(weight):g} "
            written += f" {'−' if weight < 0 else '+'} {factor}{name}"
        return f"{written} = 0"


def perceptron(
    bias: float | None, weights: ArrayLike, activation: Activation | str = "sigmoid"
) -> TrainedNetwork:
    """Build a network of one unit from its weights.

    Parameters
    ----------
    bias : float or None
        The bias w₀; None for a unit without bias.
    weights : array-like of shape (n_inputs,)
        One weight per input.
    activation : Activation or str, default 'sigmoid'
        The activation function g.

    Returns
    -------
    TrainedNetwork
        The unit, with float64 parameters.

    Raises
    ------
    ShapeError
        If `weights` is empty or not one-dimensional.

    Examples
    --------
    >>> from deltarule import insight
    >>> unit = insight.perceptron(bias=1, weights=[3, -2])
    >>> print(f"{unit.predict([[-1, 2]])[0, 0]:.5f}")  # σ(1 − 3 − 4) = σ(−6)
    0.00247
    >>> print(insight.boundary_line(unit))
    1 + 3 x₁ − 2 x₂ = 0
    """
    column = np.array(weights, np.float64)
    if column.ndim != 1 or len(column) == 0:
        raise ShapeError(f"perceptron.weights must have shape (n_inputs,), got {column.shape}.")
    unit = Dense(1, activation, bias=bias is not None, name="perceptron")
    biases = None if bias is None else np.array([float(bias)])
    return TrainedNetwork(Network([unit], len(column)), Parameters((column[:, None],), (biases,)))


def initialize(network: Network, inputs: int | None = None, seed: int = 0) -> TrainedNetwork:
    """Draw the initial parameters of a network.

    Parameters
    ----------
    network : Network
        The network; its initializers determine the distributions.
    inputs : int, optional
        Number of inputs, if the network does not have it yet.
    seed : int, default 0
        Seed of the random numbers.

    Returns
    -------
    TrainedNetwork
        The network before training, with float64 parameters.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> untrained = insight.initialize(dr.Network([dr.Dense(3, "tanh"), dr.Dense(1)]), inputs=2)
    >>> untrained.predict([[0.5, -0.5]]).shape
    (1, 1)
    """
    known = network if inputs is None else network.with_inputs(inputs)
    return TrainedNetwork(known, initial_parameters(known, seed))


def boundary_line(trained: TrainedNetwork, unit: int = 0) -> Line:
    """Return the decision boundary of a unit of the first layer.

    Parameters
    ----------
    trained : TrainedNetwork
        A network with two inputs.
    unit : int, default 0
        Number of the unit, from 0.

    Returns
    -------
    Line
        The points where the pre-activation z of the unit is 0.

    Raises
    ------
    ShapeError
        If the network does not have two inputs.
    SettingError
        If there is no such unit, or if the first layer is not of the form g(x W + b).

    Examples
    --------
    >>> from deltarule import insight
    >>> print(insight.boundary_line(insight.perceptron(-1.5, [1, 1], "sign")))  # AND of −1 and 1
    −1.5 + x₁ + x₂ = 0
    """
    require_plain(trained.network, "boundary_line")
    weights, biases = trained.parameters.weights[0], trained.parameters.biases[0]
    if weights.shape[0] != 2:
        raise ShapeError(
            f"A boundary line requires two inputs; this network has {weights.shape[0]}."
        )
    checks.integer("boundary_line.unit", unit, at_least=0, at_most=weights.shape[1] - 1)
    bias = 0.0 if biases is None else float(biases[unit])
    return Line(bias, (float(weights[0, unit]), float(weights[1, unit])))


@dataclass(frozen=True, eq=False, repr=False)
class PerceptronTraining(NotebookDisplay):
    """The corrections made by Rosenblatt's learning rule.

    Parameters
    ----------
    weights : ndarray of shape (n_corrections + 1, n_inputs), dtype float64
        The weights before the first and after each correction.
    biases : ndarray of shape (n_corrections + 1,), dtype float64
        The bias before the first and after each correction.
    mistakes : ndarray of shape (n_epochs,), dtype int64
        Number of misclassified rows in each epoch.
    converged : bool
        Whether the last epoch was free of mistakes.

    See Also
    --------
    train_perceptron : Train a perceptron.
    """

    weights: Array
    biases: Array
    mistakes: Array
    converged: bool

    def _sentence(self) -> str:
        epochs = counted(len(self.mistakes), "epoch")
        state = "converged" if self.converged else "not converged"
        return f"{counted(self.n_corrections, 'correction')} in {epochs}, {state}"

    @property
    def n_corrections(self) -> int:
        """Number of corrections."""
        return len(self.weights) - 1

    @property
    def trained(self) -> TrainedNetwork:
        """The perceptron after the last correction, with sign as its activation."""
        return perceptron(float(self.biases[-1]), self.weights[-1], "sign")


def train_perceptron(
    X: ArrayLike, y: ArrayLike, *, learning_rate: float = 1.0, epochs: int = 100, seed: int = 0
) -> PerceptronTraining:
    """Train a perceptron with Rosenblatt's learning rule.

    For each row with y (w₀ + xᵀ w) ≤ 0, the rule sets w ← w + η y x and w₀ ← w₀ + η y, starting from
    zeros. Training stops after an epoch without mistakes, or after `epochs` epochs.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_inputs)
        Training rows.
    y : array-like of shape (n_rows,)
        Classes −1 and 1.
    learning_rate : float, default 1.0
        The step size η, greater than 0.
    epochs : int, default 100
        Maximum number of epochs.
    seed : int, default 0
        Seed of the order of rows, which is shuffled in each epoch.

    Returns
    -------
    PerceptronTraining
        The weights after each correction, and whether training converged.

    Raises
    ------
    SettingError
        If `learning_rate` or `epochs` is not positive.
    DataError
        If `y` contains other values than −1 and 1, or has another number of rows than `X`.

    Notes
    -----
    The rule converges after finitely many corrections if and only if a hyperplane separates the classes
    (Novikoff 1962).

    References
    ----------
    Rosenblatt (1958), "The perceptron: a probabilistic model for information storage and organization in
    the
    brain". Novikoff (1962), "On convergence proofs on perceptrons".

    Examples
    --------
    >>> from deltarule import insight
    >>> X = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    >>> insight.train_perceptron(X, [-1, -1, -1, 1]).converged  # AND
    True
    >>> insight.train_perceptron(X, [-1, 1, 1, -1]).converged  # XOR
    False
    """
    checks.number("train_perceptron.learning_rate", learning_rate, above=0)
    checks.integer("train_perceptron.epochs", epochs, at_least=1)
    rows = as_rows(X, np.float64, "X")
    signs = np.asarray(y, np.float64)
    if signs.shape != (len(rows),) or not np.isin(signs, (-1.0, 1.0)).all():
        raise DataError(
            f"y must be -1 or 1 for each of the {len(rows)} rows, because sign() has no other values."
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
