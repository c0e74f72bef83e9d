"""Callbacks: order of calls, and what callbacks can change."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import FileWarning
from deltarule.keras.callbacks import Callback


class Spy(Callback):
    """Records its calls and the weights at each epoch's end."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, int]] = []
        self.weights: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.calls.append(("begin", -1))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(("epoch begins", epoch))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(("epoch ends", epoch))
        self.weights.append(self.model.get_weights()[0])

    def on_train_end(self, logs: Any = None) -> None:
        self.calls.append(("end", -1))


def test_hooks_are_called_in_order(small: Any, moons: Any) -> None:
    spy = Spy()
    small.fit(*moons, epochs=2, verbose=0, callbacks=[spy])
    assert spy.calls == [
        ("begin", -1),
        ("epoch begins", 0),
        ("epoch ends", 0),
        ("epoch begins", 1),
        ("epoch ends", 1),
        ("end", -1),
    ]
    assert spy.params == {"verbose": 0, "epochs": 2, "steps": 4}


def test_a_callback_sees_the_weights_of_its_epoch(small: Any, moons: Any) -> None:
    spy = Spy()
    before = small.get_weights()[0]
    small.fit(*moons, epochs=2, verbose=0, callbacks=[spy])
    assert not np.array_equal(before, spy.weights[0])
    assert not np.array_equal(spy.weights[0], spy.weights[1])
    assert np.array_equal(spy.weights[1], small.get_weights()[0])


def test_callbacks_do_not_change_the_results(moons: Any) -> None:
    curves = []
    for callbacks in ([], [Spy()]):
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(5, "tanh"),
                                  keras.layers.Dense(1, "sigmoid")])  # fmt: skip
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        fitted = model.fit(*moons, epochs=10, validation_split=0.2, verbose=0, callbacks=callbacks)
        curves.append(fitted.history)
    assert curves[0] == curves[1]


def test_a_callback_may_stop_training(small: Any, moons: Any) -> None:
    def stop(epoch: int, logs: Any) -> None:
        small.stop_training = epoch == 4

    history = small.fit(
        *moons, epochs=50, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)]
    )
    assert history.epoch == [0, 1, 2, 3, 4]


def test_a_callback_may_stop_training_before_it_begins(small: Any, moons: Any) -> None:
    def stop(logs: Any) -> None:
        small.stop_training = True

    callback = keras.callbacks.LambdaCallback(on_train_begin=stop)
    assert small.fit(*moons, epochs=50, verbose=0, callbacks=[callback]).epoch == [0]


def test_another_thread_may_stop_training(small: Any, moons: Any) -> None:
    timer = threading.Timer(0.2, setattr, (small, "stop_training", True))
    best = keras.callbacks.EarlyStopping("loss", patience=10**6, restore_best_weights=True)
    timer.start()
    history = small.fit(*moons, epochs=10**6, verbose=0, callbacks=[best])
    assert len(history.epoch) < 10**6
    assert int(small.optimizer.iterations) == 4 * len(history.epoch)
    assert best.best == min(history.history["loss"])


def test_a_callback_may_set_weights(moons: Any) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    given = [np.array([[3.0], [-2.0]]), np.array([0.5])]
    setter = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: epoch == 0 and model.set_weights(given)
    )
    model.fit(*moons, epochs=3, verbose=0, callbacks=[setter])
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), given, strict=True))


def test_early_stopping_in_the_engine_equals_early_stopping_in_python(moons: Any) -> None:
    x, y = moons
    found = []
    for others in ([], [Spy()]):  # with a spy, Python decides when to stop
        keras.utils.set_random_seed(4)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(30, "tanh"),
                                  keras.layers.Dense(1, "sigmoid")])  # fmt: skip
        model.compile(keras.optimizers.SGD(2.0), "binary_crossentropy", metrics=["accuracy"])
        stopper = keras.callbacks.EarlyStopping(
            "val_accuracy", patience=4, restore_best_weights=True
        )
        history = model.fit(
            x, y, epochs=200, validation_split=0.3, verbose=0, callbacks=[stopper, *others]
        )
        found.append((history.epoch, stopper.best, stopper.best_epoch, model.get_weights()))
    assert found[0][:3] == found[1][:3]
    assert len(found[0][0]) < 200
    assert all(np.array_equal(a, b) for a, b in zip(found[0][3], found[1][3], strict=True))


