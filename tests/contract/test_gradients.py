"""Gradients of every engine against central differences: largest relative error 1e-6, float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from contract import grid, learned, normalized

from deltarule._common import random
from deltarule.activations import Activation
from deltarule.engines.training_plan import TrainingPlan
from deltarule.layers import LAYERS
from deltarule.losses import Loss, MeanSquaredError
from deltarule.optimizers import GradientDescent
from deltarule.sampling import FullBatch

LARGEST_ERROR = 1e-6


def check(engine: Any, case: grid.Case) -> None:
    """Assert that an engine's loss and gradient are those of the case."""
    value, gradient = engine.loss_and_gradient(case.network, case.parameters, case.loss, case.data)
    assert value == pytest.approx(case.value, rel=1e-12, abs=1e-14), case.name
    assert gradient.dtype == np.float64
    assert case.error(gradient) <= LARGEST_ERROR, case.name


@pytest.mark.parametrize("loss", grid.CROSSED_LOSSES, ids=str)
@pytest.mark.parametrize("activation", grid.ALL_ACTIVATIONS, ids=str)
def test_gradient_is_the_slope_of_the_loss(engine: Any, activation: Activation, loss: Loss) -> None:
    for case in grid.cases(activation, loss):
        check(engine, case)


@pytest.mark.parametrize("loss", grid.OTHER_LOSSES, ids=str)
def test_gradient_of_other_losses_with_each_activation(engine: Any, loss: Loss) -> None:
    for case in grid.rotating_cases(loss):
        check(engine, case)


def through_dropout(engine: Any, activation: Activation, loss: Loss, number: int) -> None:
    """Take the gradient under dropout from one step of gradient descent with η = 1: w₀ − w₁."""
    seed = 40 + number
    network = grid.with_dropout(activation, loss, l1=0.01, l2=0.02)
    masks = [
        random.kept((grid.ROWS, b.inputs), b.dropout_rate, seed, layer=i, epoch=0, step=0)
        / (1 - b.dropout_rate)
        if b.dropout_rate
        else None
        for i, b in enumerate(network.blocks)
    ]
    assert masks[0] is not None
    assert (masks[0] == 0).any()  # a seed under which dropout does something
    name = f"{activation}, {loss}, dropout"
    case = grid.smooth_case(name, network, loss, number, masks)
    plan = TrainingPlan(
        network, loss, GradientDescent(1.0), FullBatch(), 1, seed=seed, dtype="float64"
    )
    session = engine.open(plan, case.data, None, case.parameters, 1)
    chunk = session.run(1)
    assert chunk.records["training_loss"][0] == pytest.approx(case.value, rel=1e-12), name
    assert case.error(case.start - session.result.flat()) <= LARGEST_ERROR, name


@pytest.mark.parametrize("activation", grid.ALL_ACTIVATIONS, ids=str)
def test_gradient_under_dropout_for_each_activation(engine: Any, activation: Activation) -> None:
    through_dropout(engine, activation, MeanSquaredError(), 1)


@pytest.mark.parametrize("loss", grid.ALL_LOSSES, ids=str)
def test_gradient_under_dropout_for_each_loss(engine: Any, loss: Loss) -> None:
    through_dropout(engine, grid.ALL_ACTIVATIONS[4], loss, 2)


def test_the_grid_has_every_kind_of_layer() -> None:
    mse = MeanSquaredError()
    kinds = grid.layer_kinds(grid.with_dropout(grid.natural_output(mse), mse))
    kinds |= grid.layer_kinds(learned.everything())
    assert kinds | grid.layer_kinds(normalized.NETWORKS["several"]) == set(LAYERS.names)
