"""What only the native engine has: threads, instruction levels, and interrupts within an epoch."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contract import runs

from deltarule.engines import native_module, native_session
from deltarule.engines.data import ArrayData
from deltarule.engines.reference import ReferenceEngine
from deltarule.engines.training_plan import TrainingPlan
from deltarule.errors import EngineError, SettingError, ShapeError
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Dropout
from deltarule.losses import CategoricalCrossEntropy
from deltarule.network import Network
from deltarule.optimizers import Adam
from deltarule.parameters import from_flat
from deltarule.sampling import Blocks, MiniBatches, Sampling
from deltarule.stopping import StopReason, TimeLimit

LEVELS = native_module.supported_levels() if native_module.is_available() else ()


def large_run(rows: int = 300, *, epochs: int = 2, units: int = 260, **plan: Any) -> runs.Run:
    """Return a run whose products are worth several threads and whose updates are fused."""
    random = np.random.default_rng(5)
    network = Network(
        [Dense(units, "relu"), Dropout(0.1), Dense(units, "tanh"), Dense(10, "softmax")], inputs=170
    )
    inputs = random.normal(0, 1, (rows, 170)).astype(np.float32)
    classes = random.integers(0, 10, rows).astype(np.int32)
    made = TrainingPlan(
        network, CategoricalCrossEntropy(), Adam(1e-3), MiniBatches(128), epochs, **plan
    )
    data = ArrayData(inputs, classes)
    return runs.Run(made, data, data, initial_parameters(network, 1, np.float32))


def bits(session: Any) -> bytes:
    return bytes(session.result.flat().tobytes())


def losses(chunk: Any) -> list[tuple[float, ...]]:
    names = ["training_loss", "validation_loss", "training_score", "validation_score"]
    return [tuple(record[names].item()) for record in chunk.records]


@pytest.mark.parametrize("clip_norm", [None, 0.5])
@pytest.mark.parametrize(
    "sampling", [MiniBatches(128), MiniBatches(600), Blocks(128, 400, 40)], ids=str
)
def test_the_number_of_threads_changes_no_bit(
    native: Any, sampling: Sampling, clip_norm: float | None
) -> None:
    """Batches of one panel and of several, updates fused and not, on one thread and on several.

    Batches of 128 are tried on one thread and on several, about 7 updates each; 7 epochs have 42.
    """
    run = large_run(700, epochs=7, score=True)
    plan = replace(run.plan, sampling=sampling, optimizer=Adam(1e-3, clip_norm=clip_norm))
    run = replace(run, plan=plan)
    results = []
    for threads in (1, 2, 4):
        session = run.open(native, threads)
        chunk = session.run(7)
        results.append((bits(session), losses(chunk)))
    assert results[0] == results[1] == results[2]


def test_threads_change_no_prediction_gradient_or_evaluation(native: Any) -> None:
    run = large_run(1500)
    network, start, data = run.plan.network, run.initial_parameters, run.data
    loss = run.plan.loss
    for compute in (
        lambda threads: native.predict(network, start, data.inputs, threads).tobytes(),
        lambda threads: native.evaluate(network, start, loss, data, threads),
        lambda threads: native.loss_and_gradient(network, start, loss, data, threads)[1].tobytes(),
    ):
        assert compute(1) == compute(2) == compute(4)


def test_results_below_the_normal_numbers_are_zero_on_any_number_of_threads(native: Any) -> None:
    """They would make a network that has learned its classes perfectly train 20 times slower."""
    run = large_run(1500)
    network = Network([Dense(600, "linear")], inputs=170)
    tiny = initial_parameters(network, 1, np.float32).flat() * np.float32(1e-20)
    parameters = from_flat(network, tiny)
    inputs = run.data.inputs * np.float32(1e-20)
    assert not np.all(inputs[:5].astype(np.float64) @ tiny[: 170 * 600].reshape(170, 600) == 0)
    for threads in (1, 2, 4):
        assert not native.predict(network, parameters, inputs, threads).any()


@pytest.mark.parametrize("level", LEVELS)
def test_every_instruction_level_agrees_with_the_reference(
    native: Any, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    monkeypatch.setenv(native_module.LEVEL_VARIABLE, level)
    assert native_module.instruction_level() == level
    for name in ("everything", "nadam, batches", "adam, single"):
        for dtype, tolerance in (("float64", 1e-10), ("float32", 1e-4)):
            run = runs.AGREEING[name].as_dtype(dtype)
            got, expected = run.open(native), run.open(ReferenceEngine())
            got.run(run.plan.epochs)
            expected.run(run.plan.epochs)
            np.testing.assert_allclose(
                got.result.flat(), expected.result.flat(), rtol=tolerance, atol=tolerance
            )


def test_an_unknown_instruction_level_is_an_error(
    native: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(native_module.LEVEL_VARIABLE, "sse9")
    with pytest.raises(EngineError, match=r"must be an instruction level.* baseline.*got 'sse9'"):
        runs.AGREEING["everything"].open(native)


def test_update_values_are_passed_in_pieces(native: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of updates per piece changes nothing."""
    run = runs.AGREEING["everything"]
    whole, pieces = run.open(native), run.open(native)
    expected = whole.run(run.plan.epochs)
    monkeypatch.setattr(native_session, "UPDATE_VALUES_BYTES", 100)
    got = pieces.run(run.plan.epochs)
    np.testing.assert_array_equal(losses(got), losses(expected))
    assert got.reason == expected.reason
    assert bits(whole) == bits(pieces)


