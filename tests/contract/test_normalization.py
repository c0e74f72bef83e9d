"""Batch normalization, layer normalization and frozen layers, on every engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contract import normalized, runs
from contract.test_engines_agree import REFERENCE, TOLERANCES, check_run, distance
from contract.test_gradients import LARGEST_ERROR
from contract.test_learned_gradients import central_differences
from contract.test_sessions import same_records, same_state

from deltarule.engines import native_module
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.update_values import fixed_places
from deltarule.initialization import initial_parameters
from deltarule.layers import BatchNormalization, Dense, Dropout, LayerNormalization
from deltarule.losses import MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import GradientDescent
from deltarule.parameters import from_flat
from deltarule.sampling import FullBatch, MiniBatches
from deltarule.stopping import StopReason

LOSS = MeanSquaredError()
NAMES = sorted(normalized.NETWORKS)
LEVELS = native_module.supported_levels() if native_module.is_available() else ()


def start_of(network: Network) -> Any:
    """Return parameters that all differ, with positive variances."""
    start = np.random.default_rng(3).normal(0, 0.7, network.parameter_count)
    for own in (from_flat(network, start).of_layer(i) for i in range(len(network.blocks))):
        for name, array in own.items():
            if name in ("moving_variance", "gamma"):
                array[:] = 0.5 + np.abs(array)
    return start


def check_slope(name: str, network: Network, value: Any, start: Any, gradient: Any) -> None:
    """Compare a gradient with central differences along a direction within each array, and along all.

    It is 0 where nothing is trained.
    """
    fixed = fixed_places(network)
    fixed = np.zeros(start.size, bool) if fixed is None else fixed
    assert not gradient[fixed].any()
    random, begin = np.random.default_rng(5), 0
    directions = [np.where(fixed, 0, random.normal(0, 1, start.size))]
    for part in (part for block in network.blocks for part in block.parts):
        own = np.zeros(start.size)
        own[begin : begin + part.size] = random.choice([-1, 1], part.size)
        begin += part.size
        directions += [own] if part.trainable else []
    slopes = [
        central_differences(lambda t, d=d: value(start + t[0] * d), np.zeros(1), [0])[0]
        for d in directions
    ]
    expected, got = np.array(slopes), np.array([gradient @ d for d in directions])
    error = np.abs(got - expected) / np.maximum(np.abs(expected), 1e-3 * np.abs(expected).max())
    assert (error <= LARGEST_ERROR * 10).all(), (name, error)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_of_an_update(engine: Any, name: str) -> None:
    """One step of gradient descent with η = 1 is the gradient: J's slope with statistics of the batch."""
    layers = [replace(layer, max_norm=None) if layer.kind == "dense" else layer
              for layer in normalized.NETWORKS[name].layers]  # fmt: skip
    layers = [
        replace(layer, rate_factor=1.0) if layer.kind == "dense" else layer for layer in layers
    ]
    network = Network(layers, normalized.INPUTS)
    data = runs.data(LOSS, network, 9, 4, weighted=True)
    start = start_of(network)
    plan = TrainingPlan(
        network, LOSS, GradientDescent(1.0), FullBatch(), 1, seed=11, dtype="float64"
    )

    def trained(x: Any) -> Any:
        session = engine.open(plan, data, None, from_flat(network, x), 1)
        return session.run(1).records["training_loss"][0], session.result.flat()

    after = trained(start)[1]
    gradient = start - after
    fixed = fixed_places(network)
    if fixed is not None:  # moving averages move, but not by a gradient
        gradient[fixed] = 0
    check_slope(name, network, lambda x: trained(x)[0], start, gradient)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_outside_training(engine: Any, name: str) -> None:
    network = normalized.NETWORKS[name]
    data = runs.data(LOSS, network, 9, 4, weighted=True)
    start = start_of(network)

    def value(x: Any) -> float:
        return engine.loss_and_gradient(network, from_flat(network, x), LOSS, data)[0]

    gradient = engine.loss_and_gradient(network, from_flat(network, start), LOSS, data)[1]
    check_slope(name, network, value, start, gradient)


def test_one_update_by_hand(engine: Any) -> None:
    """Two rows of one input, 1 and 5: μ = 3, σ² = 4, x̂ = ∓2/√(4+ε), averages of momentum 0.75."""
    network = Network([BatchNormalization(0.75, epsilon=5.0), Dense(1, bias=False)], 1)
    data = ArrayData(np.array([[1.0], [5.0]]), np.zeros((2, 1)))
    start = from_flat(network, np.array([1.0, 0.0, 0.0, 1.0, 3.0]))  # γ, β, averages, w
    plan = TrainingPlan(network, LOSS, GradientDescent(1e-300), FullBatch(), 1, dtype="float64")
    session = engine.open(plan, data, None, start, 1)
    assert session.run(1).records["training_loss"][0] == pytest.approx(4.0)  # (3 · 2/3)²
    assert session.result.flat().tolist() == pytest.approx([1, 0, 0.75, 1.75, 3])
    # Outside training: 3 (x − 0.75) / √(1.75 + 5)
    outputs = engine.predict(network, session.result, np.array([[2.0]]))
    assert outputs.item() == pytest.approx(3 * 1.25 / np.sqrt(6.75))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_batch_of_one_row_leaves_beta(engine: Any, dtype: str) -> None:
    run = runs.run(normalized.NETWORKS["several"], rows=25, sampling=MiniBatches(12), epochs=3)
    run = run.as_dtype(dtype)
    chunk = run.open(engine).run(3)
    assert chunk.divergence is None
    assert np.isfinite(chunk.records["training_loss"]).all()


