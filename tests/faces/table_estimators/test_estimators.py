"""TabularClassifier and TabularRegressor: scikit-learn's checks, raw tables, weights, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.utils.estimator_checks import parametrize_with_checks

import deltarule
from deltarule import TabularClassifier, TabularRegressor
from deltarule.errors import ColumnError, DataError, DataWarning, ModelFileError, SettingError
from deltarule.formats.model_file import read_model, write_model

RNG = np.random.default_rng(0)
ROWS = 400


@parametrize_with_checks(
    [
        TabularClassifier(hidden=(16,), epochs=10, folds=2),
        TabularRegressor(hidden=(16,), epochs=10, folds=2),
    ]
)
@pytest.mark.filterwarnings("default")
def test_check(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """A raw table: texts with missing values, dates, booleans, numbers, a constant, an identifier."""
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "size": np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.lognormal(8, 2, ROWS)),
            "color": RNG.choice(["red", "green", "blue", None], ROWS),
            "town": RNG.choice([f"town {i}" for i in range(40)], ROWS),
            "flag": RNG.random(ROWS) < 0.5,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 700, ROWS), "D"),
            "same": 7,
        }
    )


@pytest.fixture(scope="module")
def labels(frame: pd.DataFrame) -> pd.Series:
    likes = (frame["color"] == "red") ^ frame["flag"]
    return pd.Series(np.where(likes, "yes", "no"), name="answer")


@pytest.fixture(scope="module")
def classifier(frame: pd.DataFrame, labels: pd.Series) -> TabularClassifier:
    return TabularClassifier(random_state=0).fit(frame, labels)


@pytest.fixture(scope="module")
def regressor() -> TabularRegressor:
    x = np.linspace(-2, 2, 1200)
    return TabularRegressor(hidden=(32, 32), random_state=0).fit(
        pd.DataFrame({"x": x}), np.sin(2 * x) + 0.1 * RNG.normal(size=1200)
    )


def test_an_exclusive_or_of_text_and_truth_is_learned(classifier, frame, labels) -> None:
    assert classifier.score(frame, labels) > 0.95
    assert classifier.classes_.tolist() == ["no", "yes"]
    probabilities = classifier.predict_proba(frame)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert (classifier.predict(frame) == classifier.classes_[probabilities.argmax(axis=1)]).all()


def test_useless_columns_have_notes(classifier) -> None:
    notes = " ".join(classifier.notes_)
    assert "'id' is dropped: it looks like an identifier" in notes
    assert "'same' is dropped: it is always" in notes


def test_pandas_polars_and_pyarrow_give_the_same_model(frame, labels) -> None:
    usual = frame.drop(columns="day")
    first = TabularClassifier(random_state=1, epochs=3, hidden=(8,)).fit(usual, labels)
    for other in (pl.from_pandas(usual), pa.Table.from_pandas(usual, preserve_index=False)):
        model = TabularClassifier(random_state=1, epochs=3, hidden=(8,)).fit(other, labels)
        np.testing.assert_array_equal(model.predict_proba(other), first.predict_proba(usual))
        assert list(model.feature_names_in_) == list(usual.columns)


def test_the_networks_equal_those_of_train(frame, labels, tmp_path) -> None:
    """`train` and the estimator on the same training rows are bit-identical."""
    table = frame.assign(answer=labels)
    run = deltarule.train(table, "answer", epochs=3, seed=5)
    rows = np.asarray(run.split.training)
    model = TabularClassifier(epochs=3, random_state=5).fit(
        frame.iloc[rows].drop(columns="id"), labels.iloc[rows]
    )
    for ours, theirs in zip(model.model_.networks, run.model.networks, strict=True):
        np.testing.assert_array_equal(ours.parameters.flat(), theirs.parameters.flat())


def test_threads_do_not_change_the_result(frame, labels) -> None:
    one, two, five = (
        TabularClassifier(random_state=0, epochs=4, n_jobs=n).fit(frame, labels) for n in (1, 2, 5)
    )
    expected = one.predict_proba(frame)
    for other in (two, five):
        np.testing.assert_array_equal(other.predict_proba(frame), expected)


def test_unseen_and_missing_cells_get_a_prediction(classifier, frame) -> None:
    odd = frame.head(3).assign(color="violet", town=None, size=np.nan, day=pd.NaT)
    with pytest.warns(DataWarning, match="'color' \\(3 rows, for example 'violet'"):
        assert np.isfinite(classifier.predict_proba(odd)).all()


def test_rows_of_weight_zero_have_no_effect(frame, labels) -> None:
    weights = (np.arange(ROWS) % 2).astype(float)
    weighted = TabularClassifier(random_state=0, epochs=3, hidden=(8,)).fit(frame, labels, weights)
    fewer = TabularClassifier(random_state=0, epochs=3, hidden=(8,)).fit(
        frame[weights > 0], labels[weights > 0]
    )
    np.testing.assert_array_equal(weighted.predict_proba(frame), fewer.predict_proba(frame))


def test_class_weight_moves_the_boundary() -> None:
    X = np.concatenate([RNG.normal(-0.5, 1, 400), RNG.normal(0.5, 1, 100)])[:, None]
    y = np.repeat([0, 1], [400, 100])
    shares = {}
    for name, weight in {"none": None, "balanced": "balanced", "by hand": {0: 1, 1: 4}}.items():
        model = TabularClassifier(class_weight=weight, hidden=(16,), folds=2, random_state=0)
        model.fit(X, y)
        shares[name] = model.predict(X).mean()
    assert shares["none"] < 0.2 < 0.3 < shares["balanced"]
    assert shares["by hand"] == shares["balanced"]  # 4 : 1 is what balances 400 : 100


def test_scores_agree_with_known_results_on_public_tables() -> None:
    """Fisher's linear discriminant has an accuracy of 98 % on iris; linear regression an R² of 0.48."""
    X, y = load_iris(return_X_y=True)
    assert cross_val_score(TabularClassifier(random_state=0), X, y, cv=3).mean() > 0.94
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    assert cross_val_score(TabularRegressor(random_state=0), X, y, cv=3).mean() > 0.40


