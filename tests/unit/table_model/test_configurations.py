"""Networks of several shapes with votes: the weighted mean, in files and in exported formats."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from unit.export.c_programs import QUANTILES, compare, library, needs_gcc
from unit.export.onnx_files import feeds_of, run

import deltarule as dr
from deltarule.cli import main
from deltarule.errors import ModelFileError
from deltarule.export import to_c, to_onnx
from deltarule.formats.model_file import read_model, write_model
from deltarule.table_model import TableModel, configurations
from deltarule.training.trained_network import NetworkGroup

ROWS = {"x": np.linspace(-3, 3, 40), "color": ["red", "green"] * 20}
TARGETS = {
    "classification": np.where(np.abs(ROWS["x"]) > 1, "far", "near"),
    "regression": ROWS["x"] ** 2,
}
VOTES = (3, 3, 1)


@pytest.fixture(scope="module", params=TARGETS)
def model(request) -> TableModel:
    """Return a model of two networks of one shape with 3 votes each, and one of another with 1."""
    table = {**ROWS, "y": TARGETS[request.param]}
    first = dr.train(table, "y", folds=2, epochs=4, hidden=(8,)).model
    second = dr.train(table, "y", folds=1, epochs=4, hidden=(5, 3), seed=1).model
    networks = first.networks + second.networks
    encoder = first.encoder
    assert encoder.encode(encoder.cast(first.read(ROWS))).shape[1] == second.network.network.inputs
    return replace(first, networks=networks, votes=VOTES)


def features(model: TableModel) -> np.ndarray:
    return model.encoder.encode(model.encoder.cast(model.read(ROWS)))


def test_the_mean_is_weighted_by_votes(model):
    inputs, temperature = features(model), model.calibration.temperature
    each = [trained.predict(inputs).astype(np.float64) for trained in model.networks]
    if model.task == "classification":
        powers = [outputs ** (1 / temperature) for outputs in each]
        each = [power / power.sum(axis=1, keepdims=True) for power in powers]
    expected = sum(votes * outputs for votes, outputs in zip(VOTES, each, strict=True)) / 7
    np.testing.assert_allclose(model.outputs_of_features(inputs), expected, rtol=1e-12, atol=1e-15)


def test_few_rows_have_the_same_bits_as_many(model):
    many = model.predict(ROWS)
    for i in (0, 17, 39):
        one = model.predict({"x": float(ROWS["x"][i]), "color": ROWS["color"][i]})
        assert one.values[0] == many.values[i]
        if many.probabilities is not None:
            assert (one.probabilities[0] == many.probabilities[i]).all()


def test_networks_of_several_shapes_predict_together_as_alone(model):
    inputs = features(model)
    together = NetworkGroup(model.networks).outputs(inputs)
    assert (together == [trained.predict(inputs) for trained in model.networks]).all()


def test_the_file_keeps_shapes_and_votes(model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    loaded = dr.load(tmp_path / "model.safetensors")
    assert loaded.votes == VOTES
    assert [t.network for t in loaded.networks] == [t.network for t in model.networks]
    assert (
        loaded.outputs_of_features(features(model)) == model.outputs_of_features(features(model))
    ).all()


def test_a_model_of_one_shape_has_no_such_entry(model, tmp_path):
    plain = replace(model, networks=model.networks[:2], votes=())
    plain.save(tmp_path / "model.safetensors")
    assert dr.load(tmp_path / "model.safetensors").votes == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda parts: parts[0].update(votes=0), "votes must be 1 to 1000, got 0"),
        (lambda parts: parts[0].update(votes=True), "votes must be 1 to 1000, got True"),
        (
            lambda parts: [part.update(votes=5) for part in parts],
            "votes of all networks must be 1 to 14, got 15",
        ),
        (lambda parts: parts[0].update(networks=10**9), "networks must be 1 to 3"),
        (lambda parts: parts.pop(), "do not fit the networks"),
        (lambda parts: parts.reverse(), "do not fit the networks"),
        (lambda parts: parts[1]["network"].update(inputs=99), "configuration 2"),
    ],
)
def test_impossible_configurations_are_refused(model, tmp_path, monkeypatch, change, message):
    monkeypatch.setattr(configurations, "MAX_ALL_VOTES", 14)
    path = tmp_path / "model.safetensors"
    model.save(path)
    file = read_model(path, kind="table model")
    change(file.description["configurations"])
    write_model(path, file.description, file.arrays, kind="table model")
    with pytest.raises(ModelFileError, match=message):
        dr.load(path)


def test_onnx_computes_the_same(model, tmp_path):
    path = tmp_path / "model.onnx"
    to_onnx(model, path)
    found = run(path, feeds_of(model, ROWS))
    expected = model.predict(ROWS)
    name, values = (
        ("value", expected.values)
        if expected.probabilities is None
        else ("probabilities", expected.probabilities)
    )
    np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-6)


@needs_gcc
def test_c_computes_the_same(model, tmp_path):
    quantiles = QUANTILES if model.task == "regression" else ()
    to_c(model, tmp_path / "tuned.c", quantiles=quantiles)
    assert compare(library(tmp_path, [tmp_path / "tuned.c"], "-O0"), "tuned", model) <= 5e-6


def test_inspect_lists_the_configurations(model, tmp_path, capsys):
    path = tmp_path / "model.safetensors"
    model.save(path)
    first, _, last = (trained.network.parameter_count for trained in model.networks)
    assert main(["inspect", str(path)]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    place = lines.index(f"2 networks of {first} parameters with 3 votes each")
    assert lines[place + 1] == f"1 network of {last} parameters with 1 vote"
    assert main(["inspect", str(path), "--json"]) == 0
    parts = json.loads(capsys.readouterr().out)["configurations"]
    assert [(part["networks"], part["votes"]) for part in parts] == [(2, 3), (1, 1)]


def test_a_model_with_votes_is_distilled(model):
    table = {**ROWS, "y": TARGETS[model.task]}
    small = dr.distill(model, table, hidden=(2,))
    assert len(small.model.networks) == 1
    assert small.model.votes == ()
    assert small.teacher_parameters == sum(t.network.parameter_count for t in model.networks)


def test_distilling_and_the_card_show_the_sizes_of_all_networks(model, tmp_path, capsys):
    table = {**ROWS, "y": TARGETS[model.task]}
    paths = [str(tmp_path / name) for name in ("model.safetensors", "rows.csv", "s.safetensors")]
    model.save(paths[0])
    rows = [f"{x},{color},{y}" for x, color, y in zip(*table.values(), strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(["x,color,y", *rows]) + "\n")
    assert main(["distill", *paths[:2], "--hidden", "2", "--out", paths[2], "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["model"]["shapes"] == [[8], [5, 3]]
    assert record["model"]["hidden_units"] is None
    assert record["distilled"]["shapes"] == [[2]]
    assert record["distilled"]["hidden_units"] == [2]
    assert main(["distill", *paths[:2], "--hidden", "2", "--out", paths[2]]) == 0
    assert "8 or 5,3" in capsys.readouterr().out
    result = replace(dr.train(table, "y", folds=1, epochs=2, hidden=(8,)), model=model)
    sizes = sorted({trained.network.parameter_count for trained in model.networks})
    assert f"{sizes[0]} to {sizes[1]}" in result._repr_html_()
