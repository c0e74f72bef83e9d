"""Wide tables: which columns each fold network gets."""

import dataclasses

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import read_table
from deltarule.embeddings import Category, Periodic, Plain
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Embedding, Scale
from deltarule.network import Network
from deltarule.preprocessing import Encoding, Feature, TableEncoder, Task
from deltarule.table_model import TableSettings
from deltarule.table_model.feature_screening import screen_columns, significance
from deltarule.table_model.feature_subset import network_for_features, with_all_features
from deltarule.table_model.fold_networks import FoldSplit
from deltarule.table_model.recipe import choose_recipe
from deltarule.training import TrainedNetwork

NOTE = "each network uses those whose dependence on 'y' is the most significant"


def wide_table(rows: int, columns: int, *, texts: int = 0) -> dict[str, np.ndarray]:
    """Return a table whose target depends on "line", "curve" and, if there are texts, on "text"."""
    random = np.random.default_rng(3)
    table = {f"x{i}": random.normal(size=rows) for i in range(columns)}
    table |= {"line": random.normal(size=rows), "curve": random.normal(size=rows)}
    letters = np.array(list("abcdefghijklmnop"))
    table |= {f"t{i}": letters[random.integers(0, 16, rows)] for i in range(texts)}
    effect = 2 * table["line"] + 3 * (np.abs(table["curve"]) - 0.8)
    if texts:
        table["text"] = letters[random.integers(0, 16, rows)]
        effect += 3 * (table["text"] < "i") - 1.5
    table["y"] = np.where(effect > 0, "yes", "no")
    return table


def screened(table, split, *, keep=(), max_inputs=40):
    source = read_table(table)
    encoding = Encoding(numbers="quantile", embed_levels=True)
    encoder = TableEncoder.fit(source, "y", encoding=encoding)
    indicators = np.eye(2)[(table["y"] == "yes").astype(int)]
    inputs = encoder.transform(source)
    return screen_columns(
        encoder, inputs, indicators, [split], max_inputs=max_inputs, category_width=4, keep=keep
    )


def split_of(rows: int) -> FoldSplit:
    return FoldSplit(np.arange(0, rows - 50), np.arange(rows - 50, rows), 0)


def test_lines_curves_and_categories_are_found_among_noise():
    found = screened(wide_table(200, 200, texts=60), split_of(200))
    assert {"line", "curve", "text"} <= set(found.encoder.columns)
    (split,) = found.splits
    categories = sum(feature.role == "codes" for feature in found.encoder.features)
    assert len(split.features) == found.inputs.shape[1] == len(found.encoder.columns)
    assert len(split.features) + 3 * categories <= 40


def test_validation_rows_have_no_part_in_the_choice():
    table = wide_table(200, 300)
    before = screened(table, split_of(200))
    table["y"][150:] = np.where(table["x0"][150:] > 0, "yes", "no")
    table["y"][:150] = np.where(table["line"][:150] > 0, "yes", "no")
    changed = screened(table, split_of(200))
    table["y"][150:] = np.where(table["x1"][150:] > 0, "yes", "no")
    other = screened(table, split_of(200))
    assert changed.encoder.columns == other.encoder.columns != before.encoder.columns


def test_columns_to_keep_are_used_by_every_network():
    found = screened(wide_table(200, 300), split_of(200), keep=("x7", "x8"))
    places = [found.encoder.columns.index(name) for name in ("x7", "x8")]
    assert set(places) <= set(found.splits[0].features.tolist())


@pytest.mark.parametrize("classes", [1, 2, 5])
def test_significance_without_dependence_is_about_standard_normal(classes):
    random = np.random.default_rng(0)
    inputs = random.normal(size=(400, 2000)).astype(np.float32)
    codes = random.integers(0, 12, size=(400, 2000))
    target = random.normal(size=400) if classes == 1 else random.integers(0, classes, 400)
    indicators = target[:, None] if classes == 1 else np.eye(classes)[target]
    scores = significance([Feature("t", "codes", 12)] * 2000, inputs, codes, indicators)
    assert abs(scores.mean()) < 0.1
    assert 0.9 < scores.std() < 1.1
    assert 0.03 < (scores > 1.645).mean() < 0.07


