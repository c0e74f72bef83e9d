"""deltarule distill: what is printed and written, and what is refused."""

from __future__ import annotations

import pytest

import deltarule as dr
from deltarule.table_model import student_networks

SMALL = ("distill", "iris-model", "iris.csv", "--hidden", "4", "--out", "small.safetensors")


@pytest.fixture(autouse=True)
def few_updates(monkeypatch):
    monkeypatch.setattr(student_networks, "MIN_UPDATES", 200)


def test_sizes_and_scores_of_both_models(run, iris_model, folder):
    outcome = run(*SMALL)
    assert (outcome.status, outcome.err) == (0, "")
    assert "30 test rows that the model was tested on in training" in outcome.out
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["networks", "8", "1"] in lines
    assert ["hidden", "units", "8", "4"] in lines
    sizes = next(line for line in lines if line[:3] == ["bytes", "as", "C"])
    assert int(sizes[4].replace(",", "")) < int(sizes[3].replace(",", "")) / 4
    assert lines[-1][-6:] == ["export", "small.safetensors", "--to", "c", "--out", "small.c"]
    assert len(dr.load("small.safetensors").networks) == 1
    assert run("export", "small.safetensors", "--to", "c", "--out", "small.c").status == 0
    assert "from a model of 8 networks" in run("inspect", "small.safetensors").out


def test_as_json(run, iris_model):
    (record,) = run(*SMALL, "--json", "--networks", "2", "--seed", "1").events
    assert record["tested_in_training"]
    assert record["distilled"]["networks"] == 2
    assert record["distilled"]["hidden_units"] == [4]
    assert record["distilled"]["c_flash_bytes"] < record["model"]["c_flash_bytes"]
    stored = dr.load("iris-model/model.safetensors").about["test_scores"]
    assert record["model"]["scores"]["log_loss"] == pytest.approx(stored["log_loss"])
    assert record["distilled"]["scores"].keys() == record["model"]["scores"].keys()


def test_test_rows_of_ones_own(run, iris_model, folder):
    lines = (folder / "iris.csv").read_text().splitlines(keepends=True)
    (folder / "test.csv").write_text("".join([lines[0], *lines[1::10]]))
    outcome = run(*SMALL, "--test", "test.csv")
    assert (outcome.status, outcome.err) == (0, "")
    assert "15 test rows\n" in outcome.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("iris.csv", "--out", "small.c"), "--out must end in .safetensors"),
        (("iris.csv", "--out", "iris-model/model.safetensors"), "another file than the model"),
        (("iris.csv",), "needs --out"),
        (("--out", "s.safetensors"), "needs a SOURCE"),
        (
            ("iris.csv", "--out", "s.safetensors", "--hidden", "500,500"),
            "--hidden must make a smaller model",
        ),
        (("iris.csv", "--out", "s.safetensors", "--units", "3"), "does not know '--units'"),
        (("absent.csv", "--out", "s.safetensors"), "no file absent.csv"),
    ],
)
def test_refusals_write_nothing(run, iris_model, folder, words, message):
    before = (folder / "iris-model" / "model.safetensors").read_bytes()
    outcome = run("distill", "iris-model", *words)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err
    assert not [path for path in folder.iterdir() if path.name.startswith("s")]
    assert (folder / "iris-model" / "model.safetensors").read_bytes() == before


def test_export_names_the_command_that_makes_a_smaller_model(run, iris_model):
    outcome = run("export", "iris-model", "--to", "c", "--out", "iris.c", "--networks", "1")
    assert (outcome.status, outcome.out) == (2, "")
    assert "Make a smaller model with deltarule distill" in outcome.err


def test_the_number_of_networks_is_called_as_it_is_typed(refused, iris_model, folder):
    message = refused(
        "distill", "iris-model", "iris.csv", "--out", "s.safetensors", "--networks", "0"
    )
    assert "--networks must be between 1 and 100, got 0" in message
    assert not (folder / "s.safetensors").exists()
