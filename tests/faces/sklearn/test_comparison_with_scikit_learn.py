"""Comparison with scikit-learn: the same initial weights, steps and messages.

Where no order of rows is drawn, training takes scikit-learn's very steps: what differs is rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from faces.sklearn.data import flowers, patients
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from deltarule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Batches of 40 divide the 120 and 440 rows, because penalties differ in a shorter last batch.
FIXED = {"shuffle": False, "batch_size": 40, "max_iter": 25, "random_state": 3}
SGD = {"solver": "sgd", "learning_rate_init": 0.05, **FIXED}
SETTINGS: dict[str, dict[str, Any]] = {
    "nesterov": SGD,
    "momentum": SGD | {"nesterovs_momentum": False, "momentum": 0.5},
    "plain": SGD | {"momentum": 0},
    "penalty": SGD | {"alpha": 1.0},
    "tanh": SGD | {"activation": "tanh", "hidden_layer_sizes": (7, 5)},
    "logistic": SGD | {"activation": "logistic", "hidden_layer_sizes": [6]},
    "invscaling": SGD | {"learning_rate": "invscaling", "power_t": 0.3},
    "adaptive": SGD
    | {"learning_rate": "adaptive", "max_iter": 60, "tol": 0.02, "n_iter_no_change": 2},
    "stops": SGD | {"max_iter": 300, "tol": 1e-2, "n_iter_no_change": 3},
    "early stopping": SGD | {"early_stopping": True, "batch_size": 36, "validation_fraction": 0.1},
    "adam": {"solver": "adam", "learning_rate_init": 0.01, **FIXED},
    "lbfgs": {"solver": "lbfgs", "max_iter": 12, "random_state": 3, "alpha": 0.1},
}


def both(ours: Any, theirs: Any, X: Any, y: Any, settings: Any, **fit: Any) -> tuple[Any, Any]:
    """Fit both with the same settings."""
    return ours(**settings).fit(X, y, **fit), theirs(**settings).fit(X, y, **fit)


def assert_same_training(mine: Any, other: Any) -> None:
    """Compare all fitted attributes."""
    assert mine.n_iter_ == other.n_iter_
    assert mine.t_ == other.t_
    assert mine.n_layers_ == other.n_layers_
    assert mine.n_outputs_ == other.n_outputs_
    assert mine.out_activation_ == other.out_activation_
    for mine_array, other_array in zip(
        mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        np.testing.assert_allclose(mine_array, other_array, rtol=1e-6, atol=1e-8)
    for name in ("loss_", "best_loss_", "loss_curve_", "validation_scores_"):
        if hasattr(other, name) and getattr(other, name) is not None:
            np.testing.assert_allclose(getattr(mine, name), getattr(other, name), rtol=1e-6)


@pytest.mark.parametrize("name", list(SETTINGS))
def test_three_classes(name: str) -> None:
    X, y = flowers()
    rows = np.arange(150) % 5 != 0  # 120 rows of all classes
    assert_same_training(*both(MLPClassifier, TheirClassifier, X[rows], y[rows], SETTINGS[name]))


@pytest.mark.parametrize("name", list(SETTINGS))
def test_two_classes(name: str) -> None:
    X, y = flowers()
    rows = np.arange(150) % 5 != 0
    assert_same_training(
        *both(MLPClassifier, TheirClassifier, X[rows], y[rows] == 1, SETTINGS[name])
    )


@pytest.mark.parametrize("name", list(SETTINGS))
def test_numbers(name: str) -> None:
    X, y = patients()
    assert_same_training(*both(MLPRegressor, TheirRegressor, X, y, SETTINGS[name]))


@pytest.mark.parametrize("name", ["nesterov", "lbfgs"])
def test_several_labels(name: str) -> None:
    X, y = flowers()
    labels = np.column_stack([y == 0, X[:, 0] > 0, X[:, 1] > 0]).astype(int)[:120]
    settings = SETTINGS[name]
    mine, other = both(MLPClassifier, TheirClassifier, X[:120], labels, settings)
    assert_same_training(mine, other)
    np.testing.assert_array_equal(mine.predict(X), other.predict(X))
    np.testing.assert_allclose(mine.predict_proba(X), other.predict_proba(X), rtol=1e-6)


def test_several_numbers_take_the_same_steps() -> None:
    # The printed losses differ: scikit-learn adds the penalty of the sum over outputs to the mean error.
    X, y = patients(outputs=2)
    mine, other = both(MLPRegressor, TheirRegressor, X, y, SGD)
    for a, b in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=1e-3)


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_counts(solver: str) -> None:
    X, y = patients()
    counts = np.round(np.exp(y))
    settings = SETTINGS["lbfgs"] if solver == "lbfgs" else SGD | {"learning_rate_init": 0.01}
    assert_same_training(
        *both(MLPRegressor, TheirRegressor, X, counts, settings | {"loss": "poisson"})
    )


@pytest.mark.parametrize("name", ["plain", "lbfgs"])
def test_weights_of_rows(name: str) -> None:
    # One batch of all rows: scikit-learn divides by each batch's weight, deltarule by the mean weight.
    X, y = patients()
    weights = np.random.default_rng(0).integers(0, 4, len(y)).astype(float)
    settings = SETTINGS[name] | {"batch_size": len(y), "shuffle": False}
    assert_same_training(*both(MLPRegressor, TheirRegressor, X, y, settings, sample_weight=weights))


def test_adam_with_columns_that_are_nearly_always_zero() -> None:
    """Their gradients are near ε: it must be added where scikit-learn adds it."""
    X, y = flowers()
    rare = np.where(np.arange(150)[:, None] % 50 == 7, 1e-5, 0.0)
    settings = SETTINGS["adam"] | {"batch_size": 50, "activation": "tanh", "epsilon": 1e-5}
    mine, other = both(MLPClassifier, TheirClassifier, np.hstack([X, rare]), y, settings)
    assert_same_training(mine, other)


def test_warm_start_takes_the_same_steps() -> None:
    X, y = patients()
    settings = SGD | {"batch_size": 440, "max_iter": 5, "warm_start": True}
    mine, other = MLPRegressor(**settings), TheirRegressor(**settings)
    for _ in range(3):
        assert_same_training(mine.fit(X, y), other.fit(X, y))
    for _ in range(3):
        mine.partial_fit(X[::-1], y)
        other.partial_fit(X[::-1], y)
        assert_same_training(mine, other)


def test_partial_fit_continues_with_adams_state() -> None:
    X, y = patients()
    settings = {"random_state": 1, "activation": "tanh", "batch_size": 440}
    mine, other = MLPRegressor(**settings), TheirRegressor(**settings)
    for _ in range(20):
        mine.partial_fit(X, y)
        other.partial_fit(X, y)
    assert_same_training(mine, other)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_too_few_iterations_cause_a_warning(solver: str) -> None:
    X, y = flowers()
    with pytest.warns(ConvergenceWarning, match=r"max_iter.*StandardScaler"):
        MLPClassifier(solver=solver, max_iter=2).fit(X, y)
