"""TabularClassifier and TabularRegressor refuse wrong input in one sentence and stay unchanged."""

from __future__ import annotations

import datetime
import os
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from deltarule import TabularClassifier, TabularRegressor
from deltarule.data import read_table
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.table_model import table_predictor

RNG = np.random.default_rng(0)
ROWS = 60


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.DataFrame({"num": RNG.normal(size=ROWS), "text": RNG.choice(["a", "b"], ROWS)})


@pytest.fixture(scope="module")
def answers(frame: pd.DataFrame) -> np.ndarray:
    return np.where(frame["num"] > 0, "yes", "no")


@pytest.fixture
def classifier(frame: pd.DataFrame, answers: np.ndarray) -> TabularClassifier:
    return TabularClassifier(random_state=0, epochs=2, folds=2).fit(frame, answers)


@pytest.fixture(scope="module")
def regressor(frame: pd.DataFrame) -> TabularRegressor:
    return TabularRegressor(random_state=0, epochs=2, folds=2).fit(frame, frame["num"])


def test_a_failed_refit_leaves_the_fitted_model_as_it_was(classifier, frame, answers) -> None:
    before = classifier.predict(frame)
    assert set(before) <= {"yes", "no"}
    with pytest.raises(DataError, match="infinite"):
        classifier.fit(frame.assign(num=np.inf), np.where(answers == "yes", "A", "B"))
    np.testing.assert_array_equal(classifier.predict(frame), before)
    with pytest.raises(DataError, match="missing"):
        classifier.fit(frame.rename(columns={"num": "other"}).assign(more=1), [None] * ROWS)
    np.testing.assert_array_equal(classifier.predict(frame), before)
    assert list(classifier.feature_names_in_) == ["num", "text"]
    assert classifier.n_features_in_ == 2


def test_a_failed_first_fit_leaves_nothing(frame, answers) -> None:
    model = TabularClassifier()
    with pytest.raises(DataError):
        model.fit(frame.assign(num=np.inf), answers)
    assert not [name for name in vars(model) if name.endswith("_")]


def test_quantiles_of_a_model_without_error_quantiles_are_refused() -> None:
    X = np.arange(8.0)[:, None]
    few = TabularRegressor(random_state=0, epochs=2).fit(X, X[:, 0])
    with pytest.raises(SettingError, match="at least 10 rows"):
        few.predict(X, quantiles=[0.1, 0.9])
    with pytest.raises(SettingError, match="at least 10 rows"):
        few.predict_interval(X)


@pytest.mark.parametrize("quantiles", [["a"], "0.5", [[0.1, 0.9]], [0, 1], [[0.1], [0.2, 0.3]]])
def test_impossible_quantiles_are_reported_as_given(regressor, frame, quantiles) -> None:
    with pytest.raises(SettingError) as raised:
        regressor.predict(frame, quantiles=quantiles)
    assert f"got {quantiles!r}." in str(raised.value)


def test_one_quantile_is_a_column(regressor, frame) -> None:
    median = regressor.predict(frame, quantiles=0.5)
    np.testing.assert_array_equal(median, regressor.predict(frame, quantiles=[0.5]))
    assert median.shape == (ROWS, 1)


def test_duplicate_column_names_are_refused() -> None:
    twice = pd.DataFrame(RNG.normal(size=(ROWS, 3)), columns=["a", "b", "a"])
    with pytest.raises(ColumnError, match="more than one column named 'a'"):
        TabularClassifier().fit(twice, np.arange(ROWS) % 2)


@pytest.mark.parametrize(
    "make",
    [
        pa.array,
        lambda y: pa.chunked_array([y]),
        pl.Series,
        lambda y: pd.Series(y, dtype="string"),
        lambda y: pd.Series(y, dtype="category"),
        list,
    ],
    ids=["arrow", "chunked", "polars", "string", "category", "list"],
)
def test_labels_of_every_library_are_accepted(frame, answers, make) -> None:
    model = TabularClassifier(random_state=0, epochs=1, folds=2).fit(frame, make(answers.tolist()))
    assert model.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(["yes", pd.NA, "no"] * 20, dtype="string"),
        pa.array(["yes", None, "no"] * 20),
        ["yes", float("nan"), "no"] * 20,
        np.array([1.0, np.nan, 0.0] * 20),
        pd.Series([1, pd.NA, 0] * 20, dtype="Int64"),
    ],
    ids=["string", "arrow", "list", "float", "Int64"],
)
def test_missing_labels_are_counted(frame, y) -> None:
    with pytest.raises(DataError, match="missing values in 20 of 60 rows"):
        TabularClassifier().fit(frame, y)


