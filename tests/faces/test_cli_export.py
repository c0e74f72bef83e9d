"""deltarule export: formats, what is printed, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule.cli.parser import command_parser
from deltarule.export import EXPORT_FORMATS

ONNX = ("--to", "onnx", "--out", "iris.onnx")
NEEDS = "the extra onnx is not installed: pip install 'deltarule[onnx]'"


@pytest.fixture
def onnx():
    return pytest.importorskip("onnx", reason=NEEDS)


def test_a_model_of_a_table(run, iris_model, folder, onnx):
    outcome = run("export", "iris-model", *ONNX)
    assert (outcome.status, outcome.err) == (0, "")
    assert "iris.onnx" in outcome.out
    assert "sepal_length  float64, NaN if missing" in outcome.out
    assert "setosa, versicolor, virginica" in outcome.out
    onnx.checker.check_model(onnx.load(folder / "iris.onnx"), full_check=True)


def test_as_json(run, iris_model, onnx):
    (record,) = run("export", "iris-model", *ONNX, "--json").events
    assert record["format"] == "onnx"
    assert record["files"][0]["bytes"] > 1000
    assert record["nodes"] > 20
    assert list(record["outputs"]) == ["label", "probabilities"]


def test_c(run, iris_model, folder):
    outcome = run("export", "iris-model", "--to", "c", "--out", "iris.c")
    assert (outcome.status, outcome.err) == (0, "")
    assert "iris.h" in outcome.out
    assert "RAM bytes: 0" in outcome.out
    assert "sepal_length  double: a number, NaN if missing" in outcome.out
    assert "IRIS_SELF_TEST" in outcome.out
    assert "int iris_predict(const iris_row *row" in (folder / "iris.h").read_text()


@pytest.mark.parametrize("name", ["keras", "torch"])
def test_code(run, folder, name):
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    dr.MLPClassifier((3,), max_iter=5000, solver="lbfgs", random_state=0).fit(X, y).save(
        "c.safetensors"
    )
    outcome = run("export", "c.safetensors", "--to", name, "--out", "c.py")
    assert (outcome.status, outcome.err) == (0, "")
    assert "c.weights.safetensors" in outcome.out
    assert "parameters: 13" in outcome.out
    assert "python c.py" in outcome.out
    assert f"import {name}" in (folder / "c.py").read_text()


def test_quantiles(run, folder, onnx):
    x = np.arange(60.0)
    dr.train({"x": x, "y": 2 * x}, "y", epochs=2, hidden=(4,)).model.save("m.safetensors")
    outcome = run(
        "export", "m.safetensors", "--to", "onnx", "--out", "m.onnx", "--quantiles", "0.1,0.9"
    )
    assert "quantiles 0.1, 0.9" in outcome.out


def test_networks_and_estimators(run, folder, onnx):
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    dr.fit(dr.Network([dr.Dense(2, "softmax")]), X, y, epochs=2).network.save("n.safetensors")
    dr.MLPClassifier((3,), max_iter=5000, solver="lbfgs", random_state=0).fit(X, y).save(
        "c.safetensors"
    )
    dr.MLPRegressor(hidden_layer_sizes=(3,), max_iter=5000, solver="lbfgs", random_state=0).fit(
        X, y
    ).save("r.safetensors")
    keras = dr.keras.Sequential([dr.keras.Input((2,)), dr.keras.layers.Dense(3)])
    keras.save("k.safetensors")
    for name, outputs in (
        ("n", "outputs"),
        ("c", "probabilities"),
        ("r", "value"),
        ("k", "outputs"),
    ):
        said = run("export", f"{name}.safetensors", "--to", "onnx", "--out", f"{name}.onnx").out
        assert outputs in said, said
        assert (folder / f"{name}.onnx").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "onnxx", "--out", "a.onnx"), "Did you mean 'onnx'?"),
        (("--to", "onnx", "--out", "a.txt"), "--out must end in .onnx"),
        (("--to", "c", "--out", "a.h"), "--out must end in .c"),
        (("--to", "c", "--out", "nowhere/a.c"), "Cannot write 'nowhere/a.c': its folder"),
        (("--to", "keras", "--out", "a.py"), "columns of a table, which layers of Keras cannot"),
        (("--to", "torch", "--out", "a.py"), "columns of a table, which layers of PyTorch cannot"),
        (("--to", "torch", "--out", "a.py", "--quantiles", "0.5"), "not apply to the format torch"),
        (("--to", "torch", "--out", "a.pt"), "--out must end in .py"),
        (("--to", "onnx", "--out", "a.onnx", "--opset", "17"), "--opset must be between 18 and"),
        (("--to", "c", "--out", "a.c", "--opset", "18"), "--opset does not apply to the format c"),
        (("--to", "c", "--out", "a.C"), "--out must end in .c"),
        (("--to", "onnx", "--out", "."), "--out must end in .onnx"),
        (("--to", "onnx"), "needs --out"),
        (("--out", "a.onnx"), "needs --to"),
        (
            ("--to", "onnx", "--out", "a.onnx", "--quantiles", "0.5"),
            "--quantiles apply to a regression",
        ),
        (("--to", "onnx", "--out", "nowhere/a.onnx"), "does not exist"),
    ],
)
def test_refusals(refused, iris_model, folder, onnx, words, said):
    before = sorted(path.name for path in folder.iterdir())
    assert said in refused("export", "iris-model", *words)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_other_files_are_refused(refused, folder):
    legacy = Path(__file__).parents[1] / "data" / "legacy_files" / "checkpoint.safetensors"
    assert "holds no finished model" in refused("export", str(legacy), *ONNX)
    (folder / "poem.txt").write_text("Roses are red")
    assert "not a model file" in refused("export", "poem.txt", *ONNX)


def test_help_names_every_format():
    text = " ".join(command_parser("export").format_help().split())
    assert all(f"{name}: {known.label}" in text for name, known in EXPORT_FORMATS.items())


def test_a_folder_for_the_hub_has_the_sections_of_the_card(run, iris_model, folder):
    (folder / "card.md").write_text("## Intended use\nTrying tools.\n")
    words = ("export", "iris-model", "--to", "huggingface", "--out")
    outcome = run(*words, "hub", "--license", "mit", "--card", "card.md")
    assert (outcome.status, outcome.err) == (0, "")
    assert "hub/README.md" in outcome.out
    card = (folder / "hub" / "README.md").read_text()
    assert 'license: "mit"' in card
    assert "## Intended use\n\nTrying tools.\n" in card
    outcome = run(*words, "other", "--quantiles", "0.5")
    assert outcome.status == 2
    assert "--quantiles does not apply to the format huggingface" in outcome.err
    assert not (folder / "other").exists()


def test_a_folder_in_the_place_of_the_file_is_refused(refused, iris_model, folder, onnx):
    for name in ("a.onnx", "a.c"):
        (folder / name).mkdir()
        before = sorted(path.name for path in folder.iterdir())
        said = refused("export", "iris-model", "--to", name[2:], "--out", name)
        assert "it is a folder. Give the path of a file." in said
        assert sorted(path.name for path in folder.iterdir()) == before


def test_weights_beside_the_code_do_not_replace_the_model(refused, folder):
    path = folder / "net.weights.safetensors"
    network = dr.Network([dr.Dense(1, "identity")])
    dr.fit(network, np.eye(2), np.arange(2.0), epochs=1).network.save(path)
    before = path.read_bytes()
    message = refused("export", path.name, "--to", "torch", "--out", "net.py")
    assert "would replace the model file" in message
    assert path.read_bytes() == before
