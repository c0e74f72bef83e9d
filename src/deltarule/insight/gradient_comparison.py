"""The same gradient three ways: by differences one by one, by δ's, by an engine; and what each costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.engines import prediction_engine
from deltarule.engines.contract import Data
from deltarule.engines.equations import (
    dense_targets,
    mean_gradient,
    mean_loss,
    members_forward,
    penalty,
)
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat
from deltarule.training import TrainedNetwork
from deltarule.training.fitting import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]
STEP = 6e-6
"""About the cube root of float64's rounding: where cutting and rounding errors of a central difference
balance (Press et al. 2007, section 5.7)."""


@dataclass(frozen=True, eq=False)
class GradientComparison:
    """∂J/∂(all parameters) in the order of `Parameters.flat`, and the seconds each took."""

    numerical: Array
    backpropagation: Array
    engine: Array
    seconds: dict[str, float]  # under the names of the three fields

    @property
    def max_difference(self) -> float:
        """The largest |difference| between any two of the three."""
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
    """Return J's gradient over all rows, in float64, by differences, by δ's and by an engine."""
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


def numerical_gradient(network: Network, parameters: Parameters, loss: Loss, data: Data) -> Array:
    """Return (J(w + h) − J(w − h)) / 2h for one parameter after the other: two passes for each."""
    flat = parameters.flat().astype(np.float64)
    gradient = np.empty_like(flat)
    dense = _with_dense_targets(network, loss, data)

    def cost(vector: Array) -> float:
        moved = from_flat(network, vector)
        passes = members_forward(network, moved, data.inputs)
        return mean_loss(network, loss, passes, dense) + penalty(network, moved)

    for i in range(flat.size):
        kept, step = flat[i], STEP * max(1.0, abs(float(flat[i])))
        flat[i] = kept + step
        above = cost(flat)
        flat[i] = kept - step
        gradient[i] = (above - cost(flat)) / (2 * step)
        flat[i] = kept
    return gradient


def backpropagated_gradient(
    network: Network, parameters: Parameters, loss: Loss, data: Data
) -> Array:
    """Return the gradient from one pass forward and one back: δ's, and x δ for every weight.

    A network of several members takes both passes once for each.
    """
    passes = members_forward(network, parameters, data.inputs)
    dense = _with_dense_targets(network, loss, data)
    return mean_gradient(network, parameters, loss, passes, dense)


def _with_dense_targets(network: Network, loss: Loss, data: Data) -> Data:
    return replace(data, targets=dense_targets(loss, data.targets, network.outputs, "float64"))


@dataclass(frozen=True, eq=False)
class GradientTimings:
    """Seconds for one gradient, by network: arrays of shape (networks,)."""

    parameters: Array  # how many weights and biases, int64
    seconds: dict[str, Array]  # under the names of `GradientComparison`


def time_gradients(
    widths: Iterable[int] = (2, 4, 8, 16, 32),
    *,
    inputs: int = 8,
    rows: int = 64,
    repeats: int = 3,
    seed: int = 0,
    engine: str = "auto",
) -> GradientTimings:
    """Time the three ways on networks inputs-width-width-1 with random data; the best of `repeats`."""
    checks.integer("gradient_cost.repeats", repeats, at_least=1)
    source = np.random.default_rng(seed)
    X, y = source.normal(size=(rows, inputs)), source.normal(size=rows)
    counts, times = [], []
    for width in widths:
        network = Network([Dense(width, "tanh"), Dense(width, "tanh"), Dense(1)], inputs)
        trained = TrainedNetwork(network, initial_parameters(network, seed))
        runs = [compare_gradients(trained, X, y, engine=engine).seconds for _ in range(repeats)]
        counts.append(network.parameter_count)
        times.append({name: min(run[name] for run in runs) for name in runs[0]})
    seconds = {name: np.array([one[name] for one in times]) for name in times[0]}
    return GradientTimings(np.array(counts), seconds)
