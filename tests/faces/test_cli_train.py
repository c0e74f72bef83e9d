"""deltarule train: its output and the files it writes."""

from __future__ import annotations

import csv
import json
import re
import shlex

import numpy as np
import pytest
from faces.conftest import ENGINE, QUICK

import deltarule
from deltarule.cli import main
from deltarule.cli.run_folder import default_folder
from deltarule.errors import FileError


def test_a_folder_with_a_model_and_its_history(folder, train):
    outcome = train("iris.csv", "--target", "species", "--out", "runs/first")
    assert (outcome.status, outcome.err) == (0, "")
    names = {path.name for path in (folder / "runs/first").iterdir()}
    assert names == {"model.safetensors", "history.csv"}
    with (folder / "runs/first/history.csv").open() as file:
        epochs = [(row["network"], row["epoch"]) for row in csv.DictReader(file)]
    assert epochs == [(str(network), str(epoch)) for network in range(1, 9) for epoch in (1, 2, 3)]
    model = deltarule.load(folder / "runs/first/model.safetensors")
    in_python = deltarule.train("iris.csv", target="species", epochs=3, hidden=[8], engine=ENGINE)
    assert len(model.networks) == 8
    for ours, theirs in zip(model.networks, in_python.model.networks, strict=True):
        np.testing.assert_array_equal(ours.parameters.flat(), theirs.parameters.flat())


def test_the_report_is_written_next_to_the_model(folder, run):
    outcome = run(
        "train", "iris.csv", "--target", "species", "--epochs", "2", "--hidden", "8", "--seed", "7"
    )
    assert outcome.status == 0
    report = (folder / "iris-model/report.html").read_text()
    assert "deltarule train iris.csv --target species --hidden 8 --epochs 2 --seed 7" in report
    assert "iris-model/report.html" in outcome.out


def test_output_for_people(train):
    out = train(
        "iris.csv",
        "--target",
        "species",
        "--seed",
        "1",
        "--hidden",
        "64,64",
        "--activation",
        "silu",
    ).out
    for expected in (
        "150 rows, 5 columns (4 numerical, 1 text), no missing cells",
        "species: 3 classes (setosa 50, versicolor 50, virginica 50)",
        "120 for training in 8 folds (each network validates on another fold)",
        "30 for testing",
        "8 × (4 inputs → 64 silu → 64 silu → 3 softmax",
        "parameters); their predictions are averaged",
        "of 30 test rows are classified correctly",
        "versus 33.3% for always predicting",  # one of three classes of 50
        "8 networks trained for 3 epochs. Each kept its best epoch by validation loss",
        "iris-model/model.safetensors",
    ):
        assert expected in out, expected
    assert re.search(r"3 of 3, best [123] \(network [1-8]\), loss ", out)
    assert "\x1b" not in out


def test_the_next_commands_can_be_pasted(folder, train, run, monkeypatch):
    monkeypatch.setattr("sys.argv", ["/elsewhere/bin/deltarule"])
    (folder / "my iris's.csv").write_bytes((folder / "iris.csv").read_bytes())
    outcome = train("my iris's.csv", "--target", "species")
    tries = outcome.out.partition("Try next\n")[2].splitlines()
    assert len(tries) == 3
    for line in tries:
        words = shlex.split(line)
        assert words[0] == "/elsewhere/bin/deltarule"  # as it was started: not on the PATH
        assert run(*words[1:]).status == 0, line
    assert len((folder / "predictions.csv").read_text().splitlines()) == 151
    assert (folder / "my iris's-model-seed-1/model.safetensors").exists()


def test_regression_scores_are_in_units_of_the_target(folder, train):
    rows = "\n".join(f"{x},{3 * x + 1000}" for x in range(100))
    (folder / "line.csv").write_text(f"x,y\n{rows}\n")
    out = train("line.csv", "--target", "y").out
    assert "a number from 1,000 to 1,297 (regression)" in out
    assert "R²" in out
    assert "for always predicting the mean" in out


def test_dropped_columns_are_noted(folder, train):
    rows = [f"{1000 + x},{x * 7 % 13},7,{'ab'[x % 2]}" for x in range(60)]
    (folder / "t.csv").write_text("\n".join(["id,x,same,y", *rows, "1060,3,7,"]) + "\n")
    out = train("t.csv", "--target", "y").out
    notes = [line for line in out.splitlines() if line.startswith("Note")]
    assert any("1 of 61 rows has no 'y'" in note for note in notes)
    assert any("'id' is dropped" in note for note in notes)
    assert any("'same' is dropped" in note for note in notes)


def test_json_lines_for_programs(train):
    outcome = train("iris.csv", "--target", "species", "--json")
    assert outcome.status == 0
    kinds = [event["event"] for event in outcome.events]
    assert kinds == ["read", *["epoch"] * 24, "result"]
    read, *epochs, result = outcome.events
    assert (read["rows"], read["classes"]) == (150, ["setosa", "versicolor", "virginica"])
    assert read["split"] == {"training": 120, "validation": 0, "test": 30}
    assert read["networks"] == 8
    for network in range(1, 9):
        assert [e["epoch"] for e in epochs if e["network"] == network] == [1, 2, 3]
    assert result["files"]["model"] == "iris-model/model.safetensors"
    assert result["stopped"] == "epochs_done"


def test_errors_are_json_too(run):
    outcome = run("train", "iris.csv", "--target", "spezies", "--json")
    assert (outcome.status, outcome.err) == (2, "")
    (event,) = outcome.events
    assert (event["event"], event["exit_status"]) == ("error", 2)
    assert "'species'" in event["message"]


