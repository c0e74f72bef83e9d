"""Spellings of a group: a value is in the same group from every kind of source, as a category is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from unit.table_model.grouped_tables import QUICK

import deltarule as dr
from deltarule.errors import DataError, SettingError

ROWS = 40
STEPS = {"1": 0.0, "2": 100.0, "A": 200.0}
"""The target of a group: which model predicts is seen in the prediction."""


def table(*more: str) -> dict[str, list]:
    shops = [shop for shop in STEPS for _ in range(ROWS)] + list(more)
    x = np.random.default_rng(3).normal(size=len(shops))
    return {
        "shop": shops,
        "x": x.tolist(),
        "y": [STEPS.get(s, 50.0) + v for s, v in zip(shops, x, strict=True)],
    }


@pytest.fixture(scope="module")
def model():
    return dr.train(table(), "y", by="shop", **{**QUICK, "epochs": 40}).model


@pytest.mark.parametrize(
    ("cells", "texts"), [([1, 2], "1,2"), ([1.0, 2.0], "1.0,2.0"), (["01", "2.00"], "01,2.00")]
)
def test_every_source_finds_the_same_group(model, tmp_path, cells, texts):
    expected = [model.group(name).predict({"x": 0.0}).values[0] for name in ("1", "2")]
    path = tmp_path / "new.csv"
    path.write_text("shop,x\n" + "".join(f"{text},0\n" for text in texts.split(",")))
    rows = {"shop": cells, "x": [0.0, 0.0]}
    dicts = [{"shop": cell, "x": 0.0} for cell in cells]
    for source in (path, rows, pd.DataFrame(rows), dicts):
        assert model.predict(source).values.tolist() == expected
    assert [model.predict(row).values[0] for row in dicts] == expected


def test_a_spelling_that_training_told_apart_stays_apart(tmp_path):
    """'01' has too few rows for a model, and '1' has one: '01' is not in the group '1', but 1.0 is."""
    trained = dr.train(table(*["01"] * 5), "y", by="shop", **QUICK).model
    trained.save(tmp_path / "model.safetensors")
    for model in (trained, dr.load(tmp_path / "model.safetensors")):
        assert model.alike == ("01",)
        rows = [{"shop": shop, "x": 0.0} for shop in ("1", "01", "1.0", "2.0")]
        own, pooled = model.group("1").predict(rows).values, model.all_rows.predict(rows).values
        expected = [own[0], pooled[1], own[2], model.group("2").predict(rows).values[3]]
        assert model.predict(rows).values.tolist() == expected
        assert [model.predict(row).values[0] for row in rows] == expected


def test_a_group_of_one_person_goes_to_the_model_of_all_rows():
    """Its rows cannot be divided by person, so that none would validate its model."""
    rows = table()
    rows["person"] = [f"p{i // 4}" if i < 80 else "one" for i in range(120)]
    result = dr.train(rows, "y", by="shop", groups="person", **QUICK)
    assert dict(result.without_model)["A"].startswith("All training rows have the same 'person'")
    assert set(result.model.groups) == {"1", "2"}


@pytest.mark.parametrize("size", [4, 5, 6])
def test_batches_fit_the_smallest_fold_of_persons(size):
    rows = {"x": [*range(36)], "person": [i // size for i in range(36)], "y": [*range(36)]}
    dr.train(rows, "y", groups="person", folds=2, epochs=2, hidden=(4,))
    with pytest.raises(SettingError, match="`batch_size` must be at most the"):
        dr.train(rows, "y", groups="person", folds=2, epochs=2, hidden=(4,), batch_size=40)


def test_two_persons_are_refused_in_a_sentence():
    rows = {"x": [*range(30)], "person": [i // 15 for i in range(30)], "y": [*range(30)]}
    with pytest.raises(DataError, match="All training rows have the same 'person'"):
        dr.train(rows, "y", groups="person", folds=2, epochs=2, hidden=(4,))


def test_by_is_the_name_of_one_column():
    with pytest.raises(SettingError, match="`by` must be the name of a column"):
        dr.train(table(), "y", by=["shop"], **QUICK)


def test_the_scores_of_a_test_table_find_the_groups_as_predictions_do(tmp_path):
    """A gap makes pandas write 1 as 1.0; these test rows are still of the group 1."""
    path = tmp_path / "test.csv"
    path.write_text("shop,x,y\n1.0,0,0\n1.0,1,1\n2.0,0,100\n,0,50\n")
    result = dr.train(table(), "y", by="shop", test=path, **QUICK)
    rows = {g.name: None if g.scores is None else g.scores.rows for g in result.groups}
    assert rows == {"1": 2, "2": 1, "A": None}
    assert result.test_prediction.values.tolist() == result.model.predict(path).values.tolist()


def test_a_run_without_a_model_of_any_group_is_refused():
    rows = table()
    rows["y"] = [STEPS[shop] for shop in rows["shop"]]
    with pytest.raises(SettingError, match=r"none of 'shop' can, such as 'A' \(Target column 'y'"):
        dr.train(rows, "y", by="shop", **QUICK)


def test_a_group_smaller_than_a_given_batch_goes_to_the_model_of_all_rows():
    rows = table(*["small"] * 20)
    result = dr.train(rows, "y", by="shop", **{**QUICK, "batch_size": 14})
    reason = dict(result.without_model)["small"]
    assert reason == "Networks train on 8 rows, fewer than the batch size 14"
    assert set(result.model.groups) == set(STEPS)