def test_significance_does_not_depend_on_the_other_features():
    random = np.random.default_rng(1)
    inputs = random.normal(size=(50, 600)).astype(np.float32)
    codes = random.integers(0, 4, size=(50, 600))
    target = np.eye(3)[random.integers(0, 3, 50)]
    features = [Feature("x")] * 600
    alone = significance(features[:1], inputs[:, 550:551], codes[:, 550:551], target)
    assert significance(features, inputs, codes, target)[550] == pytest.approx(alone[0])


@pytest.mark.parametrize("embedded", [False, True])
def test_a_network_for_some_features_equals_the_one_for_all(embedded):
    columns = [Plain(), Category(3, 2), Periodic(4, 3), Plain(), Category(5, 2)]
    layers = [Scale(name="scale"), Dense(4, "selu", parameterization="ntk"), Dense(2, "softmax")]
    if embedded:
        layers.insert(0, Embedding([*columns, Plain()], sources=[0, 1, 2, 3, 4, 0]))
    network, features = Network(layers, 5), np.array([0, 2, 4])
    part = network_for_features(network, features)
    trained = TrainedNetwork(part, initial_parameters(part, 1, np.float64))
    trained.parameters.of_layer(0)["scale"][...] = 1.5
    X = np.random.default_rng(0).integers(0, 3, size=(20, 5)).astype(float)
    whole = with_all_features(trained, network, features)
    np.testing.assert_allclose(whole.predict(X), trained.predict(X[:, features]), rtol=1e-12)


def test_only_wide_tables_with_few_rows_are_screened():
    def max_inputs(rows, columns, features):
        recipe = choose_recipe(
            rows, columns, 2, Task.CLASSIFICATION, TableSettings(), features=features
        )
        return recipe.max_inputs

    assert max_inputs(800, 10_000, 10_000) == 1024
    assert max_inputs(400, 200, 1600) == 1024  # 200 columns of texts
    assert max_inputs(10_000, 2000, 2000) is None  # enough rows
    assert max_inputs(60_000, 784, 784) is None  # mnist
    assert max_inputs(361, 279, 279) is None  # arrhythmia


def test_a_wide_table_trains_with_a_note_and_keeps_its_file_small(tmp_path):
    table = wide_table(120, 1100)
    test = {name: values[80:] for name, values in table.items()}
    table = {name: values[:80] for name, values in table.items()}
    result = dr.train(table, "y", test=test, keep=("x9",), epochs=2, hidden=(8,), folds=3)
    assert any(NOTE in note and "for its 1,102 columns" in note for note in result.notes)
    assert not any("are dropped" in note for note in result.notes)
    columns = result.model.encoder.columns
    assert 128 < len(columns) < 600
    assert {"line", "x9"} <= set(columns)
    path = tmp_path / "wide.model"
    result.model.save(path)
    loaded = dr.load(path)
    expected = result.model.predict(test).probabilities
    np.testing.assert_array_equal(loaded.predict(test).probabilities, expected)
    unused = next(name for name in table if name.startswith("x") and name not in columns)
    fewer = {name: values for name, values in test.items() if name != unused}
    np.testing.assert_array_equal(loaded.predict(fewer).probabilities, expected)


def test_threads_change_no_bit_of_a_screened_model():
    table = wide_table(60, 1100)
    one, two = (
        dr.train(table, "y", epochs=1, hidden=(4,), folds=2, threads=threads).model
        for threads in (1, 2)
    )
    assert one.encoder == two.encoder
    np.testing.assert_array_equal(one.network.parameters.flat(), two.network.parameters.flat())


def test_the_recipe_says_how_many_inputs_are_allowed():
    recipe = choose_recipe(100, 5000, 1, Task.REGRESSION, TableSettings(), features=5000)
    assert recipe.to_json()["max_inputs"] == 1024
    assert dataclasses.replace(recipe, max_inputs=None).to_json()["max_inputs"] is None
