"""Flip every bit of valid files of one kind, and cut them at every byte: each damaged file is refused.

    PYTHONPATH=tests python -m drills.flipped_bits "table model" 1

tries every bit; with 100 instead of 1 every hundredth. Failures are printed as lines of JSON, then the
number of cases.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from drills.file_samples import Sample, samples

from deltarule.errors import ModelFileError, SettingError


def damaged(content: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """Yield every damaged file with a name of the damage, or every `step`-th."""
    for bit in range(0, 8 * len(content), step):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit}", bytes(changed)
    for length in range(0, len(content), step):
        yield f"cut to {length} bytes", content[:length]


def problem_of(sample: Sample, path: Path) -> str | None:
    """Return what is wrong with how a damaged file is treated, or None."""
    try:
        sample.load(path)
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
            for damage, content in damaged(sample.content, step):
                path.write_bytes(content)
                problem = problem_of(sample, path)
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
