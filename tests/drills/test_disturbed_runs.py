"""Kills and signals at random moments, failing writes, several runs in one folder: no bit is lost."""

from __future__ import annotations

import itertools
import random
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from drills import disturbed_runs
from drills.conftest import Drill
from drills.disturbed_runs import (
    CONFIGURATIONS,
    RunServer,
    Undisturbed,
    bits_of,
    disturbed,
    problem_of_end,
    unexpected_files,
    write_table,
)

import deltarule

NAMES = (
    "native", "folds side by side", "fit with the reference engine", "diverging", "early stopping",
    "reference", "folds", "fit with the native engine", "two threads", "train folds",
)  # fmt: skip
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
CALLS = ("open", "fsync", "replace", "unlink", "listdir", "rmdir")
ERRORS = ("ENOSPC", "EROFS", "EACCES", "EIO", "EDQUOT")
ELSEWHERE = re.compile(r"The trained model was written to '([^']+)' instead\.$", re.MULTILINE)
IN_USE = re.compile(
    r"^deltarule: .+ is in use by another run \(process \d+ on .+\)\. Wait until it"
)


class Runs:
    """Disturbed runs in folders of their own, compared with undisturbed ones."""

    def __init__(self, server: RunServer, root: Path) -> None:
        self.server, self._root = server, root
        self._undisturbed: dict[str, Undisturbed] = {}

    def undisturbed(self, name: str) -> Undisturbed:
        if name not in self._undisturbed:
            folder = self._root / f"undisturbed {name}"
            self._undisturbed[name] = disturbed_runs.undisturbed(self.server, folder, name)
        return self._undisturbed[name]

    def new_folder(self, case: str) -> Path:
        folder = self._root / case
        folder.mkdir()
        write_table(folder)
        return folder

    def check_end(self, case: str, folder: Path, name: str, end: dict[str, Any]) -> None:
        """Check that a run that was not disturbed any more left what an undisturbed one leaves."""
        assert end["status"] == 0, (case, name, end)
        assert bits_of(folder / "m") == self.undisturbed(name).bits, (case, name, end)
        assert not unexpected_files(folder), (case, name, unexpected_files(folder))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with disturbed_runs.run_server() as server:
        yield Runs(server, tmp_path_factory.mktemp("disturbed"))


def check_disturbed(case: str, folder: Path, end: dict[str, Any]) -> None:
    """Check that a disturbed run said nothing strange and left a whole model or none."""
    assert problem_of_end(end) is None, (case, end)
    if (folder / "m" / "model.safetensors").exists():
        deltarule.load(folder / "m" / "model.safetensors")


def disturb_until(
    runs: Runs,
    wanted: int,
    kind: str,
    disturbances: Callable[[random.Random, float], dict[str, Any]],
) -> int:
    """Disturb runs until `wanted` of them did not get to their end; then resume each to its end."""
    hits = 0
    for number in itertools.count():
        if hits >= wanted:
            return hits
        case = f"{kind} {number}"
        draw = random.Random(case)
        name = NAMES[number % len(NAMES)]
        folder = runs.new_folder(case)
        seconds = runs.undisturbed(name).seconds
        for _ in range(draw.choice((1, 2, 3, 4))):
            run = disturbed(folder, name, "--resume", **disturbances(draw, seconds))
            (end,) = runs.server.run(run)
            check_disturbed(case, folder, end)
            assert end["status"] in possible_statuses(run), (case, run, end)
            hits += end["status"] != 0
        (end,) = runs.server.run(disturbed(folder, name, "--resume"))
        runs.check_end(case, folder, name, end)
    raise AssertionError


def possible_statuses(run: disturbed_runs.Disturbed) -> set[int]:
    """Return how a run may end: by itself, stopped cleanly, or killed by the first of its signals."""
    numbers = {number for _, number in run.get("signals", ())} or {signal.SIGKILL}
    return {0, *(128 + number for number in numbers), *(-number for number in numbers)}


def test_runs_that_are_killed(runs: Runs, drill: Drill) -> None:
    def kill(draw: random.Random, seconds: float) -> dict[str, Any]:
        if draw.random() < 0.3:  # just before or after the system changes a file
            call = draw.choice(("open", "fsync", "replace", "unlink"))
            return {"fault": (call, draw.randint(1, 30), draw.choice(("kill", "kill after")))}
        return {"signals": [(draw.uniform(0, 1.1) * seconds, signal.SIGKILL)]}

    killed = disturb_until(runs, drill.cases(short=6, full=510), "kill", kill)
    drill.count(killed, "runs killed by SIGKILL and resumed to the same bits")


