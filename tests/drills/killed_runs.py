"""Kill the processes of a program that trains on worker processes or on a Dask cluster."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

psutil = pytest.importorskip("psutil", reason="psutil, which Dask installs, is not installed")
Start = Callable[[str], "Driver"]
"""Starts the program with the address of its workers, and waits for a random moment."""


class Driver:
    """A process that runs a program with a number of steps, in a session of its own."""

    def __init__(self, folder: Path, address: str, program: Path, count: int) -> None:
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


def kill_processes(
    kills: int, draw: random.Random, start: Start, check_end: Callable[[Driver], None]
) -> None:
    """Kill a worker of a pool or the program, as often as that."""
    for _ in range(kills):
        driver = start("processes")
        if draw.random() < 0.5:
            driver.process.kill()
        else:
            killed(driver.workers, draw)
        check_end(driver)


def kill_cluster(
    folder: Path,
    kills: int,
    draw: random.Random,
    start: Start,
    check_end: Callable[[Driver], None],
    check_last_run: Callable[[str], None],
) -> None:
    """Kill workers, the scheduler and the program in turn; the last run is left alone."""
    cluster = Cluster(folder)
    try:
        for case in range(kills):
            driver = start(cluster.address)
            victim = ("worker", "scheduler", "driver")[case % 3]
            if victim == "worker":
                killed(cluster.workers, draw)
            else:
                (cluster.scheduler if victim == "scheduler" else driver.process).kill()
            check_end(driver)
            if victim == "scheduler":
                cluster.end()
                cluster = Cluster(folder)
        check_last_run(cluster.address)
    finally:
        cluster.end()
