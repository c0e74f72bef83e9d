"""Results of tasks in order, of which a thread computes the next one meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

from deltarule._common.executors import executor

R = TypeVar("R")


def read_ahead(tasks: Iterable[Callable[[], R]]) -> Iterator[R]:
    """Yield the result of each task, while another thread computes that of the next one.

    Where the system refuses to start a thread, this one computes them.
    """
    with executor(1, "deltarule-read-ahead") as pool:
        waiting: Future[R] | None = None
        for task in tasks:
            started = _started(pool, task)
            if waiting is not None:
                yield waiting.result()
            waiting = started
        if waiting is not None:
            yield waiting.result()


def _started(pool: Executor, task: Callable[[], R]) -> Future[R]:
    try:
        return pool.submit(task)
    except RuntimeError:  # no thread can be started
        done: Future[R] = Future()
        done.set_result(task())
        return done
