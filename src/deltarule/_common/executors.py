"""Threads for tasks that run side by side, or the calling thread where Python cannot start any."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def executor(threads: int, name: str = "") -> Executor:
    """Return an executor with this many threads; in Pyodide, which has one thread, that one."""
    if sys.platform == "emscripten":
        return CallingThread()
    return ThreadPoolExecutor(threads, name)


def canceled_last(futures: Iterable[Future[Any]]) -> list[Future[Any]]:
    """Return futures with those that were canceled last: what another one raised is the reason."""
    return sorted(futures, key=Future.cancelled)


class CallingThread(Executor):
    """Runs each task when it is submitted; after one that raises, the others are canceled."""

    def __init__(self) -> None:
        self._failed = False

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run the task and return its finished future."""
        future: Future[R] = Future()
        if self._failed:
            future.cancel()
        if not future.set_running_or_notify_cancel():
            return future
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            self._failed = True
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Do nothing: every task has ended."""
