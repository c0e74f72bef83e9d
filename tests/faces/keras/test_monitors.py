"""What callbacks monitor: the direction of every metric, unknown names, and the names in the logs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import SettingError

MONITORING: dict[str, Callable[..., Any]] = {
    "EarlyStopping": keras.callbacks.EarlyStopping,
    "ReduceLROnPlateau": keras.callbacks.ReduceLROnPlateau,
    "ModelCheckpoint": functools.partial(
        keras.callbacks.ModelCheckpoint, "unused", save_best_only=True
    ),
}


def closeness(y_true: Any, y_pred: Any) -> Any:
    return -np.abs(y_true - y_pred)


class Closeness(keras.metrics.Metric):
    """A custom metric that counts the epochs measured, so that larger is always later."""

    measured = 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        Closeness.measured += 1.0

    def result(self) -> float:
        return Closeness.measured


def compiled(metrics: Any = None, weighted: Any = None) -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=metrics, weighted_metrics=weighted)
    return model


def fitted(moons: Any, model: Any, *callbacks: Any, epochs: int = 2) -> Any:
    return model.fit(*moons, epochs=epochs, validation_split=0.2, verbose=0, callbacks=callbacks)


@pytest.mark.parametrize("name", MONITORING)
def test_a_custom_metric_needs_a_mode(name: str, moons: Any) -> None:
    for metric, monitor in ((closeness, "val_closeness"), (Closeness(), "closeness")):
        with pytest.raises(SettingError, match=rf"{name}.mode.*must be 'max' or 'min'.*mode='max'"):
            fitted(moons, compiled([metric]), MONITORING[name](monitor=monitor))


@pytest.mark.parametrize("name", MONITORING)
def test_an_unknown_monitor_is_refused_before_training(name: str, moons: Any) -> None:
    begun: list[int] = []
    first = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    with pytest.raises(
        SettingError, match=rf"{name}.monitor.*'val_acc'.*Did you mean 'val_accuracy'"
    ):
        fitted(moons, compiled(["accuracy"]), first, MONITORING[name](monitor="val_acc"))
    assert begun == []


def test_with_a_mode_an_unknown_monitor_warns_as_in_keras(moons: Any) -> None:
    stopper = keras.callbacks.EarlyStopping("val_f1", mode="max")
    with pytest.warns(UserWarning, match="'val_f1', which is not measured; there are: loss"):
        history = fitted(moons, compiled(), stopper)
    assert len(history.epoch) == 2


class AddsToLogs(keras.callbacks.Callback):
    """Adds a value that falls by 1 each epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_f1"] = -float(epoch)


def test_a_value_of_another_callback_is_monitored_with_a_mode(moons: Any) -> None:
    stopper = keras.callbacks.EarlyStopping("val_f1", mode="max", patience=1)
    assert len(fitted(moons, compiled(), AddsToLogs(), stopper, epochs=9).epoch) == 2
    stopper = keras.callbacks.EarlyStopping("val_f1", mode="min", patience=1)
    assert len(fitted(moons, compiled(), AddsToLogs(), stopper, epochs=5).epoch) == 5


def test_the_best_of_a_custom_metric_is_its_largest_with_max(moons: Any, tmp_path: Path) -> None:
    best: dict[str, int] = {}
    for mode in ("max", "min"):
        Closeness.measured = 0.0
        stopper = keras.callbacks.EarlyStopping(
            "val_closeness", mode=mode, patience=9, restore_best_weights=True
        )
        saver = keras.callbacks.ModelCheckpoint(
            tmp_path / f"{mode}-{{epoch}}", monitor="val_closeness", mode=mode, save_best_only=True
        )
        fitted(moons, compiled([Closeness(name="closeness")]), stopper, saver, epochs=3)
        best[mode] = stopper.best_epoch
    assert best == {"max": 2, "min": 0}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["max-1", "max-2", "max-3", "min-1"]


class Up(Closeness):
    """As in Keras, `_direction` defines what is better."""

    _direction = "up"


def test_a_metric_may_define_its_direction(moons: Any) -> None:
    Closeness.measured = 0.0
    stopper = keras.callbacks.EarlyStopping("val_up", patience=1)
    assert len(fitted(moons, compiled([Up()]), stopper, epochs=4).epoch) == 4
    assert stopper.best_epoch == 3


def test_losses_as_metrics_fall(moons: Any) -> None:
    losses = [keras.losses.mean_absolute_error, keras.losses.MeanSquaredError()]
    for name in ("mean_absolute_error", "val_mean_squared_error"):
        stopper = keras.callbacks.EarlyStopping(name, patience=2)
        fitted(moons, compiled(losses), stopper)
        assert not stopper.larger_is_better


def test_a_checkpoint_of_every_epoch_needs_no_direction(moons: Any, tmp_path: Path) -> None:
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "all", monitor="val_closeness")
    fitted(moons, compiled([closeness]), saver)
    assert (tmp_path / "all").exists()


