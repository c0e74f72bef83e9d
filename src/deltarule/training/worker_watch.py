"""How many workers an executor has, and whether they are all gone."""

from __future__ import annotations

import time
from concurrent.futures import Executor

from deltarule.errors import WorkerError

NO_WORKERS_S = 300.0
"""How long a cluster may have no workers, which it may be starting."""


class WorkerWatch:
    """Notices that all workers of a cluster are gone: its tasks would wait forever."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._next = self._seen = time.monotonic()

    def check(self, *, idle: bool) -> None:
        """Raise `WorkerError` if there have been no workers for a while."""
        now = time.monotonic()
        if not idle:
            self._seen = now
        if now < self._next:
            return
        self._next = now + NO_WORKERS_S / 10
        if worker_count(self._executor) != 0:
            self._seen = now
        elif now - self._seen > NO_WORKERS_S:
            raise WorkerError(
                "The cluster has no workers any more: start some, and run the same again. The logs of "
                "the workers say why they ended."
            )


def worker_count(executor: Executor) -> int | None:
    """Return how many tasks an executor runs side by side; None if it does not say."""
    client = getattr(executor, "_client", None)  # of Dask's own executor
    threads_of = getattr(client, "nthreads", None)
    if callable(threads_of):
        return int(sum(threads_of().values()))
    for name in ("worker_count", "_max_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int):
            return count
    return None
