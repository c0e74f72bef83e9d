"""fit, evaluate, predict: Keras's behavior, with expected values calculated by hand."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import DataError, SettingError, ShapeError


def line(start: float = 0.0, **settings: Any) -> Any:
    """One unit without bias: y = w x, with w initially `start`."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, **settings)])
    model.set_weights([[[start]]])
    return model


X, Y = np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]])


def test_one_step_of_gradient_descent_is_the_hand_calculation() -> None:
    model = line()
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(X, Y, batch_size=2, shuffle=False, verbose=0)
    # J = 1/2 (2² + 4²) = 10 at w = 0; dJ/dw = 1/2 · 2 · (−2·1 − 4·2) = −10; w = 0 + 0.1 · 10
    assert history.history == {"loss": [pytest.approx(10.0)]}
    assert model.get_weights()[0] == pytest.approx(np.array([[1.0]]))


def test_penalties_are_part_of_the_loss_and_of_the_validation_loss() -> None:
    model = line(start=3.0, kernel_regularizer=keras.regularizers.L2(0.1))
    model.compile(keras.optimizers.SGD(1e-9), "mse")
    history = model.fit(X, Y, batch_size=2, validation_data=(X, Y), verbose=0)
    # 1/2 (1² + 2²) + 0.1 · 9
    assert history.history["loss"][0] == pytest.approx(2.5 + 0.9, rel=1e-6)
    assert history.history["val_loss"][0] == pytest.approx(2.5 + 0.9, rel=1e-6)
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(3.4, rel=1e-6)


def test_sample_weights_are_not_divided_by_their_mean() -> None:
    model = line()
    model.compile(keras.optimizers.SGD(1e-9), "mse", metrics=["mae"], weighted_metrics=["mse"])
    values = model.evaluate(X, Y, sample_weight=[3.0, 1.0], verbose=0, return_dict=True)
    assert values["loss"] == pytest.approx((3 * 4 + 16) / 2)
    assert values["mae"] == pytest.approx((2 + 4) / 2)
    assert values["mse"] == pytest.approx((3 * 4 + 16) / 4)  # a weighted mean
    history = model.fit(
        X, Y, batch_size=2, verbose=0, sample_weight=np.array([3.0, 1.0]),
        validation_data=(X, Y, np.array([3.0, 1.0])),
    )  # fmt: skip
    assert history.history["loss"] == [pytest.approx(14.0)]
    assert history.history["val_loss"] == [pytest.approx(14.0)]


def test_class_weights_are_sample_weights() -> None:
    def trained(**weights: Any) -> Any:
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, "softmax")])
        model.set_weights([[[0.5, -0.5]], [0.0, 0.0]])
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(X, np.array([0, 1]), verbose=0, shuffle=False, **weights)
        return model.get_weights()

    by_class = trained(class_weight={0: 1.0, 1: 5.0})
    by_row = trained(sample_weight=np.array([1.0, 5.0]))
    assert all(np.array_equal(a, b) for a, b in zip(by_class, by_row, strict=True))


def test_validation_split_takes_the_last_rows(small: Any, moons: Any) -> None:
    x, y = moons
    history = small.fit(x, y, epochs=1, validation_split=0.25, verbose=0)
    loss, accuracy = small.evaluate(x[90:], y[90:], verbose=0)
    assert history.history["val_loss"][-1] == pytest.approx(loss, rel=1e-6)
    assert history.history["val_accuracy"][-1] == pytest.approx(accuracy)
    assert history.params["steps"] == 3  # 90 rows in batches of 32


def test_history_has_keras_keys_in_keras_order(small: Any, moons: Any) -> None:
    history = small.fit(*moons, epochs=3, validation_split=0.5, verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1, 2]
    assert small.history is history


def test_two_fits_of_ten_epochs_equal_one_of_twenty(moons: Any) -> None:
    x, y = moons
    curves = []
    for parts in ((20,), (10, 10)):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"),
                                  keras.layers.Dense(1, "sigmoid")])  # fmt: skip
        model.compile("adam", "binary_crossentropy")
        losses: list[float] = []
        for epochs in parts:
            fitted = model.fit(x, y, epochs=epochs, shuffle=False, verbose=0)
            losses += fitted.history["loss"]
        curves.append(losses)
    assert curves[0] == curves[1]


def test_initial_epoch_numbers_the_epochs(small: Any, moons: Any) -> None:
    history = small.fit(*moons, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]


