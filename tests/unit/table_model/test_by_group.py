"""A model for each group: the bits of separate trainings, which model predicts which row, and scores."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from unit.table_model.grouped_tables import QUICK, SHOPS, rows_of, sales, without

import deltarule as dr
from deltarule.data import Table, read_table
from deltarule.data.table import Column
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.preprocessing.column_casting import LevelIndex


@pytest.fixture(scope="module")
def amounts():
    """A training on a number."""
    return dr.train(without(sales(), "sold"), "amount", by="shop", **QUICK)


@pytest.fixture(scope="module")
def sold():
    """A training on two classes, with weights, and a threshold for each group."""
    table = without(sales(), "amount")
    table["weight"] = 1.0 + (np.arange(150) % 3)
    settings = {"weight": "weight", "threshold": "f1", "class_weight": {"yes": 2.0}}
    return table, settings, dr.train(table, "sold", by="shop", **QUICK, **settings)


@pytest.mark.parametrize("target", ["amount", "sold"])
def test_the_model_of_a_group_has_the_bits_of_a_training_on_its_rows(target, amounts, sold):
    """As `train` for the filtered table, read by the same schema: networks, calibration and scores."""
    table, settings, result = sold
    if target == "amount":
        table, settings, result = without(sales(), "sold"), {}, amounts
    read = read_table(table)
    for group in result.groups:
        rows = np.flatnonzero(table["shop"] == group.name)
        alone = dr.train(read.select(rows), target, **QUICK, **settings)
        model = result.model.group(group.name)
        ours, theirs = (m.predict(without(table, target)) for m in (model, alone.model))
        assert ours.values.tolist() == theirs.values.tolist()
        if target == "sold":
            assert np.array_equal(ours.probabilities, theirs.probabilities)
            assert model.calibration.threshold == alone.model.calibration.threshold
        assert group.scores.loss == alone.scores.loss
        assert group.training_rows == len(rows) - alone.scores.rows


def test_each_row_is_predicted_by_the_model_of_its_group(amounts):
    table, model = without(sales(), "sold", "amount"), amounts.model
    prediction = model.predict(table, quantiles=[0.1, 0.9])
    others = np.array([name not in SHOPS for name in table["shop"]])
    assert model.groups == SHOPS
    for name in SHOPS:
        rows = np.flatnonzero(table["shop"] == name)
        own = model.group(name).predict(rows_of(table, rows), quantiles=[0.1, 0.9])
        assert np.array_equal(prediction.values[rows], own.values)
        assert np.array_equal(prediction.quantiles[rows], own.quantiles)
    rest = model.all_rows.predict(rows_of(table, others))
    assert np.array_equal(prediction.values[others], rest.values)
    note = "7 of 150 rows are predicted by the model of all rows: 4 in a group without a model of its own"
    assert prediction.notes[0] == f"{note} ('tiny') and 3 without a value of 'shop'."


def test_a_row_has_the_same_bits_alone_and_among_others(amounts, sold):
    for result, table in ((amounts, sales()), (sold[2], sold[0])):
        names = ["shop", "price", "color"]
        rows = [
            dict(zip(names, row, strict=True))
            for row in zip(*(table[n] for n in names), strict=True)
        ]
        together = result.model.predict({name: table[name] for name in names})
        for source in (rows, [{**row, "more": 1} for row in rows]):
            assert result.model.predict(source).values.tolist() == together.values.tolist()
        few = result.model.predict(rows[20:60])
        assert few.values.tolist() == together.values.tolist()[20:60]
        for i in (0, 5, 30, 31, 32):
            one = result.model.predict(rows[i])
            assert one.values.tolist() == together.values.tolist()[i : i + 1]
            if together.probabilities is not None:
                assert np.array_equal(one.probabilities[0], together.probabilities[i])


def test_scores_are_those_of_the_predictions_of_all_test_rows(amounts):
    """RMSE computed by hand over the rows that no model trained on, for both kinds of models."""
    table = without(sales(), "sold")
    tests = amounts.all_rows.split.test
    truth = table["amount"][tests]
    own = amounts.model.predict(rows_of(table, tests)).values
    pooled = amounts.all_rows.model.predict(rows_of(table, tests)).values
    assert amounts.scores.rows == len(tests) == sum(g.scores.rows for g in amounts.groups) + 1
    assert amounts.scores.rmse == pytest.approx(math.sqrt(((own - truth) ** 2).mean()), rel=1e-12)
    expected = math.sqrt(((pooled - truth) ** 2).mean())
    assert amounts.all_rows.scores.rmse == pytest.approx(expected, rel=1e-12)
    assert not {*tests.tolist()} & {*amounts.all_rows.split.training.tolist()}
    for group in amounts.groups:
        rows = table["shop"][tests] == group.name
        error = (own - truth)[rows]
        assert group.scores.rmse == pytest.approx(math.sqrt((error**2).mean()), rel=1e-12)
        error = (pooled - truth)[rows]
        assert group.all_rows_scores.rmse == pytest.approx(math.sqrt((error**2).mean()), rel=1e-12)
    scored = amounts.model.evaluate(rows_of(table, tests))
    assert scored.rmse == amounts.scores.rmse
    assert scored.pinball == amounts.scores.pinball


def test_weighted_labels_are_scored_by_the_threshold_of_each_group(sold):
    """Accuracy by hand: the weighted share of rows whose predicted label is the true one."""
    table, _, result = sold
    tests = result.all_rows.split.test
    labels = result.model.predict(rows_of(without(table, "weight"), tests)).values
    right = labels == table["sold"][tests]
    expected = np.average(right, weights=table["weight"][tests])
    assert result.scores.accuracy == pytest.approx(expected, rel=1e-12)
    thresholds = {result.model.group(name).calibration.threshold for name in SHOPS}
    assert len(thresholds) > 1


def test_the_comparison_says_which_kind_of_model_is_better(amounts):
    own, pooled = amounts.scores.rmse, amounts.all_rows.scores.rmse
    better = sum(g.all_rows_scores.rmse <= g.scores.rmse for g in amounts.groups)
    word = "worse" if own < pooled else "better"
    assert f"one model of all rows is {word}: RMSE" in amounts.comparison
    count = {0: "none", 3: "each"}.get(better, better)
    assert f"it is better in {count} of 3 groups" in amounts.comparison


def test_a_global_rule_is_one_column_for_which_one_model_of_all_rows_is_better():
    """The same straight line in each group: a model of all rows has three times the rows."""
    table = without(sales(240), "sold")
    table["amount"] = 3.0 * table["price"]
    settings = {"folds": 2, "epochs": 60, "hidden": (8,)}
    result = dr.train(table, "amount", by="shop", **settings)
    assert result.all_rows.scores.rmse < result.scores.rmse
    assert "one model of all rows is better" in result.comparison
    assert "Without `by` it is the whole model" in result.comparison


def test_test_rows_are_the_latest_of_all_groups_where_rows_are_split_by_time():
    table = without(sales(), "sold")
    table["day"] = np.arange(150)
    result = dr.train(table, "amount", by="shop", time="day", **QUICK)
    days = table["day"]
    tests = days[result.all_rows.split.test]
    assert tests.min() == 120
    assert max(days[result.all_rows.split.training].max(), 0) < 120
    assert sum(group.scores.rows for group in result.groups) <= 30


def test_rows_of_a_person_stay_together_across_groups():
    table = without(sales(), "sold")
    table["person"] = np.arange(150) % 30
    result = dr.train(table, "amount", by="shop", groups="person", **QUICK)
    split = result.all_rows.split
    training, tests = ({*table["person"][rows].tolist()} for rows in (split.training, split.test))
    assert not training & tests


def test_groups_that_cannot_be_trained_are_counted_with_the_reason():
    table = without(sales(), "amount")
    table["sold"] = np.where(table["shop"] == "west", "yes", table["sold"])
    result = dr.train(table, "sold", by="shop", **QUICK)
    assert result.model.groups == ("north", "south")
    assert result.missing_rows == 3
    reasons = dict(result.without_model)
    assert reasons["tiny"] == "fewer than 10 training rows"
    assert (
        reasons["west"]
        == f"Target column 'sold' is 'yes' in all {(table['shop'] == 'west').sum()} rows"
    )
    text = " ".join(result.notes)
    assert (
        "1 of 4 groups has fewer than 10 training rows and has no model of its own ('tiny')" in text
    )
    assert "1 of 4 groups cannot be trained (" in text
    assert "3 rows without a value of 'shop' are in no group" in text
    west = np.flatnonzero(table["shop"] == "west")
    rows = rows_of(without(table, "sold"), west)
    expected = result.model.all_rows.predict(rows).values.tolist()
    assert result.model.predict(rows).values.tolist() == expected


def test_a_class_that_a_group_does_not_have_gets_the_probability_zero_there():
    table = without(sales(), "amount")
    is_west = table["shop"] == "west"
    sometimes = np.arange(150) % 2 == 0
    table["sold"] = np.where(is_west & sometimes, "later", table["sold"])
    result = dr.train(table, "sold", by="shop", **QUICK)
    rows = rows_of(without(table, "sold"), np.flatnonzero(table["shop"] == "north"))
    prediction = result.model.predict(rows)
    assert prediction.classes == ("later", "no", "yes")
    assert (prediction.probabilities[:, 0] == 0).all()
    assert np.allclose(prediction.probabilities.sum(axis=1), 1)
    own = result.model.group("north").predict(rows)
    assert own.classes == ("no", "yes")
    assert np.array_equal(prediction.probabilities[:, 1:], own.probabilities)
    assert prediction.values.tolist() == own.values.tolist()


def test_groups_may_be_numbers_whatever_way_they_are_written(amounts):
    table = without(sales(), "sold")
    numbers = np.array(
        [{"north": 1, "south": 2, "west": 30}.get(name, math.nan) for name in table["shop"]]
    )
    result = dr.train({**table, "shop": numbers}, "amount", by="shop", **QUICK)
    assert result.model.groups == ("1", "2", "30")
    row = {"price": 0.3, "color": "red"}
    values = [
        result.model.predict({**row, "shop": cell}).values[0] for cell in (30, 30.0, "30", " 30")
    ]
    assert len(set(values)) == 1
    assert values[0] == result.model.group("30").predict(row).values[0]
    assert result.model.group(30).predict(row).values[0] == values[0]
    assert np.array_equal(
        result.model.group("1").predict(without(table, "shop")).values,
        amounts.model.group("north").predict(without(table, "shop")).values,
    )


def test_rows_for_the_scores_may_be_a_table_of_their_own(amounts):
    table = without(sales(), "sold")
    other = rows_of(table, np.arange(40, 80))
    result = dr.train(table, "amount", by="shop", test=other, **QUICK)
    assert result.scores.rows == 40
    assert len(result.all_rows.split.training) == 150
    truth = other["amount"]
    error = result.model.predict(other).values - truth
    assert result.scores.rmse == pytest.approx(math.sqrt((error**2).mean()), rel=1e-12)


def test_a_table_without_a_schema_trains():
    columns = (
        Column("shop", "text", np.repeat(np.array([0, 1], np.int8), 30), ("a", "b")),
        Column("x", "number", np.arange(60.0)),
        Column("y", "number", np.arange(60.0) * np.repeat([1, -1], 30)),
    )
    result = dr.train(Table(columns), "y", by="shop", **QUICK)
    assert len(result.model.predict({"shop": ["a", "b"], "x": [1.0, 2.0]})) == 2


def test_a_column_that_only_one_group_uses_is_read(amounts):
    table = without(sales(), "sold")
    table["code"] = np.where(table["shop"] == "north", np.arange(150) % 4, math.nan)
    result = dr.train(table, "amount", by="shop", **QUICK)
    assert "code" in result.model.columns
    assert "code" in result.model.group("north").encoder.columns
    assert "code" not in result.model.group("south").encoder.columns


def test_models_are_the_same_for_any_number_of_threads_and_size_of_batches(
    amounts, monkeypatch, tmp_path
):
    table = without(sales(), "sold")
    amounts.model.save(tmp_path / "first")
    for threads, batch in ((1, 1), (3, 2)):
        from deltarule.table_model.by_group import group_fitting

        monkeypatch.setattr(group_fitting, "MAX_BATCH_GROUPS", batch)
        again = dr.train(table, "amount", by="shop", threads=threads, **QUICK)
        again.model.save(tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == (tmp_path / "first").read_bytes()


def test_a_model_can_be_pickled(amounts):
    table = without(sales(), "sold", "amount")
    again = pickle.loads(pickle.dumps(amounts.model))
    assert np.array_equal(again.predict(table).values, amounts.model.predict(table).values)


BAD = {
    "unknown column": ({"by": "shp"}, ColumnError, "no column 'shp' .* Did you mean 'shop'"),
    "target": ({"by": "amount"}, SettingError, "another column than the target"),
    "weight": ({"by": "price", "weight": "price"}, SettingError, "another column than `weight`"),
    "time": ({"by": "price", "time": "price"}, SettingError, "another column than `time`"),
    "groups": ({"by": "shop", "groups": "shop"}, SettingError, "another column than `groups`"),
    "a value for each row": ({"by": "price"}, SettingError, "150 values in 150 rows"),
    "one value": ({"by": "one"}, SettingError, "has the same value in all rows"),
    "no values": ({"by": "empty"}, (ColumnError, SettingError), "empty"),
    "time limit": ({"by": "shop", "time_limit_s": 9}, SettingError, "cannot be combined with `by`"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_done_is_refused_in_a_sentence(case):
    arguments, kind, words = BAD[case]
    table = without(sales(), "sold") | {"one": ["x"] * 150, "empty": [None] * 150}
    with pytest.raises(kind, match=words):
        dr.train(table, "amount", **QUICK, **arguments)


def test_a_file_larger_than_memory_is_refused_with_by(tmp_path):
    path = tmp_path / "sales.csv"
    lines = [f"{'ab'[i % 2]},{i},{i}" for i in range(1_500_000)]
    path.write_text("shop,x,y\n" + "\n".join(lines))
    with pytest.raises(SettingError, match="`by` needs all rows in memory"):
        dr.train(path, "y", by="shop", memory_limit="16MiB")


def test_the_models_of_groups_are_not_exported_or_distilled_together(amounts, tmp_path):
    for model in (amounts, amounts.model):
        with pytest.raises(SettingError, match=r"one of the 3 groups.*model.group\('north'\)"):
            dr.export.to_c(model, tmp_path / "model.c")
    dr.export.to_c(amounts.model.group("north"), tmp_path / "north.c")


def test_an_unknown_group_is_named_with_a_suggestion(amounts):
    with pytest.raises(
        DataError, match=r"There is no model for shop 'nort'\. Did you mean 'north'"
    ):
        amounts.model.group("nort")


def test_a_group_is_predicted_without_the_levels_of_all_others(monkeypatch):
    """Else the time would grow with the groups times the distinct texts of the table."""
    rows = 400
    shop, city = np.arange(rows) % 4, np.arange(rows) // 2
    table = read_table(
        {
            "shop": np.array([f"s{number}" for number in shop]),
            "city": np.array([f"c{number}" for number in city]),
            "amount": np.sin(city) * (shop + 1),
        }
    )
    seen: list[tuple[int, int]] = []
    codes = LevelIndex.codes

    def watched(index: LevelIndex, column: Column):
        if column.name == "city":
            seen.append((len(column.levels), len(column)))
        return codes(index, column)

    monkeypatch.setattr(LevelIndex, "codes", watched)
    model = dr.train(table, "amount", by="shop", keep=("city",), folds=1, epochs=1, hidden=()).model
    whole, seen[:] = list(seen), []
    model.predict(table)
    own = [levels for levels, of_rows in seen if of_rows == rows // 4]
    assert len(own) == 4
    assert max(own) <= rows // 4 < 200 == len(table["city"].levels)
    of_test = [levels for levels, of_rows in whole if of_rows == rows // 20]
    assert len(of_test) >= 4
    assert max(of_test) <= rows // 20
