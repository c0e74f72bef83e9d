"""Kills of workers, schedulers and the calling process while many small jobs run: nothing is lost."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from drills import killed_workers
from drills.conftest import Drill
from drills.killed_runs import Driver, kill_cluster, kill_processes

import deltarule as dr

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills are a POSIX thing")
JOBS = 200
PROGRAM = Path(killed_workers.__file__)


@pytest.fixture(scope="module")
def wanted() -> str:
    return killed_workers.bits(dr.fit_many(killed_workers.jobs(JOBS)))


def start(folder: Path, address: str, draw: random.Random) -> Driver:
    """Start, from the beginning if few jobs are left, and wait for a random number of further results."""
    if finished(folder) > JOBS * 3 // 4:
        shutil.rmtree(folder / killed_workers.FOLDER)
    driver = Driver(folder, address, PROGRAM, JOBS)
    end = time.monotonic() + 60
    wanted = finished(folder) + draw.randint(1, JOBS // 10)
    while finished(folder) < wanted:
        assert time.monotonic() < end, (
            f"{finished(folder)} of {wanted} jobs are finished after 60 s"
        )
        time.sleep(0.005)
    assert driver.process.poll() is None, "the run ended before it was disturbed"
    return driver


def finished(folder: Path) -> int:
    """Return the number of results."""
    return len(list((folder / killed_workers.FOLDER / "results").glob("*.safetensors")))


def check_folder(folder: Path) -> int:
    """Return the number of results, each of which is complete, with a line of the journal."""
    found = list((folder / killed_workers.FOLDER / "results").glob("*.safetensors"))
    lines = (folder / killed_workers.FOLDER / "journal.jsonl").read_text().splitlines()
    recorded = {json.loads(line)["job"] for line in lines if line.endswith("}")}
    assert recorded <= {path.stem for path in found}
    return len(found)


def check_end(driver: Driver, wanted: str) -> None:
    """A disturbed run was killed, names what is finished, or ends in the bits of an undisturbed one."""
    status, output = driver.end()
    assert status in (0, killed_workers.LOST, -signal.SIGKILL)
    if status == 0:
        assert output == wanted
    elif status == killed_workers.LOST:
        assert f"of {JOBS} jobs are finished in" in output


def check_last_run(folder: Path, address: str, wanted: str) -> None:
    assert Driver(folder, address, PROGRAM, JOBS).end() == (0, wanted)
    assert check_folder(folder) == JOBS


def test_killed_processes_lose_nothing(tmp_path: Path, drill: Drill, wanted: str) -> None:
    """Workers of a pool, or the process that calls `fit_many`, die; the last run is left alone."""
    draw = random.Random(7)
    kills = drill.cases(short=4, full=40)
    known = 0

    def begin(address: str) -> Driver:
        nonlocal known
        driver = start(tmp_path, address, draw)
        known = finished(tmp_path)
        return driver

    def check(driver: Driver) -> None:
        check_end(driver, wanted)
        found = check_folder(tmp_path) if (tmp_path / "jobs/journal.jsonl").exists() else 0
        assert found >= known

    kill_processes(kills, draw, begin, check)
    check_last_run(tmp_path, "processes", wanted)
    drill.count(kills, "kills of processes that train many networks")


def test_a_killed_cluster_loses_nothing(tmp_path: Path, drill: Drill, wanted: str) -> None:
    """Workers, the scheduler and the calling process die."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    draw = random.Random(11)
    kills = drill.cases(short=3, full=21)
    kill_cluster(
        tmp_path,
        kills,
        draw,
        lambda address: start(tmp_path, address, draw),
        lambda driver: check_end(driver, wanted),
        lambda address: check_last_run(tmp_path, address, wanted),
    )
    drill.count(kills, "kills of clusters that train many networks")
