"""Damaged files of every kind, their digests repaired: each works, or is refused in one short sentence.

Without the repair, each is refused. Each kind runs in a process of its own, whose memory is bounded and
which may not crash.
"""

from __future__ import annotations

import os

import pytest
from drills.case_processes import run_cases
from drills.conftest import Drill

CASES = {  # numbers of the short and the full form, by what a case costs; some give a file twice
    "network": (4_000, 3_000_000),
    "keras weights": (3_000, 1_800_000),
    "keras model": (2_500, 1_800_000),
    "estimator": (2_500, 1_700_000),
    "table model": (1_500, 1_200_000),
    "grouped model": (500, 300_000),
    "table estimator": (1_000, 600_000),
    "checkpoint": (2_500, 1_800_000),
    "average of shards": (1_000, 600_000),
    "round of a shard": (1_000, 600_000),
    "job result": (1_000, 600_000),
    "job array": (1_000, 600_000),
    "groups of a run": (300, 200_000),
}


def start() -> int:
    """Return the number of the first case: parts of the full form are run one after the other."""
    return int(os.environ.get("DELTARULE_FIRST_CASE", "0"))


@pytest.mark.parametrize("kind", CASES)
def test_a_damaged_file_works_or_is_refused(kind: str, drill: Drill) -> None:
    short, full = CASES[kind]
    count = drill.cases(short=short, full=full)
    cases = run_cases("damaged_files", kind, start(), start() + count, timeout=600 + count / 10)
    drill.count(cases, "damaged model files")


@pytest.mark.parametrize("kind", CASES)
def test_a_file_with_a_flipped_bit_or_cut_is_refused(kind: str, drill: Drill) -> None:
    cases = run_cases("flipped_bits", kind, drill.cases(short=1999, full=1), timeout=7200)
    drill.count(cases, "files with a flipped bit or cut")
