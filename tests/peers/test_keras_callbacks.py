"""Comparison of callbacks with Keras: the same epochs, learning rates and weights."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras as ours

_chance = np.random.default_rng(5)
X = _chance.normal(size=(50, 3))
Y = np.sin(2 * X[:, :1]) + 0.3 * _chance.normal(size=(50, 1))

Make = Callable[[Any], Any]
STOPPERS: dict[str, Make] = {
    "patience": lambda k: k.EarlyStopping(patience=3),
    "no patience": lambda k: k.EarlyStopping(),
    "training loss": lambda k: k.EarlyStopping("loss", min_delta=2e-3, patience=2),
    "restored": lambda k: k.EarlyStopping(patience=4, restore_best_weights=True),
    "restored, with a delta": lambda k: k.EarlyStopping(
        patience=4, min_delta=1e-3, restore_best_weights=True
    ),
    "baseline": lambda k: k.EarlyStopping(patience=5, baseline=0.2),
    "late": lambda k: k.EarlyStopping(patience=2, start_from_epoch=30),
    "of a metric": lambda k: k.EarlyStopping("val_mse", patience=3, mode="min"),
    "plateau": lambda k: k.ReduceLROnPlateau(patience=2, factor=0.5),
    "plateau, cooling": lambda k: k.ReduceLROnPlateau(patience=1, cooldown=3, min_lr=1e-3),
    "scheduler": lambda k: k.LearningRateScheduler(lambda epoch, rate: rate * 0.95),
    "scheduler of the epoch": lambda k: k.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch)),
}


def trained(k: Any, start: Any, callbacks: list[Any]) -> tuple[Any, Any]:
    """Fit a network that overfits; return (history, model)."""
    model = k.Sequential(
        [
            k.Input((3,), dtype="float64"),
            k.layers.Dense(20, "tanh", dtype="float64"),
            k.layers.Dense(1, dtype="float64"),
        ]
    )
    model.set_weights(start)
    model.compile(k.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mse"])
    history = model.fit(
        X[:30], Y[:30], epochs=60, shuffle=False, verbose=0, callbacks=callbacks,
        validation_data=(X[30:], Y[30:]),
    )  # fmt: skip
    return history, model


START = [
    0.5 * _chance.normal(size=(3, 20)), np.zeros(20), 0.3 * _chance.normal(size=(20, 1)), np.zeros(1),
]  # fmt: skip


@pytest.mark.parametrize("name", STOPPERS)
def test_callbacks_act_in_the_same_epoch(keras: Any, name: str) -> None:
    histories, callbacks, weights = [], [], []
    for k in (keras, ours):
        callback = STOPPERS[name](k.callbacks)
        history, model = trained(k, START, [callback])
        histories.append(history)
        callbacks.append(callback)
        weights.append(model.get_weights())
    theirs, mine = histories
    assert mine.epoch == theirs.epoch
    assert list(mine.history) == list(theirs.history)
    for key, values in theirs.history.items():
        assert mine.history[key] == pytest.approx(values, rel=1e-4), key
    for state in ("stopped_epoch", "best_epoch", "wait", "cooldown_counter"):
        assert getattr(callbacks[1], state, None) == getattr(callbacks[0], state, None), state
    for expected, found in zip(*weights, strict=True):
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_early_stopping_stops_before_the_last_epoch(keras: Any) -> None:
    """Without this, the comparison above would prove nothing."""
    for name in ("patience", "training loss", "restored", "late"):
        history, _ = trained(ours, START, [STOPPERS[name](ours.callbacks)])
        assert 1 < len(history.epoch) < 60, name


def test_the_csv_file_equals_keras(keras: Any, tmp_path: Path) -> None:
    tables = []
    for name, k in (("theirs", keras), ("ours", ours)):
        path = tmp_path / f"{name}.csv"
        trained(k, START, [k.callbacks.CSVLogger(str(path))])
        with path.open(newline="") as file:
            tables.append(list(csv.reader(file)))
    theirs, mine = tables
    assert mine[0] == theirs[0]
    assert [row[0] for row in mine] == [row[0] for row in theirs]
    numbers = [[float(cell) for row in table[1:] for cell in row[1:]] for table in tables]
    assert numbers[1] == pytest.approx(numbers[0], rel=1e-4)


@pytest.mark.parametrize("save_best_only", [True, False])
def test_the_lines_of_checkpoints_equal_keras(
    keras: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], save_best_only: bool
) -> None:
    path, printed = str(tmp_path / "m.weights.h5"), []
    for k in (keras, ours):
        saver = k.callbacks.ModelCheckpoint(
            path, verbose=1, save_best_only=save_best_only, save_weights_only=True
        )
        trained(k, START, [saver])
        printed.append(capsys.readouterr().out)
    assert printed[1] == printed[0]
    assert ("did not improve from" in printed[0]) is save_best_only


def test_the_summary_equals_keras(keras: Any) -> None:
    texts = []
    keras.config.set_floatx("float32")  # the table shows the size of the optimizer's state
    for k in (keras, ours):
        k.utils.clear_session()
        kind = {"dtype": "float32"}
        begin = k.Input((4,), name="Input", **kind)
        hidden = k.layers.Dense(5, "relu", name="Hidden", **kind)(begin)
        dropped = k.layers.Dropout(0.2, **kind)(hidden)
        functional = k.Model(begin, k.layers.Dense(300, name="Output", **kind)(dropped))
        layers = [k.Input((3,), **kind), k.layers.Normalization(**kind), k.layers.Dense(2, **kind)]
        sequential = k.Sequential(layers)
        sequential.compile("adam", "mse")
        sequential.fit(X, np.zeros((50, 2)), verbose=0)
        said: list[str] = []
        functional.summary(print_fn=said.append)
        sequential.summary(print_fn=said.append)
        functional.summary(print_fn=said.append, show_trainable=True)
        lines = "\n".join(said).splitlines()
        texts.append([line.rstrip() for line in lines if line.strip() and "Model:" not in line])
    keras.config.set_floatx("float64")
    assert texts[1] == texts[0]
