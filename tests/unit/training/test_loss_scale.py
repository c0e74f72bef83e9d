"""Explosion is measured on the scale of all targets: a first batch of zeros is not a small loss."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule import keras
from deltarule.engines import ArrayData
from deltarule.engines.loss_scale import target_scale
from deltarule.losses import MeanSquaredError
from deltarule.optimizers import GradientDescent
from deltarule.sampling import MiniBatches
from deltarule.stopping import StopReason

ENGINES = ["reference", "native"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(160, 3))
CLAIMS = np.zeros(160)
CLAIMS[RNG.permutation(160)[:8]] = 1e6 * np.exp(
    2 * RNG.normal(size=8)
)  # 95 % zeros, lognormal claims
NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)])
IN_ORDER = MiniBatches(16, shuffle=False)
LAST = np.argsort(CLAIMS)  # the first batches are all zeros


@pytest.mark.parametrize("engine", ENGINES)
def test_a_claims_table_trains(engine: str) -> None:
    result = dr.fit(
        NETWORK, X[LAST], CLAIMS[LAST], sampling=IN_ORDER, epochs=3, engine=engine, seed=1
    )
    assert result.reason is StopReason.EPOCHS_DONE
    assert result.history.training_loss[0] > 1e9


@pytest.mark.parametrize("engine", ENGINES)
def test_inputs_that_are_large_in_few_rows_train(engine: str) -> None:
    """The initial network is as far off as its inputs are large: Adam comes back, slowly."""
    inputs = np.where(np.arange(160)[:, None] < 150, X, X * 1e6)
    result = dr.fit(
        dr.Network([dr.Dense(1)]), inputs, X[:, 0], sampling=IN_ORDER, epochs=3, engine=engine
    )
    assert result.reason is StopReason.EPOCHS_DONE
    assert result.history.training_loss[0] > 1e6


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("y", [X[:, 0], CLAIMS / CLAIMS.std()], ids=["ordinary", "claims"])
def test_true_divergence_is_caught_at_once(engine: str, y: np.ndarray) -> None:
    result = dr.fit(NETWORK, X, y, batch_size=16, epochs=50, optimizer=GradientDescent(1e4),
                    engine=engine)  # fmt: skip
    assert result.reason is StopReason.DIVERGED
    assert result.divergence is not None
    assert result.divergence.epoch <= 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_resumed_run_measures_alike(engine: str, tmp_path: Path) -> None:
    """Run to the end at once, and cut after an epoch: the same bits, the same first loss."""
    path = tmp_path / "run.safetensors"
    settings = {"sampling": IN_ORDER, "epochs": 4, "engine": engine, "keep_best": None}
    whole = dr.fit(NETWORK, X[LAST], CLAIMS[LAST], **settings)
    dr.fit(NETWORK, X[LAST], CLAIMS[LAST], **settings,
           checkpoint=dr.Checkpoint(path), callbacks=[lambda event: event.epoch == 2])  # fmt: skip
    resumed = dr.fit(NETWORK, X[LAST], CLAIMS[LAST], **settings, checkpoint=dr.Checkpoint(path))
    np.testing.assert_array_equal(whole.history.training_loss, resumed.history.training_loss)


def test_the_keras_face_trains_on_claims() -> None:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(X[LAST], CLAIMS[LAST], batch_size=16, epochs=2, shuffle=False, verbose=0)
    assert len(history.history["loss"]) == 2


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 1.5, 160)])
def test_the_scale_is_the_variance_of_all_rows(weights: np.ndarray | None) -> None:
    y = CLAIMS[:, None]
    mean = np.average(CLAIMS, weights=weights)
    expected = np.average((CLAIMS - mean) ** 2, weights=weights)
    assert target_scale(MeanSquaredError(), ArrayData(X, y, weights)) == pytest.approx(expected)
    some = dataclasses.replace(ArrayData(X, y), row_indices=np.arange(80, dtype=np.uint32))
    assert target_scale(MeanSquaredError(), some) == pytest.approx(CLAIMS[:80].var())
    assert target_scale(MeanSquaredError(), ArrayData(X, np.ones((160, 1)))) == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("last", ["identity", "tanh"])
def test_poisson_with_an_output_below_0_names_outputs_that_fit(engine: str, last: str) -> None:
    network = dr.Network([dr.Dense(1, last)])
    result = dr.fit(network, X, np.exp(X[:, 0]), loss="poisson", epochs=2, engine=engine)
    assert result.explanation.endswith(
        f"Try the output activation 'exponential' or 'softplus' instead of {last!r}, because this loss "
        "needs positive predictions."
    )
    for fitting in ("exponential", "softplus"):
        network = dr.Network([dr.Dense(1, fitting)])
        result = dr.fit(network, X, np.exp(X[:, 0]), loss="poisson", epochs=2, engine=engine)
        assert result.reason is StopReason.EPOCHS_DONE


def test_a_dead_output_under_poisson_has_advice_on_the_activation() -> None:
    network = dr.Network([dr.Dense(1, "relu")])
    result = dr.fit(network, 0 * X, np.exp(X[:, 0]), loss="poisson", epochs=1)
    assert "give the output layer the activation 'exponential' or 'softplus'" in result.comparison
