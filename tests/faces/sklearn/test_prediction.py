"""Predictions: fast for plain arrays, checked otherwise, always with the current coefs_."""

from __future__ import annotations

import copy
import pickle
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from faces.sklearn.data import flowers, patients
from sklearn.base import clone

from deltarule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def model() -> MLPRegressor:
    X, y = patients()
    return MLPRegressor(hidden_layer_sizes=(8,), max_iter=10, random_state=0).fit(X, y)


def by_hand(model: MLPRegressor, X: np.ndarray) -> np.ndarray:
    """The network's outputs in NumPy."""
    hidden = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    return (hidden @ model.coefs_[1] + model.intercepts_[1])[:, 0]


def test_all_input_types_give_the_same_predictions(model: MLPRegressor) -> None:
    X, _ = patients()
    expected = by_hand(model, X)
    for given in (X, np.asfortranarray(X), X.astype(object), X.tolist(), X[:, ::-1][:, ::-1]):
        np.testing.assert_allclose(model.predict(given), expected, rtol=1e-10)
    np.testing.assert_allclose(model.predict(X.astype(np.float32)), expected, rtol=1e-4, atol=1e-5)
    assert model.predict(X[:1]) == pytest.approx(expected[:1])


def test_changes_of_coefs_take_effect(model: MLPRegressor) -> None:
    X, _ = patients()
    changed = copy.deepcopy(model)
    changed.coefs_[0][:3] = 0.0  # in place, as in pruning
    np.testing.assert_allclose(changed.predict(X), by_hand(changed, X), rtol=1e-10)
    changed.coefs_[0] = changed.coefs_[0] * 2  # replaced by another array
    changed.intercepts_ = [bias + 1 for bias in changed.intercepts_]
    np.testing.assert_allclose(changed.predict(X), by_hand(changed, X), rtol=1e-10)
    changed.coefs_[0][:] = 1.0
    np.testing.assert_allclose(changed.predict(X), by_hand(changed, X), rtol=1e-10)
    assert not np.allclose(model.predict(X), changed.predict(X))


def test_a_pickle_predicts_the_same_bits_and_can_be_changed(model: MLPRegressor) -> None:
    X, _ = patients()
    back = pickle.loads(pickle.dumps(model))
    assert np.array_equal(back.predict(X), model.predict(X))
    back.coefs_[1][:] = 0.0
    assert np.array_equal(back.predict(X), np.full(len(X), back.intercepts_[1][0]))
    assert not hasattr(clone(back), "coefs_")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(model: MLPRegressor, bad: float) -> None:
    X, _ = patients()
    X = X[:2].copy()
    X[1, 3] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        model.predict(X)


def test_large_numbers_whose_squares_overflow_are_not_refused(model: MLPRegressor) -> None:
    row = np.full((1, 10), 1e200)
    np.testing.assert_allclose(model.predict(row), by_hand(model, row), rtol=1e-10)


def test_wrong_shapes_are_refused_with_scikit_learns_messages(model: MLPRegressor) -> None:
    X, _ = patients()
    with pytest.raises(ValueError, match="X has 9 features, but MLPRegressor is expecting 10"):
        model.predict(X[:, :9])
    with pytest.raises(ValueError, match="Expected 2D array"):
        model.predict(X[0])
    with pytest.raises(ValueError, match="0 sample"):
        model.predict(X[:0])


def test_many_threads_may_predict_at_once(model: MLPRegressor) -> None:
    X, _ = patients()
    expected = model.predict(X)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: model.predict(X), range(64)))
        rows = list(pool.map(model.predict, [X[i : i + 1] for i in range(len(X))]))
    assert all(np.array_equal(answer, expected) for answer in answers)
    np.testing.assert_allclose(np.concatenate(rows), expected, rtol=1e-10)


def test_results_of_single_rows_do_not_share_memory(model: MLPRegressor) -> None:
    X, _ = patients()
    first, second = X[:1].copy(), X[1:2].copy()
    first.flags.writeable = False
    answer = model.predict(first)
    model.predict(second)
    assert answer == pytest.approx(by_hand(model, X[:1]), rel=1e-10)
    for given in (first.tolist(), first[:, ::-1][:, ::-1], first.astype(object)):
        assert model.predict(given) == pytest.approx(answer, rel=1e-10)
    assert model.predict(first.astype(np.float32)) == pytest.approx(answer, rel=1e-4)


def test_a_single_invalid_row_is_refused_like_several(model: MLPRegressor) -> None:
    X, _ = patients()
    model.predict(X[:1])  # compiles the fast path
    with pytest.raises(ValueError, match="X has 9 features, but MLPRegressor is expecting 10"):
        model.predict(X[:1, :9].copy())
    with pytest.raises(ValueError, match="NaN"):
        model.predict(np.full((1, 10), np.nan))
    with pytest.raises(ValueError, match="infinity"):
        model.predict(np.full((1, 10), -np.inf))


def test_a_single_row_of_many_outputs() -> None:
    X, _ = flowers()
    Y = np.random.default_rng(0).standard_normal((150, 600))
    wide = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0).fit(X, Y)
    hidden = np.maximum(X[:1] @ wide.coefs_[0] + wide.intercepts_[0], 0)
    expected = hidden @ wide.coefs_[1] + wide.intercepts_[1]
    np.testing.assert_allclose(wide.predict(X[:1]), expected, rtol=1e-9, atol=1e-12)


def test_one_class_is_always_that_class() -> None:
    X, _ = flowers()
    model = MLPClassifier(max_iter=2).fit(X, np.full(150, "only"))
    assert set(model.predict(X)) == {"only"}


def test_probabilities_of_text_labels_are_in_the_order_of_classes() -> None:
    X, y = flowers()
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = MLPClassifier(max_iter=80, random_state=0).fit(X, names)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert np.array_equal(model.classes_[p.argmax(axis=1)], model.predict(X))
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(p))


@pytest.mark.alone
def test_one_row_costs_less_than_a_tenth_of_scikit_learns_checks() -> None:
    # Guards against a slow path; benchmarks are in benchmarks/.
    from sklearn.neural_network import MLPClassifier as TheirClassifier

    X, y = flowers()
    row = X[:1].copy()
    mine, other = (c(max_iter=2).fit(X, y).predict_proba for c in (MLPClassifier, TheirClassifier))

    def best(function: object) -> float:
        times = []
        for _ in range(300):
            started = time.perf_counter()
            function(row)  # type: ignore[operator]
            times.append(time.perf_counter() - started)
        return min(times)

    assert best(mine) < best(other) / 3
