"""BatchNormalization, LayerNormalization and frozen layers beside Keras on JAX, in float64."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from deltarule import keras as ours

_chance = np.random.default_rng(0)
X = _chance.normal([2, -1, 0, 5], [1, 3, 0.1, 1], size=(70, 4))
Y = (X @ [0.3, -0.2, 2, 0.5])[:, None] + np.sin(X[:, :1])
TOLERANCE = 1e-4  # Keras computes losses and inputs in float32
WEIGHTS = _chance.uniform(0.2, 2, size=70)


class Layers:
    """The layers of Keras or of deltarule.keras, in float64."""

    def __init__(self, keras: Any) -> None:
        self._layers = keras.layers

    def __getattr__(self, name: str) -> Any:
        return partial(getattr(self._layers, name), dtype="float64")


# Where a normalization removes a shift, Adam would follow the rounding of a zero gradient: no bias.
NETWORKS: dict[str, Any] = {
    "first": lambda k: [k.BatchNormalization(), k.Dense(6, "tanh")],
    "after the activation": lambda k: [
        k.Dense(8, "tanh"), k.BatchNormalization(momentum=0.8),
    ],
    "before the activation": lambda k: [
        k.Dense(8, use_bias=False), k.BatchNormalization(), k.Activation("tanh"),
    ],
    "before ReLU, then dropout layer": lambda k: [
        k.Dense(8, use_bias=False), k.BatchNormalization(epsilon=0.1), k.ReLU(),
        k.Dropout(0.0),
    ],
    "several": lambda k: [
        k.BatchNormalization(center=False),
        k.Dense(8, use_bias=False), k.BatchNormalization(), k.Activation("relu"),
        k.Dense(6, "tanh", kernel_regularizer="l2"),
        k.BatchNormalization(momentum=0.5, center=False),
        k.Dense(5, "sigmoid"), k.BatchNormalization(scale=False),
    ],
    "frozen normalization": lambda k: [
        k.Dense(8, "tanh"), k.BatchNormalization(trainable=False),
    ],
    "frozen layer": lambda k: [
        k.Dense(8, "tanh", kernel_regularizer="l2", trainable=False), k.Dense(5, "tanh"),
    ],
    "layer normalization": lambda k: [
        k.LayerNormalization(), k.Dense(8, "tanh"),
        k.LayerNormalization(epsilon=0.01, center=False),
    ],
}  # fmt: skip


def _add_line(lines: list[str], line: str, **_: Any) -> None:
    lines.append(line)


def model_of(k: Any, name: str, optimizer: str) -> Any:
    layers = Layers(k)
    chain = [k.Input((4,), dtype="float64"), *NETWORKS[name](layers), layers.Dense(1)]
    model = k.Sequential(chain)
    model.compile(optimizer, "mse")
    return model


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [*((name, "sgd") for name in NETWORKS), ("several", "adam"), ("before the activation", "adam")],
)
def test_weights_and_losses_after_five_epochs(keras: Any, name: str, optimizer: str) -> None:
    """70 rows in batches of 16: the last one is smaller."""
    theirs, mine = model_of(keras, name, optimizer), model_of(ours, name, optimizer)
    mine.set_weights(theirs.get_weights())
    logs = [
        model.fit(
            X, Y, sample_weight=WEIGHTS, batch_size=16, epochs=5, shuffle=False, verbose=0,
            validation_data=(X[:20], Y[:20]),
        ).history
        for model in (theirs, mine)
    ]  # fmt: skip
    for key in ("loss", "val_loss"):
        np.testing.assert_allclose(logs[1][key], logs[0][key], rtol=TOLERANCE)
    for got, expected in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, rtol=TOLERANCE, atol=1e-5)
    np.testing.assert_allclose(
        mine.predict(X, verbose=0), theirs.predict(X, verbose=0), rtol=TOLERANCE, atol=1e-5
    )
    assert [w.name for w in mine.trainable_weights] == [w.name for w in theirs.trainable_weights]
    assert mine.count_params() == theirs.count_params()


def test_a_call_with_training_uses_the_batch_and_moves_the_averages(keras: Any) -> None:
    theirs, mine = (model_of(k, "several", "sgd") for k in (keras, ours))
    mine.set_weights(theirs.get_weights())
    np.testing.assert_allclose(
        np.asarray(mine(X, training=True)),
        np.asarray(theirs(X, training=True)),
        rtol=TOLERANCE,
        atol=1e-6,
    )
    for got, expected in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, rtol=TOLERANCE, atol=1e-6)


def test_the_same_lines_in_the_summary(keras: Any) -> None:
    texts = []
    for k in (keras, ours):
        model = model_of(k, "several", "adam")
        model.fit(X, Y, verbose=0)
        lines: list[str] = []
        model.summary(print_fn=partial(_add_line, lines))
        text = "\n".join(lines)
        texts.append([line.split("(")[0] for line in text.splitlines() if "params:" in line])
    assert texts[1] == texts[0]
