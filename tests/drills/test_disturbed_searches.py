"""Searches of settings that are killed at random moments end in the bits of one that was left alone."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from drills.conftest import Drill

import deltarule as dr

SEARCH = ("--trials", "10", "--epochs", "15", "--folds", "3", "--quiet", "--no-report")
SAMPLERS = ("random", "optuna")


def write_rows(path: Path) -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 240)).round(4)
    sides = np.where(a * b > 0, "in", "out")
    lines = [f"{x},{y},{side}" for x, y, side in zip(a, b, sides, strict=True)]
    path.write_text("\n".join(["a,b,side", *lines]) + "\n")


def search(folder: Path, out: str, sampler: str, *more: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "deltarule",
        "tune",
        "rows.csv",
        "--target",
        "side",
        "--out",
        out,
    ]
    return subprocess.Popen(
        [*command, *SEARCH, "--sampler", sampler, *more], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_search_ends_in_the_same_bits(tmp_path, drill: Drill, sampler):
    if sampler == "optuna":
        pytest.importorskip("optuna", reason="optuna is not installed: pip install optuna")
    write_rows(tmp_path / "rows.csv")
    began = time.monotonic()
    whole = search(tmp_path, "whole", sampler)
    assert whole.communicate()[0] == ""
    assert whole.returncode == 0
    longest = time.monotonic() - began
    expected = dr.load(tmp_path / "whole" / "model.safetensors")
    draw = random.Random(sampler)
    for case in range(drill.cases(short=1, full=20)):
        out, killed = f"killed {case}", 0
        while True:
            process = search(tmp_path, out, sampler, "--resume", "--threads", str(1 + killed % 3))
            try:
                # Ever longer, so that a search that needs long to begin ends too.
                shown, _ = process.communicate(
                    timeout=draw.uniform(0.2, 0.5 + killed / 8) * longest
                )
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                killed += 1
        assert (process.returncode, shown) == (0, "")
        found = dr.load(tmp_path / out / "model.safetensors")
        assert found.votes == expected.votes
        for one, other in zip(found.networks, expected.networks, strict=True):
            assert (one.parameters.flat() == other.parameters.flat()).all()
        assert sorted(os.listdir(tmp_path / out)) == ["history.csv", "model.safetensors"]
        drill.count(killed, "kills of searches")
