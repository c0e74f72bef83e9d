"""get_config, from_config, clone_model and JSON: of models, layers, optimizers, losses and metrics."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import SettingError
from deltarule.keras import layers, losses, metrics, optimizers


def full_model() -> Any:
    return keras.Sequential(
        [
            keras.Input((6,), name="rows"),
            layers.Dense(
                5, layers.LeakyReLU(0.1), kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2),
                kernel_constraint=keras.constraints.MaxNorm(3), kernel_initializer="he_normal",
            ),
            layers.Dropout(0.25, seed=3),
            layers.Dense(4, use_bias=False, dtype="float32"),
            layers.ReLU(),
            layers.Dense(3),
            layers.Softmax(),
        ],
        name="full",
    )  # fmt: skip


def same_layers(model: Any, other: Any) -> None:
    assert [layer.get_config() for layer in model.layers] == [
        layer.get_config() for layer in other.layers
    ]
    assert [w.shape for w in model.weights] == [w.shape for w in other.weights]


def test_a_sequential_is_made_again_from_its_config_and_its_json() -> None:
    model = full_model()
    for again in (
        keras.Sequential.from_config(model.get_config()),
        keras.Sequential.from_config(json.loads(json.dumps(model.get_config()))),
        keras.models.model_from_json(model.to_json()),
        keras.models.clone_model(model),
    ):
        assert (type(again), again.name, again.compiled) == (keras.Sequential, "full", False)
        same_layers(again, model)
        assert all(a is not b for a, b in zip(again.layers, model.layers, strict=True))
        assert not np.array_equal(again.get_weights()[0], model.get_weights()[0])


def test_a_functional_model_is_made_again_from_its_config() -> None:
    inputs = keras.Input((3,))
    model = keras.Model(inputs, layers.Dense(1)(layers.Dense(2, "tanh")(inputs)))
    config = model.get_config()
    assert config["input_layers"] == [inputs.name, 0, 0]
    for again in (
        keras.Model.from_config(config),
        keras.models.model_from_json(model.to_json()),
        keras.models.clone_model(model),
    ):
        assert type(again) is keras.Model
        same_layers(again, model)
    config["layers"][2]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = inputs.name
    with pytest.raises(SettingError, match=r"has the inputs .*branches needs Keras itself"):
        keras.Model.from_config(config)


def test_configs_have_the_form_of_keras() -> None:
    config = keras.Sequential([keras.Input(2), layers.Dense(3, "relu")]).get_config()
    assert config["build_input_shape"] == [None, 2]
    entry = config["layers"][1]
    assert (entry["module"], entry["class_name"], entry["registered_name"]) == (
        "keras.layers", "Dense", None,
    )  # fmt: skip
    assert entry["config"]["activation"] == "relu"
    assert entry["config"]["kernel_initializer"] == {
        "module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None},
        "registered_name": None,
    }  # fmt: skip


def test_settings_of_compile_are_made_again(moons: Any) -> None:
    model = keras.Sequential([keras.Input(2), layers.Dense(1, "sigmoid")])
    assert model.get_compile_config() is None
    schedule = optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    loss = losses.BinaryCrossentropy(label_smoothing=0.1)
    model.compile(optimizers.Adam(schedule), loss, metrics=["accuracy", metrics.Precision(0.7)])
    again = keras.models.model_from_json(model.to_json())
    assert again.optimizer.get_config() == model.optimizer.get_config()
    assert again.loss.get_config() == loss.get_config()
    assert again.get_compile_config() == model.get_compile_config()
    again.set_weights(model.get_weights())
    settings = {"epochs": 2, "shuffle": False, "verbose": 0}
    assert again.fit(*moons, **settings).history == model.fit(*moons, **settings).history


@pytest.mark.parametrize(
    "made",
    [
        layers.Dense(3, layers.ELU(0.5)), layers.Dropout(0.1), layers.Flatten(), layers.LeakyReLU(0.2),
        layers.ELU(0.3), layers.ReLU(negative_slope=0.1), layers.Activation("tanh"),
        layers.Normalization(mean=[1.0], variance=[2.0]), optimizers.SGD(0.1, momentum=0.9),
        optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 10)), losses.Huber(2.0),
        losses.CategoricalCrossentropy(from_logits=True), metrics.Recall(0.3),
        metrics.MeanSquaredError(name="error"), keras.initializers.HeNormal(seed=1),
        keras.initializers.Constant(2.0), keras.regularizers.L1(0.5), keras.constraints.MaxNorm(3),
        optimizers.schedules.PiecewiseConstantDecay([10], [0.1, 0.01]),
    ],
    ids=lambda made: type(made).__name__,
)  # fmt: skip
def test_an_object_is_made_again_from_its_config(made: Any) -> None:
    config = json.loads(json.dumps(made.get_config()))
    again = type(made).from_config(config)
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()


def test_a_clone_may_have_other_layers() -> None:
    model = full_model()

    def without_dropout(layer: Any) -> Any:
        return layers.Dropout(0.0, name=layer.name) if isinstance(layer, layers.Dropout) else (
            type(layer).from_config(layer.get_config())
        )  # fmt: skip

    clone = keras.models.clone_model(model, clone_function=without_dropout)
    assert clone.get_layer(index=1).rate == 0
    with pytest.raises(SettingError, match=r"clone_function` must return a layer"):
        keras.models.clone_model(model, clone_function=lambda layer: None)
    with pytest.raises(SettingError, match="input_tensors` does not support"):
        keras.models.clone_model(model, input_tensors=[keras.Input(6)])


def test_subclasses_are_given_by_name() -> None:
    class Steady(layers.Dropout):
        def call(self, inputs: Any, training: Any = None) -> Any:
            return super().call(inputs, training=True)

    model = keras.Sequential([keras.Input(2), Steady(0.5), layers.Dense(1)])
    text = model.to_json()
    again = keras.models.model_from_json(text, custom_objects={"Steady": Steady})
    assert type(again.layers[0]) is Steady
    with pytest.raises(SettingError, match="custom_objects"):
        keras.models.model_from_json(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "must describe a Sequential or a Model"),
        ('{"class_name": "Sequential", "config": 3}', "must be a dict with a list of layers"),
        ('{"class_name": "Sequential", "config": {"layers": [3]}}', "must be configs of layers"),
        (
            '{"class_name": "Model", "config": {"layers": [{"class_name": "Conv2D", "config": {}}]}}',
            "Only Keras has it: images",
        ),
        (
            '{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": '
            '{"units": 1, "quantization_config": {"mode": "int8"}}}]}}',
            "quantization_config` does not support",
        ),
    ],
)
def test_json_that_is_no_model_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        keras.models.model_from_json(text)


def test_layers_are_added_and_removed_after_the_model_is_built(moons: Any) -> None:
    model = keras.Sequential([keras.Input(2), layers.Dense(4, "tanh"), layers.Dense(3, "softmax")])
    model.pop()
    model.add(layers.Dense(1, "sigmoid"))
    assert model.output_shape == (None, 1)
    model.compile("sgd", "binary_crossentropy")
    model.fit(*moons, verbose=0)
    lines: list[str] = []
    model.summary(line_length=60, print_fn=lines.append)
    assert "Trainable params: 17" in lines[0]
