"""Models: building, inspecting, saving, and unsupported features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import DeltaruleError, ModelFileError, SettingError, ShapeError

layers = keras.layers


def test_counts_and_names() -> None:
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(5, "relu"), layers.Dropout(0.2), layers.Dense(3)]
    )
    assert [layer.name for layer in model.layers] == ["dense", "dropout", "dense_1"]
    assert model.count_params() == (4 + 1) * 5 + (5 + 1) * 3
    assert model.output_shape == (None, 3)
    assert [v.path for v in model.weights] == [
        "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias",
    ]  # fmt: skip
    assert model.get_layer("dense_1") is model.get_layer(index=2) is model.layers[2]
    with pytest.raises(SettingError, match="Did you mean 'dense_1'"):
        model.get_layer("dense1")


def test_the_summary_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    begin = keras.Input(4, name="Input")
    keras.Model(begin, layers.Dense(3, name="Output")(begin)).summary()
    out = capsys.readouterr().out
    assert "│ Output (Dense) " in out
    assert "(None, 3)" in out
    assert " Total params: 15 (60.00 B)" in out


@pytest.mark.parametrize("shape", [4, (4,), [4]])
def test_inputs_take_a_number_or_a_shape(shape: Any) -> None:
    assert keras.Input(shape).shape == (None, 4)


def test_a_sequential_without_input_takes_it_from_the_data() -> None:
    model = keras.Sequential([layers.Dense(3, "tanh"), layers.Dense(1)])
    model.compile("adam", "mse")
    assert not model.built
    model.fit(np.zeros((4, 7)), np.zeros(4), verbose=0)
    assert model.input_shape == (None, 7)


def test_glorot_is_the_default_initializer() -> None:
    kernel = layers.Dense(300)
    kernel.build((None, 200))
    values = kernel.get_weights()[0]
    limit = np.sqrt(6 / 500)
    assert np.abs(values).max() <= limit
    assert values.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
    assert not kernel.get_weights()[1].any()


def test_initializers_with_a_seed_are_repeatable() -> None:
    drawn = [keras.initializers.HeNormal(seed=3)((50, 40)) for _ in range(2)]
    assert np.array_equal(*drawn)
    assert drawn[0].std() == pytest.approx(np.sqrt(2 / 50), rel=0.05)


def test_models_are_restored_from_files(small: Any, moons: Any, tmp_path: Path) -> None:
    x, y = moons
    small.fit(x, y, epochs=2, verbose=0)
    small.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again) is keras.Sequential
    assert np.array_equal(again.predict(x, verbose=0), small.predict(x, verbose=0))
    assert again.evaluate(x, y, verbose=0) == small.evaluate(x, y, verbose=0)
    assert again.optimizer.iterations == 8
    with pytest.raises(DeltaruleError, match="exists"):
        small.save(tmp_path / "model.keras", overwrite=False)


def test_every_setting_is_restored_from_a_file(tmp_path: Path) -> None:
    begin = keras.Input((2, 3), name="pixels")
    scaled = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 9.0])(begin)
    hidden = layers.Dense(
        4, "leaky_relu", use_bias=False, kernel_initializer=keras.initializers.HeNormal(seed=1),
        kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2),
        kernel_constraint=keras.constraints.MaxNorm(1.5), name="hidden",
    )(layers.Flatten()(scaled))  # fmt: skip
    end = layers.Activation("softmax")(layers.Dense(2)(layers.Dropout(0.25, seed=5)(hidden)))
    model = keras.Model(begin, end)
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.8, nesterov=True, global_clipnorm=2.0),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy", keras.metrics.Precision(0.3)],
    )
    model.save(tmp_path / "m")
    again = keras.models.load_model(tmp_path / "m")
    assert [layer.get_config() for layer in again.layers] == [
        layer.get_config() for layer in model.layers
    ]
    assert again.optimizer.get_config() == model.optimizer.get_config()
    assert again.loss.get_config() == model.loss.get_config()
    x = np.arange(12.0).reshape(2, 2, 3)
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_files_of_keras_are_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs.keras").write_bytes(b"PK\x03\x04" + bytes(60))
    with pytest.raises(ModelFileError, match="not a model file"):
        keras.models.load_model(tmp_path / "theirs.keras")


def test_weights_of_another_model_are_refused(small: Any, tmp_path: Path) -> None:
    small.save_weights(tmp_path / "w")
    other = keras.Sequential([keras.Input((3,)), layers.Dense(8), layers.Dense(1)])
    with pytest.raises(ModelFileError, match="does not fit the model"):
        other.load_weights(tmp_path / "w")
    deeper = keras.Sequential([keras.Input((2,)), *(layers.Dense(8) for _ in range(4))])
    with pytest.raises(ModelFileError, match="does not fit the model: it"):
        deeper.load_weights(tmp_path / "w")


def test_weights_are_stored_by_position_not_by_layer_name(tmp_path: Path) -> None:
    """The layers of a model built twice in one process are named dense_1, then dense_3."""

    def build() -> Any:
        return keras.Sequential([keras.Input((2,)), layers.Dense(8, "relu"), layers.Dense(1)])

    first, second = build(), build()
    for name in ("w.weights.h5", "m.keras"):
        (first.save_weights if "weights" in name else first.save)(tmp_path / name)
        second.set_weights([np.zeros_like(w) for w in second.get_weights()])
        second.load_weights(tmp_path / name)
        for ours, theirs in zip(second.get_weights(), first.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_model_converts_to_a_trained_network(small: Any, moons: Any) -> None:
    x, _ = moons
    network = small.to_trained_network()
    assert np.array_equal(network.predict(x), small.predict(x, verbose=0))


@pytest.mark.parametrize("settings", [{}, {"mean": [1.0, 2.0], "variance": [4.0, 9.0]}])
def test_a_model_that_standardizes_is_no_trained_network(settings: dict[str, Any]) -> None:
    model = keras.Sequential([keras.Input(2), layers.Normalization(**settings), layers.Dense(1)])
    with pytest.raises(SettingError, match="standardize the rows before"):
        model.to_trained_network()


def test_to_categorical() -> None:
    assert keras.utils.to_categorical([0, 2]).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert keras.utils.to_categorical([[1]], num_classes=2).tolist() == [[0, 1]]


def a_branch() -> Any:
    begin = keras.Input(4)
    return keras.Model(begin, [layers.Dense(1)(begin), layers.Dense(2)(begin)])


def twice() -> Any:
    begin, layer = keras.Input(4), layers.Dense(4)
    return keras.Model(begin, layer(layer(begin)))


def subclass() -> Any:
    class Mine(keras.Model):
        def call(self, x: Any) -> Any:
            return x

    return Mine


REFUSALS: dict[str, Callable[[], Any]] = {
    "layers.Conv2D": lambda: layers.Conv2D(8, 3),
    "layers.LSTM": lambda: layers.LSTM(8),
    "layers.Concatenate": lambda: layers.Concatenate(),
    "layers.GroupNormalization": lambda: layers.GroupNormalization(),
    "`outputs` must be a single one": a_branch,
    "twice": twice,
    "Mine.call": subclass,
    "Flatten": lambda: layers.Dense(2)(keras.Input((2, 3))),
    "Layer x": lambda: layers.Dense(2, name="x")([keras.Input(2), keras.Input(2)]),
    "clips in one way only": lambda: keras.optimizers.Adam(clipnorm=1.0, clipvalue=1.0),
    "use_ema": lambda: keras.optimizers.Adam(use_ema=True),
    "larger batch_size": lambda: keras.optimizers.SGD(gradient_accumulation_steps=2),
    "Lion.weight_decay": lambda: keras.optimizers.Lion(weight_decay=0.1),
    "optimizers.Ftrl": lambda: keras.optimizers.Ftrl(),
    "LogCosh.reduction": lambda: keras.losses.LogCosh(reduction="sum"),
    "Huber.dtype": lambda: keras.losses.Huber(dtype="float64"),
    "CosineSimilarity.axis": lambda: keras.losses.CosineSimilarity(axis=0),
    "losses.Dice": lambda: keras.losses.Dice(),
    "keras.metrics.MeanIoU": lambda: keras.metrics.get("mean_io_u"),
    "callbacks.TensorBoard": lambda: keras.callbacks.TensorBoard(),
    "bias_regularizer": lambda: layers.Dense(2, bias_regularizer="l2"),
    "NonNeg": lambda: keras.constraints.NonNeg(),
    "Did you mean 'relu'": lambda: layers.Dense(2, "rellu"),
    "Did you mean 'MSE'": lambda: keras.losses.get("mes"),
}


@pytest.mark.parametrize("words", REFUSALS)
def test_unsupported_features_are_refused_in_one_sentence(words: str) -> None:
    with pytest.raises((SettingError, ShapeError), match=words) as caught:
        REFUSALS[words]()
    assert "\n" not in str(caught.value)


def test_unknown_modules_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="with Keras itself"):
        _ = keras.datasets
    assert not hasattr(keras.layers, "Dens")


def test_diagrams_are_written_and_shown(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    begin = keras.Input(4, name="Input")
    model = keras.Model(begin, layers.Dense(3, "relu", name="a$b <i>")(begin))
    drawn = keras.utils.plot_model(
        model, tmp_path / "m.svg", show_shapes=True, show_layer_activations=True, rankdir="LR"
    )
    drawn.save(tmp_path / "m.pdf")
    drawn.save(tmp_path / "m.png")
    assert (tmp_path / "m.svg").read_text().startswith("<?xml")
    assert (tmp_path / "m.pdf").read_bytes().startswith(b"%PDF")
    assert drawn._repr_html_().startswith("<svg")
    assert "svg" in drawn._repr_svg_()
    with pytest.raises(SettingError, match=r"\.png, \.svg or \.pdf"):
        drawn.save(tmp_path / "m.bmp")


def test_missing_methods_suggest_alternatives(small: Any, tmp_path: Path) -> None:
    for name in ("export", "to_yaml"):
        with pytest.raises(AttributeError, match=rf"Model.{name} is not supported: .*; "):
            getattr(small, name)
    with pytest.raises(AttributeError, match="object has no attribute 'wieghts'"):
        _ = small.wieghts
    assert small.trainable_variables[0].path == "dense/kernel"
    with pytest.raises(SettingError, match="Build the model before save"):
        keras.Sequential([layers.Dense(3)]).save(tmp_path / "m.keras")
    leaky = layers.Dense(8, activation=layers.LeakyReLU(0.2))
    assert leaky.activation == layers.Dense(8, "leaky_relu").activation


@pytest.mark.parametrize(
    ("make", "setting"),
    [
        (lambda: layers.Dense(0), "Dense.units"),
        (lambda: layers.Dense(2, use_bias=3), "Dense.use_bias"),
        (lambda: layers.Dropout(2), "Dropout.rate"),
        (lambda: keras.optimizers.Adam(beta_1=2), "Adam.beta_1"),
        (lambda: keras.optimizers.SGD(momentum=2, nesterov=True), "SGD.momentum"),
        (lambda: keras.optimizers.RMSprop(rho=2), "RMSprop.rho"),
        (lambda: keras.optimizers.Adadelta(global_clipnorm=-1), "Adadelta.global_clipnorm"),
        (
            lambda: keras.optimizers.Adagrad(initial_accumulator_value=-1),
            "Adagrad.initial_accumulator_value",
        ),
        (lambda: keras.optimizers.AdamW(weight_decay=-1), "AdamW.weight_decay"),
        (lambda: keras.initializers.RandomUniform(1, 0)((2, 2)), "RandomUniform.maxval"),
        (lambda: keras.initializers.RandomNormal(0, -1)((2, 2)), "RandomNormal.stddev"),
        (
            lambda: keras.losses.BinaryCrossentropy(label_smoothing=2),
            "BinaryCrossentropy.label_smoothing",
        ),
    ],
)
def test_errors_name_the_arguments_of_keras(make: Callable[[], Any], setting: str) -> None:
    with pytest.raises(SettingError) as caught:
        make()
    assert caught.value.setting == setting


@pytest.mark.parametrize("as_layer", [False, True])
def test_softmax_of_one_unit_warns(as_layer: bool) -> None:
    """It is exp(z) / exp(z) = 1 for every z, so that nothing is learned."""
    last = [keras.layers.Dense(1), keras.layers.Activation("softmax")]
    if not as_layer:
        last = [keras.layers.Dense(1, "softmax")]
    model = keras.Sequential([keras.Input((2,)), *last])
    with pytest.warns(UserWarning, match="use sigmoid for two classes"):
        assert (
            model.predict(np.random.default_rng(0).normal(size=(5, 2)), verbose=0).tolist()
            == [[1.0]] * 5
        )
