"""Keras models with a right digest whose content does not fit: refused before anything is allocated."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import ModelFileError
from deltarule.formats.model_file import read_model, write_model
from deltarule.keras import layers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    normalization = layers.Normalization()
    normalization.adapt(np.arange(6.0).reshape(3, 2))
    model = keras.Sequential(
        [keras.Input((2,)), normalization, layers.Dense(3, "relu"), layers.Dense(1)]
    )
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=1, verbose=0)
    model.save(tmp_path / "m")
    return tmp_path / "m"


def forge(path: Path, change: Any) -> None:
    file = read_model(path, kind=None)
    change(file.description, file.arrays)
    write_model(path, file.description, file.arrays, kind=file.kind)


def refused(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        keras.models.load_model(path)
    assert len(str(caught.value).replace(str(path), "")) < 500
    return str(caught.value)


def config_of(description: Any, layer: int) -> Any:
    return description["layers"][layer]["config"]


@pytest.mark.parametrize("units", [10**5, 2**33, 2**63])
def test_units_are_compared_with_the_arrays_before_anything_is_allocated(
    path: Path, units: int
) -> None:
    def change(description: Any, arrays: Any) -> None:
        config_of(description, 2)["units"] = config_of(description, 3)["units"] = units

    forge(path, change)
    tracemalloc.start()
    try:
        assert "'layer_2/kernel'" in refused(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_nothing_is_drawn_when_a_model_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deltarule.keras.initializers.draw", lambda *_: pytest.fail("drawn"))
    assert keras.models.load_model(path).count_params() == 2 * 2 + 1 + 9 + 4


@pytest.mark.parametrize("name", ["layer_1/mean", "layer_2/kernel", "optimizer/slot_mean"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite(path: Path, name: str, value: float) -> None:
    def change(description: Any, arrays: Any) -> None:
        arrays[name].reshape(-1)[0] = value

    forge(path, change)
    assert "finite" in refused(path)
    weights = keras.Sequential(
        [keras.Input((2,)), layers.Normalization(), layers.Dense(3), layers.Dense(1)]
    )
    before = weights.get_weights()
    with pytest.raises(ModelFileError, match="finite"):
        weights.load_weights(path)
    for old, new in zip(before, weights.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("layers",), []),
        (("layers", 1), {"class_name": "InputLayer", "config": {"shape": [2]}}),
        (("layers", 2, "config", "name"), "dense_1"),
        (("layers", 2, "config", "kernel_initializer", "config"), {"seed": "x"}),
        (("layers", 2, "config", "kernel_initializer", "config"), {"seed": -1}),
        (("layers", 2, "config", "input_shape"), [7]),
        (("layers", 2, "config", "batch_input_shape"), 7),
        (("layers", 2, "config", "dtype"), "float64"),
        (("layers", 2, "config", "units"), True),
        (("compile", "iterations"), -1),
        (("compile", "iterations"), 10**19),
        (("compile", "iterations"), None),
        (("compile", "metrics"), ["no such"]),
        (("compile", "metrics"), None),
        (("compile", "loss"), "mse"),
        (("compile", "optimizer", "config", "learning_rate"), "fast"),
        (("compile", "optimizer", "config", "global_clipnorm"), "x" * 100_000),
        (("name",), None),
    ],
)
def test_settings_that_do_not_fit(path: Path, place: tuple[Any, ...], value: Any) -> None:
    def change(description: Any, arrays: Any) -> None:
        for key in place[:-1]:
            description = description[key]
        description[place[-1]] = value

    if place[-1] == "name" and len(place) > 1:
        loaded = read_model(path, kind=None).description
        value = config_of(loaded, 3)["name"]
    forge(path, change)
    assert refused(path).startswith(str(path))


def test_thousands_of_layers_are_read_in_linear_time(path: Path) -> None:
    def change(description: Any, arrays: Any) -> None:
        more = [
            {"class_name": "Dropout", "config": {"name": f"d{i}", "rate": 0.0}}
            for i in range(3_000)
        ]
        description["layers"] += more

    forge(path, change)
    assert len(keras.models.load_model(path).layers) == 3_003
