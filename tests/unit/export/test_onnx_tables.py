"""Exported models of tables predict in onnxruntime what the models predict."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from unit.export.networks import randomized
from unit.export.onnx_files import as_feed, feeds_of, onnx, run
from unit.export.random_models import ENCODERS, prediction_of, random_model, random_rows

import deltarule as dr
from deltarule.export import onnx_operations, to_onnx
from deltarule.export.onnx_columns import encode_columns
from deltarule.export.onnx_graph import FLOAT, OnnxGraph
from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.preprocessing import ClassTarget, TableEncoder
from deltarule.preprocessing.categorical import OneHotEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder, DroppedColumn
from deltarule.preprocessing.datetimes import CYCLES, DatetimeEncoder
from deltarule.preprocessing.legacy import CYCLES as LEGACY_CYCLES
from deltarule.preprocessing.legacy import LegacyDatetimeEncoder
from deltarule.preprocessing.numerical import QuantileEncoder
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.schema import TableSchema
from deltarule.training import TrainedNetwork

QUANTILES = (0.05, 0.5, 0.9)
LEGACY = Path(__file__).parents[2] / "data" / "legacy_files"
EXPECTED = json.loads((LEGACY / "expected.json").read_text())


def test_every_encoder_is_tried():
    known, found = [ColumnEncoder], set()
    while known:
        encoder = known.pop()
        known += encoder.__subclasses__()
        if not inspect.isabstract(encoder) and encoder.__module__.startswith("deltarule."):
            found.add(encoder)
    refused = {WordsEncoder}  # tests/unit/table_model/test_free_text.py
    assert {*ENCODERS, DroppedColumn, *refused} == {e for e in found if hasattr(e, "kind")}


@pytest.mark.parametrize("seed", range(60))
def test_features_have_the_same_bits(seed, monkeypatch):
    if seed % 2:
        monkeypatch.setattr(onnx_operations, "LARGE_TABLE", 0)
    model = random_model(seed)
    rows = random_rows(model, 300, seed)
    found = features(model.encoder, feeds(model, rows), marks_missing=bool(seed % 3))
    expected = model.encoder.encode(rows.values)
    # onnxruntime's sine and cosine of multiples of π/2 are 0 or ±1.
    same = (found == expected) | (np.abs(found - expected) < 1e-15)
    assert same.all()


@pytest.mark.parametrize("large_table", [0, onnx_operations.LARGE_TABLE])
@pytest.mark.parametrize("power", [-310, -5, 0, 300])
def test_numbers_beside_a_knot_have_the_same_bits(power, large_table, monkeypatch):
    monkeypatch.setattr(onnx_operations, "LARGE_TABLE", large_table)
    rng = np.random.default_rng(power + 400)
    edges = np.sort(rng.normal(size=30) * 10.0 ** rng.uniform(power, min(power + 20, 307), 30))
    encoder = TableEncoder((QuantileEncoder("x", 0, tuple(edges.tolist()), False),))
    steps = np.diff(edges)
    close = [edges[:-1] + steps * share for share in (1e-17, 1e-16, 2e-16, 1e-15)]
    close += [edges[1:] - steps * share for share in (1e-17, 1e-16, 2e-16, 1e-15)]
    x = np.concatenate([edges, *close])
    for _ in range(3):
        x = np.concatenate([x, np.nextafter(x, np.inf), np.nextafter(x, -np.inf)])
    found = features(encoder, {"x": x[:, None]})
    np.testing.assert_array_equal(found, encoder.encode([x]))


def test_the_last_microsecond_of_a_month_has_the_same_bits():
    months = np.arange("-4000-01", "9999-12", dtype="datetime64[M]")
    times = months.astype("datetime64[us]") - np.timedelta64(1, "us")
    encoder = TableEncoder(
        (
            DatetimeEncoder("x", 0, 9000.0, 900.0, tuple(CYCLES), False),
            LegacyDatetimeEncoder("y", 0, 9000.0, 9000.0, 900.0, tuple(LEGACY_CYCLES), False),
        )
    )
    feed = as_feed(times, "datetime")
    found, expected = features(encoder, {"x": feed, "y": feed}), encoder.encode([times, times])
    assert ((found == expected) | (np.abs(found - expected) < 1e-15)).all()


def features(encoder, cells, *, marks_missing=False):
    """Return the features that onnxruntime computes, in the order of the encoder."""
    g = OnnxGraph(encoder.columns)
    columns = encode_columns(g, encoder, TableSchema(), marks_missing=marks_missing)
    g.output("features", columns.features, FLOAT, ["N", None], "")
    found = run(g.model(18, "", {}).SerializeToString(), cells)["features"]
    return found[:, np.argsort(columns.order)]


@pytest.mark.parametrize("seed", range(60))
def test_predictions_are_equal(seed, tmp_path):
    model = random_model(seed)
    rows = random_rows(model, 200, seed, far=False)
    levels = () if model.target.classes else QUANTILES
    summary = to_onnx(model, tmp_path / "m.onnx", quantiles=levels)
    found = run(tmp_path / "m.onnx", feeds(model, rows))
    assert list(found) == list(summary.outputs)
    compare(found, prediction_of(model, rows, levels))


@pytest.mark.parametrize("name", ["table_classifier", "table_regressor", "version_3"])
def test_old_model_files(name, tmp_path):
    model = dr.load(LEGACY / f"{name}.safetensors")
    cells = EXPECTED["version_3_rows" if name == "version_3" else "rows"]
    rows = {column: [row[column] for row in cells] for column in cells[0]}
    to_onnx(model, tmp_path / "m.onnx")
    # The weights of the regression are so large that engines differ by as much.
    atol = 2e-5 if name == "table_regressor" else 1e-6
    compare(run(tmp_path / "m.onnx", feeds_of(model, rows)), model.predict(rows), atol)


def test_one_network_with_many_quantiles_is_small(tmp_path):
    rng = np.random.default_rng(0)
    table = {
        "x": rng.normal(size=3000),
        "few": rng.integers(0, 60, 3000),
        "y": rng.normal(size=3000),
    }
    model = dr.train(table, "y", folds=1, epochs=1, hidden=(160, 160)).model
    model.save(tmp_path / "m.safetensors")
    to_onnx(model, tmp_path / "m.onnx")
    sizes = [(tmp_path / f"m.{suffix}").stat().st_size for suffix in ("onnx", "safetensors")]
    assert sizes[0] <= 1.1 * sizes[1]
    exact = [TrainedNetwork(n.network, n.parameters.astype(np.float64)) for n in model.networks]
    found = run(tmp_path / "m.onnx", feeds_of(model, table))
    compare(found, replace(model, networks=tuple(exact)).predict(table), atol=5e-6)


def test_a_trained_model_is_small(tmp_path):
    rng = np.random.default_rng(0)
    table = {f"x{i}": rng.normal(size=400) for i in range(6)}
    table |= {"city": rng.choice(["Wien", "Graz", "Linz"], 400), "flag": rng.random(400) < 0.5}
    table["y"] = table["x0"] + (table["city"] == "Wien") + 0.1 * rng.normal(size=400)
    model = dr.train(table, "y", epochs=2).model
    model.save(tmp_path / "m.safetensors")
    summary = to_onnx(model, tmp_path / "m.onnx")
    assert summary.facts["nodes"] <= 150
    sizes = [(tmp_path / f"m.{suffix}").stat().st_size for suffix in ("onnx", "safetensors")]
    assert sizes[0] <= 1.1 * sizes[1]
    found = run(tmp_path / "m.onnx", feeds_of(model, table))
    exact = [TrainedNetwork(n.network, n.parameters.astype(np.float64)) for n in model.networks]
    compare(found, replace(model, networks=tuple(exact)).predict(table), atol=5e-6)


@pytest.mark.parametrize("labels", [["no", "yes"], [0, 1], [False, True], [2**60, 2**60 + 1]])
def test_labels_have_the_type_of_the_column(labels, tmp_path):
    x = np.arange(40.0)
    model = dr.train({"x": x, "y": labels * 20}, "y", folds=1, epochs=2, hidden=(4,)).model
    to_onnx(model, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", {"x": x[:, None]})["label"]
    expected = model.predict({"x": x}).values
    assert found.tolist() == expected.tolist()
    assert found.dtype.kind == expected.dtype.kind


def test_other_spellings_of_numbers_are_levels(tmp_path):
    encoder = TableEncoder((OneHotEncoder("code", 0, ("1.0", "2", "x"), 0),))
    last = Dense(2, "softmax")
    network = randomized(Network([last], 3), np.random.default_rng(0), np.float32)
    model = dr.TableModel((network,), encoder, ClassTarget("y", ("a", "b")), {})
    to_onnx(model, tmp_path / "m.onnx")
    texts = np.array(["1.0", "1", "2", "x", "new", ""], dtype=object)
    found = run(tmp_path / "m.onnx", {"code": texts[:, None]})
    compare(found, model.predict({"code": [*texts[:5], None]}))


def test_columns_may_have_the_names_of_outputs(tmp_path):
    rng = np.random.default_rng(0)
    table = {name: rng.normal(size=40) for name in ("label", "v1", "c1")}
    table["y"] = ["a", "b"] * 20
    model = dr.train(table, "y", folds=1, epochs=2, hidden=(4,)).model
    to_onnx(model, tmp_path / "m.onnx")
    found = run(tmp_path / "m.onnx", feeds_of(model, table))
    assert list(found) == ["label_2", "probabilities"]
    expected = model.predict(table).probabilities
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-6)


def test_a_column_without_a_name(tmp_path):
    table = {"": ["p", "q"] * 20, "y": ["a", "b"] * 20}
    model = dr.train(table, "y", folds=1, epochs=2, hidden=(4,)).model
    assert list(to_onnx(model, tmp_path / "m.onnx").inputs) == ["unnamed"]


def test_inputs_say_their_unit(tmp_path):
    weights = [f"{i} kg" for i in range(40)]
    model = dr.train(
        {"w": weights, "y": ["a", "b"] * 20}, "y", folds=1, epochs=2, hidden=(4,), keep=("w",)
    ).model
    assert "the unit kg" in to_onnx(model, tmp_path / "m.onnx").inputs["w"]


def test_the_same_model_gives_the_same_bytes(tmp_path):
    model = random_model(1)
    for name in ("a", "b"):
        to_onnx(model, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert onnx.load(tmp_path / "a").doc_string == model.summary


def feeds(model, rows):
    """Return the inputs for random rows."""
    return {
        encoder.column: as_feed(rows.texts.get(encoder.column, values), encoder.values)
        for encoder, values in zip(model.encoder.used, rows.values, strict=True)
    }


def compare(found, expected, atol=1e-6):
    """Probabilities and numbers are equal up to `atol`, labels where there is no tie."""
    if expected.probabilities is None:
        np.testing.assert_allclose(found["value"], expected.values, 1e-6, atol)
        if expected.quantiles is not None:
            np.testing.assert_allclose(found["quantiles"], expected.quantiles, 1e-6, atol)
        return
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=atol)
    ordered = np.sort(expected.probabilities, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 1e-5
    same = found["label"] == expected.values
    if not same[clear].all():  # by a threshold, which few probabilities are near
        assert (~same).mean() < 0.02
