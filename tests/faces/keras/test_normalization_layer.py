"""The axis of a Normalization layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import DataError, SettingError, ShapeError

X = np.random.default_rng(0).normal(3, 2, size=(40, 3)) * [1, 10, 100]


def test_without_axis_all_features_share_mean_and_variance(tmp_path: Path) -> None:
    layer = keras.layers.Normalization(axis=None)
    layer.adapt(X)
    assert layer.mean.shape == layer.variance.shape == ()
    np.testing.assert_allclose(layer(X), (X - X.mean()) / X.std(), rtol=1e-4, atol=1e-5)
    model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_one_column_without_a_second_axis() -> None:
    layer = keras.layers.Normalization(input_shape=[1], axis=None)
    layer.adapt(X[:, 1])
    model = keras.Sequential([layer, keras.layers.Dense(1)])
    model.compile("sgd", "mae")
    history = model.fit(X[:, 1], X[:, 0], epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_the_axis_of_rows_is_the_last() -> None:
    layer = keras.layers.Normalization(axis=1)
    layer.adapt(X)
    np.testing.assert_allclose(layer.mean, X.mean(axis=0), rtol=1e-5)
    with pytest.raises(ShapeError, match=r"axis=1, which is not the last one .* Use axis=-1\."):
        keras.layers.Normalization(axis=1).adapt(np.zeros((4, 2, 2)))
    for wrong in (0, 2, True, "last"):
        with pytest.raises(SettingError, match=r"Normalization\.axis"):
            keras.layers.Normalization(axis=wrong)


def test_rows_that_overflow_in_the_layer_are_refused_without_a_warning_of_numpy() -> None:
    normalize = keras.layers.Normalization(mean=[0.0], variance=[1e-12])
    model = keras.Sequential([keras.Input((1,)), normalize, keras.layers.Dense(1)])
    rows = np.full((2, 1), 3e38, np.float32)
    with pytest.raises(
        DataError, match=r"becomes too large for float32 in the layer 'normalization"
    ):
        model.predict(rows, verbose=0)
    with pytest.raises(DataError, match="x has a value that is NaN or infinite"):
        model.predict(np.full((2, 1), np.inf), verbose=0)
    assert np.isinf(np.asarray(normalize(rows))).all()
