"""A training that is paused and goes on has the bits of one that was never paused."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.schedules import CosineCycles, FlatCosine
from deltarule.stopping import NoProgress
from deltarule.training.fit_arguments import FitArguments, training_loop
from deltarule.training.loop import PausedTraining, TrainingLoop

X = np.random.default_rng(0).normal(size=(90, 3)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int32)
NETWORK = dr.Network([dr.Dense(8, "selu"), dr.Dropout(FlatCosine(0.2)), dr.Dense(2, "softmax")])


def loop(**changes) -> TrainingLoop:
    settings = {
        "network": NETWORK, "X": X[:60], "y": Y[:60], "validation_data": (X[60:], Y[60:]),
        "optimizer": dr.optimizers.AdamW(CosineCycles(0.03), weight_decay=FlatCosine(0.02)),
        "batch_size": 16, "epochs": 15, "seed": 3, "threads": 1,
    }  # fmt: skip
    return training_loop(FitArguments(**{**settings, **changes}))


def through(pauses: list[int], **changes) -> tuple[TrainingLoop, PausedTraining]:
    paused = None
    for epochs in pauses:
        opened = loop(**changes)
        paused = opened.until(epochs, paused)
    return opened, paused


@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize("pauses", [[1, 3, 7, 15], [14, 15], [15], [1, 1, 99]])
def test_the_bits_are_those_of_an_uninterrupted_training(engine, pauses):
    whole = loop(engine=engine).to_end()
    opened, paused = through(pauses, engine=engine)
    result = opened.result_of(paused)
    assert (result.network.parameters.flat() == whole.network.parameters.flat()).all()
    assert (result.kept_epoch, result.reason) == (whole.kept_epoch, whole.reason)
    assert result.explanation == whole.explanation
    for name in ("training_loss", "validation_loss", "training_score", "validation_score"):
        np.testing.assert_array_equal(result.history[name], whole.history[name])


def test_a_paused_training_may_go_on_more_than_once():
    _, paused = through([4])
    first, second = (loop().until(9, paused) for _ in range(2))
    assert len(paused.chunk.records) == 4
    assert (first.state.weights == second.state.weights).all()


def test_a_paused_training_keeps_its_best_epoch():
    opened, paused = through([2, 6])
    result = opened.result_of(paused)
    losses = result.history.validation_loss
    assert len(losses) == 6
    assert not paused.has_ended
    assert result.kept_epoch == losses.argmin() + 1


def test_a_rule_that_ended_training_is_not_asked_again():
    stopping = [NoProgress(1, min_improvement=10.0)]
    opened, paused = through([8, 12, 15], stopping=stopping)
    whole = loop(stopping=stopping).to_end()
    assert opened.result_of(paused).explanation == whole.explanation
    assert len(paused.chunk.records) == len(whole.history) < 8


def test_a_checkpoint_goes_on_where_it_was_paused(tmp_path):
    checkpoint = dr.Checkpoint(tmp_path / "network.safetensors", every_seconds=99, resume=True)
    for epochs in (3, 7, 15):  # as in three processes, which share only the file
        paused = loop(checkpoint=checkpoint).until(epochs)
        assert len(paused.chunk.records) == epochs
    whole = loop().to_end()
    assert (paused.parameters.flat() == whole.network.parameters.flat()).all()


def test_a_checkpoint_that_is_further_stays_where_it_is(tmp_path):
    checkpoint = dr.Checkpoint(tmp_path / "network.safetensors", every_seconds=99, resume=True)
    loop(checkpoint=checkpoint).until(7)
    assert len(loop(checkpoint=checkpoint).until(3).chunk.records) == 7


def test_an_interrupt_is_raised():
    def interrupt(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop(callbacks=[interrupt]).until(3)
