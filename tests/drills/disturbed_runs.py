"""Training runs for drills: their configurations, and what an undisturbed run leaves behind."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drills import python_runs
from drills.run_server import Disturbed

import deltarule

TESTS, SOURCE = Path(__file__).parents[1], Path(deltarule.__file__).parents[1]
COMMON = (
    "train", "table.csv", "--target", "y", "--no-report", "--out", "m", "--hidden", "16",
    "--checkpoint-every-s", "0",
)  # fmt: skip
CONFIGURATIONS: dict[str, tuple[str, ...]] = {
    "reference": ("--engine", "reference", "--folds", "1", "--epochs", "30"),
    "native": ("--engine", "native", "--folds", "1", "--threads", "1", "--epochs", "150"),
    "two threads": ("--folds", "1", "--threads", "2", "--epochs", "150", "--hidden", "64,64"),
    "folds": ("--folds", "8", "--threads", "1", "--epochs", "20"),
    "folds side by side": ("--folds", "8", "--threads", "2", "--epochs", "20"),
    "early stopping": (
        "--folds", "5", "--threads", "2", "--epochs", "400", "--patience-epochs", "3",
        "--learning-rate", "0.02", "--optimizer", "adam",
    ),
    "diverging": (
        "--folds", "5", "--threads", "1", "--epochs", "30", "--activation", "relu",
        "--optimizer", "gradient_descent", "--learning-rate", "0.055",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Bits:
    """What must be the same, however often a run was disturbed."""

    networks: tuple[str, ...]
    history: tuple[str, ...]
    about: Any


def bits_of(folder: Path) -> Bits:
    """Return the bits in the output folder of a run; times are no part of them."""
    if (folder / python_runs.RESULT).exists():
        result = json.loads((folder / python_runs.RESULT).read_text())
        histories, networks, about = result["history"], result["networks"], result["about"]
    else:
        model = deltarule.load(folder / "model.safetensors")
        histories = [(folder / "history.csv").read_text()]
        networks = [network.parameters.flat().tobytes().hex() for network in model.networks]
        about = {name: value for name, value in model.about.items() if "seconds" not in name}
    return Bits(tuple(networks), tuple(map(without_times, histories)), about)


def without_times(history: str) -> str:
    """Return a history as CSV without its column of times."""
    rows = list(csv.reader(history.splitlines()))
    column = rows[0].index("elapsed_s")
    return "\n".join(",".join(row[:column] + row[column + 1 :]) for row in rows)


class RunServer:
    """A process of `drills.run_server`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *runs: Disturbed) -> list[dict[str, Any]]:
        """Run commands side by side and return how they ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(runs) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the server of the runs ended at {runs}"
        answer: list[dict[str, Any]] = json.loads(line)
        return answer


@contextmanager
def run_server() -> Iterator[RunServer]:
    """Start a server of runs, and end it."""
    with subprocess.Popen(
        [sys.executable, "-m", "drills.run_server"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(SOURCE)])},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield RunServer(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def run_command(run: Disturbed) -> dict[str, Any]:
    """Run the true command line in an interpreter of its own; return how it ended."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "deltarule", *run["words"]],
        cwd=run["folder"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    for after, number in run.get("signals", ()):
        time.sleep(max(started + after - time.monotonic(), 0.0))
        if process.poll() is None:
            process.send_signal(number)
    out, err = process.communicate(timeout=120)
    seconds = time.monotonic() - started
    return {"status": process.returncode, "seconds": seconds, "out": out, "err": err}


def write_table(folder: Path) -> None:
    """Write the table that all runs train on, 240 rows."""
    draw = random.Random(5)
    lines = ["a,b,c,y"]
    for _ in range(240):
        a, b, c = (draw.gauss(0, 1) for _ in range(3))
        lines.append(
            f"{a:.4f},{b:.4f},{'xyz'[int(abs(c) * 2) % 3]},{a * b + 0.3 * draw.gauss(0, 1):.4f}"
        )
    (folder / "table.csv").write_text("\n".join(lines) + "\n")


def disturbed(folder: Path, name: str, *more: str, **disturbances: Any) -> Disturbed:
    """Return a run of a configuration in `folder`."""
    if name in python_runs.CONFIGURATIONS:
        return Disturbed(words=["python", name], folder=str(folder), **disturbances)
    words = [*COMMON, *CONFIGURATIONS[name], *more]
    return Disturbed(words=words, folder=str(folder), **disturbances)


@dataclass(frozen=True)
class Undisturbed:
    """What a run of a configuration leaves behind, and how long it takes in the server."""

    bits: Bits
    seconds: float


def undisturbed(server: RunServer, folder: Path, name: str) -> Undisturbed:
    """Run a configuration without a disturbance."""
    folder.mkdir(parents=True)
    write_table(folder)
    (end,) = server.run(disturbed(folder, name))
    assert (end["status"], end["err"]) == (0, ""), end
    assert unexpected_files(folder) == set()
    return Undisturbed(bits_of(folder / "m"), end["seconds"])


def unexpected_files(folder: Path) -> set[str]:
    """Return the files in the output folder that a run which has ended should not leave there."""
    names = {path.name for path in (folder / "m").iterdir()}
    if python_runs.RESULT in names:
        return {name for name in names if not name.startswith(("result", "checkpoint"))}
    return names - {"model.safetensors", "history.csv"}


def problem_of_end(end: dict[str, Any]) -> str | None:
    """Return what is wrong with how a disturbed run ended, whatever disturbed it."""
    if re.search(
        r"Traceback|This is a bug|Fatal Python error|Segmentation", end["err"] + end["out"]
    ):
        return f"an uncaught error: {end}"
    lines = end["err"].splitlines()
    if any(not line.startswith("deltarule: ") for line in lines):
        return f"a strange message: {end}"
    return None