def test_restored_weights_are_those_of_the_best_epoch(small: Any, moons: Any) -> None:
    x, y = moons
    small.compile(keras.optimizers.SGD(3.0), "binary_crossentropy")
    stopper = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    history = small.fit(x, y, epochs=100, validation_split=0.25, verbose=0, callbacks=[stopper])
    best = min(history.history["val_loss"])
    assert stopper.best == best
    assert small.evaluate(x[90:], y[90:], verbose=0) == pytest.approx(best, rel=1e-6)


def test_checkpoints_are_models(small: Any, moons: Any, tmp_path: Path) -> None:
    x, y = moons
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "at_{epoch:02d}.keras")
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", save_best_only=True, save_weights_only=True
    )
    history = small.fit(x, y, epochs=3, validation_split=0.2, verbose=0, callbacks=[saver, best])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "at_01.keras", "at_02.keras", "at_03.keras", "best.keras",
    ]  # fmt: skip
    for epoch, loss in enumerate(history.history["val_loss"]):
        model = keras.models.load_model(tmp_path / f"at_{epoch + 1:02d}.keras")
        assert model.evaluate(x[96:], y[96:], verbose=0)[0] == pytest.approx(loss, rel=1e-6)
    small.load_weights(tmp_path / "best.keras")
    assert small.evaluate(x[96:], y[96:], verbose=0)[0] == pytest.approx(
        min(history.history["val_loss"]), rel=1e-6
    )


def test_training_resumed_from_a_checkpoint_is_bit_identical(moons: Any, tmp_path: Path) -> None:
    x, y = moons
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"),
                              keras.layers.Dense(1, "sigmoid")])  # fmt: skip
    model.compile("adam", "binary_crossentropy")
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    whole = model.fit(x, y, epochs=6, shuffle=False, verbose=0, callbacks=[saver])
    again = keras.models.load_model(tmp_path / "3.keras")
    rest = again.fit(x, y, epochs=3, shuffle=False, verbose=0)
    assert rest.history["loss"] == whole.history["loss"][3:]


def test_a_broken_callback_leaves_a_usable_model(small: Any, moons: Any) -> None:
    def fail(epoch: int, logs: Any) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        small.fit(*moons, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)])
    small.set_weights(small.get_weights())
    small.fit(*moons, verbose=0)


def test_keras_progress_lines(small: Any, moons: Any, capsys: pytest.CaptureFixture[str]) -> None:
    small.fit(*moons, epochs=2, validation_split=0.5)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert lines[1].startswith("2/2 ━━━━━━━━━━━━━━━━━━━━ 0s ")
    parts = lines[1].split(" - ")
    assert parts[0].endswith("s/step")
    assert [part.split(":")[0] for part in parts[1:]] == [
        "accuracy", "loss", "val_accuracy", "val_loss",
    ]  # fmt: skip
    assert len(lines) == 4
    small.fit(*moons, verbose=2)
    assert capsys.readouterr().out.startswith("4/4 - 0s - ")


def test_a_checkpoint_creates_its_folder(small: Any, moons: Any, tmp_path: Path) -> None:
    path = tmp_path / "runs" / "first" / "m.keras"
    small.fit(*moons, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(str(path))])
    assert path.exists()


def test_a_checkpoint_that_cannot_be_written_goes_elsewhere(
    small: Any, moons: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "file" / "{epoch}.keras")
    with pytest.warns(FileWarning, match=r"The model was saved to '[^']+' instead\.$") as caught:
        small.fit(*moons, epochs=3, verbose=0, callbacks=[saver])
    assert len(caught) == 3
    (folder,) = (tmp_path / "here").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["1.keras", "2.keras", "3.keras"]
    again = keras.models.load_model(folder / "3.keras")
    assert again.evaluate(*moons, verbose=0) == small.evaluate(*moons, verbose=0)


def test_a_log_that_cannot_be_written_does_not_end_training(
    small: Any, moons: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    def fail(self: Any, file: Any, epoch: int, logs: Any) -> None:
        if epoch > 0:
            raise OSError(errno.ENOSPC, "full")
        file.write("first\n")

    monkeypatch.setattr(keras.callbacks.CSVLogger, "_write_row", fail)
    logger = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    with pytest.warns(FileWarning, match=r"the disk is full.+ Training continues") as caught:
        history = small.fit(*moons, epochs=3, verbose=0, callbacks=[logger])
    assert len(caught) == 1
    assert len(history.history["loss"]) == 3
    assert (tmp_path / "log.csv").read_text() == "first\n"
