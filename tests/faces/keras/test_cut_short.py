"""Runs of large networks that are cut short: the engine keeps no copy of their optimizer's state."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.keras.callbacks import Callback

_chance = np.random.default_rng(0)
X = _chance.normal(size=(3000, 300)).astype("float32")
Y = X[:, :1]


def large(optimizer: Any) -> Any:
    """More than 262,144 parameters."""
    model = keras.Sequential(
        [keras.Input((300,)), keras.layers.Dense(900, "relu"), keras.layers.Dense(1)]
    )
    model.compile(optimizer, "mse", threads=1)
    return model


def equal(ours: Any, others: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(ours, others, strict=True))


@pytest.mark.parametrize("steps", [None, 5])
def test_divergence_is_a_warning_and_the_last_weights_are_kept(steps: int | None) -> None:
    model = large(keras.optimizers.Adam(1e-4))
    model.fit(X[:320], Y[:320], verbose=0)
    before = model.get_weights()
    with pytest.warns(keras.TrainingDivergedWarning, match="the loss became NaN or infinite"):
        model.fit(np.full((160, 300), 1e38), Y[:160], steps_per_epoch=steps, verbose=0)
    assert equal(model.get_weights(), before)
    assert int(model.optimizer.iterations) == 0  # it begins anew, with its state
    assert not model.optimizer.slots
    history = model.fit(X[:320], Y[:320], verbose=0, epochs=2).history
    assert history["loss"][1] < history["loss"][0]


class Interrupted(Callback):
    """Counts epochs or batches, and interrupts one after the first."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def _count(self) -> None:
        self.count += 1
        if self.count == 1:
            threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()


class InterruptedEpoch(Interrupted):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._count()


class InterruptedBatch(Interrupted):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._count()


@pytest.mark.parametrize("kind", [InterruptedEpoch, InterruptedBatch])
def test_an_interrupt_keeps_the_last_weights(kind: type[Interrupted]) -> None:
    model, callback = large("adam"), kind()
    whole: dict[str, Any] = {"batch_size": len(X), "verbose": 0, "shuffle": False}
    start = model.get_weights()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=1000, callbacks=[callback], **whole)
    same = large("adam")
    same.set_weights(start)
    same.fit(X, Y, epochs=callback.count, **whole)
    if not equal(model.get_weights(), same.get_weights()):
        same.fit(X, Y, **whole)  # the interrupt came between an update and its callback
    assert equal(model.get_weights(), same.get_weights())
    more: dict[str, Any] = {"verbose": 0, "epochs": 2, "shuffle": False}
    goes_on = model.fit(X[:320], Y[:320], **more).history["loss"]
    assert goes_on == same.fit(X[:320], Y[:320], **more).history["loss"]


def test_a_loop_over_batches_goes_on_after_an_interrupt() -> None:
    model = large("adam")
    first = model.train_on_batch(X, Y)
    threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        _ = [model.train_on_batch(X, Y) for _ in range(1000)]
    for _ in range(5):
        last = model.train_on_batch(X, Y)
    assert last < first
