"""Kills of workers, schedulers and the calling process while many small jobs run: nothing is lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from drills import killed_workers
from drills.conftest import Drill

import deltarule as dr

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills are a POSIX thing")
psutil = pytest.importorskip("psutil", reason="psutil, which Dask installs, is not installed")
JOBS = 200
PROGRAM = Path(killed_workers.__file__)


class Driver:
    """A process that calls `fit_many`, or another program, in a session of its own."""

    def __init__(
        self, folder: Path, address: str, program: Path = PROGRAM, count: int = JOBS
    ) -> None:
        command = [sys.executable, str(program), str(count), address]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "ready\n", line

    def workers(self) -> list[int]:
        """Return the processes of a pool."""
        return [
            child.pid
            for child in psutil.Process(self.process.pid).children()
            if "spawn_main" in " ".join(child.cmdline())
        ]

    def end(self) -> tuple[int, str]:
        """Wait for the end; return the status and what was printed."""
        try:
            status = self.process.wait(timeout=120)
        finally:
            with suppress(ProcessLookupError):  # workers outlive a pool whose process was killed
                os.killpg(self.process.pid, signal.SIGKILL)
        return status, self.process.communicate()[0].strip()


class Cluster:
    """A Dask scheduler and two workers of this machine, which their nannies replace."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "scheduler.json")
        Path(self.address).unlink(missing_ok=True)
        common = ["--scheduler-file", self.address, "--host", "127.0.0.1"]
        common += ["--dashboard-address", "127.0.0.1:0"]
        self.scheduler = self._start("scheduler", "--port", "0", *common)
        while not self._is_there():
            time.sleep(0.1)
        self.nannies = self._start("worker", "--nworkers", "2", "--nthreads", "1", *common)

    def _is_there(self) -> bool:
        with suppress(OSError, ValueError):
            return bool(json.loads(Path(self.address).read_text()))
        return False

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{name}", *words],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def workers(self) -> list[int]:
        """Return the processes of the workers."""
        children = psutil.Process(self.nannies.pid).children()
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]

    def end(self) -> None:
        """Kill all of it."""
        for process in (self.nannies, self.scheduler):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def killed(find: Callable[[], list[int]], draw: random.Random) -> None:
    """Kill one of some processes, if there is one."""
    with suppress(psutil.NoSuchProcess, ProcessLookupError):
        found = find()
        if found:
            os.kill(draw.choice(found), signal.SIGKILL)


@pytest.fixture(scope="module")
def wanted() -> str:
    return killed_workers.bits(dr.fit_many(killed_workers.jobs(JOBS)))


def wait_until_some_are_finished(folder: Path, driver: Driver, draw: random.Random) -> None:
    """Wait for a random number of further results; most jobs or some of them are left then."""
    end = time.monotonic() + 60
    wanted = finished(folder) + draw.randint(1, JOBS // 10)
    while finished(folder) < wanted:
        assert time.monotonic() < end, (
            f"{finished(folder)} of {wanted} jobs are finished after 60 s"
        )
        time.sleep(0.005)
    assert driver.process.poll() is None, "the run ended before it was disturbed"


def start_over_near_the_end(folder: Path) -> None:
    """Remove the folder unless many jobs are left, so that every kill finds work in progress."""
    if finished(folder) > JOBS * 3 // 4:
        shutil.rmtree(folder / killed_workers.FOLDER)


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


def test_killed_processes_lose_nothing(tmp_path: Path, drill: Drill, wanted: str) -> None:
    """Workers of a pool, or the process that calls `fit_many`, die; the last run is left alone."""
    draw = random.Random(7)
    kills = drill.cases(short=4, full=40)
    for _ in range(kills):
        start_over_near_the_end(tmp_path)
        known = finished(tmp_path)
        driver = Driver(tmp_path, "processes")
        wait_until_some_are_finished(tmp_path, driver, draw)
        if draw.random() < 0.5:
            driver.process.kill()
        else:
            killed(driver.workers, draw)
        status, output = driver.end()
        assert status in (0, killed_workers.LOST, -signal.SIGKILL)
        if status == 0:
            assert output == wanted
        elif status == killed_workers.LOST:
            assert f"of {JOBS} jobs are finished in" in output
        found = check_folder(tmp_path) if (tmp_path / "jobs/journal.jsonl").exists() else 0
        assert found >= known
    assert Driver(tmp_path, "processes").end() == (0, wanted)
    assert check_folder(tmp_path) == JOBS
    drill.count(kills, "kills of processes that train many networks")


def test_a_killed_cluster_loses_nothing(tmp_path: Path, drill: Drill, wanted: str) -> None:
    """Workers, the scheduler and the calling process die."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    draw = random.Random(11)
    kills = drill.cases(short=3, full=21)
    cluster = Cluster(tmp_path)
    try:
        for case in range(kills):
            start_over_near_the_end(tmp_path)
            driver = Driver(tmp_path, cluster.address)
            wait_until_some_are_finished(tmp_path, driver, draw)
            victim = ("worker", "scheduler", "driver")[case % 3]
            if victim == "worker":
                killed(cluster.workers, draw)
            else:
                (cluster.scheduler if victim == "scheduler" else driver.process).kill()
            status, output = driver.end()
            assert status in (0, killed_workers.LOST, -signal.SIGKILL)
            if status == 0:
                assert output == wanted
            if victim == "scheduler":
                cluster.end()
                cluster = Cluster(tmp_path)
        assert Driver(tmp_path, cluster.address).end() == (0, wanted)
    finally:
        cluster.end()
    assert check_folder(tmp_path) == JOBS
    drill.count(kills, "kills of clusters that train many networks")
