"""Scores on rows of one's own: `model.evaluate` and `train(..., test=)`."""

from __future__ import annotations

import dataclasses
from html import unescape

import numpy as np
import pytest
from sklearn import metrics

import deltarule as dr
from deltarule.data import read_table
from deltarule.errors import ColumnError, DataError, SettingError

QUICK = {"epochs": 4, "hidden": (4,), "folds": 2}
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=200)
LABELS = np.where(X + GENERATOR.normal(size=200) > 0, "yes", "no")
TABLE = {"x": X, "y": LABELS, "w": GENERATOR.integers(1, 4, 200)}
LINE = {"x": X, "z": 3 * X + 100}


@pytest.fixture(scope="module")
def result() -> dr.TableResult:
    return dr.train(TABLE, "y", weight="w", **QUICK)


def test_evaluating_the_test_rows_gives_the_test_scores(result, tmp_path):
    result.model.save(tmp_path / "model.safetensors")
    scores = dr.load(tmp_path / "model.safetensors").evaluate(result.test_rows)
    for field in dataclasses.fields(scores):
        np.testing.assert_array_equal(
            getattr(scores, field.name), getattr(result.scores, field.name)
        )


def test_a_regression_is_evaluated_in_units_of_the_target():
    result = dr.train(LINE, "z", **QUICK)
    scores = result.model.evaluate(LINE)
    assert scores.rmse == pytest.approx(
        metrics.root_mean_squared_error(LINE["z"], result.model.predict(LINE).values)
    )
    assert scores.baseline_rmse == pytest.approx(LINE["z"].std(), rel=0.02)
    assert scores.pinball > 0
    test = result.model.evaluate(result.test_rows)
    assert (test.rmse, test.pinball) == (result.scores.rmse, result.scores.pinball)


def test_rows_without_a_target_are_skipped(result):
    some = {"x": [1.0, -1.0, 0.5], "y": ["yes", None, "no"], "w": [1, 1, 1]}
    assert result.model.evaluate(some).rows == 2
    with pytest.raises(DataError, match="no row with a value of 'y'"):
        result.model.evaluate({"x": [1.0], "y": [None]})


def test_what_is_unusual_about_the_rows_is_in_the_notes(result):
    table = {"x": ["1", "many", "inf", "-1"], "y": ["yes", None, "no", "no"]}
    scores = result.model.evaluate(table)
    assert scores.rows == 3
    unfit, infinite, skipped, unweighted = scores.notes
    assert "'many'" in unfit
    assert "infinite" in infinite
    assert skipped == "1 of 4 rows has no 'y' and is skipped."
    assert unweighted == "There is no column 'w' with weights: all rows count the same."
    assert f"Note: {unfit} (3 more in .notes)" in unescape(scores._repr_html_())
    assert result.scores.notes == ()


def test_weights_are_used_where_the_table_has_them(result):
    table = {"x": [2.0, -2.0, 0.0], "y": ["yes", "yes", "yes"]}
    predicted = result.model.predict(table).values == "yes"
    plain = result.model.evaluate(table)
    weighted = result.model.evaluate({**table, "w": [5, 1, 1]})
    assert plain.accuracy == predicted.mean()
    assert weighted.accuracy == pytest.approx(np.average(predicted, weights=[5, 1, 1]))


def test_classes_that_the_model_does_not_know_are_refused_with_their_number(result):
    table = {"x": [1.0, 2.0, 3.0, 4.0], "y": ["yes", "maybe", "maybe", "never"]}
    message = (
        r"3 rows of .* have a 'y' that is none of the 2 classes of the model "
        r"\('maybe' 2, 'never' 1\)"
    )
    with pytest.raises(DataError, match=message):
        result.model.evaluate(table)


def test_a_missing_target_or_column_is_named(result):
    with pytest.raises(ColumnError, match=r"no column 'y', the target of the model"):
        result.model.evaluate({"x": [1.0], "Y": ["yes"]})
    with pytest.raises(ColumnError, match="'x'"):
        result.model.evaluate({"y": ["yes"]})


@pytest.mark.parametrize(
    "constant", [None, "no", [0.5], [float("nan"), 1.0], [-1.0, 2.0], [0.0, 0.0], [True, "x"]]
)
def test_a_file_without_a_usable_constant_is_evaluated_by_the_rows(result, constant):
    model = dataclasses.replace(result.model, about={"constant": constant})
    assert model.evaluate({"x": [1.0, 2.0, 0.0], "y": ["yes", "yes", "no"]}).baseline_class == 1


