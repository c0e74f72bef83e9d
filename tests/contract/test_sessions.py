"""What every session promises: chunks and resuming change no bit, what is kept, why it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from contract import runs

from deltarule.engines.reference import ReferenceEngine
from deltarule.engines.training_state import TrainingState
from deltarule.errors import EngineError
from deltarule.history import EPOCH_RECORD
from deltarule.optimizers import GradientDescent
from deltarule.sampling import Blocks, FullBatch, MiniBatches
from deltarule.stopping import StopReason, TimeLimit

REPEATED = (
    "everything",
    "gradient_descent, batches",
    "momentum, batches",
    "nesterov, full",
    "adagrad, batches",
    "adadelta, batches",
    "rmsprop, single",
    "adam, batches",
    "adamw, full",
    "nadam, batches",
    "amsgrad, batches",
    "plateau, validation score",
    "keep best score",
    "schedule one_cycle",
)


def same_records(left: Any, right: Any) -> bool:
    """Return whether records have the same bits, the time they took apart."""
    names = [name for name in EPOCH_RECORD.names or () if name != "elapsed_s"]
    return all(np.array_equal(left[name], right[name], equal_nan=True) for name in names)


def same_state(left: TrainingState, right: TrainingState) -> bool:
    """Return whether states have the same bits, the time apart."""
    return same_arrays(left.to_arrays(), right.to_arrays())


def same_arrays(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Return whether the arrays of two states have the same bits, the time apart."""
    assert set(left) == set(right)
    names = set(left) - {"elapsed_s"}
    return all(np.array_equal(left[name], right[name], equal_nan=True) for name in names)


@pytest.mark.parametrize("name", REPEATED)
def test_chunks_and_resuming_change_no_bit(engine: Any, name: str) -> None:
    run = runs.AGREEING[name].as_dtype("float32")
    epochs = run.plan.epochs
    whole = run.open(engine)
    records = whole.run(epochs).records
    assert len(records) == epochs
    pieces = run.open(engine)
    taken = [pieces.run(1).records, pieces.run(1).records]
    resumed = run.open(engine)
    resumed.restore(pieces.state())
    taken.append(resumed.run(epochs).records)
    assert same_records(np.concatenate(taken), records)
    assert np.array_equal(resumed.result.flat(), whole.result.flat())
    assert same_state(resumed.state(), whole.state())


def test_a_state_is_a_copy(engine: Any) -> None:
    session, untouched = (runs.AGREEING["everything"].open(engine) for _ in range(2))
    session.run(2)
    untouched.run(4)
    state = session.state()
    before = state.copy()
    for array in session.result.weights:
        array[:] = 0
    session.run(2)
    assert same_state(state, before)
    for array in session.state().to_arrays().values():
        array[:] = 0
    assert np.array_equal(session.result.flat(), untouched.result.flat())


@pytest.mark.parametrize("name", ["everything", "keep best score", "nadam, batches"])
@pytest.mark.parametrize("epochs", [0, 3])
def test_a_session_ends_with_its_result_and_its_last_state(
    engine: Any, name: str, epochs: int
) -> None:
    run = runs.AGREEING[name].as_dtype("float32")
    session, going_on = run.open(engine), run.open(engine)
    for one in (session, going_on):
        if epochs:
            one.run(epochs)
    result, state = session.end()
    assert np.array_equal(result.flat(), going_on.result.flat())
    assert same_state(state, going_on.state())
    result.weights[0][:] = 0  # does not change the state
    assert same_state(state, going_on.state())
    assert same_state(session.state(), going_on.state())


@pytest.mark.parametrize("window_rows", [2**32 - 1, 2**64 - 1, 2**64 + 16, 10**30])
def test_blocks_and_windows_of_any_size_are_a_full_shuffle(engine: Any, window_rows: int) -> None:
    run = runs.AGREEING["adam, batches"]
    expected = run.open(engine)
    expected.run(3)
    for block_rows in (1, 16, window_rows):
        blocks = Blocks(8, window_rows, block_rows)
        session = replace(run, plan=replace(run.plan, sampling=blocks)).open(engine)
        session.run(3)
        assert same_state(session.state(), expected.state()), blocks


