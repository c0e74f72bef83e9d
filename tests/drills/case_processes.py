"""Run the cases of a drill in a process of its own, which may crash or hang without ending the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def run_cases(module: str, *arguments: object, timeout: float) -> int:
    """Run `python -m drills.<module>` and return the number of cases; failures are assertion errors.

    The module prints each failure as a line of JSON with a key "problem", and at the end {"cases": ...}.
    """
    words = [str(argument) for argument in arguments]
    paths = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", f"drills.{module}", *words],
        capture_output=True, text=True, check=False, timeout=timeout,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    failures = [line for line in done.stdout.splitlines() if '"problem"' in line]
    repeat = f"repeat: PYTHONPATH=tests python -m drills.{module} {words}"
    assert not failures, "\n".join([repeat, *failures[:10]])
    assert done.returncode == 0, f"exit {done.returncode} ({repeat}): {done.stderr[-2000:]}"
    return int(json.loads(done.stdout.splitlines()[-1])["cases"])
