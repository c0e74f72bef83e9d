"""A playground's server in a process of its own, whose memory, threads and files are counted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playground_server import Server

CODE = """
import sys
from pathlib import Path
from dataclasses import replace
from deltarule.playground.server import connections, page_socket, websocket_connection
from playground_server import LIMITS, running_server
websocket_connection.CLOSE_S = page_socket.CLOSE_S = {close_s}
connections.SESSION_TIMEOUT_S = {session_s}
with running_server(Path(sys.argv[1]), replace(LIMITS, max_s={http_s})) as server:
    print(server.host, server.page, server.cookie, flush=True)
    sys.stdin.read()
"""
POOL_THREADS = min(32, (os.cpu_count() or 1) + 4)
"""Threads that asyncio keeps for later work."""
TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Usage:
    """What a process holds."""

    megabytes: float
    threads: int
    files: int

    def __str__(self) -> str:
        return f"{self.megabytes:.0f} MB, {self.threads} threads, {self.files} files"


class ServerProcess(Server):
    """A server in another process."""

    pid: int

    @property
    def usage(self) -> Usage:
        """What the process holds now."""
        folder = Path(f"/proc/{self.pid}")
        pages = int((folder / "statm").read_text().split()[1])
        return Usage(
            pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
            len(list((folder / "task").iterdir())),
            len(list((folder / "fd").iterdir())),
        )

    def comes_back_to(self, before: Usage, *, megabytes: float, wait_s: float = 60.0) -> Usage:
        """Wait until threads and files are as before, and memory at most `megabytes` more."""
        until = time.monotonic() + wait_s
        while True:
            now = self.usage
            if (
                now.threads <= before.threads + POOL_THREADS
                and now.files <= before.files
                and now.megabytes <= before.megabytes + megabytes
            ):
                return now
            assert time.monotonic() < until, f"before: {before}, now: {now}"
            time.sleep(0.1)


@contextmanager
def server_process(
    folder: Path, *, http_s: float = 2.0, close_s: float = 1.0, session_s: float = 2.0
) -> Iterator[ServerProcess]:
    """Start a server with these time limits; what it logs fails the block."""
    code = CODE.format(http_s=http_s, close_s=close_s, session_s=session_s)
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    with (
        (folder / "log").open("w+") as log,
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, text=True,
            stdout=subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONPATH": path},
        ) as process,
    ):  # fmt: skip
        try:
            words = process.stdout.readline().split()
            assert len(words) == 3, (folder / "log").read_text()
            server = ServerProcess(*words)
            object.__setattr__(server, "pid", process.pid)
            yield server
            process.stdin.close()
            assert process.wait(30) == 0
        finally:
            process.kill()
    logged = (folder / "log").read_text()
    assert not logged, logged[-4000:]
