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
from drills.test_killed_workers import Cluster, Driver, killed

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


def start(folder: Path, address: str) -> Driver:
    """Start the training, from its beginning if it was nearly done."""
    if finished(folder) > TOTAL * 3 // 4:
        shutil.rmtree(folder / killed_shards.FOLDER)
    return Driver(folder, address, PROGRAM, EPOCHS)


def wait_for_rounds(folder: Path, driver: Driver, draw: random.Random) -> None:
    """Wait until a random number of further rounds are finished."""
    end = time.monotonic() + 60
    goal = finished(folder) + draw.randint(1, TOTAL // 8)
    while finished(folder) < goal:
        assert time.monotonic() < end, f"{finished(folder)} of {goal} rounds after 60 s"
        time.sleep(0.005)
    time.sleep(draw.random() * 0.05)
    assert driver.process.poll() is None, "the run ended before it was disturbed"


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
    for _ in range(kills):
        driver = start(tmp_path, "processes")
        known = finished(tmp_path)
        wait_for_rounds(tmp_path, driver, draw)
        if draw.random() < 0.5:
            driver.process.kill()
        else:
            killed(driver.workers, draw)
        check_end(driver, wanted)
        assert finished(tmp_path) > known
    check_last_run(tmp_path, "processes", wanted)
    drill.count(kills, "kills of processes that train on shards")


def test_a_killed_cluster_loses_nothing(tmp_path: Path, drill: Drill, wanted: str) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    draw = random.Random(9)
    kills = drill.cases(short=3, full=21)
    cluster = Cluster(tmp_path)
    try:
        for case in range(kills):
            driver = start(tmp_path, cluster.address)
            wait_for_rounds(tmp_path, driver, draw)
            victim = ("worker", "scheduler", "driver")[case % 3]
            if victim == "worker":
                killed(cluster.workers, draw)
            else:
                (cluster.scheduler if victim == "scheduler" else driver.process).kill()
            check_end(driver, wanted)
            if victim == "scheduler":
                cluster.end()
                cluster = Cluster(tmp_path)
        check_last_run(tmp_path, cluster.address, wanted)
    finally:
        cluster.end()
    drill.count(kills, "kills of clusters that train on shards")
