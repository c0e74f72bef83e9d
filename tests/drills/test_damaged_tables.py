"""Damaged tables of every kind of file: each is read, or refused in one short sentence."""

from __future__ import annotations

from drills.case_processes import run_cases
from drills.conftest import Drill

FULL = {  # by what a case costs
    "csv": 20_000,
    "json": 20_000,
    "parquet": 20_000,
    "xlsx": 10_000,
    "sqlite": 10_000,
    "duckdb": 6_000,
    "gz": 10_000,
    "zip": 10_000,
}
SHORT = 30
"""Cases of each kind in the short form, which has one process for all kinds."""


def test_a_damaged_table_is_read_or_refused(drill: Drill) -> None:
    runs = FULL if drill.full else {",".join(FULL): SHORT}
    for kinds, count in runs.items():
        cases = run_cases("damaged_tables", kinds, 0, count, timeout=600 + count)
        drill.count(cases, "damaged tables")
