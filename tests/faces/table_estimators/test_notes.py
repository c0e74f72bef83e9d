"""The estimators check the rows before training as `deltarule.train` does."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import deltarule as dr
from deltarule import TabularClassifier, TabularRegressor
from deltarule.errors import DataWarning


def test_notes_of_fit_name_leaks_and_time_order():
    random = np.random.default_rng(0)
    y = np.cumsum(random.normal(size=200))
    hours = np.datetime64("2024-01-01T00", "h") + np.arange(200)
    X = pd.DataFrame({"hour": hours, "total": 2 * y, "noise": random.normal(size=200)})
    model = TabularRegressor(folds=1, epochs=1, hidden=(), random_state=0)
    leak, order = model.fit(X, y).notes_
    assert leak.startswith("Column 'total' alone predicts 'y' (R² ")
    assert order == (
        "Validation rows are drawn at random, but the rows are in the order of column 'hour': if "
        "predictions are for a later time, set `time='hour'` to validate on the last rows."
    )
    assert len(model.fit(X, y, time="hour").notes_) == 1


QUICK = {"folds": 1, "epochs": 2, "hidden": (4,), "random_state": 0}
ROWS = 300


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Cells that mean something else without `missing`, `decimal` and `day_first`."""
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "price": [f"{i % 90 + 1},{i * 7 % 1000:03}" for i in range(ROWS)],
            "level": random.choice(["low", "NA", "high", "leer"], ROWS),
            "day": [f"{i % 12 + 1:02}/{i % 11 + 1:02}/2024" for i in range(ROWS)],
            "size": random.choice([*range(40), -999], ROWS).astype(str),
        }
    )


@pytest.fixture(scope="module")
def numbers() -> np.ndarray:
    return np.random.default_rng(2).normal(size=ROWS)


STATED = {"missing": ["leer", "-999"], "decimal": ",", "day_first": True}


def test_missing_decimal_and_day_first_are_those_of_train(frame, numbers, tmp_path):
    model = TabularRegressor(**STATED, **QUICK).fit(frame, numbers)
    schema = model.model_.schema
    stated = dr.data.read_table(frame, **STATED).schema
    assert schema.missing == stated.missing == ("leer", "-999")
    for name in ("price", "level", "day", "size"):
        assert schema[name] == stated[name]
    assert model.model_.read(frame.iloc[[5]])["price"].values.tolist() == [6.035]
    assert str(model.model_.read(frame.iloc[[5]])["day"].values[0])[:10] == "2024-06-06"
    model.save(tmp_path / "m.safetensors")
    again = TabularRegressor.load(tmp_path / "m.safetensors")
    assert again.get_params()["missing"] == ("leer", "-999")
    assert clone(again).fit(frame, numbers).model_.schema == schema
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))


def test_an_empty_missing_keeps_na_as_a_category(frame, numbers):
    levels = {}
    for missing in (None, ""):
        model = TabularRegressor(missing=missing, **QUICK).fit(frame[["level"]], numbers)
        levels[missing] = set(model.model_.read({"level": frame["level"]})["level"].levels)
    assert "NA" in levels[""]
    assert "NA" not in levels[None]


@pytest.mark.parametrize("cells", [np.array, lambda rows: np.array(rows, object), list])
def test_arrays_are_read_by_the_same_parameters(cells):
    X = cells([["1,5", "a"], ["2,500", "b"]] * 20)
    model = TabularRegressor(decimal=",", **QUICK).fit(X, np.arange(40.0))
    assert model.model_.read({"x0": ["2,500"], "x1": ["b"]})["x0"].values.tolist() == [2.5]


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"decimal": "x"}, "'decimal' parameter .* must be a str among"),
        ({"missing": 3}, "'missing' parameter"),
        ({"day_first": "yes"}, "'day_first' parameter"),
    ],
)
def test_other_values_are_refused(frame, numbers, parameter, message):
    with pytest.raises(ValueError, match=message):
        TabularRegressor(**parameter).fit(frame, numbers)


def test_one_warning_for_each_call_has_the_notes_of_prediction():
    random = np.random.default_rng(0)
    X = pd.DataFrame({"x": random.normal(size=ROWS), "color": random.choice(["red", "blue"], ROWS)})
    model = TabularClassifier(**QUICK).fit(X, np.where(X["x"] > 0, "yes", "no"))
    regressor = TabularRegressor(**QUICK).fit(X, X["x"])
    odd = pd.DataFrame({"x": [1e6, *X["x"][:299]], "color": ["pink"] * 3 + ["red"] * 297})
    calls = [model.predict, model.predict_proba, model.predict_log_proba]
    calls += [regressor.predict, regressor.predict_interval]
    for call in calls:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            call(odd)
        (warning,) = found
        assert warning.category is DataWarning
        text = str(warning.message)
        assert "3 of 300 rows have values that the training rows did not have: 'color'" in text
        assert "1 of 300 rows has numbers outside the range" in text
        assert "1 column is distributed differently than in training" in text
        assert text == " ".join(call.__self__.model_.predict(odd).notes)
    for call in calls:  # rows of training: no warning
        call(X)