def interrupt_after(seconds: float) -> threading.Thread:
    def interrupt() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    return thread


def test_ctrl_c_within_an_epoch_keeps_the_finished_ones(native: Any) -> None:
    """A small network returns to its last finished epoch and can continue from it."""
    run = large_run(40_000, epochs=1000, units=32)
    session, undisturbed = run.open(native), run.open(native)
    thread = interrupt_after(0.2)
    finished = 0
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - which of the calls it is depends on the clock
        while True:
            finished += len(session.run(1000).records)
    thread.join()
    assert session.state().epochs_done == finished
    if finished:
        undisturbed.run(finished)
    assert bits(session) == bits(undisturbed)
    assert len(session.run(1).records) == 1


@pytest.mark.alone
def test_ctrl_c_comes_within_a_long_epoch(native: Any) -> None:
    """A large network keeps the parameters of the last finished epoch, and no other state."""
    run = large_run(200_000, epochs=3, units=640)
    session = run.open(native)
    thread = interrupt_after(0.3)
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        session.run(3)
    thread.join()
    assert time.perf_counter() - began < 5  # an epoch takes far longer
    assert bits(session) == run.initial_parameters.flat().tobytes()
    with pytest.raises(EngineError, match="cut short within an epoch"):
        session.state()
    with pytest.raises(EngineError, match="cut short within an epoch"):
        session.run(1)


@pytest.mark.alone
def test_other_threads_run_during_an_epoch(native: Any) -> None:
    """The GIL is released: another Python thread runs while one call trains."""
    session = large_run(6000, epochs=100).open(native)
    counted = 0
    over = threading.Event()

    def count() -> None:
        nonlocal counted
        while not over.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    began = time.perf_counter()
    session.run(4)
    seconds = time.perf_counter() - began
    over.set()
    thread.join()
    assert counted > 100 * seconds


def test_sessions_run_side_by_side(native: Any) -> None:
    """Sessions in different threads do not disturb each other."""
    run = runs.AGREEING["everything"]
    alone = run.open(native)
    alone.run(run.plan.epochs)
    sessions = [run.open(native) for _ in range(4)]
    threads = [threading.Thread(target=s.run, args=(run.plan.epochs,)) for s in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {bits(session) for session in sessions} == {bits(alone)}


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "identity"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_prediction_of_a_row_does_not_depend_on_other_rows(
    native: Any, output: str, dtype: str
) -> None:
    """One row, some rows, all rows: the same bits; odd widths reach the edges of all kernels."""
    network = Network([Dense(37, "gelu"), Dense(300, "silu"), Dense(5, output)], inputs=11)
    predictor = native.predictor(network, initial_parameters(network, 3, dtype), dtype)
    rows = np.random.default_rng(0).normal(0, 1, (1030, 11)).astype(dtype)
    together = predictor(rows)
    assert together.dtype == dtype
    for i in (0, 1, 17, 511, 512, 1029):
        assert predictor(rows[i : i + 1]).tobytes() == together[i : i + 1].tobytes()
    assert predictor(rows[5:20]).tobytes() == together[5:20].tobytes()
    assert predictor(rows[:0]).shape == (0, 5)
    assert predictor(rows[::2]).tobytes() == np.ascontiguousarray(together[::2]).tobytes()
    with pytest.raises(ShapeError, match=r"inputs must have shape \(rows, 11\), got \(3, 12\)"):
        predictor(np.zeros((3, 12), dtype))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"inputs": np.zeros((37, 5))},
            r"ArrayData.inputs must be .*\(37, 4\) and dtype float64, got",
        ),
        ({"inputs": np.zeros((37, 4), "f")}, "dtype float64, got .* dtype float32"),
        ({"inputs": np.zeros((74, 4))[::2]}, "C-contiguous"),
        ({"targets": np.zeros((36, 3))}, "ArrayData.targets must be"),
        ({"targets": np.full(37, 3, np.int32)}, "class numbers from 0 to 2"),
        ({"targets": np.full(37, -1, np.int32)}, "class numbers from 0 to 2"),
        ({"targets": np.zeros(37)}, "dtype int32"),
        ({"weights": np.ones(36)}, "ArrayData.weights must be"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(native: Any, changed: Any, sentence: str) -> None:
    network = runs.network(output="softmax")
    plan = TrainingPlan(
        network, CategoricalCrossEntropy(), Adam(), MiniBatches(8), 3, dtype="float64"
    )
    data = replace(ArrayData(np.zeros((37, 4)), np.zeros(37, np.int32)), **changed)
    start = initial_parameters(network, 0)
    with pytest.raises(ShapeError, match=sentence):
        native.open(plan, data, None, start, 1)


def test_a_batch_larger_than_the_data_is_refused(native: Any) -> None:
    run = runs.AGREEING["everything"]
    plan = replace(run.plan, sampling=MiniBatches(1000))
    with pytest.raises(
        SettingError, match="`batch_size` must be at most the 37 training rows, got 1000"
    ):
        replace(run, plan=plan).open(native)


def test_a_time_limit_holds_within_one_call(native: Any) -> None:
    run = large_run(20_000, epochs=10_000, units=32, stopping=(TimeLimit(0.1),))
    session = run.open(native)
    chunk = session.run(10_000, seconds=0.1)
    assert chunk.reason is StopReason.TIME_LIMIT
    assert 0.1 <= chunk.records["elapsed_s"][-1] < 1.0
