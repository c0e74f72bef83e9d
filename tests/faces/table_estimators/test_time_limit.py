"""Time limits include the preparation, apply to every network, and are explained."""

from __future__ import annotations

import time
from argparse import Namespace

import numpy as np
import pytest

import deltarule
from deltarule import TableSettings, TabularClassifier
from deltarule.cli import main
from deltarule.cli.command_text import _another
from deltarule.data import read_table
from deltarule.errors import SettingError
from deltarule.preprocessing import ClassTarget
from deltarule.stopping import StopReason
from deltarule.table_model.design import LabeledTable
from deltarule.table_model.design_training import design_training
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model_fitting import fit_model

pytestmark = pytest.mark.alone

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 12))
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int32)


def _fitted(settings: TableSettings, seconds_ago: float, threads: int, rows: int = 300):
    x = np.resize(X, (rows, 12))
    table = read_table({f"x{i}": column for i, column in enumerate(x.T)})
    labeled = LabeledTable(
        table, ClassTarget("y", ("no", "yes")), np.resize(Y, rows), np.arange(rows)
    )
    started = time.perf_counter() - seconds_ago
    options = RunOptions(threads=threads)
    design = design_training(labeled, settings, options, encoded_target=None, started=started)
    return fit_model(design, options)


@pytest.mark.parametrize("threads", [1, 2])
def test_networks_after_the_time_limit_are_skipped(threads) -> None:
    """The limit passed long before training: only the first networks are trained."""
    settings = TableSettings(folds=20, time_limit_s=5.0)
    late = _fitted(settings, 100, threads)
    assert 1 <= len(late.trainings) <= threads
    assert late.explanation.startswith(
        f"Stopped by the time limit of 5 s: {len(late.trainings)} of 20 networks trained for "
    )
    (note,) = late.notes
    assert note.startswith("The time limit of 5 s was exceeded: ")
    assert "took 100." in note


@pytest.fixture
def no_time_left(monkeypatch) -> None:
    """Leave no time for training after the limit, so that a fast machine gets the fewest rows too."""
    monkeypatch.setattr("deltarule.table_model.time_budget._MIN_TRAINING_S", 1e-9)


@pytest.mark.usefixtures("no_time_left")
def test_a_time_limit_reduces_the_rows() -> None:
    """The limit has passed: few rows are drawn by the seed, with a note."""
    late = _fitted(TableSettings(time_limit_s=5.0), 100, 2, rows=30_000)
    assert late.notes[0] == (
        "Within the time limit of 5 s the model was trained on 500 of 30,000 rows, drawn at random."
    )
    rows = late.design.rows
    assert len(late.design.targets) == len(rows) <= 500
    assert rows.max() > 15_000
    again = _fitted(TableSettings(time_limit_s=5.0), 100, 2, rows=30_000)
    np.testing.assert_array_equal(again.design.rows, rows)
    other = _fitted(TableSettings(time_limit_s=5.0, seed=1), 100, 2, rows=30_000)
    assert not np.array_equal(other.design.rows, rows)


@pytest.mark.usefixtures("no_time_left")
def test_rows_that_were_not_drawn_are_not_counted() -> None:
    x = RNG.normal(size=(30_000, 3))
    table = {f"x{i}": column for i, column in enumerate(x.T)} | {"y": x[:, 0] > 0}
    run = deltarule.train(table, "y", time_limit_s=1e-3)
    rows = run.model.about["rows"]
    assert rows["training"] + rows["validation"] <= 500
    assert rows["test"] == 6000
    assert any("trained on 500 of 24,000 rows" in note for note in run.notes)


def test_an_exceeded_time_limit_is_reported_on_the_screen(tmp_path, capsys) -> None:
    rows = RNG.normal(size=(20_000, 20))
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", header=",".join(f"c{i}" for i in range(20)),
               comments="")  # fmt: skip
    words = ["train", str(tmp_path / "t.csv"), "--target", "c0", "--out", str(tmp_path / "m")]
    assert main([*words, "--time-limit-s", "0.001", "--no-report"]) == 0
    screen = " ".join(capsys.readouterr().out.split())
    note = "Note The time limit of 0.001 s was exceeded: reading the table alone took "
    assert note in screen


def test_a_time_limit_begins_when_reading_did() -> None:
    table = read_table({"x": X[:, 0], "y": Y})
    started = time.perf_counter() - 100
    late = deltarule.train(table, "y", time_limit_s=5.0, started=started)
    assert late.limited_by_time
    assert any("reading the table alone took 100." in note for note in late.training_notes)


def test_a_time_limit_that_is_not_reached_changes_nothing() -> None:
    settings = TableSettings(folds=3, epochs=2)
    free = _fitted(settings, 0, 2)
    limited = _fitted(TableSettings(folds=3, epochs=2, time_limit_s=600), 0, 2)
    for ours, theirs in zip(limited.model.networks, free.model.networks, strict=True):
        np.testing.assert_array_equal(ours.parameters.flat(), theirs.parameters.flat())
    assert limited.explanation == free.explanation
    assert limited.notes == free.notes == ()


def test_the_explanation_names_the_time_limit() -> None:
    model = TabularClassifier(time_limit_s=0.25, folds=60, random_state=0).fit(X, Y)
    explanation = model.model_.about["explanation"]
    assert explanation.startswith("Stopped by the time limit of 0.25 s: "), explanation
    one = TabularClassifier(time_limit_s=0.25, folds=1, random_state=0, epochs=100_000).fit(X, Y)
    explanation = one.model_.about["explanation"]
    assert explanation.startswith("Stopped by the time limit of 0.25 s after epoch "), explanation


def test_the_next_command_suggests_more_time() -> None:
    noisy = np.where(np.arange(len(Y)) % 4 == 0, Y[0], Y)  # no run has a perfect score
    table = {f"x{i}": column for i, column in enumerate(X.T)} | {"y": noisy}
    run = deltarule.train(table, "y", time_limit_s=0.25, folds=1, epochs=100_000)
    assert run.reason in (StopReason.TIME_LIMIT, StopReason.EPOCHS_DONE)
    options = Namespace(hidden=None, optimizer=None)
    assert _another(options, run) == ("longer", {"time_limit_s": 1.25})


def test_checkpoint_and_time_limit_exclude_each_other(tmp_path) -> None:
    table = {f"x{i}": column for i, column in enumerate(X.T)} | {"y": Y}
    checkpoint = deltarule.Checkpoint(tmp_path / "c.safetensors")
    with pytest.raises(SettingError, match=r"`checkpoint` cannot be used with `time_limit_s`"):
        deltarule.train(table, "y", time_limit_s=5.0, checkpoint=checkpoint)