def test_quantiles_have_the_nominal_coverage(regressor) -> None:
    x = RNG.uniform(-2, 2, 4000)
    truth = np.sin(2 * x) + 0.1 * RNG.normal(size=4000)
    rows = pd.DataFrame({"x": x})
    for coverage in (0.5, 0.8, 0.9):
        low, high = regressor.predict_interval(rows, coverage).T
        assert np.mean((truth >= low) & (truth <= high)) == pytest.approx(coverage, abs=0.05)
    predicted = regressor.predict(rows, quantiles=[0.1, 0.5, 0.9])
    assert (np.diff(predicted, axis=1) > 0).all()
    for level, column in zip((0.1, 0.5, 0.9), predicted.T, strict=True):
        assert np.mean(truth <= column) == pytest.approx(level, abs=0.05)


def test_predictions_stay_in_the_range_of_the_training_targets(regressor) -> None:
    with pytest.warns(DataWarning, match="2 of 2 rows have numbers outside the range"):
        far = regressor.predict(pd.DataFrame({"x": [-1e9, 1e9]}))
    assert np.abs(far).max() < 1.5


def test_importance_and_dependence_find_the_formula(classifier, frame, labels, regressor) -> None:
    found = {
        one.column: one.loss_increase for one in classifier.permutation_importance(frame, labels)
    }
    assert min(found["color"], found["flag"]) > 10 * abs(found["town"])
    curve = regressor.partial_dependence(pd.DataFrame({"x": np.linspace(-2, 2, 200)}), "x")
    np.testing.assert_allclose(curve.means, np.sin(2 * curve.values), atol=0.1)
    levels = classifier.partial_dependence(frame, "color")
    assert list(levels.values) == ["blue", "green", "red"]
    np.testing.assert_allclose(levels.means.sum(axis=1), 1)
    with pytest.raises(ColumnError, match="does not use a column 'coluor'"):
        classifier.partial_dependence(frame, "coluor")


@pytest.mark.parametrize(
    "classes",
    [np.array([3, -7]), np.array([1.0, 2.0]), np.array([False, True]), np.array(["b", "a"])],
    ids=["int", "float", "bool", "str"],
)
def test_a_file_restores_the_estimator_exactly(classes, tmp_path) -> None:
    X, y = RNG.normal(size=(60, 2)), classes[RNG.integers(0, 2, 60)]
    model = TabularClassifier(
        epochs=2, hidden=[4], random_state=0, class_weight="balanced", drop=["x1"]
    ).fit(X, y)
    model.save(tmp_path / "m.safetensors")
    again = TabularClassifier.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.predict(X).dtype.kind == model.predict(X).dtype.kind
    np.testing.assert_array_equal(again.classes_, np.unique(classes))
    assert (again.epochs, again.hidden, again.drop) == (2, (4,), ("x1",))
    clone(again).fit(X, y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": None}, ""),
        ({"names": None, "order": ["a", "x"]}, "column names that do not fit"),
        ({"order": ["x", "x", "x"], "columns": 2}, "column names that do not fit"),
        ({"names": [1]}, r"about\.estimator\.names\[0\] must be text"),
        ({"parameters": []}, r"about\.estimator\.parameters must be an object"),
        ({"extra": 1}, r"about\.estimator has unknown keys: 'extra'"),
    ],
)
def test_columns_of_a_file_fit_its_model(regressor, tmp_path, change, message) -> None:
    regressor.save(tmp_path / "m.safetensors")
    file = read_model(tmp_path / "m.safetensors", "table model")
    file.description["about"]["estimator"].update(change)
    write_model(tmp_path / "m.safetensors", file.description, file.arrays, "table model")
    if message:
        with pytest.raises(ModelFileError, match=message):
            TabularRegressor.load(tmp_path / "m.safetensors")
    else:  # as after a fit on an array: columns are found by position
        again = TabularRegressor.load(tmp_path / "m.safetensors")
        assert again.predict(np.zeros((1, 1))) == regressor.predict(pd.DataFrame({"x": [0.0]}))


