"""Methods overridden in subclasses: they take effect, or the class is refused when it is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import SettingError

layers, optimizers, callbacks = keras.layers, keras.optimizers, keras.callbacks
schedules = optimizers.schedules


class MCDropout(layers.Dropout):
    def call(self, inputs: Any, training: Any = None) -> Any:
        return super().call(inputs, training=True)


NEVER_CALLED = [
    (layers.Layer, "call"), (layers.Layer, "add_weight"), (layers.Dense, "call"),
    (layers.Dense, "build"), (layers.Dense, "__call__"), (layers.Dense, "kernel"),
    (layers.Activation, "call"), (layers.Normalization, "call"), (layers.Flatten, "call"),
    (layers.Dropout, "compute_output_shape"), (MCDropout, "stateless_call"),
    (keras.losses.Loss, "call"), (keras.losses.Huber, "__call__"),
    (keras.regularizers.L2, "__call__"), (keras.constraints.MaxNorm, "__call__"),
    (optimizers.Optimizer, "update_step"), (optimizers.Adam, "apply_gradients"),
    (optimizers.Adam, "learning_rate"), (keras.Model, "call"), (keras.Sequential, "train_step"),
    (keras.Sequential, "test_step"), (keras.Sequential, "compute_loss"),
    (keras.Sequential, "__call__"), (keras.metrics.Metric, "reset_states"),
    (callbacks.ReduceLROnPlateau, "in_cooldown"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "name"), NEVER_CALLED)
def test_a_method_that_nothing_would_call_is_refused_when_its_class_is_made(
    base: type, name: str
) -> None:
    with pytest.raises(SettingError, match=rf"^Mine\.{name} would never be called: .*\.$"):
        type("Mine", (base,), {name: lambda self, *given: None})
    mixin = type("Mixin", (), {name: lambda self, *given: None})
    with pytest.raises(SettingError, match=rf"^Mine\.{name} would never be called"):
        type("Mine", (mixin, base), {})


def test_a_method_of_another_base_that_is_not_reached_is_no_override() -> None:
    mixin = type("Mixin", (), {"call": lambda self, x: None})
    assert type("Mine", (layers.Dense, mixin), {})(2).units == 2


def test_a_method_set_on_an_object_is_refused() -> None:
    layer, optimizer = layers.Dense(2), optimizers.Adam()
    with pytest.raises(SettingError, match=r"Dense\.call would never be called"):
        layer.call = lambda x: x
    with pytest.raises(SettingError, match=r"Adam\.update_step would never be called"):
        optimizer.update_step = lambda gradient: None
    optimizer.learning_rate = schedules.CosineDecay(0.1, 10)


def test_names_inside_deltarule_are_refused() -> None:
    with pytest.raises(SettingError, match=r"Mine\._describe has the name of something inside"):
        type("Mine", (optimizers.Adam,), {"_describe": lambda self, rate: None})


def test_an_own_loss_says_what_it_needs_and_what_to_use() -> None:
    with pytest.raises(SettingError, match=r"needs an engine that differentiates.*Huber"):
        type("Mine", (keras.losses.Loss,), {"call": lambda self, y_true, y_pred: 0})


def test_overrides_that_take_effect_are_allowed(moons: Any) -> None:
    seen: list[str] = []

    class Wide(layers.Dense):
        """Adds a setting and a method."""

        def __init__(self, units: int, factor: int = 2, **settings: Any) -> None:
            super().__init__(units * factor, **settings)
            self.factor = factor

        def describe_me(self) -> str:
            return f"{self.units} units"

        def get_config(self) -> dict[str, Any]:
            return super().get_config() | {"factor": self.factor}

    class Small(keras.initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return np.full(shape, 0.01, dtype)

    class Halving(schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return 0.1 * 0.5**step

    class Slow(optimizers.SGD):
        def __init__(self) -> None:
            super().__init__(Halving())

    class Share(keras.metrics.Metric):
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.positive = float((np.asarray(y_pred) > 0.5).mean())

        def result(self) -> float:
            return self.positive

    class Watch(callbacks.Callback):
        def on_test_begin(self, logs: Any = None) -> None:
            seen.append("test begins")

        def on_test_end(self, logs: Any = None) -> None:
            seen.append(", ".join(sorted(logs)))

    class Mine(keras.Sequential):
        def fit(self, *given: Any, **settings: Any) -> Any:
            return super().fit(*given, epochs=2, verbose=0, **settings)

    layer = Wide(
        3,
        kernel_initializer=Small(),
        kernel_regularizer=type("Weak", (keras.regularizers.L2,), {})(),
    )
    model = Mine([keras.Input(2), layer, layers.Dense(1, "sigmoid")])
    assert layer.describe_me() == "6 units"
    assert np.unique(layer.get_weights()[0]).tolist() == pytest.approx([0.01])
    model.compile(Slow(), "binary_crossentropy", metrics=[Share(name="share")])
    history = model.fit(*moons, validation_split=0.5, callbacks=[Watch()]).history
    assert sorted(history) == ["loss", "share", "val_loss", "val_share"]
    assert seen == ["test begins", "loss, share"] * 2
    assert model.optimizer.learning_rate == pytest.approx(0.1 * 0.5**4)
    model.evaluate(*moons, verbose=0, callbacks=[Watch()])
    assert seen[4:] == ["test begins", "loss, share"]


def network(*dropouts: layers.Dropout) -> Any:
    inner = [part for dropout in dropouts for part in (dropout, layers.Dense(8, "tanh"))]
    model = keras.Sequential([keras.Input(2), *inner, layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def test_a_call_in_training_draws_another_dropout_each_time(moons: Any) -> None:
    x = moons[0]
    model = network(layers.Dropout(0.5))
    first, second = (model(x, training=True) for _ in range(2))
    assert not np.array_equal(first, second)
    assert np.array_equal(model(x, training=False), model.predict(x, verbose=0))
    draws = np.mean([model.layers[0](np.ones((200, 2)), training=True) for _ in range(20)])
    assert draws == pytest.approx(1, abs=0.1)  # kept inputs are scaled by 1 / (1 − rate)
    keras.utils.set_random_seed(0)
    again = network(layers.Dropout(0.5))
    assert np.array_equal(again(x, training=True), first)
    assert np.array_equal(again(x, training=True), second)
    seeded = [layers.Dropout(0.5, seed=7)(x, training=True) for _ in range(2)]
    assert np.array_equal(*seeded)


def test_monte_carlo_dropout_trains_as_dropout_and_predicts_at_random(moons: Any) -> None:
    histories = {}
    for kind in (layers.Dropout, MCDropout):
        keras.utils.set_random_seed(1)
        model = network(kind(0.3))
        histories[kind] = model.fit(*moons, epochs=3, verbose=0, validation_split=0.2).history
    assert histories[MCDropout]["loss"] == histories[layers.Dropout]["loss"]
    assert histories[MCDropout]["val_loss"] != histories[layers.Dropout]["val_loss"]
    predictions = [model.predict(moons[0], verbose=0) for _ in range(2)]
    assert not np.array_equal(*predictions)
    losses = [model.evaluate(*moons, verbose=0)[0] for _ in range(2)]
    assert losses[0] != losses[1]
    exact = network(layers.Dropout(0.3))
    exact.set_weights(model.get_weights())
    mean = np.mean([model.predict(moons[0], verbose=0) for _ in range(120)], axis=0)
    assert np.abs(mean - exact.predict(moons[0], verbose=0)).max() < 0.12


def test_dropout_can_be_switched_by_an_attribute(moons: Any) -> None:
    class Switched(layers.Dropout):
        on = False

        def call(self, inputs: Any, **more: Any) -> Any:
            return super().call(inputs, training=self.on)

    model = network(Switched(0.5))
    plain = network(layers.Dropout(0.0))
    plain.set_weights(model.get_weights())
    x = moons[0]
    assert np.array_equal(model(x, training=True), plain.predict(x, verbose=0))
    Switched.on = True
    assert not np.array_equal(model.predict(x, verbose=0), plain.predict(x, verbose=0))


@pytest.mark.parametrize(
    "call",
    [
        lambda self, inputs, training=None: inputs * 2,
        lambda self, inputs: layers.Dropout.call(
            self, layers.Dropout.call(self, inputs, True), True
        ),
        lambda self, inputs: np.zeros(3),
        lambda self, inputs, training=None: inputs[0] if training else inputs,
    ],
)
def test_a_dropout_that_computes_something_else_is_refused(call: Any) -> None:
    with pytest.raises(SettingError, match=r"Mine\.call must return its inputs, or super"):
        network(type("Mine", (layers.Dropout,), {"call": call})(0.5))


def functional(training: bool | None) -> Any:
    x = keras.Input(2)
    hidden = layers.Dropout(0.5)(layers.Dense(8, "tanh")(x), training=training)
    model = keras.Model(x, layers.Dense(1, "sigmoid")(hidden))
    model.compile("adam", "binary_crossentropy")
    return model


def test_dropout_called_with_training_in_a_functional_model(moons: Any, tmp_path: Any) -> None:
    x, y = moons
    always, never, plain = functional(True), functional(False), functional(None)
    for model in (always, never):
        model.set_weights(plain.get_weights())
    exact = plain.predict(x, verbose=0)
    assert not np.array_equal(always.predict(x, verbose=0), exact)
    assert np.array_equal(never(x, training=True), exact)
    without = keras.Sequential([plain.layers[1], plain.layers[3]])
    without.compile("adam", "binary_crossentropy")
    weights = plain.get_weights()
    losses = []
    for model in (never, without, plain):
        keras.utils.set_random_seed(0)
        losses.append(model.fit(x, y, epochs=2, verbose=0).history["loss"])
        plain.set_weights(weights)
    assert losses[0] == losses[1] != losses[2]
    always.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.layers[2].fixed_training is True
    assert np.ptp([again.predict(x[:1], verbose=0) for _ in range(9)]) > 0


def test_a_dropout_layer_has_one_training_for_all_its_models() -> None:
    plain = functional(None)
    with pytest.raises(SettingError, match=r"is part of a model.*make a second Dropout"):
        plain(keras.Input(2), training=False)
    assert plain(keras.Input(2)).shape == (None, 1)


def test_a_stopper_may_compute_its_own_value(small: Any, moons: Any) -> None:
    class Gap(callbacks.EarlyStopping):
        def get_monitor_value(self, logs: Any) -> Any:
            return -len(seen)

    seen: list[Any] = []
    stopper = Gap("loss", patience=1, mode="max")
    count = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    history = small.fit(*moons, epochs=9, verbose=0, callbacks=[count, stopper])
    assert len(history.epoch) == 2


def test_hooks_of_a_lambda_callback_that_nothing_calls_are_refused() -> None:
    with pytest.raises(SettingError, match=r"no setting 'on_epoch_finish'.*Did you mean"):
        callbacks.LambdaCallback(on_epoch_finish=print)