def test_metrics_of_fit_equal_those_of_evaluate(moons: Any) -> None:
    x, y = moons
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae", keras.metrics.RootMeanSquaredError(), "r2_score"])
    history = model.fit(x, y, epochs=2, validation_data=(x, y), verbose=0)
    loss, mae, rmse, r2 = model.evaluate(x, y, verbose=0)
    error = model.predict(x, verbose=0)[:, 0].astype(float) - y
    assert mae == pytest.approx(np.abs(error).mean(), rel=1e-5)
    assert rmse == pytest.approx(math.sqrt(loss), rel=1e-5)
    assert r2 == pytest.approx(1 - np.square(error).mean() / y.var(), rel=1e-4)
    for name, value in {"mae": mae, "root_mean_squared_error": rmse, "r2_score": r2}.items():
        assert history.history[f"val_{name}"][-1] == pytest.approx(value, rel=1e-6)


def test_a_function_can_be_a_metric(moons: Any) -> None:
    def bias(y_true: Any, y_pred: Any) -> Any:
        return y_pred - y_true

    x, y = moons
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[bias])
    found = model.evaluate(x, y, verbose=0, return_dict=True)["bias"]
    assert found == pytest.approx(float((model.predict(x, verbose=0)[:, 0] - y).mean()), abs=1e-6)


def test_logits_train_like_probabilities(moons: Any) -> None:
    x, y = moons
    curves = []
    for activation, loss in (
        ("sigmoid", keras.losses.BinaryCrossentropy()),
        (None, keras.losses.BinaryCrossentropy(from_logits=True)),
    ):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation)])
        model.set_weights([[[0.3], [-0.2]], [0.1]])
        model.compile("sgd", loss)
        curves.append(model.fit(x, y, epochs=4, shuffle=False, verbose=0).history["loss"])
    assert curves[0] == curves[1]
    assert model.predict(x, verbose=0).min() < 0  # logits, not probabilities


def test_normalization_standardizes_before_training() -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(loc=[100.0, -3.0], scale=[20.0, 0.1], size=(50, 2))
    layer = keras.layers.Normalization()
    layer.adapt(x)
    expected = (x - x.mean(axis=0)) / x.std(axis=0)
    assert layer(x) == pytest.approx(expected, abs=1e-4)
    model = keras.Sequential([keras.Input((2,)), layer, keras.layers.Dense(1)])
    weights = np.array([[1.0], [2.0]])
    model.layers[-1].set_weights([weights, [0.5]])
    assert model.predict(x, verbose=0) == pytest.approx(expected @ weights + 0.5, abs=1e-3)


def test_images_are_flattened() -> None:
    model = keras.Sequential([keras.Input((2, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.layers[-1].set_weights([np.arange(6.0)[:, None], [0.0]])
    x = np.arange(12.0).reshape(2, 2, 3)
    assert model.predict(x, verbose=0)[:, 0].tolist() == [55.0, 145.0]  # Σ i², Σ i (i + 6)


def test_an_activation_layer_applies_to_the_preceding_dense_layer() -> None:
    apart = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3), keras.layers.Activation("tanh"),
         keras.layers.Dense(2), keras.layers.Softmax()]
    )  # fmt: skip
    together = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(2, "softmax")]
    )
    together.set_weights(apart.get_weights())
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    assert np.array_equal(apart.predict(x, verbose=0), together.predict(x, verbose=0))


def test_a_model_can_end_in_a_hidden_layer(moons: Any) -> None:
    x, _ = moons
    begin = keras.Input((2,))
    hidden = keras.layers.Dense(3, "tanh")(begin)
    model = keras.Model(begin, keras.layers.Dense(1)(hidden))
    look = keras.Model(model.input, model.layers[1].output)
    kernel, bias = model.layers[1].get_weights()
    assert look.predict(x, verbose=0) == pytest.approx(np.tanh(x @ kernel + bias), abs=1e-6)
    model.layers[1].set_weights([kernel * 2, bias])  # one layer in two models
    assert look.predict(x, verbose=0) == pytest.approx(np.tanh(x @ kernel * 2 + bias), abs=1e-6)


def test_the_same_seed_gives_the_same_results(moons: Any) -> None:
    found = []
    for _ in range(2):
        keras.utils.set_random_seed(7)
        model = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5),
             keras.layers.Dense(1, "sigmoid")]
        )  # fmt: skip
        model.compile("adam", "binary_crossentropy")
        found.append(model.fit(*moons, epochs=3, verbose=0).history["loss"])
    assert found[0] == found[1]


