"""`train`: from a table to a model with scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import ColumnError, DataError, ModelFileError, SettingError
from deltarule.formats.model_file import read_model, write_model
from deltarule.preprocessing import Task
from deltarule.stopping import StopReason
from deltarule.table_model import TableSettings, compute_decision_surface
from deltarule.table_model import recipe as recipe_module
from deltarule.table_model.recipe import choose_recipe, default_batch_size, default_epochs

IRIS = Path(__file__).resolve().parents[3] / "examples" / "iris.csv"
RNG = np.random.default_rng(0)
MIXED = {
    "size": RNG.normal(size=400),
    "color": RNG.choice(["red", "green", "blue"], 400),
    "flag": RNG.integers(0, 2, 400).astype(bool),
}
MIXED["price"] = 2 * MIXED["size"] + 3 * (MIXED["color"] == "red") - MIXED["flag"] + 10


@pytest.fixture(scope="module")
def iris() -> dr.TableResult:
    return dr.train(IRIS, "species")


@pytest.fixture(scope="module")
def mixed() -> dr.TableResult:
    return dr.train(MIXED, "price", learning_rate=0.01)


def test_iris_is_learned(iris):
    # Fisher's own linear rule misses 3 of 150; a network should not do worse than 3 of 30.
    assert iris.scores.accuracy >= 0.9
    assert iris.scores.baseline_accuracy == pytest.approx(1 / 3)
    assert iris.model.task == "classification"
    assert iris.model.target.classes == ("setosa", "versicolor", "virginica")


def test_the_split_is_stratified_and_complete(iris):
    split = iris.split
    for part, share in ((split.training, 40), (split.test, 10)):
        counts = np.unique(iris.table["species"].values[part], return_counts=True)[1]
        assert counts.tolist() == [share] * 3
    together = np.sort(np.concatenate([split.training, split.validation, split.test]))
    np.testing.assert_array_equal(together, np.arange(150))


def test_scores_are_those_of_the_saved_model_on_the_test_rows(iris, tmp_path):
    path = tmp_path / "model.safetensors"
    iris.model.save(path)
    prediction = dr.load(path).predict(iris.test_rows)
    truth = iris.test_rows["species"].texts()
    assert (prediction.values == truth).mean() == iris.scores.accuracy
    np.testing.assert_allclose(prediction.probabilities.sum(axis=1), 1, atol=1e-12)


def test_a_formula_of_mixed_columns_is_learned(mixed):
    assert mixed.model.task == "regression"
    assert mixed.scores.r2 > 0.98
    row = {"color": ["red"], "size": [0.5], "flag": [True], "unused": ["x"]}
    assert mixed.model.predict(row).values[0] == pytest.approx(13.0, abs=0.5)


def test_missing_and_unseen_values_get_a_prediction(mixed):
    rows = {"size": [None, 0.0], "color": ["violet", None], "flag": [None, True]}
    assert np.isfinite(mixed.model.predict(rows).values).all()


def test_an_unseen_category_equals_a_missing_one(mixed):
    rows = {"size": [0.3, 0.3], "color": ["violet", None], "flag": [True, True]}
    unseen, missing = mixed.model.predict(rows).values
    assert unseen == missing


def test_predict_reports_a_missing_column(mixed):
    with pytest.raises(ColumnError, match="color"):
        mixed.model.predict({"size": [1.0], "hue": ["red"], "flag": [True]})


def test_a_text_in_a_number_column_is_missing_with_a_note_at_prediction(mixed):
    rows = {"color": ["red"] * 2, "flag": [True] * 2}
    predicted = mixed.model.predict({"size": ["1", "big"], **rows})
    assert predicted.notes == (
        "1 of 2 values of column 'size' is not a number (for example 'big' in row 2) and is treated as "
        "missing.",
    )
    expected = mixed.model.predict({"size": [1.0, None], **rows})
    np.testing.assert_array_equal(predicted.probabilities, expected.probabilities)
    assert expected.notes == ()


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name in "ab":
        dr.train(IRIS, "species", epochs=5).model.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_threads_do_not_change_the_result():
    files = [
        dr.train(IRIS, "species", epochs=5, threads=n).model.network.parameters.flat()
        for n in (1, 2, 4)
    ]
    np.testing.assert_array_equal(files[0], files[1])
    np.testing.assert_array_equal(files[0], files[2])


def test_a_linear_model_has_no_hidden_layer():
    run = dr.train(IRIS, "species", hidden=())
    assert [block.dense.units for block in run.model.network.network.blocks] == [3]
    assert run.scores.accuracy >= 0.9


def test_divergence_keeps_the_last_good_weights():
    run = dr.train(IRIS, "species", learning_rate=1e9)
    assert run.reason is StopReason.DIVERGED
    assert "diverged" in run.explanation
    assert np.isfinite(run.model.network.parameters.flat()).all()


def test_the_surface_equals_the_predictions(iris):
    plane = compute_decision_surface(iris.model, iris.table, "petal_length", "petal_width", steps=5)
    others = {n: np.median(iris.table[n].values) for n in ("sepal_length", "sepal_width")}
    row = others | {"petal_length": plane.x[3], "petal_width": plane.y[1]}
    prediction = iris.model.predict({name: [value] for name, value in row.items()})
    assert prediction.values[0] == iris.model.target.classes[plane.predicted[1, 3]]
    with pytest.raises(ColumnError, match="got 'color': choose from"):
        compute_decision_surface(iris.model, iris.table, "color", "petal_width")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hiden": (3,)}, "Did you mean 'hidden'"),
        ({"hidden": (0,)}, "at least one unit"),
        ({"activation": "rel"}, "must be one of identity, sign"),
        ({"learning_rate": 0}, "`learning_rate` must be greater than 0"),
        ({"learning_rate": -1.0}, "`learning_rate` must be greater than 0"),
        ({"batch_size": 1000}, "at most the 10[45] training rows"),
        ({"validation_fraction": 0.6, "test_fraction": 0.5}, "must leave rows for training"),
        ({"task": "ranking"}, "auto, classification, regression"),
        ({"optimizer": "lbfgs", "learning_rate": 0.1}, "does not apply to the optimizer lbfgs"),
    ],
)
def test_a_wrong_setting_is_refused(options, message):
    with pytest.raises(SettingError, match=message):
        dr.train(IRIS, "species", **options)


def test_lbfgs_trains_a_table():
    run = dr.train(IRIS, "species", optimizer="lbfgs", hidden=(), l2=1e-3)
    assert run.scores.accuracy >= 0.9


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match="has 1 row"):
        dr.train({"a": [1.0], "b": [2.0]}, "b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["target"]["classes"].pop(), "does not fit its table"),
        (lambda d: d["encoder"].update(more=1), "more"),
        (lambda d: d.pop("about"), "has no key 'about'"),
        (lambda d: d.update(about=3), "about must be an object with keys"),
    ],
)
def test_an_inconsistent_model_file_is_refused(iris, tmp_path, change, message):
    path = tmp_path / "model.safetensors"
    iris.model.save(path)
    file = read_model(path, kind="table model")
    change(file.description)
    write_model(path, file.description, file.arrays, kind="table model")
    with pytest.raises(ModelFileError, match=message):
        dr.load(path)


def test_settings_round_trip_through_json():
    settings = TableSettings(hidden=(3, 2), drop=("a",), time_limit_s=2.5)
    assert TableSettings.from_json(settings.to_json(), "x") == settings
    with pytest.raises(ModelFileError, match="x: `epochs` must be at least 1"):
        TableSettings.from_json(settings.to_json() | {"epochs": 0}, "x")


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("rows", [1, 10, 90, 1000, 10**4, 10**5, 10**7])
def test_batch_size_and_epochs_depend_on_the_rows(rows, task):
    size = default_batch_size(rows)
    assert 1 <= size <= min(rows, 1024)
    epochs = default_epochs(rows, size, task)
    assert epochs >= 4
    assert epochs * rows <= max(20_000_000, 4 * rows)
    if 10 <= rows <= 10**5:  # enough updates to learn something
        assert epochs * rows >= 100 * size


@pytest.mark.parametrize(
    ("rows", "columns", "task", "numbers", "embeds"),
    [
        (400, 100, "regression", "both", True),  # four rows for each column
        (399, 100, "regression", "both", False),
        (400, 100, "classification", "quantile", True),
        (399, 100, "classification", "both", False),
    ],
)
def test_wide_tables_and_regressions_have_scaled_features(rows, columns, task, numbers, embeds):
    outputs = 1 if task == "regression" else 3
    recipe = choose_recipe(rows, columns, outputs, task, TableSettings())
    assert recipe.encoding.numbers == numbers
    assert (recipe.periodic_width > 0, recipe.piece_width > 0) == (embeds, embeds)


@pytest.mark.parametrize(("task", "outputs"), [("classification", 2), ("regression", 1)])
def test_larger_tables_train_fewer_networks_but_never_none(task, outputs):
    recipes = [
        choose_recipe(rows, 10, outputs, Task(task), TableSettings())
        for rows in range(10_000, 250_000, 1_993)
    ]
    networks = [recipe.networks for recipe in recipes]
    assert networks == sorted(networks, reverse=True)
    assert set(networks) == set(range(1, 9))
    assert [recipe.folds for recipe in recipes] == [8 if n > 1 else 1 for n in networks]


def test_folds_without_a_network_leave_their_rows_out_of_the_scores(monkeypatch):
    monkeypatch.setattr(recipe_module, "SMALL_ROWS", 100)
    monkeypatch.setattr(recipe_module, "MAX_ENSEMBLE_VISITS", 120_000)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1600, 2))
    table = {"a": x[:, 0], "b": x[:, 1], "y": (x.sum(1) > 0).astype(int)}
    run = dr.train(table, "y", task="classification")
    assert (run.recipe.folds, run.recipe.networks, len(run.trainings)) == (8, 3, 3)
    assert len(run.model.networks) == 3
    assert run.out_of_fold_scores.rows == 3 * 1280 // 8
    assert run.scores.accuracy > 0.95
    asked = dr.train(table, "y", task="classification", folds=4, epochs=4)
    assert (asked.recipe.folds, asked.recipe.networks) == (4, 4)


def test_a_larger_table_never_gets_smaller_batches():
    sizes = [default_batch_size(rows) for rows in range(1, 200_000, 997)]
    assert sizes == sorted(sizes)


def test_repr_of_result_and_model_is_one_line():
    x = np.arange(40.0)
    run = dr.train({"x": x, "y": 2 * x}, "y", epochs=2, folds=2)
    assert repr(run.model).startswith(
        "<TableModel: 'y' (regression) from 1 column by 2 networks of "
    )
    assert repr(run).startswith("<TableResult: 'y' (regression) from 1 column")
    assert repr(run).endswith(" on 8 test rows>")


def test_an_impossible_weight_is_reported_with_its_row():
    x = np.arange(40.0)
    table = {"x": x, "y": np.where(x < 20, np.nan, x), "w": np.where(x == 30, -1.5, 1.0)}
    with pytest.raises(DataError, match=r"got -1\.5 in row 31: correct the cell"):
        dr.train(table, "y", weight="w")
    with pytest.raises(DataError, match=r"must hold weights >= 0, but holds texts"):
        dr.train(table | {"w": ["a", "b"] * 20}, "y", weight="w")


@pytest.mark.parametrize(
    "values",
    [[3, 1, 7], [True, False], [0.5, 1.5], ["b", "a"]],
    ids=["int", "bool", "float", "text"],
)
def test_predictions_have_the_type_of_the_target(values, tmp_path):
    """Predictions can be compared with the target column."""
    codes = np.arange(60) % len(values)
    y = np.array(values)[codes]
    run = dr.train({"x": codes * 10.0, "y": y}, "y", task="classification", epochs=20, folds=2)
    run.model.save(tmp_path / "m.safetensors")
    prediction = dr.load(tmp_path / "m.safetensors").predict({"x": codes * 10.0})
    assert prediction.values.tolist() == y.tolist()
    assert set(prediction.file_values.tolist()) == set(run.model.target.classes)
    assert prediction.columns()["y"].tolist() == y.tolist()
    assert prediction.columns(as_text=True)["y"].tolist() == prediction.file_values.tolist()


def test_a_job_folder_without_an_executor_is_refused(tmp_path):
    with pytest.raises(SettingError, match="`job_folder` applies to `executor`"):
        dr.train({"x": [*range(20)], "y": [*range(20)]}, target="y", job_folder=tmp_path)
