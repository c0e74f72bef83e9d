"""Configs and JSON of Keras are read here, and ours by Keras."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from deltarule import keras as ours

X = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")


def sequential(k: Any) -> Any:
    model = k.Sequential(
        [
            k.Input((3,)),
            k.layers.Dense(
                5, "relu", kernel_regularizer="l2", kernel_constraint=k.constraints.MaxNorm(2)
            ),
            k.layers.Dropout(0.2),
            k.layers.Dense(4, k.layers.LeakyReLU(negative_slope=0.1)),
            k.layers.Dense(4, kernel_initializer=k.initializers.RandomNormal(stddev=0.1)),
            k.layers.Activation("tanh"),
            k.layers.Dense(1, "sigmoid"),
        ]
    )
    optimizer = k.optimizers.SGD(0.1, momentum=0.9, nesterov=True)
    model.compile(optimizer, k.losses.BinaryCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    return model


def functional(k: Any) -> Any:
    inputs = k.Input((3,))
    hidden = k.layers.Dropout(0.1)(k.layers.Dense(4, "elu")(inputs))
    model = k.Model(inputs, k.layers.Dense(2, "softmax")(hidden))
    rate = k.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    model.compile(k.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["mae"])
    return model


@pytest.mark.parametrize("make", [sequential, functional])
def test_json_of_keras_is_read(keras: Any, make: Any) -> None:
    theirs = make(keras)
    for made in (
        ours.models.model_from_json(theirs.to_json()),
        type(make(ours)).from_config(theirs.get_config()),
    ):
        made.set_weights(theirs.get_weights())
        assert np.allclose(made.predict(X, verbose=0), theirs.predict(X, verbose=0), atol=1e-6)
        assert [layer.name for layer in made.layers] == [layer.name for layer in theirs.layers]
    made = ours.models.model_from_json(theirs.to_json())
    assert type(made.optimizer).__name__ == type(theirs.optimizer).__name__
    assert float(made.optimizer.learning_rate) == pytest.approx(
        float(theirs.optimizer.learning_rate)
    )


def test_our_json_is_read_by_keras(keras: Any) -> None:
    inputs = ours.Input((3,))
    for model in (
        ours.Sequential([inputs, ours.layers.Dense(4, "relu"), ours.layers.Dense(1, "sigmoid")]),
        ours.Model(inputs, ours.layers.Dense(2)(ours.layers.Dropout(0.2)(inputs))),
    ):
        model.compile("adam", "mse", metrics=["mae"])
        theirs = keras.models.model_from_json(model.to_json())
        theirs.set_weights(model.get_weights())
        assert np.allclose(model.predict(X, verbose=0), theirs.predict(X, verbose=0), atol=1e-6)
        assert theirs.optimizer.name == "adam"


def test_the_config_of_a_layer_is_that_of_keras(keras: Any) -> None:
    for name, settings in (
        ("Dense", {"units": 3, "activation": "relu"}),
        ("Dropout", {"rate": 0.1}),
    ):
        theirs = getattr(keras.layers, name)(name="layer", dtype="float32", **settings).get_config()
        mine = getattr(ours.layers, name)(name="layer", **settings).get_config()
        for key in set(theirs) - {"dtype", "quantization_config", "noise_shape"}:
            if "initializer" not in key:
                assert mine[key] == theirs[key]
        made = getattr(ours.layers, name).from_config(json.loads(json.dumps(theirs)))
        assert made.get_config() == mine
