"""--memory-limit: tables that are streamed, in commands that end, are interrupted or run out of disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import deltarule

ROWS = 90_000
STREAMED = ("--memory-limit", "16MiB")
TRAIN = ("train", "table.csv", "--target", "y", "--out", "m", "--no-report", "--hidden", "8")


@pytest.fixture(scope="module")
def large_csv(tmp_path_factory) -> Path:
    """A table of which 16 MiB hold less than the rows."""
    draw = np.random.default_rng(5)
    x, level = draw.normal(size=ROWS), draw.integers(20, size=ROWS)
    lines = [
        f"{a:.12f},category number {k},{a:.9f},{'high' if a + k % 2 > 0.5 else 'low'}"
        for a, k in zip(x.tolist(), level.tolist(), strict=True)
    ]
    path = tmp_path_factory.mktemp("large") / "table.csv"
    path.write_text("x,level,twice,y\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def table(folder, large_csv) -> Path:
    os.link(large_csv, folder / "table.csv")
    return folder / "table.csv"


def files(folder: Path) -> list[str]:
    return sorted(os.listdir(folder / "m"))


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "deltarule", *words]


def test_a_streamed_training_says_what_it_does_and_leaves_a_model(folder, table, run):
    outcome = run(*TRAIN, *STREAMED, "--epochs", "2")
    assert (outcome.status, outcome.err) == (0, "")
    first, *lines = outcome.out.splitlines()
    assert first.startswith("Note      The table would take about ")
    assert "the limit is 17 MB: its rows are read in batches." in first
    assert "table.csv (header line, comma between columns): 90,000 rows" in lines[0]
    assert "The block file m/checkpoint-" in outcome.out.replace(str(folder) + "/", "")
    assert "it is removed when training has ended" in outcome.out
    assert f"{' '.join(STREAMED)}" in lines[-1]  # the next command streams too
    assert files(folder) == ["history.csv", "model.safetensors"]
    about = deltarule.load(folder / "m/model.safetensors").about
    assert sum(about["rows"].values()) == ROWS
    assert about["rows"]["training"] > 80_000


def test_json_has_the_rows_of_the_whole_table(folder, table, run):
    events = run(*TRAIN, *STREAMED, "--epochs", "1", "--json").events
    read = next(event for event in events if event["event"] == "read")
    assert read["rows"] == ROWS
    assert sum(read["split"].values()) == ROWS
    assert read["sampled_rows"] < ROWS / 3


def test_a_limit_that_suffices_changes_nothing(folder, table, run):
    outcome = run(*TRAIN, "--memory-limit", "4GB", "--epochs", "1")
    assert outcome.status == 0
    assert "batches" not in outcome.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--folds", "3", *STREAMED), "`--folds` needs all rows in memory"),
        (("--optimizer", "lbfgs", *STREAMED), "`--optimizer` needs all rows in memory"),
        (("--memory-limit", "plenty"), "`--memory-limit` must be a size such as 4GB"),
        (("--memory-limit", "1MB"), "`--memory-limit` must be at least 16MiB"),
    ],
)
def test_refusals(folder, table, run, words, sentence):
    outcome = run(*TRAIN, *words)
    assert outcome.status == 2
    assert sentence.replace("`", "") in outcome.err.replace("`", "")
    assert outcome.err.count("\n") == 1
    assert not (folder / "m").exists()


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_ended_process_is_resumed_to_the_same_model(folder, table, number):
    words = (*TRAIN, *STREAMED, "--epochs", "6", "--checkpoint-every-s", "0", "--quiet")
    whole = subprocess.run(command(*words), cwd=folder, capture_output=True, check=True)
    assert whole.stdout == whole.stderr == b""
    expected = (folder / "m/model.safetensors").read_bytes()
    (folder / "m/model.safetensors").unlink()
    process = subprocess.Popen(command(*words), cwd=folder)
    end = time.monotonic() + 60
    while not (folder / "m/checkpoint.safetensors").exists():
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    process.wait(timeout=60)
    assert [name for name in files(folder) if name.endswith(".blocks")]
    again = subprocess.run(
        command(*words, "--resume"), cwd=folder, capture_output=True, text=True, check=True
    )
    assert again.stderr == ""
    assert files(folder) == ["history.csv", "model.safetensors"]
    found, known = (
        deltarule.load(path).networks[0].parameters.flat().tobytes()
        for path in (folder / "m/model.safetensors", write(folder / "known.model", expected))
    )
    assert found == known


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.skipif(
    not hasattr(os, "fork"), reason="limits of the size of files are those of POSIX"
)
@pytest.mark.parametrize("limit", [1000, 500_000])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(folder, table, limit):
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
        "from deltarule.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *TRAIN, *STREAMED, "--epochs", "1", "--quiet"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("deltarule: ")
    assert "file too large. Free some space, or choose another folder." in ended.stderr
    assert not (folder / "m").exists()


def test_a_block_file_that_cannot_be_written_leaves_nothing(folder, table, run, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("deltarule.formats.block_writer._write", full)
    outcome = run(*TRAIN, *STREAMED, "--epochs", "1", "--quiet")
    assert outcome.status == 2
    assert outcome.err.startswith("deltarule: Cannot write ")
    assert "the disk is full" in outcome.err
    assert not (folder / "m").exists()


@pytest.fixture
def model(folder, table, run) -> str:
    assert run(*TRAIN, "--epochs", "1", "--folds", "1", "--quiet").status == 0
    return "m"


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
def test_streamed_predictions_are_those_of_memory(folder, table, model, run, name):
    run("predict", model, "table.csv", "--out", f"memory-{name}")
    outcome = run("predict", model, "table.csv", "--out", f"streamed-{name}", *STREAMED)
    assert outcome.status == 0
    assert outcome.out == f"Wrote     streamed-{name}: 90,000 rows\n"
    assert "its rows are read in batches" in outcome.err
    found, expected = ((folder / f"{way}-{name}").read_bytes() for way in ("streamed", "memory"))
    assert found == expected


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_streamed_predictions_on_standard_output(folder, table, model, run, words):
    expected = run("predict", model, "table.csv", *words)
    found = run("predict", model, "table.csv", *words, *STREAMED)
    assert found.out == expected.out
    assert expected.err == ""


def test_notes_on_streamed_rows(folder, table, model, run):
    lines = table.read_text().splitlines()
    table.unlink()
    lines[70_001] = "many,category number 3,1e999,high"
    lines[80_001] = "1.5,category number 99,0.5,"
    lines[80_002] = "1.5,category number 98,0.5,low"
    table.write_text("\n".join(lines) + "\n")
    for words in (
        ("predict", model, "table.csv", "--out", "p.csv"),
        ("evaluate", model, "table.csv"),
    ):
        expected, found = run(*words), run(*words, *STREAMED)
        notes = [
            [part for part in text.replace("\n          ", " ").splitlines() if "column" in part]
            for text in (expected.out + expected.err, found.out + found.err)
        ]
        assert notes[0] == notes[1]
    assert "1 of 90,000 values of column 'x' is not a number" in found.out
    unseen = "1 of 89,999 rows has values that the training rows did not have: 'level' (1 row, for "
    for outcome in (expected, found):  # of those that have a target
        assert unseen in outcome.out.replace("\n          ", " ")
    assert "row 70,001" in found.out


def test_streamed_scores_are_those_of_memory(folder, table, model, run):
    (expected,), (found,) = (
        run("evaluate", model, "table.csv", "--json", *words).events for words in ((), STREAMED)
    )
    assert found.pop("notes")[0].endswith("its rows are read in batches.")
    assert expected.pop("notes") == []
    assert found == expected


def test_a_streamed_prediction_that_fails_leaves_the_old_file(folder, table, model, run):
    lines = table.read_text().splitlines()
    table.unlink()
    table.write_text("\n".join([lines[0].replace("twice", "other"), *lines[1:]]) + "\n")
    (folder / "p.csv").write_text("old")
    outcome = run("predict", model, "table.csv", "--out", "p.csv", *STREAMED)
    assert outcome.status == 2
    assert "has no column 'twice'" in outcome.err
    assert (folder / "p.csv").read_text() == "old"
    assert sorted(os.listdir(folder)) == ["iris.csv", "m", "p.csv", "table.csv"]
