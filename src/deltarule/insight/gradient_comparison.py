"""The same gradient by finite differences, by backpropagation and by an engine, and the time of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted, format_duration, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.engines import prediction_engine
from deltarule.engines.data import ArrayData
from deltarule.engines.equations import (
    dense_targets,
    mean_gradient,
    mean_loss,
    members_forward,
    penalty,
)
from deltarule.engines.update_values import fixed_places
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat
from deltarule.training import TrainedNetwork
from deltarule.training.fit_arguments import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]
STEP = 6e-6
"""About the cube root of float64's rounding: where cutting and rounding errors of a central difference
balance (Press et al. 2007, section 5.7)."""


@dataclass(frozen=True, eq=False, repr=False)
class GradientComparison(NotebookDisplay):
    """The gradient of the loss, computed in three ways.

    Parameters
    ----------
    numerical : ndarray of shape (n_parameters,), dtype float64
        Central finite differences, one parameter at a time.
    backpropagation : ndarray of shape (n_parameters,), dtype float64
        The textbook equations in NumPy.
    engine : ndarray of shape (n_parameters,), dtype float64
        The gradient of a training engine.
    seconds : dict of str to float
        Seconds of each computation, by the names of the three arrays.

    See Also
    --------
    compare_gradients : Compute the comparison.
    """

    numerical: Array
    backpropagation: Array
    engine: Array
    seconds: dict[str, float]

    def _sentence(self) -> str:
        return (
            f"{counted(len(self.numerical), 'derivative')} in three ways; the largest difference is "
            f"{format_number(self.max_difference, 2)}"
        )

    @property
    def max_difference(self) -> float:
        """Largest absolute difference between any two of the three gradients."""
        ways = (self.numerical, self.backpropagation, self.engine)
        return max(float(np.abs(a - b).max()) for a in ways for b in ways)


def compare_gradients(
    trained: TrainedNetwork,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss | str | None = None,
    engine: str = "auto",
) -> GradientComparison:
    """Check the gradient of the loss in three ways.

    Computes ∂J/∂w over all rows in float64 by finite differences, by backpropagation in NumPy and by an
    engine.

    Parameters
    ----------
    trained : TrainedNetwork
        Network and parameters at which the gradient is computed.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    loss : Loss or str, optional
        Loss function. By default it is chosen by the output activation, as in `fit`.
    engine : str, default 'auto'
        Name of the engine.

    Returns
    -------
    GradientComparison
        The three gradients in the order of `Parameters.flat`, and their times.

    See Also
    --------
    time_gradients : Compare the times for networks of several sizes.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> X, y = insight.make_circles(n_samples=20)
    >>> network = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1, "sigmoid")])
    >>> found = insight.compare_gradients(insight.initialize(network, inputs=2), X, y)
    >>> found.numerical.shape, bool(found.max_difference < 1e-8)
    ((13,), True)
    """
    chosen = chosen_loss(trained.network, loss)
    data = as_data(trained.network, chosen, X, y, None, "float64")
    network, parameters = trained.network, trained.parameters.astype(np.float64)
    executor = prediction_engine(network, engine)
    ways: dict[str, Callable[[], Array]] = {
        "numerical": lambda: numerical_gradient(network, parameters, chosen, data),
        "backpropagation": lambda: backpropagated_gradient(network, parameters, chosen, data),
        "engine": lambda: executor.loss_and_gradient(network, parameters, chosen, data)[1],
    }
    found: dict[str, Array] = {}
    seconds: dict[str, float] = {}
    for name, way in ways.items():
        began = time.perf_counter()
        found[name] = way()
        seconds[name] = time.perf_counter() - began
    return GradientComparison(**found, seconds=seconds)


def numerical_gradient(
    network: Network, parameters: Parameters, loss: Loss, data: ArrayData
) -> Array:
    """Return (J(w + h) − J(w − h)) / 2h for one parameter at a time, 0 for what is not trained."""
    fixed = fixed_places(network)
    flat = parameters.flat().astype(np.float64)
    gradient = np.empty_like(flat)
    dense = _with_dense_targets(network, loss, data)

    def cost(vector: Array) -> float:
        moved = from_flat(network, vector)
        passes = members_forward(network, moved, data.inputs)
        return mean_loss(network, loss, passes, dense) + penalty(network, moved)

    for i in range(flat.size):
        if fixed is not None and fixed[i]:
            gradient[i] = 0
            continue
        kept, step = flat[i], STEP * max(1.0, abs(float(flat[i])))
        flat[i] = kept + step
        above = cost(flat)
        flat[i] = kept - step
        gradient[i] = (above - cost(flat)) / (2 * step)
        flat[i] = kept
    return gradient


def backpropagated_gradient(
    network: Network, parameters: Parameters, loss: Loss, data: ArrayData
) -> Array:
    """Return the gradient from one forward and one backward pass for each member."""
    passes = members_forward(network, parameters, data.inputs)
    dense = _with_dense_targets(network, loss, data)
    return mean_gradient(network, parameters, loss, passes, dense)


def _with_dense_targets(network: Network, loss: Loss, data: ArrayData) -> ArrayData:
    return replace(data, targets=dense_targets(loss, data.targets, network.outputs, "float64"))


@dataclass(frozen=True, eq=False, repr=False)
class GradientTimings(NotebookDisplay):
    """Time of one gradient for networks of several sizes.

    Parameters
    ----------
    parameters : ndarray of shape (n_networks,), dtype int64
        Number of weights and biases of each network.
    seconds : dict of str to ndarray of shape (n_networks,)
        Seconds of one gradient, by the names of the arrays of `GradientComparison`.

    See Also
    --------
    time_gradients : Measure the times.
    """

    parameters: Array
    seconds: dict[str, Array]

    def _sentence(self) -> str:
        largest = ", ".join(f"{n} {format_duration(float(s[-1]))}" for n, s in self.seconds.items())
        size = format_number(float(self.parameters[-1]))
        return f"{counted(len(self.parameters), 'network')}; with {size} parameters: {largest}"


def time_gradients(
    widths: Iterable[int] = (2, 4, 8, 16, 32),
    *,
    inputs: int = 8,
    rows: int = 64,
    repeats: int = 5,
    seed: int = 0,
    engine: str = "auto",
) -> GradientTimings:
    """Measure the time of a gradient in three ways for networks of several sizes.

    The networks have two hidden layers of equal width; the data is random.

    Parameters
    ----------
    widths : iterable of int, default (2, 4, 8, 16, 32)
        Widths of the hidden layers.
    inputs : int, default 8
        Number of inputs.
    rows : int, default 64
        Number of rows.
    repeats : int, default 5
        Number of measurements; the median counts.
    seed : int, default 0
        Seed of the data and the weights.
    engine : str, default 'auto'
        Name of the engine.

    Returns
    -------
    GradientTimings
        Number of parameters and seconds of each network.

    Raises
    ------
    SettingError
        If `repeats` is less than 1.

    See Also
    --------
    compare_gradients : Compare the values of the three gradients.
    deltarule.plots.gradient_timings : Plot the times.

    Examples
    --------
    Finite differences need two forward passes for each parameter.

    >>> from deltarule import insight
    >>> timings = insight.time_gradients((2, 16), rows=8, repeats=1)
    >>> timings.parameters
    array([ 27, 433])
    """
    checks.integer("time_gradients.repeats", repeats, at_least=1)
    source = np.random.default_rng(seed)
    X, y = source.normal(size=(rows, inputs)), source.normal(size=rows)
    counts, times = [], []
    for width in widths:
        network = Network([Dense(width, "tanh"), Dense(width, "tanh"), Dense(1)], inputs)
        trained = TrainedNetwork(network, initial_parameters(network, seed))
        runs = [compare_gradients(trained, X, y, engine=engine).seconds for _ in range(repeats)]
        counts.append(network.parameter_count)
        times.append({name: float(np.median([run[name] for run in runs])) for name in runs[0]})
    seconds = {name: np.array([one[name] for one in times]) for name in times[0]}
    return GradientTimings(np.array(counts), seconds)
