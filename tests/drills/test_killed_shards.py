"""Kills of workers, schedulers and the calling process while one network trains on shards."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from drills import killed_shards
from drills.conftest import Drill
from drills.killed_runs import Driver, kill_cluster, kill_processes

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills are a POSIX thing")
EPOCHS = 40
TOTAL = EPOCHS * killed_shards.ROUNDS
PROGRAM = Path(killed_shards.__file__)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one thread finds, undisturbed."""
    return killed_shards.train(tmp_path_factory.mktemp("whole"), EPOCHS, threads=1)


def finished(folder: Path) -> int:
    """Return the number of finished rounds, from the name of the last average."""
    averages = (folder / killed_shards.FOLDER / "rounds").glob("*.safetensors")
    names = [path.stem.split("-") for path in averages]
    return max((int(parts[1]) for parts in names if len(parts) == 2), default=0)


def start(folder: Path, address: str, draw: random.Random) -> Driver:
    """Start, from the beginning if few rounds are left, and wait for a random number of further ones."""
    if finished(folder) > TOTAL * 3 // 4:
        shutil.rmtree(folder / killed_shards.FOLDER)
    driver = Driver(folder, address, PROGRAM, EPOCHS)
    end = time.monotonic() + 60
    goal = finished(folder) + draw.randint(1, TOTAL // 8)
    while finished(folder) < goal:
        assert time.monotonic() < end, f"{finished(folder)} of {goal} rounds after 60 s"
        time.sleep(0.005)
    time.sleep(draw.random() * 0.05)
    assert driver.process.poll() is None, "the run ended before it was disturbed"
    return driver


def check_end(driver: Driver, wanted: str) -> None:
    """A disturbed run was killed, names what is finished, or ends in the bits of an undisturbed one."""
    status, output = driver.end()
    assert status in (0, killed_shards.LOST, -signal.SIGKILL)
    if status == 0:
        assert output == wanted
    elif status == killed_shards.LOST:
        assert f"of at most {TOTAL} " in output


def check_last_run(folder: Path, address: str, wanted: str) -> None:
    """The last run, which is left alone, ends in the bits of an undisturbed one."""
    assert Driver(folder, address, PROGRAM, EPOCHS).end() == (0, wanted)
    assert finished(folder) == TOTAL
    lines = (folder / killed_shards.FOLDER / "journal.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["rounds"] == TOTAL


def test_killed_processes_lose_nothing(tmp_path: Path, drill: Drill, wanted: str) -> None:
    draw = random.Random(5)
    kills = drill.cases(short=4, full=40)
    known = 0

    def begin(address: str) -> Driver:
        nonlocal known
        driver = start(tmp_path, address, draw)
        known = finished(tmp_path)
        return driver

    def check(driver: Driver) -> None:
        check_end(driver, wanted)
        assert finished(tmp_path) >= known

    kill_processes(kills, draw, begin, check)
    check_last_run(tmp_path, "processes", wanted)
    assert len(list((tmp_path / killed_shards.FOLDER / "rounds").iterdir())) == 1
    drill.count(kills, "kills of processes that train on shards")


def test_a_killed_cluster_loses_nothing(tmp_path: Path, drill: Drill, wanted: str) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    draw = random.Random(9)
    kills = drill.cases(short=3, full=21)
    kill_cluster(
        tmp_path,
        kills,
        draw,
        lambda address: start(tmp_path, address, draw),
        lambda driver: check_end(driver, wanted),
        lambda address: check_last_run(tmp_path, address, wanted),
    )
    drill.count(kills, "kills of clusters that train on shards")
