"""Estimators kept by skops and joblib predict with the same bits as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import deltarule as dr

CHANCE = np.random.default_rng(0)
X = CHANCE.normal(size=(60, 3))
LABELS = np.where(X[:, 0] > 0, "yes", "no")
FRAME = pd.DataFrame(X, columns=["a", "b", "c"]).assign(
    kind=CHANCE.choice(["x", "y", None], 60), day=pd.Timestamp("2020-01-01")
)
FRAME["day"] += pd.to_timedelta(np.arange(60), "D")
QUICK = {"folds": 2, "epochs": 3, "hidden": (8,), "random_state": 0}
MLP = {"hidden_layer_sizes": (4,), "max_iter": 300, "tol": 0.1, "random_state": 0}
ESTIMATORS = {
    "MLPClassifier": (lambda: dr.MLPClassifier(**MLP).fit(X, LABELS), X),
    "MLPRegressor": (lambda: dr.MLPRegressor(**MLP).fit(X, X[:, :2]), X),
    "MLPClassifier with early stopping": (
        lambda: dr.MLPClassifier(**MLP, early_stopping=True).fit(X, LABELS),
        X,
    ),
    "pipeline": (
        lambda: make_pipeline(StandardScaler(), dr.MLPClassifier(**MLP)).fit(X, LABELS),
        X,
    ),
    "TabularClassifier": (lambda: dr.TabularClassifier(**QUICK).fit(FRAME, LABELS), FRAME),
    "TabularRegressor": (lambda: dr.TabularRegressor(**QUICK).fit(FRAME, X[:, 0]), FRAME),
}


@pytest.fixture(scope="module")
def skops() -> Any:
    return pytest.importorskip("skops.io", reason="make test-peers installs skops")


def outputs(estimator: Any, rows: Any) -> list[Any]:
    found = [estimator.predict(rows)]
    if hasattr(estimator, "predict_proba"):
        found.append(estimator.predict_proba(rows))
    if hasattr(estimator, "predict_interval"):
        found.append(estimator.predict_interval(rows))
    return found


def assert_same(loaded: Any, estimator: Any, rows: Any) -> None:
    for ours, before in zip(outputs(loaded, rows), outputs(estimator, rows), strict=True):
        assert np.asarray(ours).dtype == np.asarray(before).dtype
        assert (np.asarray(ours) == np.asarray(before)).all()
    assert str(clone(loaded)) == str(clone(estimator))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_skops_gives_the_same_bits(skops, name, tmp_path):
    make, rows = ESTIMATORS[name]
    estimator = make()
    outputs(estimator, rows)  # what predictions keep must not matter
    path = tmp_path / "model.skops"
    skops.dump(estimator, path)
    untrusted = skops.get_untrusted_types(file=path)
    assert all(kind.startswith("deltarule.") for kind in untrusted), untrusted
    assert_same(skops.load(path, trusted=untrusted), estimator, rows)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("compress", [0, 3])
def test_joblib_gives_the_same_bits(name, compress, tmp_path):
    make, rows = ESTIMATORS[name]
    estimator = make()
    outputs(estimator, rows)
    joblib.dump(estimator, tmp_path / "model.joblib", compress=compress)
    assert_same(joblib.load(tmp_path / "model.joblib"), estimator, rows)


def test_joblib_maps_arrays_into_memory(tmp_path: Path):
    estimator, rows = ESTIMATORS["MLPClassifier"][0](), X
    joblib.dump(estimator, tmp_path / "model.joblib")
    assert_same(joblib.load(tmp_path / "model.joblib", mmap_mode="r"), estimator, rows)
