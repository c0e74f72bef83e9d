"""Exported networks without a table compute in onnxruntime what their engines compute."""

from __future__ import annotations

import numpy as np
import pytest
from unit.export.networks import NETWORKS, normalized_keras_model, random_network, random_rows
from unit.export.onnx_files import run

import deltarule as dr
from deltarule import keras
from deltarule.embeddings import Category, PiecewiseLinear
from deltarule.errors import FileError, SettingError
from deltarule.export import to_onnx
from deltarule.layers import Dense, Embedding
from deltarule.network import Network
from deltarule.parameters import from_flat
from deltarule.training import TrainedNetwork


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outputs_are_equal(name, dtype, tmp_path):
    trained = random_network(name, dtype)
    rows = random_rows(trained.network, dtype=dtype)
    summary = to_onnx(trained, tmp_path / "m.onnx")
    assert list(summary.inputs) == ["X"]
    found = run(tmp_path / "m.onnx", {"X": rows})["outputs"]
    exact = TrainedNetwork(trained.network, trained.parameters.astype(np.float64))
    expected = exact.predict(rows.astype(np.float64), engine="reference")
    is_exact = dtype == np.float64 and "gelu" not in name.lower()
    scale = np.maximum(1, np.abs(expected).max())
    assert np.abs(found - expected).max() <= (1e-12 if is_exact else 2e-6) * scale
    assert found.dtype == dtype


def test_columns_with_many_bins_and_categories_outside_the_table(tmp_path):
    edges = tuple(np.linspace(-1, 1, 60).tolist())
    columns = (
        PiecewiseLinear(edges, 3),
        PiecewiseLinear((0, 1), 3),
        Category(4, 3),
        Category(2, 3),
    )
    network = Network([Embedding(columns), Dense(2)], 4)
    flat = np.random.default_rng(0).normal(size=network.parameter_count)
    trained = TrainedNetwork(network, from_flat(network, flat))
    rows = np.random.default_rng(1).uniform(-3, 6, (40, 4))
    to_onnx(trained, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", {"X": rows})["outputs"]
    np.testing.assert_allclose(found, trained.predict(rows, engine="reference"), atol=1e-12)


X = np.random.default_rng(0).normal(size=(60, 3))


@pytest.mark.parametrize(
    "y",
    [
        np.where(X[:, 0] > 0, "yes", "no"),
        np.where(X[:, 0] > 0, 2, 7),
        np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.4, 0.4])],
        np.where(X[:, 0] > 0, 0.5, 1.5).astype(str),
        (X > 0).astype(int),
    ],
    ids=["texts", "integers", "three classes", "numbers as texts", "several labels"],
)
def test_a_classifier(y, tmp_path):
    model = dr.MLPClassifier((4,), max_iter=5000, solver="lbfgs", random_state=0).fit(X, y)
    to_onnx(model, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", {"X": X})
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), atol=1e-6)
    assert found["label"].tolist() == model.predict(X).tolist()


def test_a_regressor(tmp_path):
    for y in (X[:, 0], X[:, :2]):
        model = dr.MLPRegressor(
            "squared_error", (4,), max_iter=5000, solver="lbfgs", random_state=0
        ).fit(X, y)
        to_onnx(model, tmp_path / "m.onnx")
        found = run(tmp_path / "m.onnx", {"X": X})["value"]
        np.testing.assert_allclose(found.reshape(y.shape), model.predict(X), atol=1e-6)


def test_an_estimator_of_tables(tmp_path):
    model = dr.TabularClassifier(folds=1, epochs=2, hidden=(3,)).fit(X, X[:, 0] > 0)
    to_onnx(model, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", {f"x{i}": X[:, i : i + 1] for i in range(3)})
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), atol=1e-6)


def test_a_keras_model(tmp_path):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(2)]
    )
    to_onnx(model, tmp_path / "m.onnx")
    rows = X.astype(np.float32)
    found = run(tmp_path / "m.onnx", {"X": rows})["outputs"]
    np.testing.assert_allclose(found, model.predict(rows, verbose=0), atol=1e-6)


@pytest.mark.parametrize("flatten_first", [False, True])
def test_a_keras_model_with_normalizations(flatten_first, tmp_path):
    model, images = normalized_keras_model(flatten_first)
    to_onnx(model, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", {"X": images.reshape(40, 6)})["outputs"]
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=2e-6)


TRAINED = random_network("activation GELU()")


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (TRAINED, {"opset": 17}, "`opset` must be between 18 and .*, got 17"),
        (TRAINED, {"opset": 1000}, "`opset` must be between 18 and .*, got 1000"),
        (TRAINED, {"quantiles": 0.5}, "`quantiles` need a model"),
        (TRAINED.network, {}, "must be a TableModel, a TrainedNetwork or a fitted estimator"),
        ("m.safetensors", {}, "got str"),
    ],
)
def test_what_cannot_be_exported_is_refused(model, options, said, tmp_path):
    with pytest.raises(SettingError, match=said):
        to_onnx(model, tmp_path / "m.onnx", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        to_onnx(TRAINED, tmp_path / "nowhere" / "m.onnx")


def test_other_operator_sets(tmp_path):
    rows = random_rows(TRAINED.network)
    for opset in (18, 19, 21, 23):
        to_onnx(TRAINED, tmp_path / "m.onnx", opset=opset)
        found = run(tmp_path / "m.onnx", {"X": rows})["outputs"]
        np.testing.assert_allclose(found, TRAINED.predict(rows), atol=1e-6)
