"""Ctrl-C, SIGTERM and SIGKILL: nothing learned is lost."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import deltarule.cli
from deltarule.cli.signals import Aborted, Interruption, Phase
from deltarule.data.duckdb_connection import connection

pytestmark = pytest.mark.alone

LONG = (
    "train", "iris.csv", "--target", "species", "--no-report", "--out", "m", "--hidden", "8",
    "--epochs", "1000000", "--patience-epochs", "1000000", "--checkpoint-every-s", "0",
    "--engine", "reference", "--validation-fraction", "0.25", "--optimizer", "adam",
)  # fmt: skip


@pytest.fixture(autouse=True)
def hangups_end_a_program():
    """Let the tests pass under nohup, which has every program below it ignore SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "deltarule", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def written_at(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


def wait_until(happened: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_training_cleanly(folder, number):
    process = start(folder, *LONG)
    wait_until((folder / "m/checkpoint.safetensors").exists)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert err == ""
    assert "Interrupted after epoch" in out
    assert "--resume" in out
    about = deltarule.load(folder / "m/model.safetensors").about
    assert about["stopped"] == "interrupted"
    assert about["kept_epochs"][0] >= 1
    names = {path.name for path in (folder / "m").iterdir()}
    assert names == {"model.safetensors", "history.csv", "checkpoint.safetensors"}


def test_a_killed_and_resumed_run_equals_an_uninterrupted_run(folder):
    """A run killed twice, and one that nobody disturbed, end in the same bits."""
    words = ["300" if word == "1000000" else word for word in LONG]
    checkpoint = folder / "m/checkpoint.safetensors"
    for extra in ([], ["--resume"]):
        before = written_at(checkpoint)
        process = start(folder, *words, *extra)
        wait_until(lambda before=before: written_at(checkpoint) != before)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not (folder / "m/model.safetensors").exists(), "it ended before it was killed"
    process = start(folder, *words, "--resume")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "All 300 epochs were run" in out
    assert re.search(r"Note +The run continues after epoch [0-9]+ of 300\.", out)
    assert "--resume" not in out  # a finished run has nothing to resume
    assert {p.name for p in (folder / "m").iterdir()} == {"model.safetensors", "history.csv"}
    alone = deltarule.train(
        "iris.csv", target="species", hidden=(8,), epochs=300, patience_epochs=300,
        validation_fraction=0.25, optimizer="adam", engine="reference",
    )  # fmt: skip
    resumed = deltarule.load(folder / "m/model.safetensors")
    np.testing.assert_array_equal(
        resumed.network.parameters.flat(), alone.model.network.parameters.flat()
    )
    history = np.genfromtxt(folder / "m/history.csv", delimiter=",", names=True)
    np.testing.assert_array_equal(
        history["validation_loss"], alone.training.history.validation_loss
    )


def test_a_checkpoint_of_other_settings_is_refused(folder, run, refused):
    process = start(folder, *LONG)
    wait_until((folder / "m/checkpoint.safetensors").exists)
    process.kill()
    process.communicate()
    for left in [*(folder / "m").glob(".*.part"), *(folder / "m").glob(".*.lock")]:
        left.unlink()
    message = refused(*LONG, "--seed", "1", "--resume", "--quiet")
    assert "other settings" in message


def test_resume_without_a_checkpoint_starts_from_the_beginning(run):
    words = ("train", "iris.csv", "--target", "species", "--no-report", "--engine", "reference")
    outcome = run(*words, "--epochs", "2", "--resume")
    assert outcome.status == 0
    assert "There is no checkpoint in iris-model" in outcome.out


def test_an_interrupt_before_training_writes_nothing(folder, run, monkeypatch):
    def interrupted(*_, **__):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("deltarule.data.table_opening.opened_table", interrupted)
    outcome = run("train", "iris.csv", "--target", "species")
    assert outcome.status == 128 + signal.SIGTERM
    assert outcome.err == "deltarule: Interrupted. Nothing was written.\n"
    assert [path.name for path in folder.iterdir()] == ["iris.csv"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "words",
    [
        ("predict", "iris-model", "iris.csv", "--out", "p.csv"),
        ("evaluate", "iris-model", "iris.csv"),
        ("inspect", "iris-model"),
    ],
)
def test_an_interrupt_of_another_command(iris_model, folder, run, monkeypatch, words, number):
    def interrupted(*_, **__):
        signal.raise_signal(number)

    monkeypatch.setattr("deltarule.formats.model_file.read_model", interrupted)
    monkeypatch.setattr("deltarule.table_model.load", interrupted)
    outcome = run(*words)
    assert outcome.status == 128 + number
    assert outcome.err == "deltarule: Interrupted. Nothing was written.\n"
    assert not (folder / "p.csv").exists()


def test_a_signal_while_python_executes_a_text_has_the_status_of_the_signal(folder):
    """Python remembers a KeyboardInterrupt that passed `exec`, as in dataclasses, and exits by SIGINT."""
    code = (
        "import sys, signal, deltarule.cli.app as app; "
        "app._run = lambda _: exec('signal.raise_signal(signal.SIGTERM)'); sys.exit(app.main(['x']))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 143


def test_a_signal_during_imports_is_one_sentence(capsys, monkeypatch):
    class Interrupting:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "deltarule.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "deltarule.cli.app", raising=False)
    monkeypatch.delattr(deltarule.cli, "app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert deltarule.cli.main(["--version"]) == 130
    assert capsys.readouterr().err == "deltarule: Interrupted. Nothing was written.\n"


def test_an_interrupted_query():
    """DuckDB turns a signal during a query into an error of its own."""
    with pytest.raises(KeyboardInterrupt), connection():
        raise RuntimeError("Query interrupted")


def test_effect_of_a_signal_in_each_phase():
    with Interruption() as interruption:
        interruption.training_started()
        signal.raise_signal(signal.SIGINT)  # remembered
        assert interruption.exit_status == 130
        with pytest.raises(KeyboardInterrupt):
            interruption.tick()
        interruption.training_ended()
        interruption.tick()
        with pytest.raises(Aborted):
            signal.raise_signal(signal.SIGINT)
    with Interruption() as interruption:
        assert interruption.phase is Phase.BEFORE
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with Interruption() as interruption:
        interruption.training_started()
        interruption.training_ended()
        signal.raise_signal(signal.SIGTERM)
        assert interruption.exit_status == 143


def test_a_second_signal_aborts_training(folder, run, monkeypatch):
    def twice(self, progress):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("deltarule.cli.screens.QuietScreen.progress", twice)
    words = ("train", "iris.csv", "--target", "species", "--quiet", "--engine", "reference")
    outcome = run(*words, "--folds", "1")
    assert outcome.status == 130
    assert outcome.err == "deltarule: Interrupted. Nothing was written.\n"
    assert [path.name for path in folder.iterdir()] == ["iris.csv"]


def test_a_second_signal_while_the_first_ends_the_command(folder, run, monkeypatch):
    def stop(*_, **__):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("deltarule.data.table_opening.opened_table", stop)
    monkeypatch.setattr("deltarule.cli.run_folder.RunFolder.close", stop)
    outcome = run("train", "iris.csv", "--target", "species")
    assert (outcome.status, outcome.err) == (128 + signal.SIGTERM, "deltarule: Interrupted.\n")


def test_a_second_signal_while_writing_lists_the_written_files(folder, run, monkeypatch):
    def twice(*_, **__):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("deltarule.report.write_report", twice)
    outcome = run("train", "iris.csv", "--target", "species", "--quiet", "--epochs", "3")
    assert outcome.status == 130
    assert "Interrupted. Already written: iris-model/model.safetensors" in outcome.err
    assert deltarule.load(folder / "iris-model/model.safetensors").task == "classification"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_a_long_epoch_is_interrupted():
    with Interruption() as interruption:
        interruption.training_started()
        signal.raise_signal(signal.SIGINT)
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            time.sleep(5)
        assert 0.3 < time.monotonic() - begin < 2