def test_an_ended_session_cannot_continue(native: Any) -> None:
    session = runs.AGREEING["everything"].open(native)
    session.run(1)
    _, state = session.end()
    assert state is not None
    for ask in (lambda: session.run(1), lambda: session.restore(state)):
        with pytest.raises(EngineError, match="ended"):
            ask()


def test_the_kept_parameters_are_those_of_the_best_epoch(engine: Any) -> None:
    run = runs.STOPPING["no progress, validation"]
    session = run.open(engine)
    records = session.run(200).records
    losses = records["validation_loss"]
    assert losses.argmin() == len(losses) - 1 - 6  # patience: six epochs after the best
    plan = run.plan
    kept, _ = engine.evaluate(plan.network, session.result, plan.loss, run.validation)
    assert kept == pytest.approx(losses.min(), rel=1e-12)


def test_a_diverged_run_ends_with_the_last_good_parameters(engine: Any) -> None:
    run = runs.EXPLODING["slowly"]
    session, shorter = run.open(engine), run.open(engine)
    chunk = session.run(60)
    assert chunk.reason is StopReason.DIVERGED
    assert chunk.divergence.epoch == len(chunk.records) == 3
    shorter.run(2)
    assert np.array_equal(session.result.flat(), shorter.result.flat())
    assert same_state(session.state(), shorter.state())


def test_a_run_that_diverges_at_once_keeps_its_initial_parameters(engine: Any) -> None:
    run = runs.EXPLODING["at once"]
    session = run.open(engine)
    chunk = session.run(5)
    assert (chunk.divergence.epoch, chunk.divergence.step) == (1, 1)
    assert np.array_equal(session.result.flat(), run.initial_parameters.flat())


def test_numbers_are_too_large_for_float32_in_the_first_layer(engine: Any) -> None:
    """Inputs of 1e30 and weights of 1e30: the product is infinite, and that is layer 0."""
    run = runs.EXPLODING["at once"].as_dtype("float32")
    start = run.initial_parameters.astype("float32")
    start.weights[0][:] = 1e30
    data = replace(run.data, inputs=np.full_like(run.data.inputs, 1e30))
    with np.errstate(over="ignore"):
        chunk = replace(run, data=data, initial_parameters=start).open(engine).run(1)
    assert chunk.divergence.layer == 0
    assert not np.isfinite(chunk.records["training_loss"][0])


def test_the_diverged_layer_is_the_first_with_values_that_are_not_finite(engine: Any) -> None:
    run = runs.EXPLODING["at once"]
    start = runs.initial_parameters(run.plan.network, 1)
    start.weights[1][0, 0] = np.inf
    data = runs.run(number=6).data
    chunk = replace(run, initial_parameters=start, data=data).open(engine).run(1)
    assert (chunk.reason, chunk.divergence.layer) == (StopReason.DIVERGED, 1)


def test_an_interrupted_epoch_leaves_the_last_finished_one() -> None:
    """Ctrl-C in the third update of the fourth epoch, by an optimizer that raises it (reference)."""

    @dataclass(frozen=True)
    class Interrupted(GradientDescent):
        def update(self, weights: Any, gradient: Any, slots: Any, rate: float, t: int) -> None:
            super().update(weights, gradient, slots, rate, t)
            if t == 3 * 5 + 3:
                raise KeyboardInterrupt

    engine, base = ReferenceEngine(), runs.AGREEING["gradient_descent, batches"]
    run = replace(base, plan=replace(base.plan, optimizer=Interrupted(0.1)))
    session, shorter = run.open(engine), base.open(engine)
    records = session.run(20).records
    with pytest.raises(KeyboardInterrupt):  # kept until the finished epochs were returned
        session.run(20)
    assert same_records(records, shorter.run(3).records)
    assert np.array_equal(session.result.flat(), shorter.result.flat())
    assert same_state(session.state(), shorter.state())


