"""How many workers an executor has, and whether they are all gone."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from contextlib import suppress

from deltarule.errors import WorkerError

COUNT_SECONDS = 1.0
"""How often workers are counted: those of a cluster come and go."""
NO_WORKERS_S = 300.0
"""How long a cluster may have no workers, which it may be starting."""


class WorkerWatch:
    """Counts workers, and notices that all of a cluster are gone: its tasks would wait forever.

    `count` is how many tasks run side by side; None if the executor does not say.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._seen = time.monotonic()
        self._next = self._seen + COUNT_SECONDS
        try:
            self.count = worker_count(executor)
        except OSError as error:
            raise WorkerError(
                f"The cluster does not answer ({type(error).__name__}): start it, connect to it again, "
                "and run the same again."
            ) from error

    def check(self, *, idle: bool) -> None:
        """Count again after a second; raise `WorkerError` if there are no workers for a while."""
        now = time.monotonic()
        if not idle:
            self._seen = now
        if now < self._next:
            return
        self._next = now + COUNT_SECONDS
        with suppress(OSError):  # a scheduler that ended, which its tasks say
            self.count = worker_count(self._executor)
        if self.count != 0:
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