@pytest.mark.parametrize("name", NAMES)
def test_chunks_and_resuming_change_no_bit(engine: Any, name: str) -> None:
    run = normalized.run_of(name).as_dtype("float32")
    whole, pieces, resumed = (run.open(engine) for _ in range(3))
    records = whole.run(12).records
    taken = [pieces.run(1).records, pieces.run(4).records]
    resumed.restore(pieces.state())
    taken.append(resumed.run(12).records)
    assert same_records(np.concatenate(taken), records)
    assert same_state(resumed.state(), whole.state())


@pytest.mark.parametrize("optimizer", normalized.OPTIMIZERS, ids=lambda o: o.kind)
def test_frozen_layers_keep_their_bits(engine: Any, optimizer: Any) -> None:
    run = normalized.run_of("frozen layer", optimizer)
    session = run.open(engine)
    session.run(12)
    before, after = run.initial_parameters, session.state().weights
    frozen = from_flat(run.plan.network, after)
    assert (frozen.weights[0] == before.weights[0]).all()
    assert (frozen.biases[0] == before.biases[0]).all()
    assert (frozen.weights[1] != before.weights[1]).all()


def test_training_with_batches_converges_to_the_statistics_of_the_data(engine: Any) -> None:
    network = Network([BatchNormalization(0.5), Dense(1)], 2)
    inputs = np.random.default_rng(0).normal([3, -100], [2, 5], (64, 2))
    data = ArrayData(inputs, np.zeros((64, 1)))
    plan = TrainingPlan(network, LOSS, GradientDescent(0.1), FullBatch(), 60, dtype="float64")
    session = engine.open(plan, data, None, initial_parameters(network, 0), 1)
    session.run(60)
    own = session.result.of_layer(0)
    np.testing.assert_allclose(own["moving_mean"], inputs.mean(axis=0))
    np.testing.assert_allclose(own["moving_variance"], inputs.var(axis=0))


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", NAMES)
def test_engines_agree(native: Any, name: str, dtype: str) -> None:
    run = normalized.run_of(name).as_dtype(dtype)
    last = check_run(native, run, TOLERANCES[dtype] * (10 if dtype == "float32" else 1), name)
    assert last.reason is StopReason.EPOCHS_DONE


@pytest.mark.parametrize("optimizer", normalized.OPTIMIZERS, ids=lambda o: o.kind)
@pytest.mark.parametrize("name", ["several", "with all that a layer learns"])
def test_engines_agree_for_other_optimizers(native: Any, name: str, optimizer: Any) -> None:
    check_run(native, normalized.run_of(name, optimizer), 1e-10, name)


@pytest.mark.parametrize("level", LEVELS)
def test_every_instruction_level_agrees(
    native: Any, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    monkeypatch.setenv(native_module.LEVEL_VARIABLE, level)
    for dtype, tolerance in (("float64", 1e-10), ("float32", 1e-3)):
        check_run(native, normalized.run_of("several").as_dtype(dtype), tolerance, level)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", ["several", "first", "with all that a layer learns"])
def test_predictions_of_any_number_of_rows(native: Any, name: str, dtype: str) -> None:
    """They agree with the reference, and a row has the same bits alone, in a batch and in any thread."""
    network = normalized.NETWORKS[name]
    start = from_flat(network, start_of(network)).astype(dtype)
    inputs = np.random.default_rng(2).normal(0, 2, (700, network.known_inputs)).astype(dtype)
    whole = native.predict(network, start, inputs)
    assert distance(REFERENCE.predict(network, start, inputs), whole) <= TOLERANCES[dtype]
    assert (native.predict(network, start, inputs, 2) == whole).all()
    for rows in (1, 3, 5, 40):
        assert (native.predict(network, start, inputs[:rows]) == whole[:rows]).all()


@pytest.mark.parametrize("batch", [128, 700])
def test_threads_change_no_bit(native: Any, batch: int) -> None:
    layers = [BatchNormalization(), Dense(300, bias=False), BatchNormalization(activation="relu"),
              Dropout(0.2), Dense(300, "tanh"), LayerNormalization(), Dense(3)]  # fmt: skip
    network = Network(layers, normalized.INPUTS)
    run = runs.run(network, None, None, MiniBatches(batch), rows=1100, epochs=1, validated=True)
    run = run.as_dtype("float32")
    results = []
    for threads in (1, 2, 4):
        session = run.open(native, threads)
        records = session.run(1).records
        results.append((session.result.flat().tobytes(), records["validation_loss"].tolist()))
    assert results[0] == results[1] == results[2]


def test_rows_far_from_zero_keep_their_variance(native: Any) -> None:
    """The mean of 400 units near 1,000 is right to the last bits of float32."""
    inputs = np.random.default_rng(1).normal(1000, 1, (40, 400)).astype("float32")
    network = Network([LayerNormalization(), Dense(1, bias=False)], 400)
    start = from_flat(network, np.ones(network.parameter_count))
    start.others[0]["beta"][:] = 0
    wide = inputs.astype(np.float64)
    centered = wide - wide.mean(axis=1, keepdims=True)
    hat = centered / np.sqrt(wide.var(axis=1, keepdims=True) + 1e-3)
    weights = np.sin(np.arange(400.0))[:, None] + 1
    start.weights[0][:] = weights
    found = native.predict(network, start.astype("float32"), inputs)
    assert np.abs(found - hat @ weights).max() < 0.02
