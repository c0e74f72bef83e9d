"""keras.ops and keras.backend for custom metrics: those that people paste, and the functions' values.

tests/peers/test_keras_metrics.py compares the functions with those of Keras.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import SettingError, ShapeError
from deltarule.keras import backend as K
from deltarule.keras import ops


def recall_m(y_true: Any, y_pred: Any) -> Any:
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible_positives = K.sum(K.round(K.clip(y_true, 0, 1)))
    return true_positives / (possible_positives + K.epsilon())


def rmse(y_true: Any, y_pred: Any) -> Any:
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))


def coefficient_of_determination(y_true: Any, y_pred: Any) -> Any:
    residual = ops.sum(ops.square(y_true - y_pred))
    total = ops.sum(ops.square(y_true - ops.mean(y_true)))
    return 1 - residual / (total + K.epsilon())


def own_accuracy(y_true: Any, y_pred: Any) -> Any:
    return ops.mean(ops.equal(y_true, ops.cast(y_pred > 0.5, y_true.dtype)), axis=-1)


class Specificity(keras.metrics.Metric):
    def __init__(self, name: str = "specificity", **settings: Any) -> None:
        super().__init__(name=name, **settings)
        self.negatives = self.add_weight(name="tn", initializer="zeros")
        self.false = self.add_weight(name="fp", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = K.cast(y_true, "float32"), K.cast(y_pred > 0.5, self.dtype)
        self.negatives.assign_add(K.sum((1 - y_true) * (1 - y_pred)))
        self.false.assign_add(K.sum((1 - y_true) * y_pred))

    def result(self) -> Any:
        return self.negatives / (self.negatives + self.false + K.epsilon())

    def reset_state(self) -> None:
        self.negatives.assign(0.0)
        self.false.assign(0.0)


def test_metrics_as_people_write_them(small: Any, moons: Any) -> None:
    x, y = moons
    chosen = [recall_m, rmse, coefficient_of_determination, own_accuracy, Specificity(),
              "recall", "accuracy", "r2_score"]  # fmt: skip
    small.compile("adam", "binary_crossentropy", metrics=chosen)
    found = small.fit(x, y, epochs=2, verbose=0, validation_data=moons).history
    assert found["val_recall_m"] == pytest.approx(found["val_recall"], abs=1e-6)
    assert found["val_own_accuracy"] == pytest.approx(found["val_accuracy"])
    assert found["val_coefficient_of_determination"] == pytest.approx(found["val_r2_score"])
    p = small.predict(x, verbose=0)[:, 0].astype(float)
    assert found["val_rmse"][-1] == pytest.approx(np.abs(p - y).mean())
    assert found["val_specificity"][-1] == pytest.approx((p[y == 0] <= 0.5).mean(), abs=1e-6)


def test_learning_rates_are_read_and_set_as_in_old_callbacks(small: Any) -> None:
    K.set_value(small.optimizer.learning_rate, 0.25)
    assert K.get_value(small.optimizer.learning_rate) == pytest.approx(0.25)
    assert K.int_shape(small.layers[0].kernel) == (2, 8)
    assert float(K.mean(K.abs(small.layers[0].kernel))) > 0


VALUES: dict[str, tuple[Any, Any]] = {
    "log of 0": (lambda: ops.log([1.0, 0.0]), [0, -np.inf]),
    "softmax": (lambda: ops.softmax([[0.0, np.log(3.0)]]), [[0.25, 0.75]]),
    "sigmoid of large values": (lambda: ops.sigmoid([-1000.0, 0.0, 1000.0]), [0, 0.5, 1]),
    "logsumexp": (lambda: ops.logsumexp([1000.0, 1000.0]), 1000 + np.log(2)),
    "one_hot": (lambda: ops.one_hot([1, 0], 3), [[0, 1, 0], [1, 0, 0]]),
    "top_k": (lambda: ops.top_k([[1.0, 3.0, 2.0]], k=2)[1], [[1, 2]]),
    "in_top_k": (lambda: ops.in_top_k([2], [[1.0, 3.0, 2.0]], k=2), [True]),
    "in_top_k of the backend": (lambda: K.in_top_k([[1.0, 3.0, 2.0]], [2], 1), [False]),
    "in_top_k of absent classes": (
        lambda: ops.in_top_k([-1, 3], np.ones((2, 3)), 3),
        [False, False],
    ),
    "in_top_k of NaN": (lambda: ops.in_top_k([0], [[np.nan, 1.0]], 1), [False]),
    "logsumexp of nothing": (lambda: ops.logsumexp([-np.inf, -np.inf]), -np.inf),
    "reciprocal of integers": (lambda: ops.reciprocal([4, 0]), [0.25, np.inf]),
    "segment_sum of rows": (
        lambda: ops.segment_sum(np.array([[1, 2], [3, 4], [5, 6]]), np.array([0, 2, 0]), 3),
        [[6, 8], [0, 0], [3, 4]],
    ),
    "a cross-entropy along the first axis": (
        lambda: ops.sparse_categorical_crossentropy([1, 0], [[0.2, 0.5], [0.8, 0.5]], axis=0),
        -np.log([0.8, 0.5]),
    ),
    "where": (lambda: ops.where([True, False], [1, 2], [3, 4]), [1, 4]),
    "switch": (lambda: K.switch(np.array([True, False]), lambda: 1, lambda: 2), [1, 2]),
    "a list of axes": (
        lambda: ops.sum(np.ones((2, 3, 4)), axis=[1, 2], keepdims=True),
        [[[12]], [[12]]],
    ),
    "divide_no_nan": (lambda: ops.divide_no_nan([1.0, 1.0], [0.0, 2.0]), [0, 0.5]),
    "clip by name": (lambda: ops.clip([1, 5], x_min=2, x_max=3), [2, 3]),
    "reshape": (lambda: K.reshape([1, 2, 3, 4], (-1, 2)), [[1, 2], [3, 4]]),
    "binary_crossentropy": (lambda: K.binary_crossentropy([1.0, 0.0], [0.5, 0.5]), np.log([2, 2])),
    "arange": (lambda: ops.arange(3), [0, 1, 2]),
    "flatten": (lambda: K.flatten([[1], [2]]), [1, 2]),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    compute, expected = VALUES[name]
    found = compute()
    assert found.numpy() == pytest.approx(np.asarray(expected, dtype=float))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("binary_crossentropy", ([1, 0], [[0.2], [0.7]])),
        ("categorical_crossentropy", ([0, 1], [[0.2, 0.8], [0.7, 0.3]])),
        ("sparse_categorical_crossentropy", ([[1, 0]], [[0.2, 0.8]])),
        ("in_top_k", ([[1, 0]], [[0.2, 0.8]], 1)),
        ("top_k", ([[0.2, 0.8]], 3)),
    ],
)  # fmt: skip
def test_shapes_that_would_be_broadcast_are_refused(name: str, given: Any) -> None:
    with pytest.raises(ShapeError):
        getattr(ops, name)(*given)


def test_types_are_those_of_keras() -> None:
    assert ops.cast([1.5], "int32").dtype == np.int32
    assert ops.zeros((2,)).dtype == ops.ones((2,)).dtype == K.constant([1]).dtype == np.float32
    assert (K.floatx(), K.epsilon(), K.backend()) == ("float32", 1e-7, "numpy")
    assert ops.shape(np.ones((2, 3))) == (2, 3)


@pytest.mark.parametrize("module", ["ops", "backend"])
def test_absent_functions_are_refused_in_a_sentence(module: str) -> None:
    imported = importlib.import_module(f"deltarule.keras.{module}")
    with pytest.raises(AttributeError, match=rf"deltarule.keras.{module} has no 'conv'.*NumPy"):
        _ = imported.conv
    with pytest.raises(TypeError, match="unexpected keyword"):
        imported.sum([1], axes=0)


def test_other_types_and_epsilons_are_refused() -> None:
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    with pytest.raises(SettingError, match="dtype='float64' to the layers"):
        K.set_floatx("float64")
    with pytest.raises(SettingError, match="epsilon"):
        K.set_epsilon(1e-5)
