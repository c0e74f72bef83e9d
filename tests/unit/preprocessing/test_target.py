"""Targets. Expected values: the index of the real tables, hand calculations."""

from __future__ import annotations

import json

import numpy as np
import pytest

from deltarule.data import Table, read_table
from deltarule.errors import ColumnError, DataError, ModelFileError, SettingError
from deltarule.preprocessing import (
    ClassTarget,
    NumberTarget,
    fit_target,
    infer_task,
    target_from_json,
)

# name: (target, classes), 0 for a regression: from the index of the real tables.
REAL_TARGETS = {
    "iris": ("species", 3),
    "penguins": ("species", 3),
    "adult": ("income", 2),
    "bank_marketing": ("y", 2),
    "german_credit": ("class", 2),
    "electricity": ("class", 2),
    "higgs_7500": ("class", 2),
    "covertype_20k": ("Cover_Type", 7),
    "letter": ("class", 26),
    "kddcup99_10pct": ("label", 23),
    "arrhythmia": ("class", 13),
    "california_housing": ("median_house_value", 0),
    "diamonds": ("price", 0),
    "wine_quality": ("quality", 0),
    "bike_sharing": ("cnt", 0),
    "beijing_pm25": ("pm2.5", 0),
    "abalone": ("Rings", 0),
    "nyc_taxis": ("fare", 0),
    "be_mtpl97": ("nclaims", 0),
    "mnist": ("label", 10),
}


def table_of(values: object, name: str = "y") -> Table:
    return read_table({name: values})


@pytest.mark.parametrize("name", list(REAL_TARGETS))
def test_task_of_real_tables(shared_tables, name):
    target, classes = REAL_TARGETS[name]
    query = f"SELECT \"{target}\" FROM '{shared_tables / name}.parquet'"
    fitted = fit_target(read_table(query=query), target)
    assert fitted.target.task == ("classification" if classes else "regression")
    if isinstance(fitted.target, ClassTarget):
        assert len(fitted.target.classes) == classes


@pytest.mark.parametrize(
    ("values", "name", "task"),
    [
        (["a", "b"], "y", "classification"),
        ([True, False], "y", "classification"),
        ([0, 1, 1], "y", "classification"),
        ([0.0, 0.5, 1.0], "y", "regression"),
        ([3, 1, 2, 1, 2], "y", "classification"),
        (list(range(21)), "y", "regression"),
        ([3, 4, 5, 5], "score", "regression"),
        ([0] * 9 + [1] * 5 + [2] * 2 + [3], "events", "regression"),
        ([0] * 5 + [1] * 5 + [2] * 5 + [3] * 5, "y", "classification"),
    ],
)
def test_rule_of_the_task(values, name, task):
    assert infer_task(table_of(values, name)[name]) == task


def test_classes_are_ordered_and_indexed():
    fitted = fit_target(table_of([10, 9, None, 10, 1]), "y", task="classification")
    assert fitted.rows.tolist() == [0, 1, 3, 4]
    assert fitted.target == ClassTarget("y", ("1", "9", "10"), "number")
    assert fitted.notes[0] == "1 of 5 rows has no 'y' and is skipped."
    codes = fitted.target.encode(table_of(["9", "10", "?"])["y"])
    assert codes.tolist() == [1, 2, -1]
    assert codes.dtype == np.int32
    assert fitted.target.decode(np.array([2, 0])).tolist() == [10, 1]
    with pytest.raises(
        DataError, match="has '7' in row 2, which is not one of the 3 training classes"
    ):
        fitted.target.encode(table_of([1, 7])["y"])


def test_boolean_classes():
    fitted = fit_target(table_of([True, False, None]), "y")
    assert fitted.target == ClassTarget("y", ("false", "true"), "boolean")
    assert fitted.target.decode(np.array([1, 0])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["True", "False"], ("False", "True")),
        (["TRUE", "FALSE", "TRUE"], ("FALSE", "TRUE")),
        (["True", "TRUE", "TRUE", "false"], ("false", "TRUE")),
        (["true", "false"], ("false", "true")),
        (["T", "F"], ("F", "T")),
    ],
)
def test_booleans_keep_their_most_frequent_spelling(cells, classes):
    target = fit_target(table_of([*cells, None]), "y").target
    assert target.classes == classes
    assert target_from_json(target.to_json()) == target
    if target.kind == "boolean":
        assert target.decode(np.array([1, 0])).tolist() == [True, False]
        assert target.encode(table_of([True, False])["y"]).tolist() == [1, 0]
        assert target.encode(table_of(["true", "FALSE"])["y"]).tolist() == [1, 0]