def test_the_file_works_with_the_command_line(regressor, tmp_path) -> None:
    path = tmp_path / "m.safetensors"
    regressor.save(path)
    rows = {"x": [0.0, 1.0]}
    predicted = deltarule.load(path).predict(rows, quantiles=[0.1, 0.9])
    np.testing.assert_array_equal(predicted.values, regressor.predict(pd.DataFrame(rows)))
    assert list(predicted.columns()) == ["y", "quantile 0.1", "quantile 0.9"]
    with pytest.raises(ModelFileError, match=r"load it with deltarule\.TabularRegressor"):
        TabularClassifier.load(path)


@pytest.mark.alone
def test_a_time_limit_is_kept() -> None:
    import time

    X = RNG.normal(size=(5000, 30))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    TabularClassifier(time_limit_s=5, random_state=0, epochs=1).fit(X[:100], y[:100])  # imports
    began = time.perf_counter()
    model = TabularClassifier(time_limit_s=1.0, random_state=0).fit(X, y)
    assert time.perf_counter() - began < 5  # a machine may be busy; without a limit it takes longer
    assert model.predict_proba(X).shape == (5000, 2)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda X, y: (X, y[:-1]), ValueError, "inconsistent numbers of samples"),
        (lambda X, y: (X.assign(size=np.inf), y), DataError, "'size' has 400 infinite values"),
        (lambda X, y: (X, [None, *y[1:]]), ValueError, "missing values"),
        (lambda X, y: (X, np.zeros(len(y))), DataError, "only one class"),
        (lambda X, y: (X[["same"]], y), DataError, "no usable column besides the target"),
        (lambda X, y: (X.iloc[:0], y[:0]), ValueError, "no rows|0 sample"),
    ],
)
def test_data_that_cannot_be_learned_is_refused(frame, labels, change, error, message) -> None:
    with pytest.raises(error, match=message):
        TabularClassifier().fit(*change(frame, labels))


def test_wrong_parameters_are_refused(frame, labels) -> None:
    with pytest.raises(SettingError, match="`validation_fraction` does not apply to `folds` 4"):
        TabularClassifier(folds=4, validation_fraction=0.2).fit(frame, labels)
    with pytest.raises(ValueError, match="'epochs' parameter"):
        TabularClassifier(epochs=0).fit(frame, labels)
    with pytest.raises(ColumnError, match="'nope'"):
        TabularClassifier(drop=["nope"]).fit(frame, labels)


def test_small_tables_with_and_without_a_validation_split() -> None:
    x = RNG.normal(size=(50, 3))
    few = TabularRegressor(random_state=0).fit(x, x[:, 0] * 3)
    assert few.score(x, x[:, 0] * 3) > 0.8
    X = RNG.normal(size=(2000, 3))
    train, test, y, truth = train_test_split(X, X[:, 0] - X[:, 1], random_state=0)
    one = TabularRegressor(validation_fraction=0.2, random_state=0).fit(train, y)
    assert len(one.model_.networks) == 1
    assert one.score(test, truth) > 0.98


def test_files_of_the_first_version_are_read(tmp_path: Path) -> None:
    """One network without a prefix, with the column encoders of 0.1.0."""
    from deltarule.formats.model_file import write_model

    description = {
        "network": {
            "inputs": 1,
            "layers": [deltarule.Dense(1, name="output").to_json()],
        },
        "encoder": {
            "columns": [
                {
                    "kind": "number", "column": "x", "missing": 0, "fill_value": 0.0, "mean": 10.0,
                    "scale": 2.0, "missing_indicator": False,
                }
            ]
        },
        "target": {"task": "regression", "name": "y", "mean": 100.0, "scale": 50.0},
        "about": {},
    }  # fmt: skip
    arrays = {"output.weights": np.array([[3.0]]), "output.biases": np.array([1.0])}
    write_model(tmp_path / "old.safetensors", description, arrays, kind="table model")
    model = deltarule.load(tmp_path / "old.safetensors")
    # (14 - 10) / 2 = 2; 3 · 2 + 1 = 7; 7 · 50 + 100
    assert model.predict({"x": [14.0]}).values.tolist() == [450.0]
    with pytest.raises(SettingError, match="Train it again"):
        model.predict({"x": [14.0]}, quantiles=[0.5])


def test_a_file_of_train_has_labels_in_the_type_of_its_column(tmp_path: Path) -> None:
    x = np.arange(60.0)
    run = deltarule.train({"x": x, "y": np.where(x < 30, 3, 8)}, "y", epochs=20, folds=2)
    run.model.save(tmp_path / "m.safetensors")
    model = TabularClassifier.load(tmp_path / "m.safetensors")
    assert model.classes_.tolist() == [3, 8]
    assert model.score(pd.DataFrame({"x": x}), np.where(x < 30, 3, 8)) > 0.9
