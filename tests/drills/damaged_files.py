"""Try damaged files of one kind: each loads and then works, or is refused in one short sentence.

    PYTHONPATH=tests python -m drills.damaged_files "table model" 0 1000000

tries the cases 0 to 999,999 and prints each failure as a line of JSON, then the number of cases. The same
numbers give the same files.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import tracemalloc
import warnings
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from drills.file_mutations import damaged
from drills.file_parts import take_apart
from drills.file_samples import MAKERS, Sample, samples

from deltarule.cli.app import main
from deltarule.errors import DataWarning, FileWarning, ModelFileError, SettingError
from deltarule.keras import TrainingDivergedWarning
from deltarule.training.checkpoint import CheckpointWarning

MAX_SENTENCE = 500
MAX_SECONDS = 1.0
MAX_MEMORY = 2.0
"""Peak of memory while loading, in sizes of the file, after a constant and its description."""
MAX_DESCRIPTION_MEMORY = 16
"""The same for the description, in sizes of its JSON text, which is at most 16 MiB: values in Python
take more than their text. The files that deltarule writes need 3."""
CONSTANT_BYTES = 400_000
MEASURED = 64
"""The memory is measured in one of this many cases."""
HEADROOM = 2**30
"""Bytes of address space that a process of the drill may use beyond what it has at the start."""
HANG_SECONDS = 20.0
"""Processor time after which a case is interrupted."""
MAX_FAILURES = 50


def problem_of(sample: Sample, path: Path, size: int, measure: bool) -> str | None:
    """Return what is wrong with how a damaged file is treated, or None."""
    if measure:
        tracemalloc.start()
    with path.open("rb") as file:
        header = min(int.from_bytes(file.read(8), "little"), size)
    started = time.thread_time()
    try:
        loaded = sample.load(path)
    except ModelFileError as error:
        return _problem_of_message(str(error), path) or _cost(started, size, measure, header)
    except SettingError as error:
        if error.setting != "resume":
            return _raised(error)
        return _problem_of_message(str(error), path) or _cost(started, size, measure, header)
    except Exception as error:
        return _raised(error)
    finally:
        tracemalloc.stop()
    problem = _cost(started, size, False)
    if problem is not None:
        return problem
    try:
        sample.use(loaded, path)
        if measure:
            inspect(path)
    except Exception as error:
        return "late: " + _raised(error)
    return _cost(started, size, False)


def inspect(path: Path) -> None:
    """Describe a file that loads on the command line, if the command knows its kind."""
    for form in ([], ["--json"]):
        with redirect_stdout(StringIO()) as output, redirect_stderr(output):
            status = main(["inspect", str(path), *form])
        text = output.getvalue()
        refused = "which inspect does not support" in text or "does not describe" in text
        assert status == 0 or refused, text[:500]


def _problem_of_message(message: str, path: Path) -> str | None:
    message = message.replace(str(path), "FILE")
    if len(message) >= MAX_SENTENCE:
        return f"a message of {len(message)} characters: {message[:200]}"
    return f"a message of several lines: {message!r}" if "\n" in message else None


def _cost(started: float, size: int, measured: bool, header: int = 0) -> str | None:
    seconds = time.thread_time() - started
    peak = tracemalloc.get_traced_memory()[1] if measured else 0
    if peak > MAX_MEMORY * size + MAX_DESCRIPTION_MEMORY * header + CONSTANT_BYTES:
        return f"{peak} bytes of memory for a file of {size}"
    slow = MAX_SECONDS * (10 if measured else 1)
    return f"{seconds:.1f} s for a file of {size} bytes" if seconds > slow else None


def _raised(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno} {place.name}"
    return f"{type(error).__name__} at {where}: {str(error)[:300]}"


def try_cases(kind: str, first: int, last: int) -> int:
    """Try the cases and print the failures; return their number."""
    warnings.simplefilter("ignore")
    os.chdir(tempfile.mkdtemp())
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    found = samples(kind, folder)
    every = [s for k in MAKERS if k != kind for s in samples(k, folder)[:1]]
    parts = [(s.content, take_apart(s.content)) for s in (*found, *every)]
    path = folder / "m"
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "Got `batch_size` less than 1 or larger")
    for own in (DataWarning, FileWarning, TrainingDivergedWarning, CheckpointWarning):
        warnings.simplefilter("ignore", own)
    for sample in found:  # the undamaged files work, and fill what is made once
        path.write_bytes(sample.content)
        sample.use(sample.load(path), path)
        inspect(path)
    limit_memory()
    signal.signal(signal.SIGVTALRM, interrupt)
    failures = 0
    for case in range(first, last):
        own = case % len(found)
        content = damaged(case, parts, own)
        path.write_bytes(content)
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_SECONDS)
        problem = problem_of(found[own], path, len(content), case % MEASURED == 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if problem is not None:
            failures += 1
            report: dict[str, Any] = {"kind": kind, "sample": found[own].name, "case": case}
            print(json.dumps(report | {"problem": problem}), flush=True)
            if failures >= MAX_FAILURES:
                break
    path.unlink()
    return failures


def interrupt(*_: object) -> None:
    raise TimeoutError(f"it did not end in {HANG_SECONDS:g} s of processor time")


def limit_memory() -> None:
    """Bound the address space of this process, so that a too large allocation fails."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    KIND, FIRST, LAST = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if len(sys.argv) > 4:
        MAX_FAILURES = int(sys.argv[4])
    START = time.perf_counter()
    FAILURES = try_cases(KIND, FIRST, LAST)
    SECONDS = time.perf_counter() - START
    print(json.dumps({"cases": LAST - FIRST, "failures": FAILURES, "seconds": round(SECONDS, 1)}))
    sys.exit(1 if FAILURES else 0)
