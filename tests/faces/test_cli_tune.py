"""deltarule tune: what it prints and writes, interrupting and resuming, and refusals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import deltarule as dr
from deltarule.cli.app import main

ROWS = 160
SHORT = ("--folds", "3", "--epochs", "15", "--trials", "7")


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> str:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, ROWS)).round(4)
    path = tmp_path_factory.mktemp("tune") / "points.csv"
    lines = [
        "a,b,side",
        *(f"{x},{y},{'in' if x * y > 0 else 'out'}" for x, y in zip(a, b, strict=True)),
    ]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def run(*words: str) -> int:
    return main(["tune", *words])


def test_it_prints_trials_and_writes_a_model(source, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert run(source, "--target", "side", "--out", out, *SHORT) == 0
    shown = capsys.readouterr().out
    assert "Trials " in shown
    assert "settings" in shown
    assert "7 configurations tried" in shown
    assert f"deltarule tune {source} --target side" in shown  # to try next, with more trials
    assert "--trials 28" in shown
    assert sorted(os.listdir(out)) == ["history.csv", "model.safetensors", "report.html"]
    tuning = dr.load(f"{out}/model.safetensors").about["tuning"]
    assert [trial["number"] for trial in tuning["trials"]] == [*range(7)]
    report = (tmp_path / "out" / "report.html").read_text()
    assert "<h2>Tuning</h2>" in report
    assert "deltarule tune" in report
    assert main(["predict", out, source]) == 0
    capsys.readouterr()
    assert main(["inspect", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["about"]["tuning"] == tuning


def test_json_has_an_event_for_each_trial_and_rung(source, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert run(source, "--target", "side", "--out", out, *SHORT, "--json", "--no-report") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "read"
    assert kinds[-1] == "result"
    trials = [event for event in events if event["event"] == "trial"]
    assert [len(event["losses"]) for event in trials] == [4, 4, *[1] * 5, 2, 2, 3, 4]
    assert events[-1]["tuning"]["selection_rows"] == 128


def test_the_same_command_gives_the_same_file(source, tmp_path):
    contents = []
    for threads in ("1", "3"):
        out = str(tmp_path / threads)
        assert (
            run(source, "--target", "side", "--out", out, *SHORT, "--quiet", "--threads", threads)
            == 0
        )
        model = dr.load(f"{out}/model.safetensors")
        contents.append([trained.parameters.flat() for trained in model.networks])
    for first, second in zip(*contents, strict=True):
        assert (first == second).all()


def test_a_terminated_search_goes_on(source, tmp_path):
    words = [sys.executable, "-m", "deltarule", "tune", source, "--target", "side", "--folds", "3",
             "--epochs", "60", "--trials", "12", "--threads", "1", "--json", "--no-report"]  # fmt: skip
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*words, "--out", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "trial" and event["done"] == 4:
            process.send_signal(signal.SIGTERM)
            break
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    error = json.loads(rest.splitlines()[-1])
    assert error["event"] == "error"
    assert "--resume" in error["message"]
    assert (out / "trials.jsonl").exists()
    assert not (out / "model.safetensors").exists()
    resumed = subprocess.run([*words, "--out", out, "--resume"], capture_output=True, text=True)
    assert resumed.returncode == 0, resumed.stdout
    whole = subprocess.run([*words, "--out", tmp_path / "whole"], capture_output=True, text=True)
    assert whole.returncode == 0
    first, second = (dr.load(folder / "model.safetensors") for folder in (out, tmp_path / "whole"))
    assert len(first.networks) == len(second.networks)
    for one, other in zip(first.networks, second.networks, strict=True):
        assert (one.parameters.flat() == other.parameters.flat()).all()
    assert sorted(os.listdir(out)) == ["history.csv", "model.safetensors"]


def test_a_new_search_says_that_it_removes_the_trials_of_another(source, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "trials.jsonl").write_text("{}\n")
    (out / "trial-3-1-0123abcd.safetensors").write_text("")
    assert run(source, "--target", "side", "--out", str(out), *SHORT) == 0
    assert "Use --resume to go on instead" in capsys.readouterr().out
    assert not list(out.glob("trial*"))


def test_nothing_to_resume_is_said(source, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert run(source, "--target", "side", "--out", out, *SHORT, "--resume") == 0
    assert "There are no trials in" in capsys.readouterr().out


def test_the_sampler_is_part_of_the_command(source, tmp_path, capsys):
    pytest.importorskip("optuna", reason="optuna is not installed: pip install optuna")
    out = str(tmp_path / "out")
    words = ("--target", "side", "--out", out, *SHORT, "--sampler", "optuna")
    assert run(source, *words) == 0
    assert "--trials 28 --sampler optuna" in capsys.readouterr().out
    assert dr.load(f"{out}/model.safetensors").about["tuning"]["sampler"] == "optuna"


def test_a_time_limit(source, tmp_path, capsys):
    began = time.perf_counter()
    out = str(tmp_path / "out")
    words = (source, "--target", "side", "--out", out, "--folds", "3", "--epochs", "15")
    assert run(*words, "--time-limit-s", "4") == 0
    assert time.perf_counter() - began < 12
    assert "--time-limit-s 16" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--trials", "0"], "--trials must be between 1 and 10,000, got 0"),
        (["--optimizer", "lbfgs"], "--optimizer cannot be lbfgs"),
        (["--time-limit-s", "0.001"], "--time-limit-s is too short to tune"),
        (["--trials", "many"], "--trials"),
        (["--sampler", "grid"], "--sampler must be one of random, optuna"),
        (["--memory-limit", "1GB"], "tune needs all rows in memory: give it a sample"),
        (["--cluster", "tcp://10.0.0.1:1"], "--cluster cannot be tcp://10.0.0.1:1: the connection"),
    ],
)
def test_bad_input_is_one_sentence(source, tmp_path, capsys, words, message):
    assert run(source, "--target", "side", "--out", str(tmp_path / "out"), *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_few_rows_are_one_sentence(tmp_path, capsys):
    path = tmp_path / "few.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i % 7}.5\n" for i in range(30)))
    assert run(str(path), "--target", "y", "--out", str(tmp_path / "out")) == 2
    assert "at least 50 are needed to tune: add rows, or use train" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--target", "sid"],
        ["--target", "side", "--dropout", "5"],
        ["--target", "side", "--cluster", "tcp://10.0.0.1:1"],
    ],
)
def test_a_typing_error_removes_no_unfinished_search(source, tmp_path, capsys, words):
    out = tmp_path / "out"
    out.mkdir()
    (out / "trials.jsonl").write_text("{}\n")
    (out / "trial-3-1-0123abcd.safetensors").write_text("")
    assert run(source, *words, "--out", str(out), *SHORT) == 2
    assert sorted(path.name for path in out.iterdir()) == [
        "trial-3-1-0123abcd.safetensors",
        "trials.jsonl",
    ]