def test_a_checkpoint_whose_monitor_is_not_measured_saves_with_a_warning(
    moons: Any, tmp_path: Path
) -> None:
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "best", save_best_only=True)
    with pytest.warns(UserWarning, match="'val_loss', which is not measured"):
        compiled().fit(*moons, verbose=0, callbacks=[saver])
    assert (tmp_path / "best").exists()


class Callable_:
    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        return closeness(y_true, y_pred)


def myF1Score2D(y_true: Any, y_pred: Any) -> Any:
    return closeness(y_true, y_pred)


# Compared with Keras in tests/peers/test_keras_metrics.py.
NAMES: dict[str, tuple[Callable[[Any], tuple[Any, Any]], list[str]]] = {
    "the same with weights": (
        lambda k: (["accuracy"], ["accuracy"]),
        ["accuracy", "weighted_accuracy"],
    ),
    "lambdas": (
        lambda k: ([lambda y, p: closeness(y, p), lambda y, p: closeness(y, p)], None),
        ["lambda", "lambda_1"],
    ),
    "a function twice, each way": (
        lambda k: ([closeness, closeness], [closeness, closeness]),
        ["closeness", "closeness_1", "weighted_closeness", "weighted_closeness_1"],
    ),
    "objects and names": (
        lambda k: ([k.metrics.Precision(), k.metrics.Precision(), "precision", "Precision"], None),
        ["Precision", "precision", "precision_1"],
    ),
    "abbreviations": (lambda k: (["mse", "MSE"], ["mse"]), ["MSE", "mse", "weighted_mse"]),
    "losses": (
        lambda k: ([k.losses.mean_squared_error, k.losses.MeanSquaredError()], None),
        ["mean_squared_error", "mean_squared_error_1"],
    ),
    "a callable object, a partial, capitals": (
        lambda k: ([Callable_(), functools.partial(closeness), myF1Score2D], None),
        ["callable_", "my_f1_score2d", "partial"],
    ),
}


@pytest.mark.parametrize("case", NAMES)
def test_names_in_the_logs_do_not_collide(case: str, moons: Any) -> None:
    make, names = NAMES[case]
    history = compiled(*make(keras)).fit(*moons, verbose=0).history
    assert sorted(history) == sorted([*names, "loss"])


def test_a_second_model_s_metrics_are_numbered_on() -> None:
    x, y = np.ones((4, 2)), np.ones(4)
    compiled(["precision"]).fit(x, y, verbose=0)
    assert "precision_1" in compiled([keras.metrics.Precision()]).fit(x, y, verbose=0).history


def test_weighted_and_unweighted_metrics_of_one_name_differ(moons: Any) -> None:
    x, y = moons
    model = compiled(["accuracy"], ["accuracy"])
    weights = np.where(y == 1, 5.0, 1.0)
    found = model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    right = (model.predict(x, verbose=0)[:, 0] > 0.5) == y
    assert found["accuracy"] == pytest.approx(right.mean())
    assert found["weighted_accuracy"] == pytest.approx(np.average(right, weights=weights))


class Both(keras.metrics.Metric):
    """Has several values."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.each = np.array([y_pred.min(), y_pred.max()])

    def result(self) -> Any:
        return {"range": self.each, "low": self.each[0]}


def test_metrics_with_several_values(moons: Any, tmp_path: Path, capsys: Any) -> None:
    model = compiled([Both()])
    logger = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    history = model.fit(*moons, verbose=2, callbacks=[logger]).history
    assert sorted(history) == ["loss", "low", "range"]
    assert history["range"][0][0] == history["low"][0] < history["range"][0][1]
    assert f"range: {history['range'][0].mean():.4f}" in capsys.readouterr().out  # as in Keras
    assert '"[0.' in (tmp_path / "log.csv").read_text()
    assert model.evaluate(*moons, verbose=0, return_dict=True)["range"].shape == (2,)
    with pytest.raises(SettingError, match="'range' has 2"):
        fitted(moons, model, keras.callbacks.EarlyStopping("range", mode="max"))
    saver = keras.callbacks.ModelCheckpoint(tmp_path / "{range:.2f}")
    with pytest.raises(SettingError, match="has a format that does not fit"):
        fitted(moons, model, saver)


def test_a_metric_that_returns_nothing_is_refused(moons: Any) -> None:
    class Nothing(Both):
        def result(self) -> Any:
            return None

    with pytest.raises(SettingError, match="nothing returned NoneType"):
        compiled([Nothing()]).fit(*moons, verbose=0)


def test_an_override_of_a_known_metric_is_measured(moons: Any) -> None:
    class Twice(keras.metrics.MeanSquaredError):
        def result(self) -> Any:
            return 2 * super().result()

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Twice(name="twice")])
    found = model.evaluate(*moons, verbose=0, return_dict=True)
    assert found["twice"] == pytest.approx(2 * found["loss"])
