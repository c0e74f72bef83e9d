"""Comparison of training batch by batch with Keras, in float64.

Each program runs with both. The same hooks must be called in the same order with the same numbers and
logs (loss, metrics, learning rate, in the same order of names), and the weights must end equal: for
arrays, `PyDataset`, generators, weights of rows and classes, steps, validation, callbacks that stop or
change the learning rate, and batch normalization; then for single batches, evaluations and checkpoints.
Keras runs eagerly, and batches have few sizes: each compilation by JAX costs more than the training.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras as ours

_chance = np.random.default_rng(6)
X = _chance.normal(size=(50, 3))
Y = (X[:, 0] + 0.5 * X[:, 1] > 0).astype(float)
WEIGHTS = _chance.uniform(0.1, 2, 50)
MASK = np.repeat([1.0, 0.0, 2.0, 0.0, 0.0], 10)
SIZE = 10  # of a batch
START = [
    0.5 * _chance.normal(size=(3, 4)), np.zeros(4), 0.5 * _chance.normal(size=(4, 1)), np.zeros(1),
]  # fmt: skip


def model_of(
    k: Any, optimizer: Any = None, normalized: bool = False, weighted: str = "accuracy"
) -> Any:
    kinds = [k.layers.BatchNormalization(dtype="float64")] if normalized else []
    model = k.Sequential(
        [
            k.Input((3,), dtype="float64"),
            k.layers.Dense(4, "tanh", dtype="float64"),
            *kinds,
            k.layers.Dense(1, "sigmoid", dtype="float64"),
        ]
    )
    arrays = model.get_weights()
    model.set_weights([*START[:2], *arrays[2:-2], *START[2:]])
    model.compile(
        optimizer or k.optimizers.SGD(0.3),
        "binary_crossentropy",
        run_eagerly=True,
        metrics=["accuracy"],
        weighted_metrics=[weighted],
    )
    return model


def slices(k: Any, weights: Any = None) -> Any:
    class Slices(k.utils.PyDataset):
        def __len__(self) -> int:
            return 5

        def __getitem__(self, index: int) -> Any:
            rows = slice(index * SIZE, (index + 1) * SIZE)
            return (X[rows], Y[rows]) if weights is None else (X[rows], Y[rows], weights[rows])

    return Slices()


def endless() -> Iterator[Any]:
    while True:
        for at in range(0, 50, SIZE):
            yield X[at : at + SIZE], Y[at : at + SIZE]


def spy(k: Any, calls: list[Any], batches: bool = True) -> Any:
    """Return a callback that records its hooks."""

    def note(hook: str) -> Callable[..., None]:
        def called(self: Any, *given: Any, **named: Any) -> None:
            *numbers, logs = (*given, *named.values())  # Keras names logs in hooks of batches
            calls.append((hook, *numbers, dict(logs)))

        return called

    names = ["train_begin", "train_end", "epoch_begin", "epoch_end"]
    names += ["train_batch_begin", "train_batch_end"] if batches else []
    names += ["test_begin", "test_end", *(["test_batch_end"] if batches else [])]
    hooks = {f"on_{name}": note(name) for name in names}
    return type("Spy", (k.callbacks.Callback,), hooks)()


def fitted(k: Any, model: Any, x: Any, y: Any = None, *more: Any, **settings: Any) -> list[Any]:
    """Fit and return what hooks saw, and the weights."""
    calls: list[Any] = []
    shuffle = {} if hasattr(x, "__next__") else {"shuffle": False}
    callbacks = [*more, spy(k, calls, settings.pop("batches", True))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each library has its own words
        model.fit(x, y, verbose=0, callbacks=callbacks, **shuffle, **settings)
    return [*calls, *model.get_weights()]


def stops_after(k: Any, batch: int) -> Any:
    class Stop(k.callbacks.Callback):
        def on_train_batch_end(self, number: int, logs: Any = None) -> None:
            self.model.stop_training = number == batch

    return Stop()


RUNS: dict[str, Callable[[Any], list[Any]]] = {
    "arrays": lambda k: fitted(k, model_of(k), X, Y, batch_size=SIZE, epochs=2, validation_split=0.2),
    "arrays without hooks of batches": lambda k: fitted(
        k, model_of(k), X, Y, batch_size=SIZE, epochs=2, validation_split=0.2, batches=False
    ),
    "weights of rows": lambda k: fitted(
        k, model_of(k), X, Y, batch_size=SIZE, epochs=2, sample_weight=WEIGHTS,
        validation_data=(X, Y, WEIGHTS),
    ),
    "weights of classes": lambda k: fitted(
        k, model_of(k), X, Y, batch_size=2 * SIZE, epochs=2, class_weight={0: 1.0, 1: 3.0},
        validation_data=(X, Y)
    ),
    "datasets": lambda k: fitted(
        k, model_of(k), slices(k, WEIGHTS), epochs=2, validation_data=slices(k, WEIGHTS),
        validation_steps=3,
    ),
    "batches without weight": lambda k: fitted(
        k, model_of(k, k.optimizers.Adam(0.1)), slices(k, MASK), epochs=2,
        validation_data=slices(k, MASK),
    ),
    "rows of validation without weight": lambda k: fitted(
        k, model_of(k), X, Y, batch_size=SIZE, epochs=2, sample_weight=MASK, validation_split=0.2
    ),
    "classes of a dataset": lambda k: fitted(
        k, model_of(k), slices(k), epochs=2, class_weight={1: 3.0}
    ),
    "steps that do not divide": lambda k: fitted(
        k, model_of(k), X, Y, batch_size=SIZE, epochs=4, steps_per_epoch=3
    ),
    "later epochs of a generator": lambda k: fitted(
        k, model_of(k), endless(), epochs=5, initial_epoch=3, steps_per_epoch=2
    ),
    "validation after some epochs": lambda k: fitted(
        k, model_of(k), endless(), epochs=4, steps_per_epoch=2, validation_data=(X, Y),
        validation_batch_size=SIZE, validation_freq=[1, 4],
    ),
    "early stopping": lambda k: fitted(
        k, model_of(k, k.optimizers.SGD(3.0)), endless(), None,
        k.callbacks.EarlyStopping(patience=2, restore_best_weights=True), epochs=30,
        steps_per_epoch=5, validation_data=(X, 1 - Y), validation_batch_size=SIZE,
    ),
    "plateau": lambda k: fitted(
        k, model_of(k, k.optimizers.Adam(0.1)), endless(), None,
        k.callbacks.ReduceLROnPlateau(patience=1, factor=0.5), epochs=8, steps_per_epoch=5,
        validation_data=(X, 1 - Y), validation_batch_size=SIZE,
    ),
    "an end within an epoch": lambda k: fitted(
        k, model_of(k), X, Y, stops_after(k, 1), batch_size=SIZE, epochs=3, validation_data=(X, Y)
    ),
    "batch normalization": lambda k: fitted(
        k, model_of(k, normalized=True), endless(), epochs=3, steps_per_epoch=5,
        validation_data=(X, Y), validation_batch_size=SIZE,
    ),
}  # fmt: skip


def same(found: Any, expected: Any) -> None:
    """Compare nested numbers, arrays and texts."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        same([*found.values()], [*expected.values()])
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    elif isinstance(expected, str | int):
        assert found == expected
    else:
        assert np.asarray(found) == pytest.approx(np.asarray(expected), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", RUNS)
def test_hooks_logs_and_weights_equal_keras(keras: Any, name: str) -> None:
    expected = RUNS[name](keras)
    assert len(expected) > 12
    same(RUNS[name](ours), expected)


def test_single_batches_return_what_keras_returns(keras: Any) -> None:
    def values(k: Any) -> list[Any]:
        model = model_of(k, k.optimizers.Adam(0.1), weighted="mse")
        found: list[Any] = []
        for at in range(0, 50, SIZE):
            rows = slice(at, at + SIZE)
            found += [
                model.train_on_batch(X[rows], Y[rows], sample_weight=WEIGHTS[rows]),
                model.train_on_batch(X[rows], Y[rows], class_weight={0: 2.0}, return_dict=True),
                model.test_on_batch(X[rows], Y[rows]),
            ]
        found += [
            model.evaluate(slices(k), verbose=0),
            model.evaluate(X, Y, SIZE, verbose=0, steps=1),
        ]
        return [found, model.get_weights()]

    same(values(ours), values(keras))


def test_checkpoints_after_batches_have_keras_names(keras: Any, tmp_path: Path) -> None:
    names = []
    for folder, k in (("theirs", keras), ("ours", ours)):
        path = str(tmp_path / folder / "{epoch}-{batch}-{loss:.3f}.keras")
        (tmp_path / folder).mkdir()
        saver = k.callbacks.ModelCheckpoint(path, save_freq=3)
        fitted(k, model_of(k), X, Y, saver, batch_size=SIZE, epochs=3)
        names.append(sorted(file.name for file in (tmp_path / folder).iterdir()))
    assert names[0] == names[1]
    assert len(names[0]) == 5
