"""Try damaged files of one kind: each loads and then works, or is refused in one short sentence.

    PYTHONPATH=tests python -m drills.damaged_files "table model" 0 1000000

tries the cases 0 to 999,999, prints each failure as a line of JSON and how far it is, then the number of
cases. The same numbers give the same files. A case whose file an earlier case had is not tried again, and
not counted.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
import time
import warnings
import zlib
from pathlib import Path
from typing import Any

from drills.file_mutations import damaged
from drills.file_parts import remember_texts, take_apart
from drills.file_samples import MAKERS, samples
from drills.file_trial import FileTrial, inspect

from deltarule.errors import DataWarning, FileWarning, WorkerWarning
from deltarule.keras import TrainingDivergedWarning
from deltarule.training.checkpoint import CheckpointWarning

MEASURED = 64
"""The memory is measured to the byte in one of this many cases."""
SMALL_SHARE = 8
"""A small sample is damaged this many times as often as another: more of it is structure."""
HANG_SECONDS = 20.0
"""Processor time after which a case is interrupted."""
MAX_FAILURES = 50
PROGRESS = 50_000
"""The counts are printed after this many numbers."""


class FilesSeen:
    """Which files there were, by 28 bits of a checksum: less than 1% of new files seem to be repeated."""

    def __init__(self) -> None:
        self._bits = bytearray(2**25)

    def add(self, content: bytes) -> bool:
        """Remember a file; return whether it is new."""
        number = zlib.crc32(content) >> 4
        mask = 1 << number % 8
        seen = self._bits[number // 8] & mask
        self._bits[number // 8] |= mask
        return not seen


def try_cases(kind: str, first: int, last: int) -> tuple[int, int]:
    """Try the cases and print the failures; return how many cases and failures there were."""
    warnings.simplefilter("ignore")
    os.chdir(tempfile.mkdtemp())
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    found = samples(kind, folder)
    turns = [i for i, s in enumerate(found) for _ in range(SMALL_SHARE if s.small else 1)]
    every = [s for k in MAKERS if k != kind for s in samples(k, folder)[:1]]
    parts = [(s.content, take_apart(s.content)) for s in (*found, *every)]
    seen = FilesSeen()
    for content, undamaged in parts:
        remember_texts(undamaged.description)
        seen.add(content)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "Got `batch_size` less than 1 or larger")
    for own in (
        DataWarning,
        FileWarning,
        TrainingDivergedWarning,
        CheckpointWarning,
        WorkerWarning,
    ):
        warnings.simplefilter("ignore", own)
    trial = FileTrial(folder / "m")
    for sample in found:  # the undamaged files work, and fill what is made once
        trial.path.write_bytes(sample.content)
        sample.use(sample.load(trial.path), trial.path)
        inspect(trial.path)
    signal.signal(signal.SIGVTALRM, interrupt)
    gc.collect()
    gc.freeze()  # what exists is not searched again
    cases = failures = 0
    for case in range(first, last):
        if (case - first) % PROGRESS == PROGRESS - 1:
            again = trial.measured_again
            print(json.dumps({"at": case, "cases": cases, "measured_again": again}), flush=True)
        own = turns[case % len(turns)]
        content = damaged(case, parts, own)
        if not seen.add(content):
            continue
        cases += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_SECONDS)
        measured = cases % MEASURED == 1
        problem = (trial.measured_problem_of if measured else trial.problem_of)(found[own], content)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if problem is not None:
            failures += 1
            report: dict[str, Any] = {"kind": kind, "sample": found[own].name, "case": case}
            print(json.dumps(report | {"problem": problem}), flush=True)
            if failures >= MAX_FAILURES:
                break
    gc.unfreeze()
    trial.path.unlink()
    return cases, failures


def interrupt(*_: object) -> None:
    raise TimeoutError(f"it did not end in {HANG_SECONDS:g} s of processor time")


if __name__ == "__main__":
    KIND, FIRST, LAST = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if len(sys.argv) > 4:
        MAX_FAILURES = int(sys.argv[4])
    START = time.perf_counter()
    CASES, FAILURES = try_cases(KIND, FIRST, LAST)
    SECONDS = time.perf_counter() - START
    print(json.dumps({"cases": CASES, "failures": FAILURES, "seconds": round(SECONDS, 1)}))
    sys.exit(1 if FAILURES else 0)
