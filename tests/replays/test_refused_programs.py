"""Programs that people publish and deltarule does not run: each ends in one sentence with a next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from replays.keras_questions import small
from replays.replay_data import binary

from deltarule import keras

X, Y = binary()


def own_loss() -> None:
    def weighted(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.square(y_true - y_pred) * (1 + 9 * y_true))

    small(keras, 8, 1, "sigmoid").compile("adam", weighted)


def own_training_step() -> None:
    class CustomModel(keras.Model):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)


def subclassed_model() -> None:
    class MyModel(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(4)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)


def own_layer() -> None:
    class Linear(keras.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight(shape=(input_shape[-1], 4))

        def call(self, inputs: Any) -> Any:
            return inputs @ self.w


def wide_and_deep() -> None:
    inputs = keras.layers.Input((8,))
    deep = keras.layers.Dense(30, "relu")(inputs)
    keras.layers.Concatenate()([inputs, deep])


def two_inputs() -> None:
    wide, deep = keras.layers.Input((5,)), keras.layers.Input((6,))
    keras.Model(inputs=[wide, deep], outputs=keras.layers.Dense(1)(deep))


def convolutions() -> None:
    keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, activation="relu")])


def token_embedding() -> None:
    keras.Sequential([keras.layers.Embedding(1000, 16), keras.layers.GlobalAveragePooling1D()])


def lambda_layer() -> None:
    keras.Sequential([keras.Input((8,)), keras.layers.Lambda(lambda x: x / 2)])


def own_activation() -> None:
    keras.layers.Dense(4, activation=lambda x: keras.ops.sin(x))


def downloaded_data() -> None:
    keras.datasets.mnist.load_data()


def pretrained_network() -> None:
    keras.applications.VGG16(weights="imagenet")


def saved_for_serving() -> None:
    small(keras, 8, 1, "sigmoid").export("folder")


def misspelled_monitor() -> None:
    model = small(keras, 8, 1, "sigmoid")
    model.compile(
        "adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")]
    )
    stop = keras.callbacks.EarlyStopping("val_acc", restore_best_weights=True)
    model.fit(X, Y, validation_split=0.2, epochs=1, verbose=0, callbacks=[stop])


def softmax_after_normalization() -> None:
    model = keras.Sequential(
        [
            keras.Input((8,)), keras.layers.Dense(2), keras.layers.BatchNormalization(),
            keras.layers.Softmax(),
        ]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)


def old_decay() -> None:
    keras.optimizers.Adam(learning_rate=0.01, decay=1e-6)


def one_hot_for_one_output() -> None:
    model = small(keras, 8, 1, "sigmoid")
    model.compile("adam", "binary_crossentropy")
    model.fit(X, keras.utils.to_categorical(Y), epochs=1, verbose=0)


REFUSED: dict[Callable[[], None], str] = {
    own_loss: "loss",
    own_training_step: "train_step",
    subclassed_model: "call",
    own_layer: "call|build",
    wide_and_deep: "branches|Concatenate",
    two_inputs: "input",
    convolutions: "Conv2D",
    token_embedding: "Embedding",
    lambda_layer: "Lambda",
    own_activation: "activation",
    downloaded_data: "datasets",
    pretrained_network: "applications",
    saved_for_serving: "export",
    misspelled_monitor: "Did you mean 'val_accuracy'",
    softmax_after_normalization: "must follow a Dense layer",
    old_decay: "decay",
    one_hot_for_one_output: "2",
}


@pytest.mark.parametrize("program", REFUSED, ids=lambda program: program.__name__)
def test_a_program_is_refused_in_a_sentence(program: Callable[[], None]) -> None:
    with pytest.raises(
        (ValueError, TypeError, AttributeError, ImportError), match=REFUSED[program]
    ) as caught:
        program()
    message = str(caught.value)
    assert message.endswith((".", ")")), message
    assert 40 <= len(message) <= 400, message
    assert "\n" not in message, message
    print(f"{program.__name__}: {message}")
