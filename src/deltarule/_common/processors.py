"""How many processors and threads there are."""

from __future__ import annotations

import os

from deltarule._common import checks


def processor_count() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(threads: int | None) -> int:
    """Return `threads`, checked; by default the number of processors that this process may use."""
    return processor_count() if threads is None else checks.integer("threads", threads, at_least=1)
