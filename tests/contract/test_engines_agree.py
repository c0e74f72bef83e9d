"""The native engine against the reference, epoch for epoch, over 100 updates.

Relative to the largest parameter: 1e-10 in float64, 1e-4 in float32. Records, the reason to stop, the
epoch of stopping, the kept parameters and where a run diverged must be the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contract import grid, runs
from numpy.typing import NDArray

from deltarule.activations import Activation, Softmax
from deltarule.engines.contract import Chunk
from deltarule.engines.data import ArrayData
from deltarule.engines.reference import ReferenceEngine
from deltarule.initialization import initial_parameters
from deltarule.losses import KLDivergence, Loss, MeanSquaredError
from deltarule.optimizers import OPTIMIZERS, Stepwise
from deltarule.stopping import StopReason

MANY_ROWS = 5000  # more than an engine evaluates at a time
TOLERANCES = {"float64": 1e-10, "float32": 1e-4}
REFERENCE = ReferenceEngine()

Array = NDArray[Any]


def distance(expected: Array, got: Array) -> float:
    """Return the largest difference as a share of the largest expected number."""
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    scale = max(float(np.abs(expected).max()), 1e-30)
    return float(np.abs(expected - got).max()) / scale


def check_chunks(expected: Chunk, got: Chunk, tolerance: float, name: str) -> None:
    """Assert that two engines reported the same epochs (except for the time)."""
    assert got.records.dtype == expected.records.dtype
    assert len(got.records) == len(expected.records), name
    assert (got.records["epoch"] == expected.records["epoch"]).all(), name
    for field in ("learning_rate", "training_loss", "validation_loss"):
        np.testing.assert_allclose(
            got.records[field], expected.records[field], rtol=tolerance, err_msg=f"{name}: {field}"
        )
    for field in ("training_score", "validation_score"):
        np.testing.assert_allclose(
            got.records[field],
            expected.records[field],
            rtol=tolerance,
            atol=tolerance,
            err_msg=f"{name}: {field}",
        )
    assert (got.reason, got.rule) == (expected.reason, expected.rule), name
    assert got.divergence == expected.divergence, name


Epochs = list[tuple[Chunk, Array]]


def epochs_of(engine: Any, run: runs.Run) -> Epochs:
    """Run an engine an epoch at a time to its end; return what it reported and the parameters."""
    session, epochs = run.open(engine), []
    while not epochs or epochs[-1][0].reason is None:
        epochs.append((session.run(1), session.result.flat()))
    return epochs


def check_run(
    native: Any, run: runs.Run, tolerance: float, name: str, expected: Epochs | None = None
) -> Chunk:
    """Compare all epochs of both engines and return the last chunk.

    `expected` are those of the reference engine, if they are known.
    """
    expected, got = expected or epochs_of(REFERENCE, run), epochs_of(native, run)
    distances = np.array(
        [distance(left, right) for (_, left), (_, right) in zip(expected, got, strict=False)]
    )
    wrong = np.flatnonzero(~(distances <= tolerance))
    assert not len(wrong), f"{name}: parameters differ after epoch {wrong[0] + 1}: {distances}"
    left, right = (
        replace(epochs[-1][0], records=np.concatenate([chunk.records for chunk, _ in epochs]))
        for epochs in (expected, got)
    )
    check_chunks(left, right, tolerance, name)
    return left


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", runs.AGREEING)
def test_runs_agree(native: Any, name: str, dtype: str) -> None:
    run = runs.AGREEING[name].as_dtype(dtype)
    last = check_run(native, run, TOLERANCES[dtype], name)
    assert last.reason is StopReason.EPOCHS_DONE


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", runs.STOPPING)
def test_runs_stop_in_the_same_epoch(native: Any, name: str, dtype: str) -> None:
    run = runs.STOPPING[name].as_dtype(dtype)
    last = check_run(native, run, TOLERANCES[dtype], name)
    assert last.rule is not None


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", runs.EXPLODING)
def test_runs_diverge_in_the_same_place(native: Any, name: str, dtype: str) -> None:
    """Where numbers grow by powers, so do differences: in float32 only their size is compared."""
    run = runs.EXPLODING[name].as_dtype(dtype)
    last = check_run(native, run, 1e-8 if dtype == "float64" else 2.0, name)
    assert last.reason is StopReason.DIVERGED
    assert last.divergence is not None


@pytest.mark.parametrize("name", ["everything", "nadam, batches", "keep best loss", "plateau"])
def test_many_epochs_in_one_call_agree(native: Any, name: str) -> None:
    run = runs.AGREEING[name]
    expected, got = run.open(REFERENCE), run.open(native)
    check_chunks(expected.run(13), got.run(13), 1e-10, name)
    check_chunks(expected.run(99), got.run(99), 1e-10, name)
    assert distance(expected.result.flat(), got.result.flat()) <= 1e-10


@pytest.mark.parametrize(
    "kind", [k for k, m in OPTIMIZERS.members.items() if issubclass(m, Stepwise)]
)
def test_one_engine_continues_from_the_other_s_state(native: Any, kind: str) -> None:
    whole = replace(runs.AGREEING[f"{kind}, batches"].plan, keep_best="training_loss")
    run = replace(runs.AGREEING[f"{kind}, batches"], plan=whole)
    truth = run.open(REFERENCE)
    truth.run(20)
    for first, second in ((REFERENCE, native), (native, REFERENCE)):
        before, after = run.open(first), run.open(second)
        before.run(9)
        after.restore(before.state())
        assert after.run(20).reason is StopReason.EPOCHS_DONE
        assert distance(truth.result.flat(), after.result.flat()) <= 1e-10, (
            first.name,
            second.name,
        )


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", ["everything", "nadam, batches", "no progress", "keep best loss"])
def test_states_have_the_same_names_shapes_and_numbers(native: Any, name: str, dtype: str) -> None:
    run = (runs.AGREEING | runs.STOPPING)[name].as_dtype(dtype)
    expected, got = run.open(REFERENCE), run.open(native)
    for session in (expected, got):
        session.run(4)
    left, right = expected.state().to_arrays(), got.state().to_arrays()
    assert set(right) == set(left)
    for key, array in left.items():
        assert right[key].shape == array.shape, key
        assert right[key].dtype == array.dtype, key
        if key != "elapsed_s":
            np.testing.assert_allclose(
                right[key], array, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype], err_msg=key
            )


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("rows", [1, 2, 33, MANY_ROWS])
def test_predictions_agree_for_any_number_of_rows(native: Any, rows: int, dtype: str) -> None:
    net = runs.network("gelu", "softmax")
    parameters = initial_parameters(net, 3, dtype)
    inputs = np.random.default_rng(rows).normal(0, 2, (rows, runs.INPUTS)).astype(dtype)
    expected = REFERENCE.predict(net, parameters, inputs)
    for threads in (1, 2):
        got = native.predict(net, parameters, inputs, threads)
        assert distance(expected, got) <= TOLERANCES[dtype] / 10


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("activation", grid.ALL_ACTIVATIONS, ids=str)
def test_predictions_agree_for_any_size_of_logit(
    native: Any, activation: Activation, dtype: str
) -> None:
    """One unit with weight 1 shows g(z) itself, from 1e-8 to 100, both signs, and at 0."""
    positive = np.geomspace(1e-8, 80.0, 200)
    z = np.concatenate([-positive, [0.0], positive, [1e4, -1e4]]).astype(dtype)
    net = runs.Network([runs.Dense(1, activation)], 1)
    parameters = initial_parameters(runs.Network([runs.Dense(1, initializer="zeros")], 1), 0, dtype)
    parameters.weights[0][:] = 1
    with np.errstate(over="ignore", under="ignore"):
        expected = REFERENCE.predict(net, parameters, z[:, None])
        got = native.predict(net, parameters, z[:, None])
    tolerance = 1e-13 if dtype == "float64" else 2e-6
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * 1e-6)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("loss", grid.ALL_LOSSES, ids=str)
def test_evaluation_and_gradient_agree(native: Any, loss: Loss, dtype: str) -> None:
    """In float32, KL divergence is compared on probabilities.

    Its gradient is -y / p: where p is almost 0, rounding p to float32 puts both engines further than the
    tolerance from the gradient in float64. The next test has such p, which are exact.
    """
    net = None
    if isinstance(loss, KLDivergence) and dtype == "float32":
        net = runs.network(output=Softmax())
    for number in range(3):
        run = runs.run(net, loss, number=number, weighted=number > 0, rows=50).as_dtype(dtype)
        arguments = (run.plan.network, run.initial_parameters, loss, run.data)
        tolerance = TOLERANCES[dtype] / 10
        expected = REFERENCE.evaluate(*arguments)
        got = native.evaluate(*arguments)
        assert got == pytest.approx(expected, rel=tolerance, abs=tolerance), number
        value, gradient = REFERENCE.loss_and_gradient(*arguments)
        native_value, native_gradient = native.loss_and_gradient(*arguments)
        assert native_value == pytest.approx(value, rel=tolerance), number
        assert distance(gradient, native_gradient) <= tolerance, number


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(
    "loss", [x for x in grid.ALL_LOSSES if x.kind != "cosine_similarity"], ids=str
)
def test_losses_agree_for_any_size_of_prediction(native: Any, loss: Loss, dtype: str) -> None:
    """With the identity matrix as weights, predictions are exact, also where the loss clips them.

    Cosine similarity is left out: beside a much larger prediction, it subtracts almost equal numbers.
    """
    net = runs.Network([runs.Dense(runs.OUTPUTS)], runs.OUTPUTS)
    positive = np.geomspace(1e-8, 80.0, 20)
    sizes = np.concatenate([-positive, [-1.0, 0.0, 1.0], positive])
    predictions = np.random.default_rng(3).permutation(np.tile(sizes, runs.OUTPUTS))
    tolerance = TOLERANCES[dtype] / 10
    for number in range(3):
        run = runs.run(net, loss, number=number, rows=len(sizes)).as_dtype(dtype)
        run.initial_parameters.weights[0][:] = np.eye(runs.OUTPUTS)
        run.initial_parameters.biases[0][:] = 0
        inputs = predictions.reshape(-1, runs.OUTPUTS).astype(dtype)
        for row in range(len(sizes)):
            one = slice(row, row + 1)
            data = ArrayData(inputs[one], run.data.targets[one])
            arguments = (net, run.initial_parameters, loss, data)
            with np.errstate(invalid="ignore"):  # Poisson's logarithm of a negative prediction
                value, gradient = REFERENCE.loss_and_gradient(*arguments)
            native_value, native_gradient = native.loss_and_gradient(*arguments)
            close = pytest.approx(value, rel=tolerance, abs=tolerance, nan_ok=True)
            assert native_value == close, data
            assert distance(gradient, native_gradient) <= tolerance, data


def test_evaluation_agrees_over_more_rows_than_are_evaluated_at_a_time(native: Any) -> None:
    run = runs.run(None, MeanSquaredError(), weighted=True, rows=MANY_ROWS)
    arguments = (run.plan.network, run.initial_parameters, run.plan.loss, run.data)
    expected = REFERENCE.evaluate(*arguments)
    for threads in (1, 2):
        assert native.evaluate(*arguments, threads) == pytest.approx(expected, rel=1e-10)


def test_an_undefined_score_is_nan_in_both(native: Any) -> None:
    run = runs.run(None, MeanSquaredError(), rows=20)
    same = ArrayData(run.data.inputs, np.ones_like(run.data.targets))
    for engine in (REFERENCE, native):
        loss, score = engine.evaluate(run.plan.network, run.initial_parameters, run.plan.loss, same)
        assert np.isfinite(loss)
        assert np.isnan(score)