def test_runs_that_get_a_signal(runs: Runs, drill: Drill) -> None:
    def send(draw: random.Random, seconds: float) -> dict[str, Any]:
        first = draw.uniform(0, 1.1) * seconds
        signals = [(first, draw.choice(SIGNALS))]
        if draw.random() < 0.25:
            signals.append((first + draw.expovariate(30), draw.choice(SIGNALS)))
        return {"signals": signals}

    stopped = disturb_until(runs, drill.cases(short=6, full=510), "signal", send)
    drill.count(stopped, "runs stopped by SIGTERM, SIGINT or SIGHUP and resumed to the same bits")


def test_interpreters_that_are_disturbed(runs: Runs, drill: Drill) -> None:
    """The runs above are forked from one process; these start as a user starts them."""
    cases = drill.cases(short=1, full=60)
    for i in range(cases):
        case = f"interpreter {i}"
        draw = random.Random(case)
        name = draw.choice(tuple(CONFIGURATIONS))
        folder = runs.new_folder(case)
        after = 0.6 + draw.uniform(0, 1.1) * runs.undisturbed(name).seconds
        number = draw.choice((signal.SIGKILL, *SIGNALS))
        run = disturbed(folder, name, "--resume", signals=[(after, number)])
        end = disturbed_runs.run_command(run)
        assert end["status"] in possible_statuses(run), (case, run, end)
        end = disturbed_runs.run_command(disturbed(folder, name, "--resume"))
        runs.check_end(case, folder, name, end)
    drill.count(cases, "commands in interpreters of their own, disturbed and resumed")


def test_writes_that_fail(runs: Runs, drill: Drill) -> None:
    """The disk is full, read-only or broken, or the folder is deleted, from some call on."""
    cases = drill.cases(short=5, full=300)
    for number in range(cases):
        case = f"failing write {number}"
        draw = random.Random(case)
        name = tuple(CONFIGURATIONS)[number % len(CONFIGURATIONS)]
        folder = runs.new_folder(case)
        whole = runs.undisturbed(name)
        if draw.random() < 0.25:
            fault: dict[str, Any] = {"max_file_bytes": draw.randint(0, 12_000)}
        else:
            what = draw.choice((*ERRORS, "delete"))
            fault = {"fault": (draw.choice(CALLS), int(draw.expovariate(0.02)) + 1, what)}
        run = disturbed(folder, name, *draw.choice(((), ("--resume",))), **fault)
        (end,) = runs.server.run(run)
        check_disturbed(case, folder, end)
        assert end["status"] in (0, 2), (case, run, end)
        model = folder / "m" / "model.safetensors"
        if end["status"] == 2:
            if elsewhere := ELSEWHERE.search(end["err"]):
                model = Path(elsewhere[1])
            else:
                refused = re.search(r"Cannot (write|create)", end["err"])
                assert refused, (case, run, end)
                model = None if "max_file_bytes" in fault or not trained(end) else model
        if model is not None:
            networks = deltarule.load(model).networks
            bits = tuple(network.parameters.flat().tobytes().hex() for network in networks)
            assert bits == whole.bits.networks, (case, run, end)
        (end,) = runs.server.run(disturbed(folder, name, "--resume"))
        runs.check_end(case, folder, name, end)
    drill.count(cases, "runs whose writes fail (full disk, read-only, I/O error, deleted folder)")


def trained(end: dict[str, Any]) -> bool:
    """Return whether a run printed that it trained."""
    return "Epoch " in end["out"]


def test_several_runs_in_one_folder(runs: Runs, drill: Drill) -> None:
    cases = drill.cases(short=3, full=100)
    refused = 0
    for number in range(cases):
        case = f"one folder {number}"
        draw = random.Random(case)
        name = NAMES[number % len(NAMES)]
        folder = runs.new_folder(case)
        seconds = runs.undisturbed(name).seconds
        together = []
        for _ in range(draw.choice((2, 2, 3))):
            words = draw.choice(((), ("--resume",)))
            disturbances: dict[str, Any] = {
                "after": draw.choice((0, draw.uniform(0, 1.5) * seconds))
            }
            if draw.random() < 0.3:
                disturbances["signals"] = [
                    (draw.uniform(0, 2) * seconds, draw.choice((signal.SIGKILL, *SIGNALS)))
                ]
            together.append(disturbed(folder, name, *words, **disturbances))
        for run, end in zip(together, runs.server.run(*together), strict=True):
            check_disturbed(case, folder, end)
            if end["status"] == 2:
                assert IN_USE.match(end["err"]), (case, run, end)
                refused += 1
            else:
                assert end["status"] in possible_statuses(run), (case, run, end)
        (end,) = runs.server.run(disturbed(folder, name, "--resume"))
        runs.check_end(case, folder, name, end)
    assert refused > 0
    drill.count(cases, "folders with two or three runs at the same time")
    drill.count(refused, "runs refused because another one used the folder")