def test_divergence_is_reported_and_good_weights_are_kept(moons: Any) -> None:
    x, y = moons
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e3), "mse")
    with pytest.warns(keras.TrainingDivergedWarning, match="smaller learning rate"):
        history = model.fit(x, y, epochs=50, verbose=0)
    assert len(history.epoch) < 50
    assert np.isfinite(model.get_weights()[0]).all()


def test_terminate_on_nan_is_silent(moons: Any) -> None:
    x, y = moons
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e3), "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(x, y, epochs=50, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])


@pytest.mark.parametrize(
    ("x", "y", "error", "words"),
    [
        (np.zeros((3, 5)), np.zeros(3), ShapeError, r"\(None, 2\)"),
        (np.zeros((3, 2)), np.zeros(4), ShapeError, "3 rows"),
        (np.full((3, 2), np.nan), np.zeros(3), DataError, "NaN"),
        (np.zeros((3, 2)), None, DataError, "y must be given"),
        (np.zeros(2), np.zeros(1), ShapeError, "one sample"),
    ],
)
def test_invalid_data_is_reported(
    small: Any, x: Any, y: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        small.fit(x, y, verbose=0)


def test_fit_before_compile_is_refused() -> None:
    with pytest.raises(SettingError, match="compile"):
        line().fit(X, Y)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"verbose": "loud"}, "verbose"),
        ({"epochs": 0}, "epochs"),
        ({"validation_split": 1.5}, "validation_split"),
        ({"steps_per_epoch": 0}, "steps_per_epoch"),
        ({"callbacks": [keras.callbacks.EarlyStopping]}, "objects"),
        (
            {"class_weight": {0: 1.0}, "sample_weight": np.ones(120)},
            "cannot be combined with `sample_weight`",
        ),
    ],
)
def test_invalid_settings_are_reported(
    small: Any, moons: Any, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingError, match=words) as caught:
        small.fit(*moons, **{"verbose": 0, **settings})
    assert "\n" not in str(caught.value)


def test_class_weights_apply_only_to_training_rows() -> None:
    """Of four equal rows, two validate with the plain loss; two train with five times the loss."""
    x, y = np.ones((4, 1)), np.array([0, 0, 0, 0])
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, "softmax")])
    model.set_weights([np.zeros((1, 2)), np.zeros(2)])
    model.compile(keras.optimizers.SGD(1e-9), "sparse_categorical_crossentropy")
    history = model.fit(
        x, y, batch_size=4, verbose=0, validation_split=0.5, class_weight={0: 5.0, 1: 1.0}
    ).history
    assert history["val_loss"] == [pytest.approx(math.log(2), rel=1e-6)]
    assert history["loss"] == [pytest.approx(5 * math.log(2), rel=1e-6)]


@pytest.mark.parametrize("wrong", ["balanced", {0: -1.0}, {0: float("nan")}])
def test_invalid_class_weights(small: Any, moons: Any, wrong: Any) -> None:
    with pytest.raises(SettingError, match="`class_weight` must"):
        small.fit(*moons, verbose=0, class_weight=wrong)


def test_accuracy_of_weighted_validation_rows_is_unweighted(small: Any, moons: Any) -> None:
    x, y = moons
    weights = np.where(y == 1, 10.0, 0.1)
    history = small.fit(x, y, epochs=2, verbose=0, validation_data=(x, y, weights)).history
    right = (small.predict(x, verbose=0)[:, 0] > 0.5) == y
    assert history["val_accuracy"][-1] == pytest.approx(right.mean())


def test_a_frozen_model_within_a_model_keeps_its_weights(moons: Any) -> None:
    base = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "relu")])
    base.trainable = False
    model = keras.Sequential([keras.Input((2,)), base, keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    before, head = base.get_weights(), model.get_weights()[2]
    model.fit(*moons, verbose=0)
    assert all((old == new).all() for old, new in zip(before, base.get_weights(), strict=True))
    assert (model.get_weights()[2] != head).any()
    frozen = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], trainable=False)
    assert not frozen.trainable


def test_metrics_keep_the_names_they_are_given() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["precision", "recall", "MeanSquaredError"])
    history = model.fit(np.ones((4, 1)), np.ones(4), verbose=0).history
    assert set(history) == {"loss", "precision", "recall", "MeanSquaredError"}
