"""Networks that learn more than weights and biases, trained by both engines: the same numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from contract import grid, learned, runs
from contract.test_engines_agree import (
    REFERENCE,
    TOLERANCES,
    Epochs,
    check_run,
    distance,
    epochs_of,
)
from contract.test_sessions import same_records, same_state

from deltarule.engines import native_module
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.initialization import initial_parameters
from deltarule.losses import CategoricalCrossEntropy
from deltarule.optimizers import Adam, AdamW, Momentum, Nadam, Optimizer
from deltarule.sampling import MiniBatches
from deltarule.schedules import CosineCycles, FlatCosine
from deltarule.stopping import StopReason

ADAMW = AdamW(CosineCycles(0.02), weight_decay=FlatCosine(0.05), decay_square=0.95)
LEVELS = native_module.supported_levels() if native_module.is_available() else ()


def run_of(name: str, optimizer: Optimizer = ADAMW, rows: int = 45, **plan: Any) -> runs.Run:
    """Return a run of 20 epochs of 6 batches on data whose third column holds whole numbers."""
    network = learned.NETWORKS[name]
    loss = learned.loss_of(network)
    if isinstance(loss, CategoricalCrossEntropy):
        loss = CategoricalCrossEntropy(FlatCosine(0.1))
    random = np.random.default_rng(12)

    def data(count: int, weighted: bool) -> ArrayData:
        inputs = random.normal(0, 1, (count, learned.INPUTS))
        inputs[:, 2] = random.integers(0, 6, count)
        given, _ = grid.targets(loss, random, network.outputs, 0, count)
        if given.ndim == 2:
            given = 0.3 * given + np.sin(inputs @ random.normal(0, 1, (learned.INPUTS, 3)))
        return ArrayData(inputs, given, random.uniform(0.2, 2.0, count) if weighted else None)

    made = TrainingPlan(
        network, loss, optimizer, MiniBatches(8), 20, keep_best="validation_loss", score=True, seed=5,
        dtype="float64", **plan,
    )  # fmt: skip
    training, validation = data(rows, True), data(14, False)
    start = initial_parameters(network, 3, inputs=training.inputs)
    return runs.Run(made, training, validation, start)


@cache
def reference_epochs(name: str, dtype: str) -> Epochs:
    """Return the epochs of `run_of(name)` by the reference engine."""
    return epochs_of(REFERENCE, run_of(name).as_dtype(dtype))


@pytest.mark.parametrize("dtype", TOLERANCES)
# eᶻ in two hidden layers explodes under these steps; its gradients are in test_learned_gradients.py.
@pytest.mark.parametrize("name", sorted(set(learned.NETWORKS) - {"learned exponential"}))
def test_runs_agree(native: Any, name: str, dtype: str) -> None:
    run = run_of(name).as_dtype(dtype)
    tolerance = TOLERANCES[dtype] * (10 if dtype == "float32" else 1)
    last = check_run(native, run, tolerance, name, reference_epochs(name, dtype))
    assert last.reason is StopReason.EPOCHS_DONE


@pytest.mark.parametrize(
    "optimizer", [Adam(0.01, clip_norm=0.1), Momentum(0.01), Nadam(0.01)], ids=lambda o: o.kind
)
@pytest.mark.parametrize("name", ["everything", "everything, members"])
def test_runs_agree_for_other_optimizers(native: Any, name: str, optimizer: Optimizer) -> None:
    check_run(native, run_of(name, optimizer), 1e-10, name)


@pytest.mark.parametrize("name", ["everything", "everything, members"])
def test_chunks_and_resuming_change_no_bit(engine: Any, name: str) -> None:
    run = run_of(name).as_dtype("float32")
    whole, pieces, resumed = (run.open(engine) for _ in range(3))
    records = whole.run(20).records
    taken = [pieces.run(1).records, pieces.run(6).records]
    resumed.restore(pieces.state())
    taken.append(resumed.run(20).records)
    assert same_records(np.concatenate(taken), records)
    assert same_state(resumed.state(), whole.state())


@pytest.mark.parametrize("members", [1, 3])
def test_threads_change_no_bit(native: Any, members: int) -> None:
    """A network wide enough for several threads, batches of one panel and of several.

    Its eight embedded columns are work enough to be shared among threads too: 60 operations for each
    number of a panel, and from 2e5 on it is shared.
    """
    network = learned.everything(members)
    embedding = network.layers[0]
    columns = (*embedding.columns, *embedding.columns)
    sources = tuple(range(learned.INPUTS)) * 2
    network = type(network)(
        [learned.Embedding(columns, sources=sources), *network.layers[1:]], network.inputs, members
    )
    assert len(columns) * 512 * 60 > 2e5
    wide = [
        replace(layer, units=300)
        if layer.kind == "dense" and layer is not network.layers[-1]
        else layer
        for layer in network.layers
    ]
    network = type(network)(wide, network.inputs, members)
    run = run_of("everything", rows=1300).as_dtype("float32")
    start = initial_parameters(network, 3, np.float32, run.data.inputs)
    for batch in (256, 1200):
        plan = replace(run.plan, network=network, sampling=MiniBatches(batch), epochs=2)
        results = []
        for threads in (1, 2, 4):
            session = native.open(plan, run.data, run.validation, start, threads)
            chunk = session.run(2)
            outputs = native.predict(network, session.result, run.data.inputs, threads)
            results.append((session.result.flat().tobytes(), outputs.tobytes(),
                            chunk.records["validation_loss"].tolist()))  # fmt: skip
        assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("level", LEVELS)
def test_every_instruction_level_agrees(
    native: Any, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    monkeypatch.setenv(native_module.LEVEL_VARIABLE, level)
    name = "everything, members"
    for dtype, tolerance in (("float64", 1e-10), ("float32", 1e-3)):
        run = run_of(name).as_dtype(dtype)
        check_run(native, run, tolerance, level, reference_epochs(name, dtype))


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("rows", [1, 3, 40, 1500])
@pytest.mark.parametrize("name", ["everything", "everything, members"])
def test_predictions_agree_for_any_number_of_rows(
    native: Any, name: str, rows: int, dtype: str
) -> None:
    run = run_of(name, rows=rows).as_dtype(dtype)
    arguments = (run.plan.network, run.initial_parameters, run.data.inputs)
    expected = REFERENCE.predict(*arguments)
    for threads in (1, 2):
        assert distance(expected, native.predict(*arguments, threads)) <= TOLERANCES[dtype] / 10


def test_members_that_differ_predict_their_mean(engine: Any) -> None:
    """The mean of three networks of one member each, built by hand from the parts (TabM, section 3)."""
    run = run_of("sharing separate")
    network, start = run.plan.network, run.initial_parameters
    outputs = engine.predict(network, start, run.data.inputs)
    alone = [
        engine.predict(
            type(network)([replace(layer, sharing="shared") for layer in network.layers], 4),
            type(start)(
                tuple(weight[m] if weight.ndim == 3 else weight for weight in start.weights),
                tuple(bias[m] if bias.ndim == 2 else bias for bias in start.biases),
            ),
            run.data.inputs,
        )
        for m in range(3)
    ]
    np.testing.assert_allclose(outputs, np.mean(alone, axis=0), rtol=1e-12)
    assert not np.allclose(alone[0], alone[1])
