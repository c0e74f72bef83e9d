"""Damaged files of every kind, their digests repaired: each works, or is refused in one short sentence.

Each kind runs in a process of its own, whose memory is bounded and which may not crash.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from drills.conftest import Drill

TESTS = Path(__file__).parents[1]
CASES = {  # short and full, by what a case costs
    "network": (4_000, 2_500_000),
    "keras weights": (3_000, 1_500_000),
    "keras model": (2_500, 1_500_000),
    "estimator": (2_500, 1_500_000),
    "table model": (1_500, 1_000_000),
    "table estimator": (1_000, 500_000),
    "checkpoint": (2_500, 1_500_000),
}


def start() -> int:
    """Return the number of the first case: parts of the full form are run one after the other."""
    return int(os.environ.get("DELTARULE_FIRST_CASE", "0"))


@pytest.mark.parametrize("kind", CASES)
def test_a_damaged_file_works_or_is_refused(kind: str, drill: Drill) -> None:
    short, full = CASES[kind]
    count = drill.cases(short=short, full=full)
    command = [
        sys.executable,
        "-m",
        "drills.damaged_files",
        kind,
        str(start()),
        str(start() + count),
    ]
    paths = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=600 + count / 10,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    failures = [line for line in done.stdout.splitlines() if '"problem"' in line]
    repeat = f"repeat: PYTHONPATH=tests python -m drills.damaged_files {kind!r} CASE CASE+1"
    assert not failures, "\n".join([repeat, *failures[:10]])
    assert done.returncode == 0, f"exit {done.returncode} ({repeat}): {done.stderr[-2000:]}"
    drill.count(json.loads(done.stdout.splitlines()[-1])["cases"], "damaged model files")
