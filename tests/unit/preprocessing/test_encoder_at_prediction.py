"""Encoders at prediction and in model files. Expected: the training rows, a model file read back."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from deltarule.data import Table, read_table
from deltarule.errors import ColumnError, DataError, ModelFileError
from deltarule.preprocessing import TableEncoder


@cache
def training_table() -> Table:
    return read_table({"n": [1.5, 2.5, 3.5], "code": ["1", "2", "x"], "flag": [True, False, True]})


def test_order_and_additional_columns_do_not_matter_at_prediction():
    encoder = TableEncoder.fit(training_table(), None)
    other = read_table({"more": [0], "flag": [False], "code": ["2"], "n": [2.5]})
    expected = encoder.transform(training_table())[1:2]
    np.testing.assert_array_equal(encoder.transform(other), expected)


@pytest.mark.parametrize(
    ("code", "flag", "number"),
    [
        (["2"], [False], [2.5]),
        ([2], [0], ["2.5"]),
        ([2.0], ["false"], [2.5]),
        (np.array([2], dtype=np.uint8), ["False"], [2.5]),
        (["2.0"], ["0"], [" 2.5 "]),
    ],
)
def test_equal_values_of_different_kinds_have_equal_features(code, flag, number):
    encoder = TableEncoder.fit(training_table(), None)
    features = encoder.transform(read_table({"n": number, "code": code, "flag": flag}))
    np.testing.assert_array_equal(features, encoder.transform(training_table())[1:2])


def test_empty_columns_at_prediction():
    encoder = TableEncoder.fit(training_table(), None)
    features = encoder.transform(read_table({"n": [None], "code": [None], "flag": [None]}))
    np.testing.assert_array_equal(features, [[0, 0, 0, 0, 0]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": ["1", "abc"]}, "Column 'n' must hold numbers as in training, got 'abc' in row 2"),
        ({"n": np.array(["2020-01-01"] * 2, "M8[us]")}, "got '2020-01-01' in row 1"),
        ({"flag": ["true", "maybe"]}, "must hold true or false as in training, got 'maybe'"),
        ({"flag": [1, 2]}, "got '2' in row 2"),
        ({"n": [1.0, -np.inf]}, "infinite"),
    ],
)
def test_values_of_another_kind_are_refused_at_prediction(change, message):
    encoder = TableEncoder.fit(training_table(), None)
    good = {"n": [1.0, 2.0], "code": ["1", "2"], "flag": [True, False]}
    with pytest.raises(DataError, match=message):
        encoder.transform(read_table(good | change))


def test_missing_column_at_prediction():
    encoder = TableEncoder.fit(training_table(), None)
    with pytest.raises(ColumnError, match=r"no column 'flag', .* Did you mean 'flags'\?"):
        encoder.transform(read_table({"n": [1], "code": ["1"], "flags": [True]}))


def test_a_file_without_header_predicts_by_position(write):
    train = read_table(write("5,a,1\n6,b,2\n7,a,3\n", "train.csv"))
    encoder = TableEncoder.fit(train, "column3")
    today = read_table(write("6,b\n5,a\n", "today.csv"))
    np.testing.assert_array_equal(encoder.transform(today), encoder.transform(train)[[1, 0]])


def test_blocks_of_rows_do_not_change_the_features():
    numbers = np.random.default_rng(1).normal(size=10_000)
    table = read_table({"x": numbers, "c": np.array(["a", "b"])[(numbers > 0).astype(int)]})
    encoder = TableEncoder.fit(table, None)
    rows = np.arange(4090, 4100)
    np.testing.assert_array_equal(
        encoder.transform(table)[rows], encoder.transform(table.select(rows))
    )


@cache
def description() -> dict[str, Any]:
    table = read_table(
        {
            "n": [1.5, None],
            "c": ["a", "b"],
            "b": [True, False],
            "d": np.array(["2020-01-01", "2020-06-01"], "M8[us]"),
            "gone": [1, 1],
        }
    )
    return TableEncoder.fit(table, None).to_json()


def test_json_round_trip_is_exact():
    data = description()
    again = json.loads(json.dumps(data, allow_nan=False))
    assert TableEncoder.from_json(again).to_json() == data


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.update(more=1),
        lambda d: d.pop("columns"),
        lambda d: d.update(columns={}),
        lambda d: d["columns"].append(d["columns"][0]),
        lambda d: d["columns"][0].update(kind="os.system"),
        lambda d: d["columns"][0].update(more=1),
        lambda d: d["columns"][0].pop("middle"),
        lambda d: d["columns"][0].update(middle="1"),
        lambda d: d["columns"][0].update(middle=float("nan")),
        lambda d: d["columns"][0].update(width=0.0),
        lambda d: d["columns"][0].update(missing=-1),
        lambda d: d["columns"][0].update(missing_indicator=1),
        lambda d: d["columns"][1].update(levels=["a", "a"]),
        lambda d: d["columns"][1].update(levels=[1]),
        lambda d: d["columns"][1].update(rare=True),
        lambda d: d["columns"][3].update(cycles=["eon"]),
        lambda d: d["columns"][3].update(middle=float("inf")),
        lambda d: d["columns"][4].update(reason=None),
    ],
)
def test_damaged_descriptions_are_refused(damage):
    data = copy.deepcopy(description())
    damage(data)
    with pytest.raises(ModelFileError):
        TableEncoder.from_json(data)


def test_anything_but_an_object_is_refused():
    for data in (None, [], "x", 1):
        with pytest.raises(ModelFileError):
            TableEncoder.from_json(data)