DAYS = pd.Series([pd.Timestamp("2024-01-01"), pd.NaT, pd.Timestamp("2024-01-03")] * 20)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (DAYS, "holds dates"),
        (DAYS.dt.tz_localize("UTC"), "holds dates"),
        ([datetime.date(2024, 1, 1)] * ROWS, "holds dates"),
        (["1", "2", "three"] * 20, "'three', and regression needs numbers"),
        (np.array(["1", "2", "three"] * 20), "'three', and regression needs numbers"),
        ([1.0, None, 2.0] * 20, "missing values in 20 of 60"),
        (["1", "nan", "2"] * 20, "missing values in 20 of 60"),
        ([1.0, np.inf, 2.0] * 20, "y contains infinity"),
        (None, "target y is None"),
    ],
)
def test_targets_that_are_not_numbers_are_refused(frame, y, message) -> None:
    with pytest.raises(ValueError, match=message):
        TabularRegressor().fit(frame, y)
    if "dates" in message:
        with pytest.raises(DataError, match=message):
            TabularClassifier().fit(frame, y)


def test_dependence_and_importance_need_rows(classifier, regressor, frame, answers) -> None:
    with pytest.raises(DataError, match="'num' has no value in any of the 60 rows"):
        regressor.partial_dependence(frame.assign(num=np.nan), "num")
    with pytest.raises(SettingError, match="`max_rows` must be at least 1"):
        regressor.partial_dependence(frame, "num", max_rows=0)
    with pytest.raises(SettingError, match="`max_rows` must be at least 1"):
        classifier.permutation_importance(frame, answers, max_rows=0)


def test_a_weight_of_an_unknown_class_is_refused(frame, answers) -> None:
    with pytest.raises(
        SettingError, match=r"'yse', which is not a class of 'y'\. Did you mean 'yes'"
    ):
        TabularClassifier(class_weight={"yse": 9}).fit(frame, answers)


def test_a_single_value_needs_no_list(frame, answers) -> None:
    model = TabularClassifier(hidden=16, drop="text", random_state=0, epochs=1, folds=2)
    model.fit(frame, answers)
    assert model.model_.encoder.columns == ("num",)
    (importance,) = model.permutation_importance(frame, answers, columns="num")
    assert importance.column == "num"
    numbered = frame.set_axis([0, 1], axis=1)
    of_numbers = TabularClassifier(random_state=0, epochs=1, folds=2, drop=[1])
    of_numbers.fit(numbered, answers)
    assert of_numbers.partial_dependence(numbered, 0).column == "0"


@pytest.mark.parametrize("n_jobs", [0, -5])
def test_impossible_n_jobs_are_refused(frame, answers, n_jobs) -> None:
    with pytest.raises(ValueError, match="'n_jobs' parameter"):
        TabularClassifier(n_jobs=n_jobs).fit(frame, answers)


def test_predict_uses_all_processors_too(classifier, frame, monkeypatch) -> None:
    used: list[int] = []

    def outputs(_: Any, inputs: Any, threads: int) -> Any:
        used.append(threads)
        return np.ones((len(inputs), 2))

    monkeypatch.setattr(table_predictor, "network_outputs", outputs)
    for n_jobs in (None, -1, 3):
        classifier.set_params(n_jobs=n_jobs).predict(frame)
    processors = len(os.sched_getaffinity(0))
    assert used == [processors, processors, 3]


def test_an_array_takes_the_names_of_the_fitted_frame(frame) -> None:
    numbers = pd.DataFrame({"a": frame["num"], "b": frame["num"] ** 2})
    model = TabularRegressor(random_state=0, epochs=2, folds=2).fit(numbers, frame["num"])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        predicted = model.predict(numbers.to_numpy())
    np.testing.assert_array_equal(predicted, model.predict(numbers))