def test_test_rows_of_ones_own_are_scored_and_none_are_split_off(tmp_path):
    path = tmp_path / "test.csv"
    path.write_text("y,extra,x\nyes,1,2.5\nno,2,-2.5\n,3,1\n")
    result = dr.train(TABLE, "y", drop=("w",), test=path, **QUICK)
    assert len(result.split.test) == 0
    assert len(result.split.training) == 200
    assert result.scores.rows == result.test_rows.rows == 2
    assert result.scores.confusion.tolist() == [[1, 0], [0, 1]]
    assert any("1 of 3 rows has no 'y'" in note for note in result.notes)
    about = result.model.about
    assert about["rows"] == {"training": 200, "validation": 0, "test": 2}
    assert about["test_source"] == str(path)
    assert result.model.evaluate(path).log_loss == result.scores.log_loss
    assert [one.scores.rows for one in result.baselines] == [2, 2]


def test_cells_of_the_test_are_read_as_those_of_the_source(tmp_path):
    def write(name, rows):
        (tmp_path / name).write_text("\n".join(["x;y", *rows]) + "\n")

    write("train.csv", [f"{i},5;{i + 1},25" for i in range(40)])
    write("test.csv", ["1,234;2", "2;3,5"])
    result = dr.train(
        tmp_path / "train.csv", "y", test=tmp_path / "test.csv", decimal=",", separator=";", **QUICK
    )
    assert result.test_rows["x"].values.tolist() == [1.234, 2.0]
    assert result.test_truth.tolist() == [2.0, 3.5]
    assert (
        result.model.evaluate({"x": ["1,234", "2"], "y": ["2", "3,5"]}).rmse == result.scores.rmse
    )
    assert dr.train(
        tmp_path / "train.csv", "y", test=result.test_rows, decimal=",", **QUICK
    ).test_truth.tolist() == [2.0, 3.5]


@pytest.mark.parametrize("kind", ["source", "table"])
def test_a_test_of_another_kind_is_noted_before_training(kind):
    percent = np.random.default_rng(1).integers(1, 41, 80)
    table = {"x": [f"{value}%" for value in percent], "pet": ["cat", "dog"] * 40}
    table["y"] = percent + 30 * (np.arange(80) % 2)
    test = {
        "x": ["0.2", "many", "0.3", "inf"] * 5,
        "pet": ["cat", "eel", "dog", None] * 5,
        "y": [70, 39, 5, 71] * 5,
    }
    if kind == "table":
        test = read_table(test, schema=read_table(table).schema)
    result = dr.train(table, "y", test=test, epochs=200, hidden=(16,), folds=2)
    notes = [note for note in result.notes if note.startswith("Test rows: ")]
    for words in (
        "5 of 20 values of column 'x' are not numbers (for example 'many' in row 2)",
        "5 of 20 values of column 'x' are infinite",
        "'x' was written in percent in training",
        "values that the training rows did not have: 'pet'",
    ):
        assert sum(words in note for note in notes) == 1
    assert result.comparison.endswith("so that the test rows are of another kind or too few.")
    assert (
        "on training rows that a network was not trained on, it is better (RMSE"
        in result.comparison
    )


def test_the_test_may_be_a_frame_or_a_table():
    rows = {name: values[:50] for name, values in LINE.items()}
    for test in (rows, read_table(rows)):
        assert dr.train(LINE, "z", test=test, **QUICK).scores.rows == 50


@pytest.mark.parametrize(
    ("test", "changes", "error", "message"),
    [
        ({"x": [1.0]}, {}, ColumnError, "no column 'y', the target"),
        ({"y": ["yes"]}, {}, ColumnError, "'x'"),
        (
            {"x": [1.0], "y": ["maybe"]},
            {},
            DataError,
            "1 row of .* has a 'y' that is none of the 2",
        ),
        (TABLE, {"test_fraction": 0.3}, SettingError, "test_fraction.* does not apply with `test`"),
    ],
)
def test_a_test_that_does_not_fit_is_refused_before_training(test, changes, error, message):
    def trained(event):
        raise AssertionError("training started")

    with pytest.raises(error, match=message):
        dr.train(TABLE, "y", test=test, progress=trained, drop=("w",), **QUICK, **changes)
