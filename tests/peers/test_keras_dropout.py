"""Monte Carlo dropout beside Keras: the same network has the same mean and spread of predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltarule import keras as ours

theirs = pytest.importorskip("keras")

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
DRAWS = 400


def mc_dropout(keras: Any) -> Any:
    class MCDropout(keras.layers.Dropout):
        def call(self, inputs: Any, training: Any = None) -> Any:
            return super().call(inputs, training=True)

    return MCDropout


def network(keras: Any, dropout: Any) -> Any:
    keras.utils.set_random_seed(0)
    inner = [keras.layers.Dense(16, "tanh"), dropout, keras.layers.Dense(2, "softmax")]
    return keras.Sequential([keras.Input((3,)), *inner])


def functional(keras: Any) -> Any:
    keras.utils.set_random_seed(0)
    x = keras.Input((3,))
    hidden = keras.layers.Dropout(0.4)(keras.layers.Dense(16, "tanh")(x), training=True)
    return keras.Model(x, keras.layers.Dense(2, "softmax")(hidden))


def draws(keras: Any, way: str, weights: Any) -> tuple[Any, Any]:
    """Return many predictions of the model, and its weights."""
    if way == "subclass":
        model = network(keras, mc_dropout(keras)(0.4))
        once = model.__call__
    elif way == "functional":
        model = functional(keras)
        once = model.__call__
    else:
        model = network(keras, keras.layers.Dropout(0.4))

        def once(x: Any) -> Any:
            return model(x, training=True)

    if weights is None:
        weights = model.get_weights()
    else:
        model.set_weights(weights)
    rows = np.asarray(once(np.tile(X, (DRAWS, 1))))  # each row has a mask of its own
    return rows.reshape(DRAWS, len(X), -1), weights


@pytest.mark.parametrize("way", ["subclass", "functional", "training=True"])
def test_predictions_with_dropout_have_the_distribution_of_keras(way: str) -> None:
    got, weights = draws(ours, way, None)
    expected, _ = draws(theirs, way, weights)
    spread = expected.std(axis=0)
    assert spread.min() > 0.02
    assert np.abs(got.mean(axis=0) - expected.mean(axis=0)).max() < 6 * spread.max() / DRAWS**0.5
    assert got.std(axis=0) == pytest.approx(spread, rel=0.25)


def test_losses_are_evaluated_with_dropout_as_in_keras() -> None:
    copies = 20 * DRAWS
    x, y = np.tile(X, (copies, 1)), np.tile([0, 1, 0, 1, 1, 0], copies)
    model = network(ours, mc_dropout(ours)(0.4))
    peer = network(theirs, mc_dropout(theirs)(0.4))
    peer.set_weights(model.get_weights())
    found = []
    for one in (model, peer):
        one.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        found.append(one.evaluate(x, y, batch_size=4000, verbose=0))
    assert found[0] == pytest.approx(found[1], abs=0.02)
