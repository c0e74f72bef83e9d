"""Files of models with classes and functions of the user."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import FileWarning, ModelFileError, SettingError
from deltarule.keras import custom_objects

layers, saving = keras.layers, keras.saving


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_given", "_registered", "_names"):
        monkeypatch.setattr(custom_objects, name, {})


class MCDropout(layers.Dropout):
    def call(self, inputs: Any, training: Any = None) -> Any:
        return super().call(inputs, training=True)


class Dense(layers.Dense):
    """It has the name of a class of deltarule."""

    def __init__(self, units: int, note: str = "", **settings: Any) -> None:
        super().__init__(units, **settings)
        self.note = note

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"note": self.note}


class Small(keras.initializers.Initializer):
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return np.full(shape, 0.1, dtype)


class Slow(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, step: Any) -> Any:
        return self.rate / (1 + step)


def spread(y_true: Any, y_pred: Any) -> Any:
    return np.abs(y_pred - y_pred.mean())


OBJECTS: dict[str, Any] = {kind.__name__: kind for kind in (MCDropout, Dense, Small, Slow, spread)}


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Any, Path]:
    """A trained model of custom parts, and its file."""
    inner = Dense(4, note="first", activation="tanh", kernel_initializer=Small())
    model = keras.Sequential([keras.Input(2), inner, MCDropout(0.5), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(Slow(0.1)), "mse", metrics=[spread])
    model.fit(np.eye(2), np.ones(2), epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    return model, tmp_path / "m.keras"


def check(model: Any, again: Any) -> None:
    assert [type(layer) for layer in again.layers] == [Dense, MCDropout, layers.Dense]
    assert again.layers[0].note == "first"
    assert isinstance(again.layers[0].kernel_initializer, Small)
    assert again.compiled
    assert float(again.optimizer.learning_rate) == float(model.optimizer.learning_rate) == 0.1 / 3
    assert sorted(again.evaluate(np.eye(2), np.ones(2), verbose=0, return_dict=True)) == [
        "loss", "spread",
    ]  # fmt: skip
    for array, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(array, other)


def test_custom_objects_are_given_to_load_model(saved: tuple[Any, Path]) -> None:
    model, path = saved
    check(model, keras.models.load_model(path, custom_objects=OBJECTS))
    with saving.custom_object_scope(OBJECTS):
        check(model, keras.models.load_model(path))
    assert saving.get_custom_objects() == {}
    keras.utils.get_custom_objects().update(OBJECTS)
    check(model, keras.models.load_model(path))


def test_registered_classes_need_not_be_given(saved: tuple[Any, Path]) -> None:
    model, path = saved
    for name, thing in OBJECTS.items():
        assert saving.register_keras_serializable("mine")(thing) is thing
        assert saving.get_registered_name(thing) == f"mine>{name}"
        assert saving.get_registered_object(f"mine>{name}") is thing
    model.save(path)
    check(model, keras.models.load_model(path))


def test_a_class_that_is_not_given_is_named(saved: tuple[Any, Path]) -> None:
    _, path = saved
    sentence = r"layers\[1\] needs Dense: load_model\(\.\.\., custom_objects=\{'Dense': Dense\}\)"
    with pytest.raises(ModelFileError, match=sentence):
        keras.models.load_model(path)


def test_compile_settings_that_need_a_class_are_left_out_with_a_warning(
    saved: tuple[Any, Path],
) -> None:
    path = saved[1]
    some = {name: OBJECTS[name] for name in ("Dense", "MCDropout", "Small")}
    with pytest.warns(UserWarning, match="loaded without compile: learning_rate needs Slow"):
        again = keras.models.load_model(path, custom_objects=some)
    assert not again.compiled
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keras.models.load_model(path, custom_objects=some, compile=False)


def test_what_a_model_cannot_use_is_refused() -> None:
    for thing in (int, 3, "Dense"):
        with pytest.raises(SettingError, match="must hold functions and subclasses"):
            saving.custom_object_scope({"Thing": thing})
    with pytest.raises(SettingError, match="must hold functions and subclasses"):
        keras.utils.register_keras_serializable()(int)
    with pytest.raises(SettingError, match="must be a dict"):
        keras.models.load_model("m.keras", custom_objects=[Dense])
    mine = type("Mine", (keras.Sequential,), {})
    with pytest.raises(SettingError, match=r"must not hold models.*Create Mine\(\.\.\.\)"):
        keras.models.load_model("m.keras", custom_objects={"Mine": mine})


def test_a_subclass_of_a_model_is_loaded_as_its_base(tmp_path: Path) -> None:
    class Mine(keras.Sequential):
        def __init__(self) -> None:
            super().__init__([keras.Input(2), layers.Dense(1)])

    Mine().save(tmp_path / "m.keras")
    assert type(keras.models.load_model(tmp_path / "m.keras")) is keras.Sequential


def test_a_lambda_as_metric_is_not_asked_for_by_name(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[lambda y_true, y_pred: 0.0])
    model.save(tmp_path / "m.keras")
    with pytest.warns(
        FileWarning, match=r"a function that has no name .* Compile the model again\."
    ):
        assert keras.models.load_model(tmp_path / "m.keras").optimizer is None
