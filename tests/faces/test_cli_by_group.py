"""deltarule train --by and what the other commands do with its file."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time

import pytest
from faces.conftest import ENGINE
from unit.table_model.grouped_tables import sales

import deltarule as dr

SMALL = ("--engine", ENGINE, "--epochs", "4", "--folds", "2", "--hidden", "6", "--drop", "sold")


@pytest.fixture
def table(folder):
    """sales.csv: rows of three shops, of one with too few rows, and without a shop."""
    cells = sales()
    with open(folder / "sales.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(cells)
        writer.writerows(
            ["" if cell is None else cell for cell in row]
            for row in zip(*cells.values(), strict=True)
        )
    return cells


@pytest.fixture
def stores(run, table):
    """The output folder of a training."""
    outcome = run(
        "train", "sales.csv", "--target", "amount", "--by", "shop", "--out", "stores", *SMALL
    )
    assert outcome.status == 0, outcome.err
    return outcome


def test_the_screen_compares_the_models_with_that_of_all_rows(stores):
    assert "3 models, one for each 'shop', and one of all rows" in stores.out
    assert "one model of all rows" in stores.out
    assert "On the same test rows, one model of all rows is" in stores.out
    assert (
        "1 of 4 groups has fewer than 10 training rows and has no model of its own ('tiny')"
        in stores.out
    )
    assert "3 rows without a value of 'shop' are in no group" in stores.out
    assert "--out stores-all-rows" in stores.out


def test_the_screen_says_that_a_linear_model_is_better_than_those_of_all_groups(run, folder):
    with open(folder / "lines.csv", "w", newline="") as file:
        csv.writer(file).writerows(
            [
                ("x", "shop", "amount"),
                *((i % 97, "ab"[i % 2], 3 * (i % 97) + 5) for i in range(300)),
            ]
        )
    outcome = run("train", "lines.csv", "--target", "amount", "--by", "shop", *SMALL[:-2])
    assert outcome.status == 0, outcome.err
    assert outcome.out.count("a linear model is simpler and easier to explain.") == 1


def test_the_file_is_that_of_python(stores, folder):
    result = dr.train(
        folder / "sales.csv", "amount", by="shop", epochs=4, folds=2, hidden=(6,), drop=("sold",),
        engine=ENGINE,
    )  # fmt: skip
    model = dr.load(folder / "stores" / "model.safetensors")
    row = {"shop": "west", "price": 0.5, "color": "red"}
    assert model.predict(row).values[0] == result.model.predict(row).values[0]
    assert {*os.listdir(folder / "stores")} == {"model.safetensors", "history.csv", "report.html"}


def test_the_report_lists_the_groups(stores, folder):
    text = (folder / "stores" / "report.html").read_text()
    assert '<section id="groups">' in text
    for words in ("north", "RMSE, model of all rows", "One model of all rows", "--by shop"):
        assert words in text
    assert "3 models, one for each &#39;shop&#39;, and one of all rows, trained on " in text
    assert "1 group has no model of its own." in text
    assert "no better than one model of all rows" not in text


def test_predictions_are_those_of_the_groups(stores, run, folder, table):
    outcome = run("predict", "stores", "sales.csv", "--out", "predictions.csv")
    assert outcome.status == 0
    assert "7 of 150 rows are predicted by the model of all rows" in outcome.err
    with open(folder / "predictions.csv") as file:
        found = [float(row["amount"]) for row in csv.DictReader(file)]
    model = dr.load(folder / "stores" / "model.safetensors")
    expected = model.predict({name: table[name] for name in ("shop", "price", "color")}).values
    assert found == pytest.approx(expected.tolist(), rel=1e-8)


def test_a_streamed_table_is_predicted_and_scored_alike(stores, run, folder, table):
    import numpy as np

    from deltarule.data.read_options import ReadOptions
    from deltarule.data.streamed_table import streamed_table
    from deltarule.table_model.streamed_prediction import BatchPredictor

    model = dr.load(folder / "stores" / "model.safetensors")
    schema = model.schema.select({*model.columns, "shop", "amount"})
    with streamed_table(
        str(folder / "sales.csv"), query=None, options=ReadOptions(), hints=None,
        memory_bytes=2**28, schema=schema, folder=str(folder),
    ) as stream:  # fmt: skip
        predictor = BatchPredictor(model, stream)
        values = np.concatenate([part.values for part in predictor.predictions()])
        assert any(note.startswith("7 of 150 rows are") for note in predictor.notes)
        scoring = BatchPredictor(model, stream)
        scores = scoring.scores()
        assert scoring.notes == predictor.notes
    assert np.array_equal(values, model.predict(folder / "sales.csv").values)
    assert scores.rmse == model.evaluate(folder / "sales.csv").rmse


def test_the_other_commands_know_the_file(stores, run, folder):
    evaluated = run("evaluate", "stores", "sales.csv", "--json").events[0]
    assert evaluated["rows"] == 150
    assert any(note.startswith("7 of 150 rows are") for note in evaluated["notes"])
    inspected = run("inspect", "stores", "--json").events[0]
    assert inspected["kind"] == "grouped model"
    assert inspected["groups"] == ["north", "south", "west"]
    text = run("inspect", "stores").out
    assert "3 models, one for each 'shop'" in text
    assert "north   training rows" in text


def test_the_model_of_one_group_is_exported(stores, run, folder):
    assert run("export", "stores", "--to", "c", "--group", "west", "--out", "west.c").status == 0
    assert (folder / "west.c").exists()
    for words, sentence in (
        ((), "--group must name the group whose model to export: the file has 3, of each 'shop'"),
        (("--group", "est"), "There is no model for shop 'est'. Did you mean 'west'?"),
    ):
        outcome = run("export", "stores", "--to", "c", "--out", "x.c", *words)
        assert outcome.status != 0
        assert sentence in outcome.err
    run("train", "sales.csv", "--target", "amount", "--out", "one", "--no-report", *SMALL)
    outcome = run("export", "one", "--to", "c", "--out", "x.c", "--group", "west")
    assert "--group applies to a model that was trained with --by" in outcome.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--by", "shp"), "There is no column 'shp' in"),
        (("--by", "amount"), "--by must be another column than the target"),
        (("--by", "price"), "--by must name a column whose values repeat"),
        (("--by", "shop", "--time-limit-s", "9"), "--time-limit-s cannot be combined with --by"),
    ],
)
def test_bad_input_is_a_sentence_and_leaves_nothing(words, sentence, run, table, folder):
    outcome = run("train", "sales.csv", "--target", "amount", "--out", "bad", *words, *SMALL)
    assert outcome.status == 2
    assert sentence in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert not (folder / "bad").exists()


def test_tune_names_the_next_step(run, table):
    outcome = run("tune", "sales.csv", "--target", "amount", "--by", "shop")
    assert "give its settings to deltarule train --by" in outcome.err


def test_events_count_the_groups(run, table):
    outcome = run(
        "train", "sales.csv", "--target", "amount", "--by", "shop", "--out", "x", "--json", "--no-report",
        *SMALL,
    )  # fmt: skip
    events = [event for event in outcome.events if event["event"] == "groups"]
    assert events[-1] == {"event": "groups", "done": 3, "groups": 3}
    result = outcome.events[-1]
    assert [group["name"] for group in result["groups"]] == ["north", "south", "west"]
    assert result["test_scores"]["rows"] == result["all_rows_scores"]["rows"]


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(run, folder):
    """Many groups, killed when the first ones are in the folder."""
    rows = [f"g{i % 200},{(i * 7919) % 101},{(i * 31) % 17}" for i in range(6000)]
    (folder / "many.csv").write_text("\n".join(["group,x,y", *rows]) + "\n")
    words = [
        "train", "many.csv", "--target", "y", "--by", "group", "--task", "regression", "--no-report",
        "--epochs", "20", "--folds", "2", "--hidden", "8", "--engine", ENGINE,
    ]  # fmt: skip
    command = [sys.executable, "-m", "deltarule", *words, "--out", "killed"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list((folder / "killed").glob("checkpoint-groups-*.safetensors")):
        assert time.monotonic() < deadline
        assert process.poll() is None, "the run ended before it was killed"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    saved = len(list((folder / "killed").glob("checkpoint-groups-*.safetensors")))
    assert 0 < saved < 4  # of batches of 64 groups, the last of which has 8
    resumed = run(*words, "--out", "killed", "--resume")
    whole = run(*words, "--out", "whole")
    assert resumed.status == whole.status == 0, resumed.err
    assert f"{64 * saved} of 200 groups are finished by an earlier run." in resumed.out
    names = ("killed", "whole")
    killed, other = ((folder / name / "model.safetensors").read_bytes() for name in names)
    assert killed == other
    assert {*os.listdir(folder / "killed")} == {"model.safetensors", "history.csv"}
