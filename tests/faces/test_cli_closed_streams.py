"""Commands whose standard streams are closed: under cron, pythonw, `>&-` and a reader that left."""

from __future__ import annotations

import subprocess
import sys

import pytest

import deltarule as dr
from deltarule import keras

TRAIN = (
    "train", "iris.csv", "--target", "species", "--out", "m", "--epochs", "2", "--folds", "1",
    "--hidden", "3", "--no-report", "--engine", "reference",
)  # fmt: skip


@pytest.fixture
def closed(monkeypatch):
    """Close standard output, and other streams that are named, as Python shows it."""

    def close(*names: str) -> None:
        for name in names or ("stdout",):
            monkeypatch.setattr(sys, name, None)

    return close


@pytest.mark.parametrize("names", [("stdout",), ("stdout", "stderr")])
def test_training_needs_no_standard_output(folder, run, closed, names):
    closed(*names)
    assert run(*TRAIN).status == 0
    assert dr.load("m/model.safetensors").target.name == "species"


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("predict", "iris-model", "iris.csv"), "--out FILE"),
        (("predict", "iris-model", "iris.csv", "--json"), "--out FILE"),
        (("evaluate", "iris-model", "iris.csv"), "redirect it to a file"),
        (("inspect", "iris-model"), "redirect it to a file"),
    ],
)
def test_a_result_that_nobody_would_see_is_refused(iris_model, run, closed, words, advice):
    closed()
    outcome = run(*words)
    assert outcome.status == 2
    assert outcome.err.startswith("deltarule: Standard output is closed")
    assert advice in outcome.err


def test_predictions_in_a_file_need_no_standard_output(folder, iris_model, run, closed):
    closed("stdout", "stderr")
    assert run("predict", "iris-model", "iris.csv", "--out", "p.csv").status == 0
    assert (folder / "p.csv").exists()


def test_closed_standard_input(iris_model, run, closed):
    closed("stdin")
    outcome = run("predict", "iris-model", "-")
    assert outcome.status == 2
    assert "Standard input is closed: name a file instead of -." in outcome.err


def test_a_reader_of_warnings_that_left_does_not_end_training(folder, run, monkeypatch):
    class Left:
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Left())
    assert run("train", "no-such-file.csv", "--target", "y").status == 2
    assert run(*TRAIN).status == 0


def test_streams_that_the_shell_closed(folder):
    words = " ".join((sys.executable, "-m", "deltarule", *TRAIN))
    assert subprocess.run(["sh", "-c", f"{words} <&- >&- 2>&-"], cwd=folder).returncode == 0
    assert dr.load(folder / "m/model.safetensors").target.name == "species"


def test_verbose_without_standard_output(closed):
    X, y = [[0.0], [0.1], [0.2]], [0.0, 1.0, 2.0]
    closed()
    for verbose in (1, 2):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(X, y, epochs=1, verbose=verbose)
        estimator = dr.MLPRegressor(
            hidden_layer_sizes=(2,), solver="sgd", max_iter=60, verbose=verbose, random_state=0
        )
        estimator.set_params(tol=1e9).fit(X, y)
