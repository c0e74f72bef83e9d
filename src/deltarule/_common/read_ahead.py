"""Results of tasks in order, of which a thread computes the next one meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

R = TypeVar("R")


def read_ahead(tasks: Iterable[Callable[[], R]], pool: Executor) -> Iterator[R]:
    """Yield the result of each task, while a thread of `pool` computes that of the next one.

    Where the system refuses to start a thread, this one computes them. An iterator that is not exhausted
    may leave a task running: who shares something with the tasks shuts down the pool before it ends.
    """
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
