"""Describe the machine and measure the two rates that bound every benchmark."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Machine:
    """The machine that ran a benchmark."""

    description: str
    sgemm_rate: float  # float32 operations per second of NumPy's BLAS, 2048 × 2048, all cores
    memory_rate: float  # bytes per second read and written by a copy of 256 MiB


def describe() -> Machine:
    """Measure the machine; takes about a second."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    description = (
        f"{_processor()}, {cores} cores, Python {platform.python_version()}, NumPy {np.__version__}"
    )
    if hasattr(os, "getloadavg"):  # shows whether other programs were running
        description += f", load average {os.getloadavg()[0]:.1f}"
    return Machine(description, sgemm_rate(), memory_rate())


def sgemm_rate() -> float:
    """Return the best of eight large float32 products, in operations per second."""
    a = np.random.default_rng(0).random((2048, 2048), np.float32)
    out = np.empty_like(a)
    return 2 * 2048**3 / min(_timed(lambda: np.matmul(a, a, out=out)) for _ in range(8))


def memory_rate() -> float:
    """Return the best of eight copies of 256 MiB, in bytes read and written per second."""
    a = np.ones(1 << 26, np.float32)
    out = np.empty_like(a)
    return 2 * a.nbytes / min(_timed(lambda: np.copyto(out, a)) for _ in range(8))


def _timed(call: object) -> float:
    start = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - start


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
