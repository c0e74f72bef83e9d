"""A run that ends far above the loss of a constant prediction is called useless, in words."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import deltarule as dr
from deltarule import keras
from deltarule.engines import ArrayData
from deltarule.losses import LOSSES, CategoricalCrossEntropy, Hinge, MeanSquaredError
from deltarule.training import constant_prediction
from deltarule.training.constant_prediction import constant_loss

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = 1e4 + X[:, 0]


def test_a_run_far_above_the_constant_is_useless() -> None:
    result = dr.fit(dr.Network([dr.Dense(3, "tanh"), dr.Dense(1)]), X, Y, epochs=2)
    assert "times that of always predicting the mean of y" in result.comparison
    assert result.explanation == f"All 2 epochs were run. {result.comparison}"


def test_ordinary_and_heavy_tailed_targets_are_not() -> None:
    network = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1)])
    for y in (Y - 1e4, np.r_[np.zeros(50), np.exp(RNG.normal(size=10) * 3)], np.zeros(60)):
        assert dr.fit(network, X, y, epochs=2).comparison == ""
    labels = (X[:, 0] > 0).astype(int)
    classifier = dr.Network([dr.Dense(3, "tanh"), dr.Dense(2, "softmax")])
    assert dr.fit(classifier, X, labels, epochs=2).comparison == ""


def test_a_constant_target_has_no_comparison() -> None:
    """The cross-entropy of always predicting 1 is that of rounding, not 0."""
    for last in (dr.Dense(1, "sigmoid"), dr.Dense(1)):
        result = dr.fit(dr.Network([dr.Dense(3, "tanh"), last]), X, np.ones(60), epochs=5)
        assert result.comparison == ""


def test_estimators_warn() -> None:
    model = dr.MLPRegressor(hidden_layer_sizes=(3,), max_iter=2)
    with pytest.warns(ConvergenceWarning, match=r"reached and the .* always predicting the mean"):
        model.fit(X, Y)
    stopped = dr.MLPRegressor(hidden_layer_sizes=(3,), max_iter=50, tol=1e9, solver="sgd",
                              learning_rate_init=1e-9)  # fmt: skip
    with pytest.warns(ConvergenceWarning, match="the network is useless"):
        stopped.fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stopped.fit(X, Y - 1e4)


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 1.5, 60)])
def test_the_loss_of_a_constant(weights: np.ndarray | None) -> None:
    y = RNG.normal(size=(60, 1))
    mean = np.average(y[:, 0], weights=weights)
    expected = np.average((y[:, 0] - mean) ** 2, weights=weights)
    data = ArrayData(X, y, weights)
    assert constant_loss(MeanSquaredError(), data) == pytest.approx(expected)
    classes = np.repeat([0, 1, 2], 20).astype(np.int32)
    entropy = constant_loss(CategoricalCrossEntropy(), ArrayData(X, classes, None))
    assert entropy == pytest.approx(np.log(3))


def test_every_loss_has_one() -> None:
    y = np.array([[0.0], [1.0]] * 30)
    for name in LOSSES.names:
        smallest = -1 if name == "cosine_similarity" else 0
        assert constant_loss(LOSSES.resolve(name, "loss"), ArrayData(X, y, None)) >= smallest


def test_class_numbers_are_measured_by_the_loss_itself() -> None:
    """The mean of rows 1, -1 and -1, 1 is 0, 0: its hinge loss is 1."""
    classes = np.repeat([0, 1], 30).astype(np.int32)
    assert constant_loss(Hinge(), ArrayData(X, classes, None)) == pytest.approx(1)


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_penalties_and_dropout_do_not_make_a_network_useless(engine: str) -> None:
    network = dr.Network([dr.Dense(3, "tanh", l2=1e3), dr.Dropout(0.5), dr.Dense(1)])
    result = dr.fit(network, X, X[:, 0], epochs=2, engine=engine)
    assert result.history.training_loss[-1] > 10
    assert result.comparison == ""


def test_keras_warns() -> None:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.warns(keras.TrainingDivergedWarning, match="the network is useless"):
        model.fit(X, Y, epochs=10, verbose=0)


def test_tables_explain(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"x": X[:, 0], "y": X[:, 1]}
    settings = {"folds": 2, "epochs": 5, "hidden": (3,)}
    noise = dr.train(table, "y", **settings)
    assert "times the loss" not in noise.explanation
    monkeypatch.setattr(constant_prediction, "MIN_RATIO", 0.1)
    result = dr.train(table, "y", **settings)
    assert "On the training rows, 2 of them have at least 10 times the loss" in result.explanation
    estimator = dr.TabularRegressor(**settings).fit(X[:, :1], X[:, 1])
    assert result.explanation.split(". ")[-1] in estimator.notes_[-1]
