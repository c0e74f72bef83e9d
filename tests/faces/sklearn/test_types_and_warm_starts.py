"""Types of labels and predictions, and repeated fits: as scikit-learn's, run beside it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from deltarule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(3)
X = RNG.normal(size=(60, 3))
LABELS = (X[:, 0] + 0.3 * RNG.normal(size=60) > 0).astype(int) + (X[:, 1] > 0.7)
MULTI = (X > 0).astype(int)
PAIRS = [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)]
SHORT = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}


@pytest.mark.parametrize(("ours", "peer"), PAIRS)
@pytest.mark.parametrize("max_iter", [1, 3])
def test_warm_starts_with_early_stopping_learn_step_by_step(
    ours: type, peer: type, max_iter: int
) -> None:
    """Ties with the best score of an earlier call must not undo the call."""
    y = LABELS if ours is MLPClassifier else X[:, 0] * X[:, 1]
    settings = {"hidden_layer_sizes": (4,), "warm_start": True, "early_stopping": True,
                "max_iter": max_iter, "random_state": 0, "batch_size": 54, "solver": "sgd",
                "validation_fraction": 0.1, "learning_rate_init": 0.1}  # fmt: skip
    mine, theirs = ours(**settings), peer(**settings)
    for _ in range(8):
        mine.fit(X, y)
        theirs.fit(X, y)
        np.testing.assert_allclose(mine.coefs_[0], theirs.coefs_[0], rtol=1e-6)
        assert mine.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(mine.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    np.testing.assert_allclose(mine.validation_scores_, theirs.validation_scores_, rtol=1e-6)
    assert mine.loss_curve_[-1] < mine.loss_curve_[0]


@pytest.mark.parametrize(
    "y",
    [
        LABELS.astype(np.int8),
        LABELS.astype(np.uint16),
        LABELS.astype(np.float32),
        LABELS > 0,
        LABELS.astype("<U7"),
        LABELS.astype(str).astype(object),
        pd.Series(LABELS).astype(str),
        pd.Series(LABELS).astype(str).astype("category"),
        LABELS.tolist(),
    ],
    ids=lambda y: str(getattr(y, "dtype", "list")),
)
def test_classes_and_predictions_have_the_dtype_of_scikit_learn(y: object, tmp_path: Path) -> None:
    mine, theirs = MLPClassifier(**SHORT).fit(X, y), neural_network.MLPClassifier(**SHORT).fit(X, y)
    assert mine.classes_.dtype == theirs.classes_.dtype
    assert mine.classes_.tolist() == theirs.classes_.tolist()
    assert mine.predict(X).dtype == theirs.predict(X).dtype
    assert mine.partial_fit(X, y).predict(X).dtype == theirs.predict(X).dtype


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csc_matrix, sp.csr_array, np.asarray])
def test_sparse_labels_give_sparse_predictions(kind: type, tmp_path: Path) -> None:
    mine = MLPClassifier(**SHORT).fit(X, kind(MULTI))
    theirs = neural_network.MLPClassifier(**SHORT).fit(X, kind(MULTI))
    assert type(mine.predict(X)) is type(theirs.predict(X))
    assert mine.predict(X).dtype == theirs.predict(X).dtype
    assert mine.score(X, kind(MULTI)) >= 0
    mine.save(tmp_path / "model.safetensors")
    loaded = MLPClassifier.load(tmp_path / "model.safetensors")
    assert type(loaded.predict(X)) is type(mine.predict(X))
    incremental = MLPClassifier(**SHORT).partial_fit(X, kind(MULTI), classes=[0, 1, 2])
    assert type(incremental.predict(X[:1])) is type(mine.predict(X))


@pytest.mark.parametrize(("ours", "peer"), PAIRS)
@pytest.mark.parametrize("trained", ["float32", "float64", "int64"])
def test_outputs_have_the_dtype_of_scikit_learn(ours: type, peer: type, trained: str) -> None:
    method = "predict_proba" if ours is MLPClassifier else "predict"
    inputs = (10 * X).astype(trained)
    mine, theirs = ours(**SHORT).fit(inputs, LABELS), peer(**SHORT).fit(inputs, LABELS)
    for dtype in ("float32", "float64", "int64"):
        for rows in (X[:1].astype(dtype), X.astype(dtype), sp.csr_matrix(X.astype(dtype))):
            found, expected = getattr(mine, method)(rows), getattr(theirs, method)(rows)
            assert found.dtype == expected.dtype, (trained, dtype)
    float32 = ours(**SHORT, dtype="float32").fit(X, LABELS)
    assert getattr(float32, method)(X).dtype == np.float32


@pytest.mark.parametrize(("ours", "peer"), PAIRS)
def test_lbfgs_that_begins_at_the_optimum_has_converged(ours: type, peer: type) -> None:
    for kind in (ours, peer):
        model = kind(hidden_layer_sizes=(), solver="lbfgs", warm_start=True, alpha=1.0,
                     max_iter=3000)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            for _ in range(3):
                model.fit(X, LABELS)
        assert model.n_iter_ == 0


def test_text_is_no_target_of_a_regressor() -> None:
    with pytest.raises(ValueError, match="y must hold numbers for MLPRegressor, got text"):
        MLPRegressor(**SHORT).fit(X, LABELS.astype(str))


@pytest.mark.parametrize("missing", [None, 3])
def test_labels_of_several_types_are_refused_with_the_types(missing: object) -> None:
    labels = np.array(["a", "b", "c"])[LABELS].astype(object)
    labels[4] = missing
    with pytest.raises(
        ValueError, match=rf"y mixes {type(missing).__name__} and str\. Drop the rows"
    ):
        MLPClassifier(**SHORT).fit(X, labels)


def test_sparse_targets_of_a_regressor_are_refused() -> None:
    with pytest.raises(TypeError, match=r"use y\.toarray\(\)"):
        MLPRegressor(**SHORT).fit(X, sp.csr_matrix(X[:, :2]))


def test_an_output_activation_is_not_changed_after_fit() -> None:
    """In scikit-learn it changes predictions; here it did nothing."""
    model = MLPRegressor(**SHORT).fit(X, LABELS)
    with pytest.raises(AttributeError, match=r"output_activation=\.\.\."):
        model.out_activation_ = "logistic"
    model.out_activation_ = "identity"  # as it is
    assert MLPClassifier(**SHORT).fit(X, LABELS).fit(X, X[:, 0] > 0).out_activation_ == "logistic"


def test_weights_without_a_network_name_the_next_step() -> None:
    model = MLPRegressor((2,))
    model.coefs_, model.intercepts_ = [np.ones((3, 2)), np.ones((2, 1))], [np.zeros(2), np.zeros(1)]
    model.n_features_in_ = 3
    with pytest.raises(NotFittedError, match="call fit"):
        model.predict(X)


@pytest.mark.parametrize(("ours", "peer"), PAIRS)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_shared_random_state_is_advanced_as_by_scikit_learn(
    ours: type, peer: type, solver: str
) -> None:
    """Without shuffling only the initial weights are drawn, so that the next estimator's are the same."""
    settings = {"hidden_layer_sizes": (3,), "solver": solver, "shuffle": False, "max_iter": 4,
                "batch_size": 30}  # fmt: skip
    states = [np.random.RandomState(5) for _ in PAIRS]
    for _ in range(2):
        mine, theirs = (
            ours(random_state=states[0], **settings),
            peer(random_state=states[1], **settings),
        )
        mine.fit(X, LABELS)
        theirs.fit(X, LABELS)
        np.testing.assert_allclose(mine.coefs_[0], theirs.coefs_[0], rtol=1e-6)
    assert states[0].randint(1 << 30) == states[1].randint(1 << 30)


def test_advice_names_the_learning_rate_given() -> None:
    """Not that of the last update, which a schedule has lowered or raised."""
    for learning_rate in ("constant", "one_cycle", "cosine"):
        model = MLPRegressor(solver="sgd", learning_rate=learning_rate, learning_rate_init=300.0,
                             activation="identity", max_iter=30, random_state=0)  # fmt: skip
        with pytest.warns(ConvergenceWarning, match=r"\(it was 300\)"):
            model.fit(X, LABELS)
