"""deltarule predict and inspect: a model file used from the command line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest

import deltarule
from deltarule.data.writing import write_csv

MODEL = "iris-model"


@pytest.fixture
def model(iris_model):
    return deltarule.load(iris_model / "model.safetensors")


def test_csv_on_standard_output(run, model):
    outcome = run("predict", MODEL, "iris.csv")
    assert (outcome.status, outcome.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    expected = model.predict("iris.csv")
    assert [row["species"] for row in rows] == expected.values.tolist()
    for index, name in enumerate(expected.classes):
        written = [float(row[f"probability of {name}"]) for row in rows]
        np.testing.assert_allclose(written, expected.probabilities[:, index], rtol=1e-8)


def test_a_csv_file(folder, run, model):
    printed = run("predict", MODEL, "iris.csv").out
    outcome = run("predict", f"{MODEL}/model.safetensors", "iris.csv", "--out", "p.csv")
    assert outcome.out == "Wrote     p.csv: 150 rows\n"
    assert (folder / "p.csv").read_text() == printed


def test_a_parquet_file_holds_every_bit(folder, run, model):
    assert run("predict", MODEL, "iris.csv", "--out", "p.parquet").status == 0
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(folder / "p.parquet").to_pydict()
    expected = model.predict("iris.csv")
    assert list(table) == list(expected.columns())
    assert table["species"] == expected.values.tolist()
    np.testing.assert_array_equal(table["probability of virginica"], expected.probabilities[:, 2])


def test_json_rows(run, model):
    events = run("predict", MODEL, "iris.csv", "--json").events
    assert len(events) == 150
    assert sum(events[0]["probabilities"].values()) == pytest.approx(1)
    outcome = run("predict", MODEL, "iris.csv", "--json", "--out", "p.csv")
    assert outcome.events == [{"event": "result", "rows": 150, "file": "p.csv"}]


def test_a_regression_has_one_column(folder, train, run):
    rows = "\n".join(f"{x},{2 * x}" for x in range(60))
    (folder / "t.csv").write_text(f"x,double\n{rows}\n")
    train("t.csv", "--target", "double")
    lines = run("predict", "t-model", "t.csv").out.splitlines()
    assert lines[0] == "double"
    assert len(lines) == 61
    assert isinstance(run("predict", "t-model", "t.csv", "--json").events[0]["prediction"], float)


def test_regression_quantiles(folder, train, run, refused):
    rows = "\n".join(f"{x},{2 * x}" for x in range(60))
    (folder / "t.csv").write_text(f"x,double\n{rows}\n")
    train("t.csv", "--target", "double")
    model = deltarule.load(folder / "t-model" / "model.safetensors")
    expected = model.predict("t.csv", quantiles=[0.05, 0.9]).quantiles
    outcome = run("predict", "t-model", "t.csv", "--quantiles", "0.05,0.9")
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert list(rows[0]) == ["double", "quantile 0.05", "quantile 0.9"]
    np.testing.assert_allclose(
        [[float(row["quantile 0.05"]), float(row["quantile 0.9"])] for row in rows],
        expected,
        rtol=1e-8,
    )
    events = run("predict", "t-model", "t.csv", "--quantiles", "0.05,0.9", "--json").events
    assert [[*event["quantiles"].values()] for event in events] == expected.tolist()
    assert list(events[0]["quantiles"]) == ["0.05", "0.9"]
    said = refused("predict", "t-model", "t.csv", "--quantiles", "a")
    assert "must be comma-separated numbers" in said
    said = refused("predict", "t-model", "t.csv", "--quantiles", "0,1")
    assert "quantiles must be numbers from 0.005 to 0.995, got (0.0, 1.0)" in said
    assert "quantiles and intervals are available" in run("inspect", "t-model").out


def test_quantiles_of_classes_are_refused(refused, model):
    said = refused("predict", MODEL, "iris.csv", "--quantiles", "0.5")
    assert "--quantiles apply to a regression, but this model predicts classes" in said


def test_predict_creates_no_folder(refused):
    said = refused("inspect", "nowhere/model.safetensors")
    assert said.endswith("it does not exist. Check the spelling.")


def test_column_order_and_other_columns_change_nothing(folder, run, model):
    rows = list(csv.DictReader(io.StringIO((folder / "iris.csv").read_text())))
    names = [name for name in reversed(rows[0]) if name != "species"]
    with (folder / "new.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["remark", *names], extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**row, "remark": "new"} for row in rows)
    assert run("predict", MODEL, "new.csv").out == run("predict", MODEL, "iris.csv").out


def test_csv_quotes_names_with_commas_and_keeps_unicode():
    file = io.BytesIO()
    write_csv({'Größe, "cm"': np.array([1.5, np.nan]), "π": np.array(["a\nb", "ß"], object)}, file)
    rows = list(csv.reader(io.StringIO(file.getvalue().decode(), newline="")))
    assert rows == [['Größe, "cm"', "π"], ["1.5", "a\nb"], ["nan", "ß"]]


def test_a_closed_pipe_is_not_an_error(folder, run, model):
    command = [sys.executable, "-m", "deltarule", "predict", MODEL]
    (folder / "many.csv").write_text(_many((folder / "iris.csv").read_text(), 60))
    with subprocess.Popen(
        [*command, "many.csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder
    ) as process:
        assert process.stdout.readline().startswith(b"species,")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141  # as a shell has it: 128 + SIGPIPE


def _many(text: str, times: int) -> str:
    head, _, rows = text.partition("\n")
    return f"{head}\n{rows * times}"


def test_inspect_describes_a_model(run, model):
    out = run("inspect", MODEL).out
    for expected in (
        "species: 3 classes (setosa, versicolor, virginica)",
        "sepal_length",
        model.encoder.describe()[0]["encoding"],
        "8, predictions are averaged; probabilities are calibrated with temperature "
        f"{model.calibration.temperature:.3g}",
        "hidden_1",
        f"{model.network.network.parameter_count:,}",
        "120 training, 0 validation, 30 test",
        "8 networks trained for 3 epochs. Each kept its best epoch by validation loss",
    ):
        assert expected in out, expected


def test_inspect_lists_each_column_with_its_kind_and_encoding_once(folder, run, train):
    rows = "\n".join(f"{x * 7 % 13},7,{'kmn'[x % 3]},{x}" for x in range(60))
    (folder / "t.csv").write_text(f"x,same,letter,y\n{rows}\n")
    train("t.csv", "--target", "y")
    columns = [line.split(maxsplit=2) for line in run("inspect", "t-model").out.splitlines()]
    encodings = {name: (kind, text) for name, kind, text in (c for c in columns if len(c) == 3)}
    assert encodings["same"] == ("dropped", "it is always '7'")
    kind, text = encodings["letter"]
    assert (kind, text.partition(";")[0]) == ("one-hot", "3 categories")


def test_inspect_describes_a_model_as_json(run, model):
    (facts,) = run("inspect", f"{MODEL}/model.safetensors", "--json").events
    assert facts["kind"] == "table model"
    assert facts["target"]["classes"] == ["setosa", "versicolor", "virginica"]
    assert facts["parameters"] == model.network.network.parameter_count
    assert (facts["networks"], facts["quantiles"]) == (8, False)
    assert facts["temperature"] == model.calibration.temperature
    assert facts["about"]["settings"]["epochs"] == 3
    assert json.dumps(facts["network"])


def test_inspect_describes_networks_and_checkpoints(folder, run):
    network = deltarule.Network([deltarule.Dense(3, "tanh"), deltarule.Dense(1)])
    rows = np.random.default_rng(0).standard_normal((20, 2))
    checkpoint = deltarule.Checkpoint(folder / "c.safetensors", every_seconds=0)
    result = deltarule.fit(
        network, rows, rows[:, 0], epochs=4, engine="reference", checkpoint=checkpoint
    )
    result.network.save(folder / "n.safetensors")
    assert "Dense, tanh" in run("inspect", "n.safetensors").out
    assert "of at most 4 epochs are done" in run("inspect", "c.safetensors").out


def test_control_characters_in_names_are_escaped(folder, train, run):
    text = (folder / "iris.csv").read_text().replace("sepal_length", "\x1b[31mred\x07")
    (folder / "evil.csv").write_text(text)
    trained = train("evil.csv", "--target", "species")
    inspected = run("inspect", "evil-model")
    for outcome in (trained, inspected):
        assert outcome.status == 0
        assert "\x1b" not in outcome.out
        assert "\\x1b[31mred" in outcome.out
