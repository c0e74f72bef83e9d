"""`GradientNormBelow` on every engine: it stops after the first epoch with a small gradient."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.engines import ArrayData
from deltarule.engines.reference import ReferenceEngine
from deltarule.losses import MeanSquaredError
from deltarule.optimizers import GradientDescent, Optimizer
from deltarule.sampling import FullBatch, MiniBatches, Sampling
from deltarule.stopping import GradientNormBelow, StopReason
from deltarule.training import TrainingResult

ROWS = np.random.default_rng(5).normal(size=(60, 3))
TARGETS = np.tanh(ROWS @ [[1.0], [-2.0], [0.5]])
NETWORK = dr.Network([dr.Dense(4, "softsign", l2=1e-3), dr.Dropout(0.1), dr.Dense(1)], 3)
THRESHOLD = 0.05


def trained(engine: str, sampling: Sampling, epochs: int, stops: bool = True) -> TrainingResult:
    # Four steps per epoch, or one that is four times as long.
    optimizer: Optimizer = GradientDescent(0.1 if isinstance(sampling, MiniBatches) else 0.4)
    return dr.fit(
        NETWORK, ROWS, TARGETS, optimizer=optimizer, sampling=sampling, epochs=epochs, seed=2,
        stopping=GradientNormBelow(THRESHOLD) if stops else (), engine=engine, dtype="float64",
    )  # fmt: skip


def norm_of(result: TrainingResult) -> float:

    parameters = result.network.parameters
    data = ArrayData(ROWS, TARGETS)
    _, gradient = ReferenceEngine().loss_and_gradient(NETWORK, parameters, MeanSquaredError(), data)
    return float(np.linalg.norm(gradient))


@pytest.mark.parametrize("sampling", [FullBatch(), MiniBatches(16)], ids=["full", "mini"])
def test_it_stops_in_the_first_epoch_with_a_small_gradient(engine, sampling) -> None:
    result = trained(engine.name, sampling, 2000)
    epochs = len(result.history)
    assert result.reason is StopReason.GRADIENT_NORM
    assert f"fell below 0.05 in epoch {epochs}" in result.explanation
    assert 1 < epochs < 2000
    assert norm_of(result) < THRESHOLD
    norms = [norm_of(trained(engine.name, sampling, n, stops=False)) for n in range(1, epochs)]
    assert min(norms) >= THRESHOLD


def test_a_threshold_that_is_never_reached_changes_no_bit(engine) -> None:
    with_rule = dr.fit(
        NETWORK, ROWS, TARGETS, epochs=3, stopping=GradientNormBelow(1e-9), engine=engine.name
    )
    without = dr.fit(NETWORK, ROWS, TARGETS, epochs=3, engine=engine.name)
    assert with_rule.reason is StopReason.EPOCHS_DONE
    ours, theirs = with_rule.network.parameters.flat(), without.network.parameters.flat()
    assert np.array_equal(ours, theirs)
