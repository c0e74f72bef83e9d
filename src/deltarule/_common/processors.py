"""How many processors and threads there are."""

from __future__ import annotations

import os

from deltarule._common import checks

THREADS_PER_PROCESSOR, MIN_THREAD_LIMIT = 4, 64


def processor_count() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_limit() -> int:
    """Return the largest number of threads that are started: more of them only need memory."""
    return max(THREADS_PER_PROCESSOR * processor_count(), MIN_THREAD_LIMIT)


def thread_count(threads: int | None) -> int:
    """Return `threads`, checked and at most `thread_limit()`; by default one for each processor."""
    if threads is None:
        return processor_count()
    return min(checks.integer("threads", threads, at_least=1), thread_limit())
