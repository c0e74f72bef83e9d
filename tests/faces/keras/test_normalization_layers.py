"""BatchNormalization, LayerNormalization and frozen layers under Keras's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import ModelFileError, SettingError

L = keras.layers
RANDOM = np.random.default_rng(0)
X = RANDOM.normal([2, -1, 0], [1, 3, 0.1], (48, 3))
Y = X @ np.array([[1.0], [-0.5], [2.0]])


def network(**settings: Any) -> Any:
    """Return a fitted model with normalization before and after activations, and dropout."""
    layers = [
        keras.Input((3,)), L.BatchNormalization(),
        L.Dense(6, use_bias=False), L.BatchNormalization(**settings), L.Activation("relu"),
        L.Dropout(0.2), L.Dense(4, "tanh"), L.LayerNormalization(), L.Dense(1),
    ]  # fmt: skip
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    return model


@pytest.fixture(scope="module")
def trained() -> Any:
    return network()


def test_arrays_and_their_order(trained: Any) -> None:
    layer = trained.layers[2]
    assert [v.name for v in layer.weights] == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert [v.name for v in layer.trainable_weights] == ["gamma", "beta"]
    assert [w.shape for w in layer.get_weights()] == [(6,)] * 4
    sizes = [sum(v.shape[0] if len(v.shape) == 1 else v.shape[0] * v.shape[1] for v in variables)
             for variables in (trained.trainable_weights, trained.non_trainable_weights)]  # fmt: skip
    # 2·3 + 18 + 2·6 + 28 + 2·4 + 5 learned, 2·3 + 2·6 averages
    assert sizes == [77, 18]
    assert trained.count_params() == 95


def test_the_summary_counts_averages_as_not_trainable(trained: Any) -> None:
    lines: list[str] = []
    trained.summary(print_fn=lambda line, **_: lines.append(line))
    assert " Trainable params: 77 (" in "\n".join(lines)
    assert " Non-trainable params: 18 (" in "\n".join(lines)


def test_files_keep_averages_and_are_read_strictly(trained: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    trained.save(path)
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), trained.predict(X, verbose=0))
    assert loaded.layers[2].get_config() == trained.layers[2].get_config()
    weights = loaded.layers[0].get_weights()
    loaded.layers[0].set_weights([*weights[:3], -weights[3]])
    loaded.save(path)
    with pytest.raises(ModelFileError, match="moving_variance of a layer must be at least 0"):
        keras.models.load_model(path)


def test_prediction_is_that_of_the_layers_called_one_by_one(trained: Any) -> None:
    rows: Any = X
    for layer in trained.layers:
        rows = layer(rows)
    np.testing.assert_allclose(
        np.asarray(rows), trained.predict(X, verbose=0), rtol=1e-4, atol=1e-5
    )


def test_a_frozen_layer_keeps_its_arrays_and_normalizes_with_averages() -> None:
    model = network()
    frozen = model.layers[2]
    frozen.trainable = model.layers[1].trainable = False
    model.compile("adam", "mse")
    before = [layer.get_weights() for layer in (frozen, model.layers[1], model.layers[7])]
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    for layer, old in zip((frozen, model.layers[1]), before, strict=False):
        for got, expected in zip(layer.get_weights(), old, strict=True):
            np.testing.assert_array_equal(got, expected)
    assert (model.layers[7].get_weights()[0] != before[2][0]).any()
    assert not frozen.trainable_weights
    assert len(model.non_trainable_weights) == 2 + 1 + 4  # of the first normalization, and frozen


def test_early_stopping_restores_the_averages_of_the_best_epoch() -> None:
    model = network(momentum=0.5)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True)
    history = model.fit(
        X[:32], Y[:32], epochs=30, batch_size=8, verbose=0, callbacks=[stop],
        validation_data=(X[32:], Y[32:]),
    ).history  # fmt: skip
    value = model.evaluate(X[32:], Y[32:], verbose=0)
    assert value == pytest.approx(min(history["val_loss"]), rel=1e-5)


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (lambda: [L.Dense(2), L.BatchNormalization()], "has no Dense layer after it"),
        (lambda: [L.BatchNormalization(), L.BatchNormalization(), L.Dense(1)],
         "must not have BatchNormalization and BatchNormalization before the same Dense"),
        (lambda: [L.BatchNormalization(axis=0), L.Dense(1)], "`BatchNormalization.axis` must be -1"),
        (lambda: [L.BatchNormalization(gamma_regularizer="l2"), L.Dense(1)], "gamma_regularizer"),
        (lambda: [L.BatchNormalization(epsilon=0), L.Dense(1)], "epsilon` must be greater than 0"),
        (lambda: [L.LayerNormalization(momentum=0.9), L.Dense(1)], "has no setting 'momentum'"),
        (lambda: [L.BatchNormalization(), L.Softmax(), L.Dense(1)], "must follow a Dense layer"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_in_a_sentence(layers: Any, sentence: str) -> None:
    def fit() -> None:
        model = keras.Sequential([keras.Input((3,)), *layers()])
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)

    with pytest.raises(SettingError) as caught:
        fit()
    assert sentence in str(caught.value)


def test_messages_quote_the_beginning_of_long_names() -> None:
    long = "a" * 1000
    layers = keras.layers
    chains: list[list[Any]] = [
        [layers.Dense(2), layers.BatchNormalization(name=long), layers.Softmax(name=2 * long)],
        [layers.Dense(2), layers.BatchNormalization(name=long)],
        [layers.Dense(2, "relu"), layers.Activation("tanh", name=long)],
        [layers.Dense(2), layers.Normalization(name=long), layers.Dense(1)],
    ]
    for chain in chains:
        model = keras.Sequential([keras.Input(3), *chain])
        model.compile("sgd", "mse")
        with pytest.raises(SettingError) as caught:
            model.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=0)
        assert "aaa..." in str(caught.value)
        assert len(str(caught.value)) < 400
