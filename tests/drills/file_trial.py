"""Load a damaged file and use what was loaded: say what is wrong with how it is treated."""

from __future__ import annotations

import os
import time
import traceback
import tracemalloc
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from drills.address_space import AddressSpace
from drills.sample_files import Sample

from deltarule.cli.app import main
from deltarule.errors import ModelFileError, SettingError

MAX_SENTENCE = 500
MAX_SECONDS = 1.0
MAX_MEMORY = 2.0
"""Peak of memory while loading, in sizes of the file, after a constant and its description."""
MAX_DESCRIPTION_MEMORY = 16
"""The same for the description, in sizes of its JSON text, which is at most 16 MiB: values in Python
take more than their text. The files that deltarule writes need 3."""
CONSTANT_BYTES = 400_000
SLACK = 4 * 2**20
"""Bytes by which the process may grow for another reason than the file that it loads."""
HEADROOM = 2**30
"""Bytes that using what was loaded may take, and loading while the memory is measured."""
NO_MEMORY = "it asked for too much memory"


class FileTrial:
    """Tries damaged files, which are written to one path.

    Every file is loaded in a process that may take no more memory than the bound of the file and `SLACK`.
    One that is refused this memory is loaded again, and its memory is measured to the byte.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.measured_again = 0
        self._memory = AddressSpace()

    def problem_of(self, sample: Sample, content: bytes) -> str | None:
        """Return what is wrong with how the file is treated, or None."""
        problem = self._tried(sample, content, measured=False)
        if problem is None or NO_MEMORY not in problem:
            return problem
        self.measured_again += 1
        return self.measured_problem_of(sample, content)

    def measured_problem_of(self, sample: Sample, content: bytes) -> str | None:
        """Do the same with the memory measured, without `Sample.check`, and inspect what loads."""
        self._memory.look()
        tracemalloc.start()
        try:
            return self._tried(sample, content, measured=True)
        finally:
            tracemalloc.stop()

    def _tried(self, sample: Sample, content: bytes, *, measured: bool) -> str | None:
        write(self.path, content)
        bound = memory_bound(content)
        started = time.thread_time()
        try:
            if measured or sample.check is None:
                with self._memory.limited(HEADROOM if measured else bound + SLACK):
                    loaded = sample.load(self.path)
            else:
                with self._memory.limited(bound + SLACK):
                    sample.check(self.path)
                with self._memory.limited(HEADROOM):
                    loaded = sample.load(self.path)
        except Exception as error:
            peak = tracemalloc.get_traced_memory()[1] if measured else 0
            return self._refusal(error) or _cost(started, len(content), measured, peak, bound)
        peak = tracemalloc.get_traced_memory()[1] if measured and sample.check is None else 0
        problem = _cost(started, len(content), measured, peak, bound)
        if problem is not None:
            return problem
        tracemalloc.stop()
        try:
            with self._memory.limited(HEADROOM):
                sample.use(loaded, self.path)
                if measured:
                    inspect(self.path)
        except Exception as error:
            return "late: " + _raised(error)
        return _cost(started, len(content), measured, 0, bound)

    def _refusal(self, error: Exception) -> str | None:
        """Return what is wrong with the error of a damaged file, or None."""
        refused = isinstance(error, ModelFileError) or (
            isinstance(error, SettingError) and error.setting == "resume"
        )
        if isinstance(error, MemoryError) or (refused and "fit into memory" in str(error)):
            return f"{NO_MEMORY}: {_raised(error)}"
        if not refused:
            return _raised(error)
        message = str(error).replace(str(self.path), "FILE")
        if len(message) >= MAX_SENTENCE:
            return f"a message of {len(message)} characters: {message[:200]}"
        return f"a message of several lines: {message!r}" if "\n" in message else None


def write(path: Path, content: bytes) -> None:
    """Write a file: several times as fast as `Path.write_bytes`."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, content)
    os.close(file)


def memory_bound(content: bytes) -> int:
    """Return how many bytes loading a file may take."""
    header = min(int.from_bytes(content[:8], "little"), len(content))
    return int(MAX_MEMORY * len(content)) + MAX_DESCRIPTION_MEMORY * header + CONSTANT_BYTES


def inspect(path: Path) -> None:
    """Describe a file that loads on the command line, if the command knows its kind."""
    for form in ([], ["--json"]):
        with redirect_stdout(StringIO()) as output, redirect_stderr(output):
            status = main(["inspect", str(path), *form])
        text = output.getvalue()
        refused = "which inspect does not support" in text or "does not describe" in text
        assert status == 0 or refused, text[:500]


def _cost(started: float, size: int, measured: bool, peak: int, bound: int) -> str | None:
    seconds = time.thread_time() - started
    if peak > bound:
        return f"{peak} bytes of memory for a file of {size}"
    slow = MAX_SECONDS * (10 if measured else 1)
    return f"{seconds:.1f} s for a file of {size} bytes" if seconds > slow else None


def _raised(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno} {place.name}"
    return f"{type(error).__name__} at {where}: {str(error)[:300]}"
