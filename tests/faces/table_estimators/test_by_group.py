"""A model for each group of rows: the models of `train` by scikit-learn's conventions."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_predict
from unit.table_model.grouped_tables import QUICK, SHOPS, sales

import deltarule as dr
from deltarule.cli.app import main
from deltarule.errors import ColumnError, DataWarning, ModelFileError, SettingError

FRAME = pd.DataFrame(sales())
X = FRAME[["shop", "price", "color"]]
AMOUNT = FRAME["amount"]
LABEL = pd.Series(  # north has other classes than the other shops
    np.where(FRAME["amount"] > 0, np.where(FRAME["shop"] == "north", 7, 3), 5), name="label"
)
pytestmark = pytest.mark.filterwarnings("ignore:7 of 150 rows are predicted by the model of all")
SETTINGS: dict[str, Any] = {**QUICK, "random_state": 0}


@pytest.fixture(scope="module")
def regressor() -> dr.TabularRegressor:
    return dr.TabularRegressor(by="shop", **SETTINGS).fit(X, AMOUNT)


@pytest.fixture(scope="module")
def classifier() -> dr.TabularClassifier:
    return dr.TabularClassifier(by="shop", **SETTINGS).fit(X, LABEL)


def parameters(model: Any) -> list[Any]:
    return [network.parameters.flat() for network in model.networks]


def assert_same_models(one: dr.GroupedModel, other: dr.GroupedModel) -> None:
    assert one.groups == other.groups == SHOPS
    pairs = [(one.all_rows, other.all_rows), *((one.group(n), other.group(n)) for n in SHOPS)]
    for its, others in pairs:
        for a, b in zip(parameters(its), parameters(others), strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_models_have_the_bits_of_train_on_the_same_rows(regressor, classifier):
    """With test rows of its own, `train` trains on all rows, as the estimators do."""
    trained = dr.train(FRAME.drop(columns="sold"), "amount", by="shop", test=FRAME, **QUICK)
    assert_same_models(regressor.model_, trained.model)
    np.testing.assert_array_equal(regressor.predict(X), trained.model.predict(FRAME).values)
    expected = trained.model.predict(FRAME, quantiles=[0.05, 0.95]).quantiles
    np.testing.assert_array_equal(regressor.predict(X, quantiles=[0.05, 0.95]), expected)
    assert regressor.predict_interval(X).shape == (len(X), 2)
    assert regressor.notes_[-2:] == trained.notes[-2:]
    assert "'tiny'" in regressor.notes_[-2]
    table = X.assign(label=LABEL)
    trained = dr.train(table, "label", task="classification", by="shop", test=table, **QUICK)
    assert_same_models(classifier.model_, trained.model)
    expected = trained.model.predict(table)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.probabilities)
    np.testing.assert_array_equal(classifier.predict(X), expected.values)


@pytest.mark.parametrize("shop", SHOPS)
def test_the_model_of_a_group_has_the_bits_of_a_fit_on_its_rows_alone(shop, regressor):
    own = (X["shop"] == shop).to_numpy()
    alone = dr.TabularRegressor(**SETTINGS).fit(X.loc[own, ["price", "color"]], AMOUNT[own])
    np.testing.assert_array_equal(
        regressor.predict(X[own]), alone.predict(X.loc[own].drop(columns="shop"))
    )


def test_probabilities_are_those_of_the_classes_of_all_groups(classifier):
    assert classifier.classes_.tolist() == [3, 5, 7]
    found = classifier.predict_proba(X)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    north = (X["shop"] == "north").to_numpy()
    others = X["shop"].isin(["south", "west"]).to_numpy()
    assert (found[north, 0] == 0).all()
    assert (found[others, 2] == 0).all()
    assert (found[north][:, 1:] > 0).all()
    predicted = classifier.predict(X)
    assert set(predicted[north]) <= {5, 7}
    assert set(predicted[others]) <= {3, 5}
    assert classifier.score(X, LABEL) == np.mean(predicted == LABEL)


def test_rows_of_other_groups_are_predicted_by_the_model_of_all_rows_with_a_warning(regressor):
    rows = X.iloc[[10, 11]].assign(shop=["new", None])
    with pytest.warns(
        DataWarning, match="2 of 2 rows are predicted by the model of all rows: 1 in a group"
    ):
        found = regressor.predict(rows)
    np.testing.assert_array_equal(found, regressor.model_.all_rows.predict(rows).values)


def test_an_estimator_is_cloned_pickled_and_scored(regressor):
    copy = clone(regressor)
    assert copy.get_params() == regressor.get_params()
    assert copy.by == "shop"
    again = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))
    assert regressor.score(X, AMOUNT) == r2_score(AMOUNT, regressor.predict(X))
    assert cross_val_predict(copy, X.iloc[7:], AMOUNT[7:], cv=3).shape == (len(X) - 7,)


@pytest.mark.parametrize("kind", ["regressor", "classifier"])
def test_a_saved_estimator_is_loaded_and_used_on_the_command_line(kind, tmp_path, request, capsys):
    fitted = request.getfixturevalue(kind)
    path, rows = tmp_path / "model.safetensors", tmp_path / "rows.csv"
    fitted.save(path)
    again = type(fitted).load(path)
    given = {**fitted.get_params(), "random_state": None}
    assert {**again.get_params(), "hidden": list(again.hidden)} == {**given, "hidden": [6]}
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert again.feature_names_in_.tolist() == ["shop", "price", "color"]
    X.to_csv(rows, index=False)
    assert main(["predict", str(path), str(rows), "--out", str(tmp_path / "out.csv")]) == 0
    found = pd.read_csv(tmp_path / "out.csv").iloc[:, -1 if kind == "regressor" else -4]
    assert len(found) == len(X)
    capsys.readouterr()
    assert main(["inspect", str(path)]) == 0
    assert "3 models, one for each 'shop'" in capsys.readouterr().out


def test_a_file_of_train_is_loaded(tmp_path):
    trained = dr.train(FRAME.drop(columns="sold"), "amount", by="shop", **QUICK)
    trained.model.save(tmp_path / "model")
    found = dr.TabularRegressor.load(tmp_path / "model")
    assert found.by == "shop"
    np.testing.assert_array_equal(found.predict(X), trained.model.predict(FRAME).values)


def test_a_file_whose_parameters_do_not_fit_is_refused(tmp_path, regressor):
    model = regressor.model_
    about = {**model.about, "estimator": {**model.about["estimator"]}}
    parameters = {**about["estimator"]["parameters"], "by": None}
    about["estimator"]["parameters"] = parameters
    dr.GroupedModel(model.by, model.groups, model.columns, model.all_rows, model.files, about).save(
        tmp_path / "model"
    )
    with pytest.raises(ModelFileError, match="models by another column than it says"):
        dr.TabularRegressor.load(tmp_path / "model")


def test_columns_of_an_array_are_groups_by_their_number():
    numbers = np.column_stack([np.repeat([1.0, 2.0], 30), np.linspace(-1, 1, 60)])
    y = numbers[:, 1] * (3 - 2 * numbers[:, 0])
    fitted = dr.TabularRegressor(by="x0", **SETTINGS).fit(numbers, y)
    assert fitted.model_.groups == ("1", "2")
    own = numbers[:, 0] == 2
    alone = dr.TabularRegressor(**SETTINGS).fit(numbers[own, 1:], y[own])
    np.testing.assert_array_equal(fitted.predict(numbers[own]), alone.predict(numbers[own, 1:]))


def test_weights_and_persons_divide_as_those_of_train():
    person, weight = np.arange(len(X)) // 3, np.linspace(1, 2, len(X))
    fitted = dr.TabularRegressor(by="shop", **SETTINGS).fit(X, AMOUNT, weight, groups=person)
    table = FRAME.drop(columns="sold").assign(person=person, weight=weight)
    given = {"by": "shop", "groups": "person", "weight": "weight", "test": table, **QUICK}
    assert_same_models(fitted.model_, dr.train(table, "amount", **given).model)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"tune": True}, SettingError, "`tune` cannot be combined with `by`: it searches"),
        ({"time_limit_s": 9.0}, SettingError, "`time_limit_s` cannot be combined with `by`"),
        ({"by": "city"}, ColumnError, "There is no column 'city'"),
        ({"by": "price"}, SettingError, "must name a column whose values repeat, but 'price' has 150"),
        ({"by": "one"}, SettingError, "several values, but 'one' has the same value in all rows"),
        ({"by": "target"}, SettingError, "`by` must be another column than the target"),
        ({"by": 7}, ValueError, "'by' parameter of TabularRegressor must be an instance of 'str'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(given, error, sentence):
    estimator = dr.TabularRegressor(**{"by": "shop", **SETTINGS, **given})
    rows = X.assign(one="a", target=X["shop"])
    with pytest.raises(error, match=sentence):
        estimator.fit(rows, AMOUNT.rename("target"))
    assert not hasattr(estimator, "model_")


def test_groups_by_the_same_column_as_the_split_are_refused():
    with pytest.raises(SettingError, match="`by` must be another column than `groups`"):
        dr.TabularRegressor(by="shop", **SETTINGS).fit(X, AMOUNT, groups="shop")


def test_no_group_that_can_be_learned_is_refused():
    y = X["shop"].fillna("none").rename("label")  # the same class in all rows of each shop
    with pytest.raises(
        SettingError, match=r"none of 'shop' can, such as 'west' .*is 'west' in all"
    ):
        dr.TabularClassifier(by="shop", **SETTINGS).fit(X, y)


@pytest.mark.parametrize("call", ["permutation_importance", "partial_dependence"])
def test_explanations_are_those_of_one_model(call, regressor):
    given = (X, AMOUNT) if call == "permutation_importance" else (X, "price")
    with pytest.raises(SettingError, match="trained a model for each group, and an explanation is"):
        getattr(regressor, call)(*given)


def test_an_interrupt_leaves_the_estimator_as_it_was(monkeypatch, regressor):
    from deltarule.table_model.by_group import grouped_training

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    again = pickle.loads(pickle.dumps(regressor))
    monkeypatch.setattr(grouped_training, "fit_groups", interrupted)
    with pytest.raises(KeyboardInterrupt):
        again.fit(X.iloc[::-1], AMOUNT.iloc[::-1])
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))


def test_a_card_shows_the_model_of_all_rows(regressor, tmp_path: Path):
    html = regressor._repr_html_()
    assert "by 3 models, one for each" in html
    regressor.save(tmp_path / "model")
    assert "model_.group(name)" in dr.TabularRegressor.load(tmp_path / "model")._repr_html_()
