"""Linear models beside the networks of a regression: what they are, when they vote, and where they go."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from unit.export.c_programs import QUANTILES, compare, library, needs_gcc
from unit.export.onnx_files import feeds_of, run

import deltarule as dr
from deltarule.cli import main
from deltarule.export import to_c, to_onnx
from deltarule.report.report_text import title
from deltarule.table_model import model_fitting
from deltarule.table_model.linear_voters import MAX_ROWS, PENALTIES, VOTES, linear_voters

ROWS, WAVES = 90, 40
LETTERS = np.array(list("abcdefghijklmnop"))


def spectra(rows: int = ROWS, seed: int = 0) -> dict[str, np.ndarray]:
    """Return smooth spectra of four substances that overlap; the target is the amount of the weakest."""
    random = np.random.default_rng(seed)
    at = np.linspace(0, 1, WAVES)
    centers = np.array([0.35, 0.45, 0.5, 0.65])
    bands = np.exp(-(((at - centers[:, None]) / 0.1) ** 2)) * np.array([[3], [3], [1], [3]])
    amounts = random.gamma(4.0, 0.25, (rows, 4))
    values = amounts @ bands + random.normal(0, 0.0005, (rows, WAVES))
    table = {f"w{i}": values[:, i] for i in range(WAVES)}
    return {**table, "code": LETTERS[random.integers(0, 16, rows)], "y": amounts[:, 2]}


@pytest.fixture(scope="module")
def result() -> dr.TableResult:
    return dr.train(spectra(), "y", test_fraction=0.2)


def alone(model: dr.TableModel) -> dr.TableModel:
    """Return the model without its linear models."""
    networks = tuple(n for n in model.networks if len(n.network.blocks) > 1)
    return dataclasses.replace(model, networks=networks, votes=())


def has_linear_models(model: dr.TableModel) -> bool:
    return len(alone(model).networks) < len(model.networks)


def test_spectra_are_predicted_with_less_than_half_the_error(result):
    model, new = result.model, spectra(400, seed=1)
    errors = [m.predict(new).values - new["y"] for m in (model, alone(model))]
    linear, networks = (np.sqrt(np.mean(e**2)) for e in errors)
    assert linear < networks / 2


def test_each_fold_has_one_with_the_votes_of_the_note(result):
    model = result.model
    count = len(alone(model).networks)
    assert len(model.networks) == 2 * count
    pair = model.votes[0], model.votes[-1]
    assert pair in VOTES
    assert model.votes == (pair[0],) * count + (pair[1],) * count
    (note,) = (note for note in result.notes if note.startswith("Linear models"))
    assert f"{pair[1]} of {sum(pair)} votes" in note


def test_they_are_ridge_regressions(monkeypatch):
    calls = []

    def seen(design, splits, outputs):
        calls.append((design, splits))
        return linear_voters(design, splits, outputs)

    monkeypatch.setattr(model_fitting, "linear_voters", seen)
    model = dr.train(spectra(), "y").model
    design, splits = calls[0]  # the others are of the linear baseline
    linear = model.networks[len(alone(model).networks) :]
    used = [j for j, f in enumerate(design.encoder.features) if f.role != "codes"]
    assert len(used) == len(design.encoder.features) - 1
    inputs = design.inputs[:, used].astype(np.float64)
    for trained, split in zip(linear, splits, strict=True):
        X, y = inputs[split.training], design.targets[split.training]
        mean, spread = X.mean(axis=0), np.maximum(X.std(axis=0), 1e-3)
        ridges = [
            Ridge(alpha=penalty * len(y), solver="cholesky").fit((X - mean) / spread, y)
            for penalty in PENALTIES
        ]
        found = trained.predict(design.inputs)[:, 0]
        gaps = [np.abs(r.predict((inputs - mean) / spread) - found).max() for r in ridges]
        assert min(gaps) < 1e-3


SOLVE = """
import hashlib
import numpy as np
from deltarule.table_model.linear_voters import _solve
values = np.random.default_rng(0).normal(size=(80, 60))
products = np.einsum("ki,kj->ij", values, values)
x = _solve(products, values[0, :60], np.array([1e-3, 1.0]))
assert np.allclose(x[1] @ (products + np.eye(60)), values[0, :60])
print(hashlib.sha256(x.tobytes()).hexdigest())
"""


def test_they_have_the_same_bits_with_the_blas_of_another_processor():
    """`numpy.linalg.solve` in the place of `_solve` differs where NumPy has OpenBLAS on x86."""
    digests = set()
    for kernels in ("Haswell", "Prescott"):
        environment = {**os.environ, "OPENBLAS_CORETYPE": kernels}
        digests.add(subprocess.check_output([sys.executable, "-c", SOLVE], env=environment))
    assert len(digests) == 1


def test_the_file_onnx_and_inspect_have_them(result, tmp_path, capsys):
    model, table = result.model, spectra(50, seed=2)
    expected = model.predict(table, quantiles=[0.05, 0.95])
    path = tmp_path / "model.safetensors"
    model.save(path)
    loaded = dr.load(path)
    assert loaded.votes == model.votes
    np.testing.assert_array_equal(
        loaded.predict(table, quantiles=[0.05, 0.95]).quantiles, expected.quantiles
    )
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out
    assert "8 and 8 linear models, predictions are averaged by votes" in lines
    assert f"8 linear models of {len(model.encoder.features) + 1} parameters" in lines
    to_onnx(model, tmp_path / "model.onnx")
    found = run(tmp_path / "model.onnx", feeds_of(model, table))
    np.testing.assert_allclose(found["value"], expected.values, rtol=1e-4, atol=1e-4)


@needs_gcc
def test_c_computes_the_same(result, tmp_path):
    to_c(result.model, tmp_path / "linear.c", quantiles=QUANTILES)
    assert (
        compare(library(tmp_path, [tmp_path / "linear.c"], "-O0"), "linear", result.model) <= 1e-4
    )


def test_the_report_and_the_summary_name_both(result):
    assert "and 8 linear models of" in result.model.summary
    assert "and 8 linear models of" in title(result)


def test_threads_change_no_bit(result):
    again = dr.train(spectra(), "y", test_fraction=0.2, threads=2).model
    for one, two in zip(result.model.networks, again.networks, strict=True):
        np.testing.assert_array_equal(one.parameters.flat(), two.parameters.flat())


def test_intervals_cover_new_rows(result):
    new = spectra(400, seed=3)
    low, high = result.model.predict(new, quantiles=[0.05, 0.95]).quantiles.T
    assert 0.8 < np.mean((new["y"] >= low) & (new["y"] <= high)) <= 1


def test_a_curve_has_none():
    random = np.random.default_rng(0)
    X = random.uniform(-2, 2, (300, 2))
    table = {"a": X[:, 0], "b": X[:, 1], "y": np.abs(X[:, 0]) - np.abs(X[:, 1])}
    assert not has_linear_models(dr.train(table, "y").model)


@pytest.mark.parametrize("settings", [{"hidden": (8,)}, {"activation": "relu"}, {"folds": 1}])
def test_networks_that_a_user_chose_and_single_ones_have_none(settings):
    assert not has_linear_models(dr.train(spectra(), "y", epochs=4, **settings).model)


def test_long_tables_have_none():
    random = np.random.default_rng(0)
    x = random.normal(size=(MAX_ROWS + 10, 2))
    table = {"a": x[:, 0], "b": x[:, 1], "y": x.sum(axis=1)}
    assert not has_linear_models(dr.train(table, "y", epochs=1, test=table).model)


def test_classes_have_none():
    table = spectra()
    table["y"] = np.where(table["y"] > 1, "much", "little")
    assert not has_linear_models(dr.train(table, "y", epochs=4).model)


def test_a_weight_of_two_is_a_row_twice():
    table = spectra(60)
    twice = {name: np.concatenate([cells, cells[:20]]) for name, cells in table.items()}
    weighted = {**table, "n": np.where(np.arange(60) < 20, 2.0, 1.0)}
    one = dr.train(twice, "y", test=table, epochs=2).model
    two = dr.train(weighted, "y", weight="n", test=weighted, epochs=2).model
    assert has_linear_models(one)
    np.testing.assert_allclose(
        one.predict(table).values, two.predict(table).values, rtol=1e-4, atol=1e-4
    )


def test_a_tuned_model_has_them_too():
    tuned = dr.tune(spectra(), "y", trials=2)
    model = tuned.result.model
    assert has_linear_models(model)
    assert model.votes[-1] / model.votes[0] > 1