def test_a_class_is_found_by_its_label_or_an_equal_one():
    target = ClassTarget("y", ("False", "True"), "boolean")
    labels = ("True", "true", True, "FALSE", "yes", 1)
    assert [target.class_number(label) for label in labels] == [1, 1, 1, 0, None, None]
    numbers = ClassTarget("y", ("1", "2"), "number")
    assert [numbers.class_number(label) for label in (1.0, "2.0", 3)] == [0, 1, None]
    assert ClassTarget("y", ("1.0", "1")).class_number("1.00") is None


@pytest.mark.parametrize(
    ("kind", "classes"),
    [
        ("boolean", ["true", "false"]),
        ("number", ["1", "x"]),
        ("boolean", ["no", "yes"]),
        ("number", ["1", "1.0"]),
    ],
)
def test_classes_must_be_of_their_kind(kind, classes):
    data = {"task": "classification", "name": "y", "classes": classes, "kind": kind}
    with pytest.raises(ModelFileError, match=rf"classes must be distinct {kind}s"):
        target_from_json(data)


def test_a_class_with_one_row_is_kept_with_a_note():
    fitted = fit_target(table_of(["a"] * 9 + ["b"] * 9 + ["lonely"]), "y")
    assert fitted.target.classes == ("a", "b", "lonely")
    assert fitted.notes == (
        "Class 'lonely' has a single row, which is used for training but not for evaluation.",
    )


def test_numbers_are_standardized_on_training_values_and_back():
    target = fit_target(table_of([1.5, 2.0, 3.0, 6.0]), "y").target
    assert isinstance(target, NumberTarget)
    fitted = target.fit(np.array([1.0, 2.0, 3.0, 6.0]))
    assert (fitted.mean, fitted.scale) == (3.0, pytest.approx(np.sqrt(3.5), rel=1e-15))
    encoded = fitted.encode(table_of([3.0, 10.0])["y"])
    np.testing.assert_allclose(encoded, [0, 7 / np.sqrt(3.5)], rtol=1e-15)
    np.testing.assert_allclose(fitted.decode(encoded), [3, 10], rtol=1e-15)


def test_huge_targets_do_not_overflow():
    target = NumberTarget("y").fit(np.array([1e308, -1e308]))
    assert (target.mean, target.scale) == (0.0, 1e308)


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([None, None], "auto", "has no value in any of the 2 rows"),
        ([1, None], "auto", "has only 1 row with a target"),
        (["a", "a", None], "auto", "is 'a' in all 2 rows"),
        ([f"text {index}" for index in range(30)], "auto", "30 classes in 30 rows"),
        (["a", "b"], "regression", "holds texts, for example 'a', and regression needs numbers"),
        ([1.0, np.inf, 2.5], "regression", "infinite"),
        ([1.0, np.inf, 2.5], "classification", "infinite"),
        (np.array(["2020-01-01", "2021-01-01"], "M8[us]"), "auto", "holds dates"),
    ],
)
def test_targets_that_cannot_be_predicted(values, task, message):
    with pytest.raises(DataError, match=message):
        fit_target(table_of(values), "y", task=task)


def test_constant_number():
    with pytest.raises(DataError, match="is 2 in all training rows"):
        NumberTarget("y").fit(np.array([2.0, 2.0]))


def test_names_of_column_and_task():
    with pytest.raises(ColumnError, match="Did you mean 'species'"):
        fit_target(table_of(["a", "b"], "species"), "spicies")
    with pytest.raises(
        SettingError, match="`task` must be one of auto, classification, regression"
    ):
        fit_target(table_of(["a", "b"]), "y", task="ranking")


@pytest.mark.parametrize("target", [ClassTarget("y", ("a", "b")), NumberTarget("y", 0.1, 1e-7)])
def test_json_round_trip_is_exact(target):
    assert target_from_json(json.loads(json.dumps(target.to_json()))) == target


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"task": "classification", "name": "y", "classes": ["a"]},
        {"task": "classification", "name": "y", "classes": ["a", "a"]},
        {"task": "classification", "name": "y", "classes": ["a", "b"], "more": 1},
        {"task": "regression", "name": "y", "mean": 0.0, "scale": 0.0},
        {"task": "regression", "name": "y", "mean": float("nan"), "scale": 1.0},
        {"task": "ranking", "name": "y"},
    ],
)
def test_damaged_descriptions_are_refused(data):
    with pytest.raises(ModelFileError):
        target_from_json(data)