def test_lazy_frames_and_record_batches_are_accepted(frame, answers) -> None:
    (batch,) = pa.Table.from_pandas(frame, preserve_index=False).to_batches()
    for other in (pl.from_pandas(frame).lazy(), batch):
        model = TabularClassifier(random_state=0, epochs=1, folds=2).fit(other, answers)
        assert list(model.feature_names_in_) == ["num", "text"]
        np.testing.assert_array_equal(model.predict(other), model.predict(frame))


@pytest.mark.parametrize(
    ("X", "kind"),
    [
        ({"num": [1.0] * ROWS}, "dict"),
        ("rows.csv", "str"),
        ([{"num": 1.0}] * ROWS, "list of dict"),
    ],
)
def test_inputs_that_are_not_tables_are_refused(classifier, answers, X, kind) -> None:
    for call in (lambda: classifier.fit(X, answers), lambda: classifier.predict(X)):
        with pytest.raises(DataError, match=f"got {kind}: convert it to a data frame") as raised:
            call()
        assert len(str(raised.value)) < 250


def test_predict_refuses_a_table_without_rows(classifier, frame) -> None:
    with pytest.raises(DataError, match=r"X has no rows \(0 samples\): give at least one"):
        classifier.predict(frame.head(0))


def test_a_class_with_one_row_has_a_note_and_the_repr_is_short(frame, answers) -> None:
    labels = np.where(np.arange(ROWS) == 7, "rare", answers)
    model = TabularClassifier(random_state=0, epochs=1, folds=2).fit(frame, labels)
    assert "Class 'rare' has a single row, which is used for training" in " ".join(model.notes_)
    assert len(repr(model.model_)) < 5000
    assert "array(" not in repr(model.model_.network)


def test_rows_in_lists_keep_their_numbers() -> None:
    """np.asarray would convert all cells to texts, and a number column would look like an identifier."""
    numbers = RNG.normal(size=ROWS)
    rows = [[number, "u" if i % 3 else "v"] for i, number in enumerate(numbers.tolist())]
    model = TabularClassifier(random_state=0, epochs=2, folds=2).fit(rows, numbers > 0)
    assert [t.kind for t in model.model_.encoder.column_encoders] == ["quantile", "one-hot"]
    assert model.predict(tuple(rows[:3])).shape == (3,)
    with pytest.raises(
        DataError, match="the same number of cells, got 1 and 2: put None where a cell is missing"
    ):
        model.predict([["a", 1], ["b"]])


def test_mixed_labels_and_complex_targets_are_refused(frame) -> None:
    with pytest.raises(DataError, match="y holds texts and other labels, for example 'a' and 1"):
        TabularClassifier().fit(frame, [1, "a"] * (ROWS // 2))
    with pytest.raises(DataError, match="y holds complex numbers"):
        TabularRegressor().fit(frame, np.ones(ROWS) * 1j)


def test_the_error_for_no_usable_column_lists_the_reasons(answers) -> None:
    with pytest.raises(
        DataError, match=r"^A data frame has no usable column besides the target: 'm' is dropped: "
    ):
        TabularClassifier().fit(pd.DataFrame({"m": [np.nan] * ROWS}), answers)
    with pytest.raises(
        DataError, match=r"no column of numbers, texts or dates; 'l': it holds list"
    ):
        TabularClassifier().fit(pd.DataFrame({"l": [[1, 2]] * ROWS}), answers)


def test_many_text_columns_with_few_rows_are_read_quickly() -> None:
    """Columns are read in groups; a query per column over all columns would take minutes."""
    cells = RNG.choice(["a", "b", None], size=(40, 300))
    table = read_table(pd.DataFrame(cells, columns=[f"c{i}" for i in range(300)]))
    assert table.names == tuple(f"c{i}" for i in range(300))
    for i in (0, 63, 64, 299):
        assert table[f"c{i}"].texts().tolist() == cells[:, i].tolist()