def test_a_time_limit_cuts_an_epoch_short(engine: Any) -> None:
    """A nanosecond is over after the first update: some of the epoch's 5 updates make an epoch.

    Each engine decides how often it reads the clock.
    """
    base = runs.AGREEING["no shuffle"]
    run = replace(base, plan=replace(base.plan, stopping=(TimeLimit(1e-9),)))
    session = run.open(engine)
    chunk = session.run(20, seconds=1e-9)
    assert (chunk.reason, chunk.rule, len(chunk.records)) == (StopReason.TIME_LIMIT, 0, 1)
    possible = []
    for updates in range(1, 6):
        rows = slice(0, updates * runs.BATCHES.batch_size)
        part = replace(run.data, inputs=run.data.inputs[rows], targets=run.data.targets[rows])
        step = replace(base, data=part).open(engine)
        step.run(1)
        possible.append(step.result.flat())
    result = session.result.flat()
    assert any(np.allclose(result, other, rtol=1e-12, atol=0) for other in possible)


def test_only_the_last_epoch_of_a_time_limit_is_cut_short(engine: Any) -> None:
    """With η so small that nothing moves, an epoch that was cut short has another mean loss."""
    base = runs.AGREEING["no shuffle"]
    plan = replace(
        base.plan,
        optimizer=GradientDescent(1e-14),
        sampling=MiniBatches(1, shuffle=False),
        stopping=(TimeLimit(0.03),),
        epochs=100_000,
    )
    session = replace(base, plan=plan).open(engine)
    chunk = session.run(plan.epochs, seconds=0.03)
    assert chunk.reason is StopReason.TIME_LIMIT
    losses, elapsed = chunk.records["training_loss"], chunk.records["elapsed_s"]
    np.testing.assert_allclose(losses[:-1], losses[0], rtol=1e-9)
    assert (elapsed[:-1] < 0.03).all()
    assert elapsed[-1] >= 0.03


def test_without_a_deadline_a_long_time_limit_does_nothing(engine: Any) -> None:
    base = runs.AGREEING["gradient_descent, batches"]
    run = replace(base, plan=replace(base.plan, stopping=(TimeLimit(3600.0),)))
    chunk = run.open(engine).run(99, seconds=3600.0)
    assert chunk.reason is StopReason.EPOCHS_DONE
    elapsed = chunk.records["elapsed_s"]
    assert (np.diff(elapsed) > 0).all()
    assert 0 < elapsed[-1] < 60


def test_max_norm_holds_for_every_unit(engine: Any) -> None:
    run = runs.AGREEING["max-norm"]
    session = run.open(engine)
    session.run(20)
    for weight in session.result.weights[:2]:
        norms = np.linalg.norm(weight, axis=0)
        assert (norms <= 0.6 * (1 + 1e-12)).all()
        assert norms.max() == pytest.approx(0.6)  # the limit is felt
    assert np.linalg.norm(session.result.weights[2], axis=0).max() > 0.6  # this layer has none


def test_a_clipped_step_has_the_norm_it_was_clipped_to(engine: Any) -> None:
    base = runs.AGREEING["clip"]
    plan = replace(base.plan, sampling=FullBatch(), optimizer=GradientDescent(1.0, clip_norm=0.05))
    run = replace(base, plan=plan)
    session, free = run.open(engine), run.open(engine)
    session.run(1)
    step = session.result.flat() - run.initial_parameters.flat()
    assert np.linalg.norm(step) == pytest.approx(0.05, rel=1e-12)
    free = replace(run, plan=replace(plan, optimizer=GradientDescent(1.0))).open(engine)
    free.run(1)
    free_step = free.result.flat() - run.initial_parameters.flat()
    assert np.linalg.norm(free_step) > 0.05
    cosine = free_step @ step / np.linalg.norm(free_step) / np.linalg.norm(step)
    assert cosine == pytest.approx(1.0)  # the direction stays


@pytest.mark.parametrize("name", REPEATED)
def test_single_updates_of_the_reference_make_its_epoch(name: str) -> None:
    run = runs.AGREEING[name].as_dtype("float64")
    whole, stepped = run.open(ReferenceEngine()), run.open(ReferenceEngine())
    for session in (whole, stepped):
        session.run(1)
    before = stepped.state()
    for step in range(run.plan.sampling.steps_per_epoch(run.data.n_rows)):
        _, state = stepped.one_update(step)
    whole.run(1)
    after = whole.state()
    assert np.array_equal(state.weights, after.weights)
    assert all(np.array_equal(state.slots[name], after.slots[name]) for name in after.slots)
    assert same_state(before, stepped.state())  # nothing was decided or counted
