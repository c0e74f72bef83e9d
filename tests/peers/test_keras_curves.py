"""Comparison of training curves with Keras on JAX: same initial weights, order and settings, float64.

Each curve has 50 steps: 25 epochs of two batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from deltarule import keras as ours

Make = Callable[[Any], Any]  # Keras or deltarule.keras
_chance = np.random.default_rng(0)
X = _chance.normal(size=(60, 4))
CLASSES = _chance.integers(0, 3, 60)
NUMBERS = X @ _chance.normal(size=(4, 1)) + np.sin(2 * X[:, :1])
SIDES = (NUMBERS[:, 0] > 0).astype(int)
ONE_HOT = np.eye(3)[CLASSES]
WEIGHTS = _chance.uniform(size=60)

OPTIMIZERS: dict[str, Make] = {
    "sgd": lambda k: k.optimizers.SGD(0.05),
    "momentum": lambda k: k.optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda k: k.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda k: k.optimizers.RMSprop(0.01),
    "adam": lambda k: k.optimizers.Adam(0.01),
    "adam with decay": lambda k: k.optimizers.Adam(0.01, weight_decay=0.01),
    "adamw": lambda k: k.optimizers.AdamW(0.01),
    "amsgrad": lambda k: k.optimizers.Adam(0.01, amsgrad=True),
    "nadam": lambda k: k.optimizers.Nadam(0.01),
    "adagrad": lambda k: k.optimizers.Adagrad(0.1),
    "adadelta": lambda k: k.optimizers.Adadelta(1.0),
    "defaults of adam": lambda k: "adam",
    "defaults of rmsprop": lambda k: "rmsprop",
    "defaults of sgd": lambda k: "sgd",
    "defaults of adagrad": lambda k: "adagrad",
    "defaults of adadelta": lambda k: "adadelta",
    "defaults of nadam": lambda k: "nadam",
    "defaults of adamw": lambda k: "adamw",
    "adamax": lambda k: k.optimizers.Adamax(0.01),
    "lion": lambda k: k.optimizers.Lion(0.001),
    "defaults of adamax": lambda k: "adamax",
    "defaults of lion": lambda k: "lion",
    "arrays clipped": lambda k: k.optimizers.Adam(0.01, clipnorm=0.05),
    "arrays clipped, sgd": lambda k: k.optimizers.SGD(0.1, momentum=0.9, clipnorm=0.05),
    "values clipped": lambda k: k.optimizers.SGD(0.1, clipvalue=0.01),
    "clipped": lambda k: k.optimizers.SGD(0.1, global_clipnorm=0.1),
    "exponential": lambda k: k.optimizers.SGD(k.optimizers.schedules.ExponentialDecay(0.1, 7, 0.8)),
    "staircase": lambda k: k.optimizers.SGD(
        k.optimizers.schedules.ExponentialDecay(0.1, 7, 0.8, staircase=True)
    ),
    "cosine": lambda k: k.optimizers.Adam(k.optimizers.schedules.CosineDecay(0.1, 40, 0.1)),
    "piecewise": lambda k: k.optimizers.SGD(
        k.optimizers.schedules.PiecewiseConstantDecay([10, 20], [0.1, 0.05, 0.01])
    ),
}
LOSSES: dict[str, tuple[Make, Any, int, str | None]] = {
    "squared": (lambda k: "mse", NUMBERS, 1, None),
    "absolute": (lambda k: "mae", NUMBERS, 1, None),
    "huber": (lambda k: k.losses.Huber(0.5), NUMBERS, 1, None),
    "poisson": (lambda k: "poisson", np.abs(NUMBERS), 1, "exponential"),
    "poisson, softplus": (lambda k: "poisson", np.abs(NUMBERS), 1, "softplus"),
    "hinge": (lambda k: "hinge", SIDES, 1, "tanh"),
    "binary": (lambda k: "binary_crossentropy", SIDES, 1, "sigmoid"),
    "binary, logits": (lambda k: k.losses.BinaryCrossentropy(from_logits=True), SIDES, 1, None),
    "binary, smooth": (
        lambda k: k.losses.BinaryCrossentropy(label_smoothing=0.1), SIDES, 1, "sigmoid",
    ),
    "binary, three outputs": (lambda k: "binary_crossentropy", ONE_HOT, 3, "sigmoid"),
    "classes": (lambda k: "categorical_crossentropy", ONE_HOT, 3, "softmax"),
    "classes, sigmoid": (lambda k: "categorical_crossentropy", ONE_HOT, 3, "sigmoid"),
    "classes, smooth": (
        lambda k: k.losses.CategoricalCrossentropy(label_smoothing=0.1), ONE_HOT, 3, "softmax",
    ),
    "class numbers": (lambda k: "sparse_categorical_crossentropy", CLASSES, 3, "softmax"),
    "class numbers, logits": (
        lambda k: k.losses.SparseCategoricalCrossentropy(from_logits=True), CLASSES, 3, None,
    ),
    "squared logarithmic": (lambda k: "msle", np.abs(NUMBERS), 1, "softplus"),
    "squared logarithmic, below 0": (lambda k: "msle", NUMBERS, 1, None),
    "percentage": (lambda k: "mape", np.abs(NUMBERS) + 10, 1, None),
    "log-cosh": (lambda k: "log_cosh", NUMBERS, 1, None),
    "cosine": (lambda k: "cosine_similarity", ONE_HOT, 3, None),
    "squared hinge": (lambda k: "squared_hinge", SIDES, 1, "tanh"),
    "categorical hinge": (lambda k: "categorical_hinge", ONE_HOT, 3, None),
    "divergence": (lambda k: "kl_divergence", (ONE_HOT + 0.2) / 1.6, 3, "softmax"),
    "divergence, one-hot": (lambda k: "kl_divergence", ONE_HOT, 3, "softmax"),
    "focal": (lambda k: "binary_focal_crossentropy", SIDES, 1, "sigmoid"),
    "focal, logits": (
        lambda k: k.losses.BinaryFocalCrossentropy(True, 0.3, 1.5, from_logits=True), SIDES, 1, None,
    ),
    "focal, smooth": (
        lambda k: k.losses.BinaryFocalCrossentropy(label_smoothing=0.1), ONE_HOT, 3, "sigmoid",
    ),
    "focal, classes": (lambda k: "categorical_focal_crossentropy", ONE_HOT, 3, "softmax"),
    "focal, classes, sigmoid": (
        lambda k: k.losses.CategoricalFocalCrossentropy(0.5, 1.0, label_smoothing=0.1),
        ONE_HOT, 3, "sigmoid",
    ),
    "mean": (lambda k: k.losses.MeanSquaredError(reduction="mean"), NUMBERS, 1, None),
    "squared, one-hot": (lambda k: "mse", ONE_HOT, 3, "sigmoid"),
}  # fmt: skip
DENSE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "l1": lambda k: {"kernel_regularizer": k.regularizers.L1(0.01)},
    "l2": lambda k: {"kernel_regularizer": k.regularizers.L2(0.01)},
    "both": lambda k: {"kernel_regularizer": k.regularizers.L1L2(0.01, 0.02)},
    "by name": lambda k: {"kernel_regularizer": "l2"},
    "max norm": lambda k: {"kernel_constraint": k.constraints.MaxNorm(0.5)},
    "no bias": lambda k: {"use_bias": False},
}


def model_of(
    k: Any, outputs: int, activation: str | None, hidden: str = "tanh", **dense: Any
) -> Any:
    """Four inputs, six hidden units."""
    layers = k.layers
    return k.Sequential(
        [
            k.Input((4,), dtype="float64"),
            layers.Dense(6, hidden, dtype="float64", **dense),
            layers.Dense(outputs, activation, dtype="float64"),
        ]
    )


def histories(
    theirs: Any, optimizer: Make, loss: Make, y: Any, outputs: int, activation: str | None,
    dense: Callable[[Any], dict[str, Any]] = lambda k: {}, metrics: Any = None, **fit: Any,
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:  # fmt: skip
    """Train in both with the same initial weights and order; return (Keras's history, ours)."""
    found = []
    start: Any = None
    settings = {"epochs": 25, "batch_size": 30, "shuffle": False, "verbose": 0, **fit}
    for k in (theirs, ours):
        model = model_of(k, outputs, activation, **dense(k))
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        model.compile(optimizer(k), loss(k), metrics=metrics)
        found.append(model.fit(X, y, **settings).history)
    return found[0], found[1]


def assert_same(theirs: dict[str, list[float]], ours: dict[str, list[float]]) -> None:
    assert list(ours) == list(theirs)
    for name, values in theirs.items():
        assert ours[name] == pytest.approx(values, rel=1e-4), name


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_take_the_steps_of_keras(keras: Any, name: str) -> None:
    loss = lambda k: "sparse_categorical_crossentropy"  # noqa: E731
    pair = histories(
        keras, OPTIMIZERS[name], loss, CLASSES, 3, "softmax", metrics=["accuracy"],
        validation_data=(X[:20], CLASSES[:20]),
    )  # fmt: skip
    assert_same(*pair)


SCHEDULES: dict[str, Make] = {
    "inverse time": lambda s: s.InverseTimeDecay(0.1, 7, 0.5),
    "inverse time, staircase": lambda s: s.InverseTimeDecay(0.1, 7, 0.5, staircase=True),
    "polynomial": lambda s: s.PolynomialDecay(0.1, 40, 0.01, 2.0),
    "polynomial, cycle": lambda s: s.PolynomialDecay(0.1, 40, 0.01, 0.5, cycle=True),
    "exponential": lambda s: s.ExponentialDecay(0.1, 7, 0.8, staircase=True),
    "piecewise": lambda s: s.PiecewiseConstantDecay([10, 20], [0.1, 0.05, 0.01]),
    "cosine": lambda s: s.CosineDecay(0.1, 40, 0.1),
    "warm-up": lambda s: s.CosineDecay(0.0, 40, 0.1, warmup_target=0.2, warmup_steps=10),
    "warm-up without steps": lambda s: s.CosineDecay(0.05, 40, 0.1, warmup_target=0.2),
    "warm-up without target": lambda s: s.CosineDecay(0.05, 40, 0.1, warmup_steps=9),
    "restarts": lambda s: s.CosineDecayRestarts(0.1, 10),
    "equal restarts": lambda s: s.CosineDecayRestarts(0.1, 10, 1.0, 0.5, 0.1),
    "slow restarts": lambda s: s.CosineDecayRestarts(0.1, 7, 1.5, 0.9, 0.1),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_equal_keras_at_every_step(keras: Any, name: str) -> None:
    theirs, mine = (SCHEDULES[name](k.optimizers.schedules) for k in (keras, ours))
    for step in (*range(130), 500, 10_000):
        assert float(mine(step)) == pytest.approx(float(theirs(step)), rel=1e-6, abs=1e-7), step


@pytest.mark.parametrize("name", LOSSES)
def test_losses_equal_keras(keras: Any, name: str) -> None:
    loss, y, outputs, activation = LOSSES[name]
    pair = histories(
        keras, lambda k: k.optimizers.SGD(0.05), loss, y, outputs, activation,
        validation_data=(X[:20], y[:20]),
    )  # fmt: skip
    assert_same(*pair)


@pytest.mark.parametrize("name", DENSE)
def test_penalties_and_constraints_equal_keras(keras: Any, name: str) -> None:
    pair = histories(
        keras, lambda k: k.optimizers.SGD(0.05), lambda k: "mse", NUMBERS, 1, None, DENSE[name],
        validation_split=0.25, metrics=["mse"],
    )  # fmt: skip
    # With a penalty, a metric is measured at the epoch's end here, and over its batches in Keras.
    if "kernel_regularizer" in DENSE[name](ours):
        for history in pair:
            del history["mse"]
    assert_same(*pair)


@pytest.mark.parametrize(
    ("y", "weights"),
    [
        (NUMBERS, {"sample_weight": WEIGHTS}),
        (CLASSES, {"sample_weight": WEIGHTS}),
        (CLASSES, {"class_weight": {0: 0.5, 1: 2.0}}),
    ],
    ids=["numbers", "classes", "by class"],
)
def test_sample_and_class_weights_equal_keras(keras: Any, y: Any, weights: dict[str, Any]) -> None:
    of_classes = y is CLASSES
    pair = histories(
        keras,
        lambda k: k.optimizers.SGD(0.05),
        lambda k: "sparse_categorical_crossentropy" if of_classes else "mse",
        y, 3 if of_classes else 1, "softmax" if of_classes else None,
        validation_data=(X[:20], y[:20], WEIGHTS[:20]),
        **weights,
    )  # fmt: skip
    assert_same(*pair)


def test_rows_that_do_not_divide_evenly(keras: Any) -> None:
    pair = histories(
        keras, lambda k: "adam", lambda k: "sparse_categorical_crossentropy", CLASSES, 3, "softmax",
        batch_size=32, metrics=["accuracy"],
    )  # fmt: skip
    assert_same(*pair)


@pytest.mark.parametrize(
    "activation",
    ["relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "silu", "mish", "softplus",
     "softsign", "exponential", "leaky_relu", "linear"],
)  # fmt: skip
def test_the_same_weights_give_the_same_predictions(keras: Any, activation: str) -> None:
    theirs, mine = (model_of(k, 3, "softmax", activation) for k in (keras, ours))
    mine.set_weights(theirs.get_weights())
    expected = theirs.predict(X, verbose=0)
    assert mine.predict(X, verbose=0) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("activation", "moves"), [("relu", False), ("linear", True)])
def test_the_derivative_of_relu_at_zero_is_zero(keras: Any, activation: str, moves: bool) -> None:
    # Chapter 3 of the course says this of Keras; with all weights 0, z is 0.
    for k in (keras, ours):
        dense = k.layers.Dense(1, activation, kernel_initializer="zeros")
        model = k.Sequential([k.layers.Input((1,)), dense])
        model.compile(k.optimizers.SGD(0.1), "mse")
        model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=2, verbose=0)
        assert all(bool(np.any(one)) == moves for one in model.get_weights())


def test_evaluate_equals_keras(keras: Any) -> None:
    metrics = ["accuracy", "mse", "mae", "binary_crossentropy"]
    found = []
    start = None
    for k in (keras, ours):
        model = model_of(k, 1, "sigmoid", kernel_regularizer="l2")
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        more = [k.metrics.Precision(name="p"), k.metrics.Recall(name="r"), k.metrics.R2Score(name="r2"),
                k.metrics.RootMeanSquaredError(name="rmse")]  # fmt: skip
        model.compile("adam", "binary_crossentropy", metrics=[*metrics, *more])
        found.append(model.evaluate(X, SIDES[:, None].astype(float), verbose=0, return_dict=True))
    theirs, mine = found
    assert list(mine) == list(theirs)
    assert mine == pytest.approx(theirs, rel=1e-5)
