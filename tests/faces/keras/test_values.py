"""What layers, models and optimizers return: arrays with `numpy()`, variables with `assign`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import SettingError, ShapeError


def test_calls_return_arrays_with_numpy(small: Any, moons: Any) -> None:
    outputs = small(moons[0])
    assert type(outputs.numpy()) is np.ndarray
    assert np.array_equal(outputs.numpy(), small.predict(moons[0], verbose=0))
    assert isinstance(outputs.mean().numpy(), np.float32)
    assert type(small.layers[0](moons[0]).numpy()) is np.ndarray


def test_weights_calculate_as_arrays(small: Any) -> None:
    kernel = small.layers[0].kernel
    values = kernel.numpy()
    assert (kernel.shape, kernel.ndim, kernel.dtype) == ((2, 8), 2, "float32")
    assert (kernel.name, kernel.path) == ("kernel", "dense/kernel")
    assert len(kernel) == 2
    for ours, expected in (
        (kernel + 1, values + 1), (2 * kernel, 2 * values), (kernel @ values.T, values @ values.T),
        (kernel[0, :3], values[0, :3]), (-kernel, -values), (kernel > 0, values > 0),
        (np.asarray(kernel), values), (kernel.value, values), (np.abs(kernel), np.abs(values)),
    ):  # fmt: skip
        assert np.array_equal(ours, expected)
    assert kernel.numpy().mean() == np.mean(kernel)


def test_a_variable_is_assigned_and_never_changed_by_accident(small: Any) -> None:
    kernel = small.layers[0].kernel
    kernel.numpy()[:] = 5  # a copy
    assert not (kernel.numpy() == 5).any()
    assert (kernel.assign(np.ones((2, 8))).numpy() == 1).all()
    kernel.assign_add(np.full((2, 8), 2.0))
    kernel.assign_sub(np.full((2, 8), 0.5))
    assert (small.get_weights()[0] == 2.5).all()
    with pytest.raises(ShapeError, match=r"shape \(2, 8\), got \(8, 2\)"):
        kernel.assign(np.ones((8, 2)))
    with pytest.raises(TypeError):
        np.add(kernel, 1, out=kernel)
    with pytest.raises(TypeError):
        hash(kernel)  # as in Keras


def test_the_learning_rate_is_a_variable_that_follows_changes() -> None:
    optimizer = keras.optimizers.SGD(0.5)
    rate = optimizer.learning_rate
    assert rate == 0.5
    assert (rate.numpy(), rate.shape, rate.path) == (0.5, (), "sgd/learning_rate")
    rate.assign(rate * 0.5)
    assert float(optimizer.learning_rate) == 0.25
    optimizer.learning_rate = 0.1 * optimizer.learning_rate
    assert f"{rate:.3f}" == "0.025"
    assert repr(rate) == "<Variable path=sgd/learning_rate, shape=(), dtype=float64, value=0.025>"
    with pytest.raises(SettingError, match=r"SGD\.learning_rate` must be at least 0"):
        rate.assign(-1)


def test_a_schedule_gives_the_learning_rate_of_the_next_update() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.iterations.assign(20)
    assert optimizer.learning_rate.numpy() == pytest.approx(0.025)
    assert int(optimizer.iterations) == optimizer.iterations + 0 == 20
    assert optimizer.iterations.path == "adam/iteration"


def test_a_callback_may_assign_the_learning_rate(small: Any, moons: Any) -> None:
    class Halve(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.optimizer.learning_rate.assign(self.model.optimizer.learning_rate / 2)
            logs["rate"] = float(self.model.optimizer.learning_rate)

    history = small.fit(*moons, epochs=3, verbose=0, callbacks=[Halve()])
    assert history.history["rate"] == [0.0005, 0.00025, 0.000125]


def test_evaluate_and_predict_call_their_callbacks(small: Any, moons: Any) -> None:
    calls: list[str] = []
    hooks = {
        name: lambda logs, name=name: calls.append(name)
        for name in ("on_test_begin", "on_test_end", "on_predict_begin", "on_predict_end")
    }
    callback = keras.callbacks.LambdaCallback(**hooks)
    small.evaluate(*moons, verbose=0, callbacks=[callback])
    small.predict(moons[0], verbose=0, callbacks=[callback])
    assert calls == list(hooks)


@pytest.mark.parametrize("dtype", ["a", "O", "f4", "float33", 3, [("a", "f4")], str, "bfloat16"])
def test_types_that_are_none_of_keras_are_refused_in_a_sentence(dtype: Any) -> None:
    for make in (
        lambda: keras.metrics.Mean(dtype=dtype),
        lambda: keras.layers.Dense(1, dtype=dtype),
        lambda: keras.ops.ones((2,), dtype=dtype),
        lambda: keras.initializers.Zeros()((2,), dtype=dtype),
    ):
        with pytest.raises(SettingError, match=r"\.dtype` must be one of: float32, float64"):
            make()


def test_types_of_python_and_numpy_are_those_of_keras() -> None:
    assert keras.ops.ones((2,), dtype=float).dtype == "float32"
    assert keras.ops.cast([1.5], np.dtype("int8")).dtype == "int8"
    assert keras.layers.Dense(1, dtype=np.float64).dtype == "float64"
    assert keras.metrics.AUC(dtype="float64").dtype == "float64"
