"""Random tables train, save, load and predict alike from every source, or are refused in a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from drills.conftest import Drill

TESTS = Path(__file__).parents[1]
PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
def test_a_random_table_trains_and_predicts_or_is_refused(part: int, drill: Drill) -> None:
    count = drill.cases(short=100, full=6_000)
    first = part * 1_000_000  # the full form begins with the cases of the short one
    command = [sys.executable, "-m", "drills.table_runs", str(first), str(first + count)]
    paths = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300 + 2 * count,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    failures = [line for line in done.stdout.splitlines() if '"problem"' in line]
    repeat = "repeat: PYTHONPATH=tests python -m drills.table_runs CASE CASE+1"
    assert not failures, "\n".join([repeat, *failures[:10]])
    assert done.returncode == 0, f"exit {done.returncode} ({repeat}): {done.stderr[-2000:]}"
    found = json.loads(done.stdout.splitlines()[-1])
    drill.count(found["cases"], "random tables")
    drill.count(found["trained"], "random tables that were trained on")