def test_quiet_prints_nothing(train):
    outcome = train("iris.csv", "--target", "species", "--quiet")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")


def test_an_earlier_run_is_replaced_and_other_files_stay(folder, train, run):
    assert (
        run("train", "iris.csv", "--target", "species", "--epochs", "2", "--hidden", "8").status
        == 0
    )
    (folder / "iris-model/notes.txt").write_text("mine")
    first = (folder / "iris-model/model.safetensors").read_bytes()
    assert train("iris.csv", "--target", "species", "--seed", "3").status == 0
    assert (folder / "iris-model/model.safetensors").read_bytes() != first
    names = {path.name for path in (folder / "iris-model").iterdir()}
    assert names == {"model.safetensors", "history.csv", "notes.txt"}  # no report of another model


def test_a_failed_run_keeps_the_earlier_one(folder, train, refused):
    assert train("iris.csv", "--target", "species").status == 0
    refused("train", "iris.csv", "--target", "species", *QUICK, "--learning-rate", "1e30")
    refused("train", "iris.csv", "--target", "specie")


def test_several_files_a_pattern_and_a_query(folder, train):
    lines = (folder / "iris.csv").read_text().splitlines()
    for name, part in (("a", lines[1:80]), ("b", lines[80:])):
        (folder / f"part-{name}.csv").write_text("\n".join([lines[0], *part]) + "\n")
    for source in (["part-a.csv", "part-b.csv"], ["part-*.csv"]):
        assert "150 rows" in train(*source, "--target", "species", "--out", "m").out
    out = train("iris.csv", "--target", "species", "--query", "FROM source LIMIT 120").out
    assert "120 rows" in out
    query = "SELECT * FROM 'iris.csv' WHERE species <> 'setosa'"
    assert "100 rows" in train("--query", query, "--target", "species").out
    assert (folder / "table-model/model.safetensors").exists()


def test_standard_input(folder, train, monkeypatch):
    with (folder / "iris.csv").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        out = train("-", "--target", "species").out
    assert "standard input" in out
    assert "predict table-model new_rows.csv" in out


def test_repeating_a_command_gives_the_same_bits(folder, train):
    words = ["iris.csv", "--target", "species", "--hidden", "8", "--dropout", "0.1", "--l2", "1e-3"]
    train(*words, "--out", "a")
    train(*words, "--out", "b")
    a, b = (deltarule.load(folder / name / "model.safetensors") for name in "ab")
    np.testing.assert_array_equal(a.network.parameters.flat(), b.network.parameters.flat())
    assert a.about["settings"]["hidden"] == [8]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("iris.csv", "iris-model"),
        ("a/b/big.csv.gz", "big-model"),
        ("logs/*.csv", "table-model"),
        ("logs/2024-*.parquet", "2024-model"),
        ("-", "table-model"),
        ("no_ending", "no_ending-model"),
        (".csv", "csv-model"),
        ("https://example.org/data/iris.csv?raw=1#x", "iris-model"),
        ("sales/", "sales-model"),
        ("a/book.xlsx", "book-model"),
        ("a.csv.zst", "a-model"),
    ],
)
def test_the_default_folder_is_named_after_the_source(source, name):
    assert default_folder([source]) == name


def test_a_bug_is_reported_on_one_line_with_a_traceback_on_request(run, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("no such thing\nat all")

    monkeypatch.setattr("deltarule.data.table_opening.read_table", broken)
    outcome = run("train", "iris.csv", "--target", "species")
    assert outcome.status == 1
    assert len(outcome.err.splitlines()) == 1
    assert "RuntimeError: no such thing at all" in outcome.err
    assert "DELTARULE_TRACEBACK=1" in outcome.err
    monkeypatch.setenv("DELTARULE_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        main(["train", "iris.csv", "--target", "species"])


def test_lbfgs_needs_no_checkpoint_and_cannot_resume(train, refused):
    pytest.importorskip("scipy")
    assert train("iris.csv", "--target", "species", "--optimizer", "lbfgs").status == 0
    words = ("train", "iris.csv", "--target", "species", "--optimizer", "lbfgs", "--resume")
    assert "--resume cannot be used with the optimizer lbfgs" in refused(*words)


def test_under_a_time_limit_there_is_no_checkpoint_to_resume(train, refused):
    words = ("iris.csv", "--target", "species", "--time-limit-s", "30", "--no-report")
    assert train(*words).status == 0
    assert "--resume cannot be used with --time-limit-s" in refused("train", *words, "--resume")


def test_a_report_that_fails_does_not_lose_the_model(folder, run, monkeypatch):
    def full(*_, **__):
        raise FileError("Cannot write 'report.html': the disk is full.")

    monkeypatch.setattr("deltarule.report.write_report", full)
    outcome = run("train", "iris.csv", "--target", "species", "--epochs", "2", "--hidden", "8")
    assert outcome.status == 2
    assert "the disk is full. Already written: iris-model/model.safetensors" in outcome.err
    assert deltarule.load(folder / "iris-model/model.safetensors").task == "classification"


def test_json_is_strict(folder, train):
    rows = "\n".join(f"{x},{x % 2}.5" for x in range(50))
    (folder / "t.csv").write_text(f"x,y\n{rows}\n")
    outcome = train("t.csv", "--target", "y", "--json")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for line in outcome.out.splitlines():
        json.loads(line, parse_constant=refuse)
