"""One run, one folder; and where a model goes when its folder cannot take it."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

import pytest

import deltarule
from deltarule.cli import written_files
from deltarule.cli.run_folder import RunFolder
from deltarule.formats.run_lock import RunLock
from deltarule.table_model import TableResult

LOCK = ".checkpoint.safetensors.lock"
TRAIN = ("iris.csv", "--target", "species", "--out", "m", "--quiet", "--folds", "1")


def model_elsewhere(message: str) -> Path:
    match = re.search(r"The trained model was written to '([^']+)' instead\.$", message.strip())
    assert match, message
    return Path(match[1])


@pytest.fixture
def places(tmp_path_factory, monkeypatch) -> tuple[Path, Path]:
    """The home folder and the system's temporary folder."""
    home, temporary = (tmp_path_factory.mktemp(name) for name in ("home", "temporary"))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    return home, temporary


def test_a_folder_in_use_is_refused(folder, train, iris_model):
    iris_model.rename(folder / "m")
    before = {path.name: path.read_bytes() for path in (folder / "m").iterdir()}
    for words in ((), ("--resume",), ("--optimizer", "lbfgs")):
        with RunLock(folder / "m" / LOCK, "", ""):
            outcome = train(*TRAIN, *words)
        assert outcome.status == 2
        assert re.fullmatch(
            rf"deltarule: The folder 'm' is in use by another run \(process {os.getpid()} on .+, "
            r"started [-0-9]+ [:0-9]+\)\. Wait until it ends, or choose another folder with --out\.\n",
            outcome.err,
        )
    assert {path.name: path.read_bytes() for path in (folder / "m").iterdir()} == before
    assert train(*TRAIN).status == 0


def test_the_lock_of_a_killed_run_is_taken_over(folder, train):
    (folder / "m").mkdir()
    (folder / "m" / LOCK).write_text('{"process": 1, "host": "x", "started": "y"}')
    (folder / "m" / ".model.safetensors.0123abcd.part").write_bytes(b"half")
    assert train(*TRAIN).status == 0
    assert {path.name for path in (folder / "m").iterdir()} == {"model.safetensors", "history.csv"}


def test_the_folder_whose_checkpoint_a_python_run_uses_is_refused(folder, train):
    """Nothing of that run is deleted, not even the temporary file that it is writing."""
    (folder / "m").mkdir()
    part = folder / "m" / ".checkpoint.safetensors.0123abcd.part"
    part.write_bytes(b"half")
    outcomes = []

    def train_again(event: deltarule.training.EpochEvent) -> None:
        outcomes.append(train(*TRAIN))

    deltarule.fit(
        deltarule.Network([deltarule.Dense(1)]),
        [[0.0], [1.0]],
        [0.0, 1.0],
        epochs=1,
        callbacks=[train_again],
        checkpoint=deltarule.Checkpoint(folder / "m" / "checkpoint.safetensors"),
    )
    assert outcomes[0].status == 2
    assert "The folder 'm' is in use by another run (process" in outcomes[0].err
    assert part.exists()


def test_a_deleted_folder(folder, train, places, monkeypatch):
    monkeypatch.setattr(
        "deltarule.cli.screens.QuietScreen.trained",
        lambda self: shutil.rmtree(folder / "m", ignore_errors=True),
    )
    outcome = train(*TRAIN)
    assert outcome.status == 2
    assert "Cannot write 'm/model.safetensors': its folder 'm' does not exist." in outcome.err
    model = model_elsewhere(outcome.err)
    assert model.parent.parent == folder
    assert deltarule.load(model).task == "classification"
    assert {path.name for path in model.parent.iterdir()} == {"model.safetensors", "history.csv"}


@pytest.mark.parametrize(
    ("error", "words", "place"),
    [
        (errno.ENOSPC, "the disk is full", 0),
        (errno.EROFS, "its file system is read-only", 1),
    ],
)
def test_a_folder_that_cannot_be_written(folder, train, places, monkeypatch, error, words, place):
    """After the current folder come the home folder and the temporary folder."""
    rename = os.replace

    def fail(part: str, target: str) -> None:
        if not target.startswith(str(places[place])):
            raise OSError(error, os.strerror(error))
        rename(part, target)

    monkeypatch.setattr(os, "replace", fail)
    outcome = train(*TRAIN)
    assert outcome.status == 2
    assert f"Cannot write 'm/model.safetensors': {words}" in outcome.err
    model = model_elsewhere(outcome.err)
    assert model.parent.parent == places[place]
    assert deltarule.load(model).task == "classification"
    assert not list(places[1 - place].iterdir())
    assert not (folder / "m").exists()


def test_nowhere_to_write(folder, train, monkeypatch, places):
    def full(part: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "replace", full)
    outcome = train(*TRAIN)
    assert outcome.status == 2
    assert outcome.err.startswith("deltarule: Cannot write 'm/model.safetensors': the disk is full")
    assert "instead" not in outcome.err
    assert not [*places[0].iterdir(), *places[1].iterdir()]


def test_a_folder_that_is_removed_after_the_model_was_written(folder, train, places, monkeypatch):
    remove_checkpoints = RunFolder.remove_checkpoints

    def remove_all(self: RunFolder) -> None:
        remove_checkpoints(self)
        shutil.rmtree(self.path)

    monkeypatch.setattr(RunFolder, "remove_checkpoints", remove_all)
    outcome = train(*TRAIN)
    assert outcome.status == 2
    assert "it was removed as soon as it was written" in outcome.err
    deltarule.load(model_elsewhere(outcome.err))


def test_a_folder_that_is_removed_between_model_and_history(folder, train, places, monkeypatch):
    history_csv = written_files.history_csv

    def remove_first(run: TableResult) -> str:
        shutil.rmtree("m", ignore_errors=True)
        return history_csv(run)

    monkeypatch.setattr(written_files, "history_csv", remove_first)
    outcome = train(*TRAIN)
    assert outcome.status == 2
    assert "Already written" not in outcome.err
    deltarule.load(model_elsewhere(outcome.err))
