"""Several processes that answer on one port; one that ends is started again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from deltarule.errors import SettingError

MIN_LIFE_S = 5.0
MAX_SHORT_LIVES = 5
"""So many workers in a row that end within `MIN_LIFE_S` seconds end the server."""

Work = Callable[[Callable[[], None]], None]


def run_workers(count: int, work: Work, started: Callable[[], None]) -> None:
    """Run `work` in `count` processes until SIGINT or SIGTERM; SIGHUP is passed on to them.

    `work` gets what it must call once it answers; `started` is called when the first one has.
    """
    if not hasattr(os, "fork"):
        raise SettingError("workers", "must be 1 on this system", count)
    WorkerProcesses(count, work).run(started)


class WorkerProcesses:
    """The processes, which end when this one does: they notice that a pipe is closed."""

    def __init__(self, count: int, work: Work) -> None:
        self._count, self._work = count, work
        self._started: dict[int, float] = {}  # of each process, when
        self._stopping = False
        self._alive, self._kept = os.pipe()

    def run(self, started: Callable[[], None]) -> None:
        """Start the processes and wait for their end."""
        handlers = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGINT, self._stop),
                (signal.SIGTERM, self._stop),
                (signal.SIGHUP, self._pass_on),
            )
        }
        try:
            for _ in range(self._count):
                self._fork()
            started()
            self._wait()
        finally:
            self._stop(signal.SIGTERM, None)
            for number, before in handlers.items():
                signal.signal(number, before)
            os.close(self._alive)
            os.close(self._kept)

    def _wait(self) -> None:
        short_lives = 0
        while self._started:
            process, status = os.wait()
            life = time.monotonic() - self._started.pop(process, 0.0)
            if self._stopping:
                continue
            short_lives = short_lives + 1 if life < MIN_LIFE_S else 0
            if short_lives >= MAX_SHORT_LIVES:
                raise SettingError.message(
                    f"{short_lives} workers ended as soon as they had started (the last with status "
                    f"{os.waitstatus_to_exitcode(status)}): see their messages above."
                )
            self._fork()

    def _fork(self) -> None:
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # until both sides have their handlers
        process = os.fork()
        if process:
            self._started[process] = time.monotonic()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        else:
            for number in signals:
                signal.signal(number, signal.SIG_IGN)  # uvicorn installs its own meanwhile
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
            self._run_worker()

    def _run_worker(self) -> NoReturn:
        status = 1
        try:
            os.close(self._kept)
            self._work(self._watch_parent)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)

    def _watch_parent(self) -> None:
        def end() -> None:
            loop.remove_reader(self._alive)
            os.kill(os.getpid(), signal.SIGTERM)

        loop = asyncio.get_running_loop()
        loop.add_reader(self._alive, end)

    def _stop(self, number: int, frame: Any) -> None:
        self._stopping = True
        self._send(signal.SIGTERM)

    def _pass_on(self, number: int, frame: Any) -> None:
        self._send(signal.Signals(number))

    def _send(self, number: signal.Signals) -> None:
        for process in list(self._started):
            with suppress(ProcessLookupError):
                os.kill(process, number)
