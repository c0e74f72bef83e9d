"""Parameters that scikit-learn's MLP does not have."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from faces.sklearn.data import flowers, patients
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from deltarule import MLPClassifier, MLPRegressor, losses, schedules
from deltarule.estimators.mlp_parameter_table import SHARED

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def same(a: Any, b: Any) -> bool:
    """Whether two estimators have the same bits as parameters."""
    pairs = zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


def test_class_weight_equals_repeated_rows() -> None:
    X, y = flowers()
    weighted = MLPClassifier(class_weight={0: 2, 1: 1, 2: 1}, random_state=0, max_iter=20).fit(X, y)
    twice = np.concatenate([np.arange(150), np.flatnonzero(y == 0)])
    repeated = MLPClassifier(random_state=0, max_iter=20).fit(X[twice], y[twice])
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-6)


def test_balanced_classes_are_predicted_more_often_if_rare() -> None:
    X, y = flowers()
    rows = np.concatenate([np.flatnonzero(y == 1), np.flatnonzero(y == 2)[:6]])
    plain = MLPClassifier(max_iter=60, random_state=0).fit(X[rows], y[rows])
    even = MLPClassifier(max_iter=60, random_state=0, class_weight="balanced").fit(X[rows], y[rows])
    assert (even.predict(X[rows]) == 2).sum() > (plain.predict(X[rows]) == 2).sum()
    with pytest.raises(ValueError, match="compute_class_weight"):
        even.partial_fit(X, y)


def test_given_validation_rows_are_measured_and_stop_training() -> None:
    X, y = flowers()
    train, held_out = np.arange(150) % 3 != 0, np.arange(150) % 3 == 0
    model = MLPClassifier(max_iter=12, random_state=0)
    model.fit(X[train], y[train], X_val=X[held_out], y_val=y[held_out])
    assert len(model.validation_loss_curve_) == len(model.validation_scores_) == model.n_iter_ == 12
    p = model.predict_proba(X[held_out])[np.arange(50), y[held_out]]
    assert model.validation_loss_curve_[-1] == pytest.approx(-np.log(p).mean())
    assert model.validation_scores_[-1] == pytest.approx(model.score(X[held_out], y[held_out]))
    stopping = MLPClassifier(max_iter=3000, early_stopping=True, n_iter_no_change=5, random_state=0)
    stopping.fit(X[train], y[train], X_val=X[held_out], y_val=y[held_out])
    assert stopping.n_iter_ < 3000
    best = stopping.best_validation_score_
    assert stopping.score(X[held_out], y[held_out]) == pytest.approx(best)
    with pytest.raises(ValueError, match="y_val"):
        model.fit(X, y, X_val=X)


def test_best_weights_are_those_of_the_lowest_validation_loss() -> None:
    X, y = patients()
    model = MLPRegressor(
        keep_best="validation_loss", max_iter=80, learning_rate_init=0.03, random_state=0
    )
    model.fit(X[:60], y[:60], X_val=X[60:], y_val=y[60:])
    lowest = min(model.validation_loss_curve_)
    assert lowest < model.validation_loss_curve_[-1]  # otherwise the last epoch is the best
    assert 0.5 * np.mean((model.predict(X[60:]) - y[60:]) ** 2) == pytest.approx(lowest, rel=1e-6)
    with pytest.raises(ValueError, match="X_val"):
        MLPRegressor(keep_best="validation_loss").fit(X, y)


@pytest.mark.parametrize(
    ("loss", "optimum"),
    [
        ("absolute_error", 3.0),
        (losses.Quantile(0.7), 7.0),
        (losses.Quantile(0.3), 2.0),
        ("squared_error", 5.6),
    ],
)
def test_a_constant_converges_to_the_optimum_of_its_loss(loss: Any, optimum: float) -> None:
    # Five targets with equal inputs: the optimum is their median, quantile or mean.
    y = np.array([1.0, 2.0, 3.0, 7.0, 15.0])
    model = MLPRegressor(
        loss, (), solver="adam", learning_rate="cosine", learning_rate_init=0.1, max_iter=1500,
        alpha=0, tol=0, n_iter_no_change=10**6, random_state=0,
    ).fit(np.zeros((5, 1)), y)  # fmt: skip
    assert model.predict(np.zeros((1, 1)))[0] == pytest.approx(optimum, abs=0.05)


def test_huber_of_small_errors_is_half_the_square() -> None:
    X, y = patients()
    huber = MLPRegressor(losses.Huber(1e6), solver="sgd", max_iter=10, random_state=0).fit(X, y)
    square = MLPRegressor(solver="sgd", max_iter=10, random_state=0).fit(X, y)
    np.testing.assert_allclose(huber.loss_curve_, square.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(huber.coefs_[0], square.coefs_[0], rtol=1e-7, atol=1e-12)


def test_an_activation_and_a_dropout_rate_for_each_layer() -> None:
    X, y = patients()
    model = MLPRegressor(
        hidden_layer_sizes=(6, 5), activation=["mish", "tanh"], dropout=[0.1, 0.0],
        output_activation="softplus", max_iter=5, random_state=0,
    ).fit(X, y - y.min())  # fmt: skip
    assert model.out_activation_ == "softplus"
    hidden = X @ model.coefs_[0] + model.intercepts_[0]
    hidden = np.tanh(
        hidden * np.tanh(np.log1p(np.exp(hidden))) @ model.coefs_[1] + model.intercepts_[1]
    )
    expected = np.log1p(np.exp(hidden @ model.coefs_[2] + model.intercepts_[2]))[:, 0]
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-9)
    with pytest.raises(ValueError, match="activation has 1 entries"):
        MLPRegressor(hidden_layer_sizes=(6, 5), activation=["relu"]).fit(X, y)


def test_dropout_changes_training_and_not_prediction() -> None:
    X, y = flowers()
    dropped = MLPClassifier(dropout=0.3, max_iter=5, random_state=0).fit(X, y)
    assert not same(dropped, MLPClassifier(max_iter=5, random_state=0).fit(X, y))
    assert np.array_equal(dropped.predict_proba(X), dropped.predict_proba(X))


@pytest.mark.parametrize(
    "schedule", ["step", "exponential", "cosine", "one_cycle", "on_plateau", schedules.WarmUp(0.01)]
)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_schedules(schedule: Any, solver: str) -> None:
    X, y = patients()
    seen: list[float] = []
    MLPRegressor(
        learning_rate=schedule, solver=solver, learning_rate_init=0.01, max_iter=30, random_state=0,
        callbacks=lambda event: seen.append(event.learning_rate),
    ).fit(X, y)  # fmt: skip
    assert len(set(seen)) > 1 or schedule in ("on_plateau",)


def test_clipping_keeps_a_large_rate_from_exploding() -> None:
    X, y = patients()
    settings = {
        "solver": "sgd",
        "learning_rate_init": 0.5,
        "activation": "identity",
        "max_iter": 30,
    }
    with pytest.raises(ValueError, match="non-finite"):
        MLPRegressor(**settings, random_state=0).fit(X * 1e200, y)
    calm = MLPRegressor(**settings, clip_norm=0.1, random_state=0).fit(X * 10, y)
    assert np.isfinite(calm.loss_curve_).all()
    assert max(calm.loss_curve_) < 1e4


def test_diverging_training_warns_and_keeps_good_weights() -> None:
    X, y = patients()
    model = MLPRegressor(
        solver="sgd", activation="identity", learning_rate_init=1.0, batch_size=440, random_state=0
    )
    with pytest.warns(
        ConvergenceWarning, match=r"diverged.*epoch.*smaller learning rate \(it was 1\)"
    ):
        model.fit(X * 3, y)
    assert all(np.isfinite(weight).all() for weight in model.coefs_)


def test_the_same_bits_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 50)).astype(np.float32)
    y = (X[:, 0] > 0).astype(int)
    settings: dict[str, Any] = {"hidden_layer_sizes": (256, 128), "max_iter": 3, "random_state": 5}
    one, two = (MLPClassifier(n_threads=n, **settings).fit(X, y) for n in (1, 2))
    assert same(one, two)
    assert same(one, MLPClassifier(**settings).fit(X, y))


def test_callbacks_are_called_each_epoch_and_may_stop() -> None:
    X, y = flowers()
    losses_seen: list[float] = []

    def watch(event: Any) -> bool:
        losses_seen.append(event.training_loss)
        return bool(event.epoch == 4)

    model = MLPClassifier(callbacks=[watch], random_state=0).fit(X, y)
    assert model.n_iter_ == 4
    assert losses_seen == model.loss_curve_


def test_label_smoothing() -> None:
    X, y = flowers()
    settings: dict[str, Any] = {"solver": "lbfgs", "alpha": 0, "random_state": 0, "max_iter": 400}
    loss = losses.CategoricalCrossEntropy(label_smoothing=0.3)
    smooth = MLPClassifier((30,), loss=loss, **settings).fit(X[::3], y[::3])
    # Rows that are fitted perfectly reach the smoothed target: 1 - 0.3 + 0.3 / 3.
    np.testing.assert_allclose(smooth.predict_proba(X[::3]).max(axis=1), 0.8, atol=0.02)
    with pytest.raises(ValueError, match="BinaryCrossEntropy"):
        MLPClassifier(loss=loss).fit(X, y == 0)


def test_dtypes_follow_x_or_the_parameter() -> None:
    X, y = flowers()
    for given, said, wanted in [
        (np.float32, None, np.float32), (np.float64, None, np.float64),
        (np.float64, "float32", np.float32), (np.int64, None, np.float64),
    ]:  # fmt: skip
        model = MLPClassifier(max_iter=2, dtype=said).fit(X.astype(given), y)
        assert {a.dtype for a in model.coefs_ + model.intercepts_} == {np.dtype(wanted)}
        assert model.predict_proba(X.astype(given)).dtype == wanted


def test_errors_are_scikit_learns() -> None:
    X, y = flowers()
    with pytest.raises(NotFittedError, match="Call 'fit'"):
        MLPClassifier().predict(X)
    with pytest.raises(InvalidParameterError, match="'activation' parameter of MLPClassifier"):
        MLPClassifier(activation="rellu").fit(X, y)
    with pytest.raises(InvalidParameterError, match="'dropout'"):
        MLPClassifier(dropout=1.0).fit(X, y)
    with pytest.raises(ValueError, match="NaN"):
        MLPClassifier().fit(np.where(X > 1, np.nan, X), y)
    with pytest.raises(ValueError, match="Unknown label type"):
        MLPClassifier().fit(X, X[:, 0])
    with pytest.raises(AttributeError) as caught:
        MLPClassifier(solver="lbfgs").partial_fit(X, y)
    assert "lbfgs is not stochastic: use solver='adam' or 'sgd'" in str(caught.value.__cause__)


@pytest.mark.parametrize("sizes", [(3.5,), (True,), ("3",), [[3]]])
def test_invalid_numbers_of_units(sizes: Any) -> None:
    with pytest.raises(TypeError, match="hidden_layer_sizes must hold whole numbers"):
        MLPClassifier(hidden_layer_sizes=sizes).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("weights", [{0: 0, 1: 0}, {0: float("nan")}, {0: -1, 1: 1}])
def test_invalid_class_weights(weights: Any) -> None:
    with pytest.raises(ValueError, match="class_weight"):
        MLPClassifier(class_weight=weights).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_each_parameter_of_the_table_is_a_parameter_with_rule_and_documentation(
    estimator: Any,
) -> None:
    names = list(estimator().get_params(deep=False))
    assert set(SHARED) <= set(names) == set(estimator._parameter_constraints)
    documented = [line.split(" : ")[0].strip() for line in estimator.__doc__.split("\n")]
    assert [name for name in documented if name in names] == [
        *sorted(names, key=list(inspect.signature(estimator).parameters).index)
    ]
