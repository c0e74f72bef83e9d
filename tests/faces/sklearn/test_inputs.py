"""Frames, sparse matrices, and scikit-learn's tools around an estimator."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import sklearn
from faces.sklearn.data import flowers, patients
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deltarule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]


def frame(library: str, X: Any, names: list[str]) -> Any:
    """X as a data frame."""
    module = pytest.importorskip(library)
    columns = {name: X[:, i] for i, name in enumerate(names)}
    return module.table(columns) if library == "pyarrow" else module.DataFrame(columns)


def _their_version() -> tuple[int, ...]:
    return tuple(int(part) for part in sklearn.__version__.split(".")[:2])


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_are_accepted_and_their_names_kept_and_checked(library: str) -> None:
    X, y = flowers()
    if library == "polars" and _their_version() < (1, 9):
        pytest.skip("scikit-learn knows the names of polars frames from 1.9 on")
    table = frame(library, X, NAMES)
    model = MLPClassifier(max_iter=20, random_state=0).fit(table, y)
    assert model.feature_names_in_.tolist() == NAMES
    plain = MLPClassifier(max_iter=20, random_state=0).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(table), plain.predict_proba(X))
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame(library, X, NAMES[::-1]))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)
    assert not hasattr(model.fit(X, y), "feature_names_in_")


@pytest.mark.parametrize("form", ["csr_array", "csc_array", "csr_matrix", "coo_array"])
def test_sparse_rows(form: str) -> None:
    X, y = patients()
    X = np.where(np.abs(X) < 1, 0, X)
    sparse = getattr(scipy.sparse, form)(X)
    model = MLPRegressor(max_iter=5, random_state=0).fit(sparse, y)
    dense = MLPRegressor(max_iter=5, random_state=0).fit(X, y)
    np.testing.assert_array_equal(model.predict(sparse), dense.predict(X))
    model.partial_fit(sparse, y)


def test_in_a_pipeline_a_search_a_calibration_and_a_bag() -> None:
    X, y = flowers()
    quick = MLPClassifier(max_iter=60, learning_rate_init=0.02, random_state=0)
    pipe = make_pipeline(StandardScaler(), quick)
    assert cross_val_score(pipe, X, y, cv=3).mean() > 0.85
    grid = {"mlpclassifier__hidden_layer_sizes": [(4,), (8,)], "mlpclassifier__dropout": [0, 0.1]}
    assert GridSearchCV(pipe, grid, cv=2).fit(X, y).best_score_ > 0.8
    calibrated = CalibratedClassifierCV(quick, cv=2).fit(X, y)
    assert calibrated.score(X, y) > 0.85
    bag = BaggingClassifier(quick, n_estimators=3, random_state=0).fit(X, y)
    assert bag.score(X, y) > 0.85


def test_set_output_of_a_pipeline_before_it() -> None:
    pandas = pytest.importorskip("pandas")
    X, y = flowers()
    table = pandas.DataFrame(X, columns=NAMES)
    scaler = StandardScaler().set_output(transform="pandas")
    pipe = make_pipeline(scaler, MLPClassifier(max_iter=5)).fit(table, y)
    assert pipe[-1].feature_names_in_.tolist() == NAMES


def test_weights_and_validation_rows_are_routed() -> None:
    X, y = flowers()
    weights = np.where(y == 0, 3.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = MLPClassifier(max_iter=5, random_state=0)
        model.set_fit_request(sample_weight=True, X_val=True, y_val=True)
        model.set_score_request(sample_weight=False)
        scores = cross_validate(
            model, X, y, cv=2, params={"sample_weight": weights}, return_estimator=True
        )
        assert len(scores["estimator"]) == 2
        pipe = make_pipeline(StandardScaler(), model, transform_input=["X_val"])
        pipe.fit(X, y, X_val=X[::3], y_val=y[::3])
        assert len(pipe[-1].validation_loss_curve_) == 5


def test_scikit_learns_callbacks() -> None:
    callback = pytest.importorskip("sklearn.callback")
    X, y = flowers()

    class Watch:
        def __init__(self) -> None:
            self.scores: list[float] = []

        def setup(self, estimator: Any, context: Any) -> None:
            self.scores.clear()

        def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
            pass

        def on_fit_task_end(
            self, estimator: Any, context: Any, *, X: Any, y: Any, fitted_estimator: Any
        ) -> bool:
            self.scores.append(fitted_estimator.score(X, y))
            return len(self.scores) == 6

        def teardown(self, estimator: Any, context: Any) -> None:
            pass

    watch = Watch()
    assert isinstance(watch, callback.FitCallback)
    model = MLPClassifier(max_iter=30, random_state=0).set_callbacks(watch).fit(X, y)
    assert model.n_iter_ == 6
    assert watch.scores[-1] == model.score(X, y)


def test_html_representation_in_a_notebook() -> None:
    X, y = flowers()
    assert "MLPClassifier" in MLPClassifier(max_iter=2).fit(X, y)._repr_html_()
    assert repr(MLPClassifier(dropout=0.5)) == "MLPClassifier(dropout=0.5)"


def test_random_states() -> None:
    X, y = flowers()

    def trained(state: Any) -> Any:
        return MLPClassifier((4,), max_iter=3, random_state=state).fit(X, y).coefs_[0]

    assert np.array_equal(trained(7), trained(7))
    assert np.array_equal(trained(np.random.RandomState(7)), trained(7))
    assert not np.array_equal(trained(7), trained(8))
    assert not np.array_equal(trained(None), trained(None))
    np.random.seed(3)  # the generator of random_state=None, as in scikit-learn
    first = trained(None)
    np.random.seed(3)
    assert np.array_equal(first, trained(None))


def test_importing_deltarule_imports_no_scikit_learn() -> None:
    code = "import sys, deltarule; assert 'sklearn' not in sys.modules; deltarule.MLPClassifier"
    subprocess.run([sys.executable, "-c", code + "; assert 'sklearn' in sys.modules"], check=True)


def test_without_scikit_learn_the_error_names_the_package() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import deltarule\n"
        "try: deltarule.MLPClassifier()\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip().endswith("pip install 'deltarule[sklearn]'.")


def test_interrupted_training_keeps_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = flowers()

    def stop(event: Any) -> None:
        if event.epoch == 3:
            raise KeyboardInterrupt

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = MLPClassifier(callbacks=stop).fit(X, y)
    assert "Training interrupted by user." in [str(warning.message) for warning in caught]
    assert model.n_iter_ == 3
    assert model.predict(X).shape == (150,)
