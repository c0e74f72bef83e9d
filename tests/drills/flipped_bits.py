"""Flip every bit of valid files of one kind, and cut them at every byte: each damaged file is refused.

    PYTHONPATH=tests python -m drills.flipped_bits "table model" 1

tries every bit; with 100 instead of 1 every hundredth. Failures are printed as lines of JSON, then the
number of cases.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from drills.file_samples import Sample, samples

from deltarule.errors import ModelFileError, SettingError


def damages(path: Path, content: bytes, step: int) -> Iterator[str]:
    """Damage the file in every way, or in every `step`-th; yield the name of each damage."""
    path.write_bytes(content)
    file = os.open(path, os.O_WRONLY)
    for bit in range(0, 8 * len(content), step):
        place = bit // 8
        os.pwrite(file, bytes([content[place] ^ 1 << bit % 8]), place)
        yield f"bit {bit}"
        os.pwrite(file, content[place : place + 1], place)
    os.close(file)
    for length in reversed(range(0, len(content), step)):
        os.truncate(path, length)
        yield f"cut to {length} bytes"


def problem_of(sample: Sample, path: Path, *, whole: bool) -> str | None:
    """Return what is wrong with how a damaged file is treated, or None."""
    try:
        (sample.load if whole or sample.check is None else sample.check)(path)
    except ModelFileError:
        return None
    except SettingError as error:
        return None if error.setting == "resume" else f"SettingError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "it was loaded"


def try_cases(kind: str, step: int) -> tuple[int, int]:
    """Try the cases and print the failures; return how many cases and failures there were."""
    warnings.simplefilter("ignore")
    memory = Path("/dev/shm")
    cases = failures = 0
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "m"
        for sample in samples(kind, Path(folder)):
            path.write_bytes(sample.content)
            sample.load(path)
            for damage in damages(path, sample.content, step):
                problem = problem_of(sample, path, whole=cases % 64 == 0)
                cases += 1
                if problem is not None:
                    failures += 1
                    report = {"sample": sample.name, "case": damage, "problem": problem[:300]}
                    print(json.dumps({"kind": kind, **report}), flush=True)
    return cases, failures


if __name__ == "__main__":
    CASES, FAILURES = try_cases(sys.argv[1], int(sys.argv[2]))
    print(json.dumps({"cases": CASES, "failures": FAILURES}))
    sys.exit(1 if FAILURES else 0)
