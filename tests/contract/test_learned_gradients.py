"""Gradients of what layers learn beside weights and biases, against central differences, float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contract import grid, learned
from contract.test_gradients import LARGEST_ERROR

from deltarule.engines.capabilities import prepare_objective
from deltarule.engines.data import ArrayData
from deltarule.engines.dense_rows import DenseRows
from deltarule.engines.equations import StreamPosition, mean_loss, members_forward, penalty
from deltarule.engines.training_plan import TrainingPlan
from deltarule.optimizers import GradientDescent
from deltarule.parameters import from_flat
from deltarule.sampling import FullBatch

STEP = 1e-4
Objective = Callable[[Any], float]


def problem(name: str, number: int, rows: int = 9) -> tuple[Any, Any, ArrayData]:
    """Return network, loss and data; the third column holds whole numbers for the categories."""
    network = learned.NETWORKS[name]
    loss = learned.loss_of(network)
    random = np.random.default_rng([7, number])
    inputs = random.uniform(-1.5, 1.5, (rows, network.known_inputs))
    inputs[:, 2] = random.integers(0, 6, rows)
    given, _ = grid.targets(loss, random, network.outputs, number, rows)
    weights = random.uniform(0.3, 2.0, rows) if number % 2 else None
    return network, loss, ArrayData(inputs, given, weights)


def objective(engine: Any, network: Any, loss: Any, data: ArrayData) -> Objective:
    """Return J as a function of the flat parameters, prepared once for its many evaluations."""
    if engine.name == "reference":
        return forward_objective(network, loss, data)
    value_and_gradient = prepare_objective(engine, network, loss, data)
    return lambda x: value_and_gradient(x)[0]


def forward_objective(
    network: Any, loss: Any, data: ArrayData, position: StreamPosition | None = None
) -> Objective:
    """Return J by the equations of the reference engine, without a backward pass."""
    rows = DenseRows(loss, data, network.outputs).all()

    def value(x: Any) -> float:
        parameters = from_flat(network, x)
        passes = members_forward(network, parameters, rows.inputs, position)
        return mean_loss(network, loss, passes, rows) + penalty(network, parameters)

    return value


def central_differences(value: Objective, start: Any, places: Any) -> Any:
    """Return ∂J/∂parameters at `places`: (f(x−2h) − 8 f(x−h) + 8 f(x+h) − f(x+2h)) / 12h."""
    slope = np.zeros(len(places))
    for number, i in enumerate(places):
        shifted = []
        for steps in (-2, -1, 1, 2):
            x = start.copy()
            x[i] += steps * STEP
            shifted.append(value(x))
        a, b, c, d = shifted
        slope[number] = (a - 8 * b + 8 * c - d) / (12 * STEP)
    return slope


def places_of(engine: Any, size: int) -> Any:
    """Return which of `size` parameters are tested: every third of many in the slow reference engine."""
    return np.arange(0, size, 3 if engine.name == "reference" and size > 100 else 1)


@pytest.mark.parametrize("name", learned.NETWORKS)
def test_gradient_is_the_slope_of_the_loss(engine: Any, name: str) -> None:
    for number in range(4):
        network, loss, data = problem(name, number)
        start = np.random.default_rng([3, number]).normal(0, 0.7, network.parameter_count)
        value = objective(engine, network, loss, data)
        at_start, gradient = engine.loss_and_gradient(
            network, from_flat(network, start), loss, data
        )
        assert value(start) == pytest.approx(at_start, rel=1e-14)
        places = places_of(engine, start.size)
        slope, gradient = central_differences(value, start, places), gradient[places]
        scale = np.maximum(np.abs(slope), 1e-3 * max(np.abs(slope).max(), 1e-3))
        error = np.abs(gradient - slope) / scale
        # A kink (of ReLU, of a piece's end) within the step has no slope to compare with.
        assert (error > LARGEST_ERROR).mean() <= (0.05 if "relu" in name or "elu" in name else 0), (
            number, error.max(), error.argmax(),
        )  # fmt: skip
        if (error <= LARGEST_ERROR).all():
            return
    raise AssertionError("each drawn start lies at a kink")


@pytest.mark.parametrize("name", ["embedding behind dropout", "everything", "everything, members"])
def test_gradient_under_dropout(engine: Any, name: str) -> None:
    """One step of gradient descent with η = 1 is the gradient: J's slope with the masks held fixed."""
    network, loss, data = problem(name, 2)
    network = type(network)(
        [_unscheduled(layer) for layer in network.layers], network.inputs, network.members
    )
    start = np.random.default_rng(4).normal(0, 0.5, network.parameter_count)
    plan = TrainingPlan(
        network, loss, GradientDescent(1.0), FullBatch(), 1, seed=11, dtype="float64"
    )
    session = engine.open(plan, data, None, from_flat(network, start), 1)
    before = session.state()

    def loss_of_step(x: Any) -> float:
        session.restore(replace(before, weights=x))
        return float(session.run(1).records["training_loss"][0])

    at_start = loss_of_step(start)
    gradient = start - session.result.flat()
    value = loss_of_step
    if engine.name == "reference":
        value = forward_objective(network, loss, data, StreamPosition(plan.seed, epoch=0, step=0))
    assert value(start) == pytest.approx(at_start, rel=1e-14)
    places = places_of(engine, start.size)
    slope = central_differences(value, start, places)
    scale = np.maximum(np.abs(slope), 1e-3 * np.abs(slope).max())
    assert (np.abs(gradient[places] - slope) / scale).max() <= LARGEST_ERROR


def _unscheduled(layer: Any) -> Any:
    """Return the layer with factors of 1 and a dropout that stays: so that a step shows the gradient."""
    if layer.kind == "dropout":
        return replace(layer, rate=0.3)
    if layer.kind == "scale":
        return replace(layer, rate_factor=1.0)
    if layer.kind == "embedding":
        return replace(layer, columns=[replace(c, rate_factor=1.0) for c in layer.columns])
    return replace(layer, bias_rate_factor=1.0, activation_rate_factor=1.0)
