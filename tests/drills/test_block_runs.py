"""Kills at random moments while a block file is written, and while a network trains on it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from drills.conftest import Drill

from deltarule.engines import BlockFileData

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills are a POSIX thing")

PROGRAM = """
import sys
import numpy as np
import deltarule as dr
from deltarule.engines import BlockFileData

def batches():
    draw = np.random.default_rng(0)
    for _ in range(40):
        X = draw.normal(size=(1000, 20))
        yield X, X[:, 0] + X[:, 1] ** 2

print("ready", flush=True)
rows = BlockFileData.write("rows.blocks", batches(), validation_fraction=0.1, memory_bytes=2**20)
print("written", flush=True)
result = dr.fit(
    dr.Network([dr.Dense(16, "tanh"), dr.Dense(1)]), rows, validation_data=rows.validation,
    epochs=int(sys.argv[1]), sampling=dr.sampling.Blocks(64, 8192), threads=2,
    callbacks=[lambda event: False],
    checkpoint=dr.Checkpoint("run", every_seconds=0, resume=True),
)
print(result.network.parameters.flat().tobytes().hex())
"""


def started(folder: Path, epochs: int) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(epochs)], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def seconds_and_output(folder: Path, epochs: int) -> tuple[float, str]:
    process = started(folder, epochs)
    began = time.perf_counter()
    output = process.communicate()[0]
    assert process.returncode == 0
    return time.perf_counter() - began, output


def test_killed_and_started_again_ends_in_the_bits_of_an_uninterrupted_run(
    tmp_path: Path, drill: Drill
) -> None:
    """The file at its path is always complete, and the next writer removes what a killed one left."""
    epochs, draw = 25, random.Random(5)
    seconds, wanted = seconds_and_output(tmp_path / "whole", epochs)
    content = (tmp_path / "whole" / "rows.blocks").read_bytes()
    for case in range(drill.cases(short=4, full=200)):
        folder, kills = tmp_path / str(case), 0
        for _ in range(draw.randint(1, 3)):
            process = started(folder, epochs)
            time.sleep(draw.uniform(0, seconds))
            process.kill()
            process.communicate()
            kills += process.returncode == -signal.SIGKILL
            if (folder / "rows.blocks").exists():
                assert (folder / "rows.blocks").read_bytes() == content
                assert sum(1 for _ in BlockFileData(folder / "rows.blocks").checked_blocks()) > 0
        assert seconds_and_output(folder, epochs)[1] == wanted
        assert [path.name for path in folder.iterdir() if path.name.startswith(".rows")] == []
        drill.count(kills, "kills of a program that writes a block file and trains on it")
