"""Copies and pickles of models, also during training."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from deltarule.keras.callbacks import LambdaCallback

COPIES = [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]


def train_a_loop(model: Any, x: Any, y: Any, use: Callable[[], None]) -> None:
    for _ in range(3):
        model.train_on_batch(x, y)
    use()


def train_epochs(model: Any, x: Any, y: Any, use: Callable[[], None]) -> None:
    callback = LambdaCallback(on_epoch_end=lambda epoch, logs: use() if epoch == 2 else None)
    model.fit(x, y, batch_size=120, epochs=3, verbose=0, callbacks=[callback])


def train_batches(model: Any, x: Any, y: Any, use: Callable[[], None]) -> None:
    callback = LambdaCallback(on_train_batch_end=lambda batch, logs: use() if batch == 2 else None)
    model.fit(x, y, batch_size=40, epochs=1, verbose=0, callbacks=[callback])


@pytest.mark.parametrize("train", [train_a_loop, train_epochs, train_batches])
@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_trains_on_as_the_model(train: Any, copied: Any, small: Any, moons: Any) -> None:
    copies: list[Any] = []
    train(small, *moons, lambda: copies.append(copied(small)))
    other = copies[0]
    expected = small.get_weights()
    assert int(other.optimizer.iterations) == 3
    for _ in range(2):
        other.train_on_batch(*moons)
    for array, at_first in zip(small.get_weights(), expected, strict=True):
        assert np.array_equal(array, at_first)  # the copy has arrays of its own
    for _ in range(2):
        small.train_on_batch(*moons)
    for array, others in zip(small.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(array, others)
