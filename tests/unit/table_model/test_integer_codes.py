"""Integers that are codes are used as categories; numbers with an order are not."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import read_table
from deltarule.table_model.integer_codes import are_codes
from deltarule.table_model.setting_info import as_options

ROWS = 1200
RANDOM = np.random.default_rng(0)
LEVEL = RANDOM.integers(0, 30, ROWS)
EFFECT = RANDOM.normal(size=30)[LEVEL]
TYPE_ID = RANDOM.permutation(500)[:30][LEVEL]
NOISE = RANDOM.normal(size=ROWS)
TABLE = {"type_id": TYPE_ID, "noise": NOISE, "y": EFFECT + 0.3 * NOISE}
QUICK = {"folds": 1, "epochs": 1, "hidden": ()}


def column(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float64)


@pytest.mark.parametrize("classes", [False, True])
def test_codes_without_order_are_found(classes):
    outputs = np.eye(2)[(EFFECT > 0).astype(int)] if classes else (EFFECT + NOISE)[:, None]
    assert are_codes(column(TYPE_ID), outputs)
    gap = np.where(RANDOM.random(ROWS) < 0.1, np.nan, TYPE_ID)
    assert are_codes(gap, outputs)
    assert not are_codes(column(TYPE_ID) + 0.5, outputs)
    assert not are_codes(column(TYPE_ID)[:100], outputs[:100])


@pytest.mark.parametrize(
    "effect",
    [
        lambda level: level / 10,
        lambda level: (level - 15) ** 2 / 100,
        lambda level: np.sin(level / 4),
        lambda level: np.where(level == 29, 2.0, 0.0),
        lambda level: 0 * level,
    ],
)
def test_numbers_with_an_order_or_without_effect_are_not_codes(effect):
    assert not are_codes(column(LEVEL), (effect(LEVEL) + NOISE)[:, None])


def test_few_levels_stay_numbers_and_one_frequent_value_is_no_category():
    few = LEVEL % 8
    assert not are_codes(column(few), RANDOM.normal(size=8)[few][:, None])
    mostly = np.where(RANDOM.random(ROWS) < 0.9, 999, LEVEL)
    assert not are_codes(column(mostly), (mostly == 999).astype(float)[:, None])


def test_a_column_of_codes_is_a_category_in_training_and_at_predict():
    result = dr.train(TABLE, target="y", **QUICK)
    (note,) = [note for note in result.notes if "type_id" in note and "categories" in note]
    assert note == (
        "The integers of column 'type_id' are used as categories, because neighboring values have unlike "
        "targets: to use them as numbers, set `columns={'type_id': 'number'}`."
    )
    assert as_options(note).endswith("set --column type_id=number.")
    (encoder,) = [e for e in result.model.encoder.column_encoders if e.column == "type_id"]
    assert encoder.kind == "codes"
    assert encoder.levels == tuple(sorted(map(str, set(TYPE_ID.tolist()))))
    rows = {"type_id": TYPE_ID[:5], "noise": NOISE[:5]}
    texts = {**rows, "type_id": [f"{code}.0" for code in TYPE_ID[:5]]}
    numbers = result.model.predict(rows).values
    assert np.array_equal(numbers, result.model.predict(texts).values)
    one = result.model.predict({"type_id": TYPE_ID[:1], "noise": NOISE[:1]}).values
    assert np.array_equal(one, numbers[:1])


def test_a_stated_kind_and_other_roles_win():
    stated = dr.train(TABLE, target="y", columns={"type_id": "number"}, **QUICK)
    (encoder,) = [e for e in stated.model.encoder.column_encoders if e.column == "type_id"]
    assert encoder.kind != "codes"
    month = {**TABLE, "month": TYPE_ID}
    del month["type_id"]
    assert not any("categories" in note for note in dr.train(month, target="y", **QUICK).notes)
    grouped = dr.train(TABLE, target="y", groups="type_id", **QUICK)
    assert not any("used as categories" in note for note in grouped.notes)


def test_test_rows_of_their_own_and_estimators_read_codes_alike():
    half = {name: values[600:] for name, values in TABLE.items()}
    result = dr.train({n: v[:600] for n, v in TABLE.items()}, target="y", test=half, **QUICK)
    assert any("used as categories" in note for note in result.notes)
    assert np.array_equal(result.model.predict(half).values, result.test_prediction.values)
    pandas = pytest.importorskip("pandas")
    estimators = pytest.importorskip("deltarule.estimators")
    X = pandas.DataFrame({"type_id": TYPE_ID, "noise": NOISE})
    model = estimators.TabularRegressor(**QUICK, random_state=0).fit(X, TABLE["y"])
    assert any("used as categories" in note for note in model.notes_)
    assert np.array_equal(model.predict(X)[:3], model.predict(X.iloc[:3]))


def test_codes_of_a_small_table_are_learned(tmp_path):
    """The case `category_codes` of the shared tables: four codes in the order no, yes, ..."""
    codes = np.array([7, 3, 9, 1])[np.arange(400) % 4]
    labels = np.array(["yes", "no", "no", "yes"])[np.arange(400) % 4]
    table = read_table({"a": codes, "noise": NOISE[:400], "y": labels}, columns={"a": "category"})
    result = dr.train(table, target="y", folds=1, epochs=10)
    assert result.scores.accuracy == 1.0
