"""Bombs: small files that grow without measure, uploaded to the playground.

Each ends in a sentence or a table, in bounded memory and processor time. They are built in one process
and uploaded in others, whose peak memory the system reports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from drills.conftest import Drill
from drills.table_bombs import BOMBS

TESTS = Path(__file__).parents[1]
MAX_MIB = 1_500
"""Peak memory of a process that reads uploads one after the other."""
MAX_SECONDS = 30.0
"""Processor time of an upload."""
SHORT = (
    "gz.csv of 5 GiB",
    "bz2.csv of 5 GiB",
    "zip with a wrong size",
    "zip with a mimetype of 250 MiB",
    "xlsx with the last cell",
    "xlsx with the last cell in another sheet",
    "xlsx of 40 sparse sheets",
    "xlsx with a string of 500 kB in 20,000 cells",
    "ods with repeated cells",
    "sqlite view without end",
    "sqlite view without rows",
    "sqlite with generated texts",
    "duckdb view of 10¹² rows",
    "duckdb view of another file",
    "parquet with a text of 1 MB in 5,000 rows",
    "json of lists in lists",
    "json of 600,000 columns",
)


def run(what: str, folder: Path, names: tuple[str, ...]) -> list[dict[str, object]]:
    paths = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "drills.table_bombs", what, str(folder), *names],
        capture_output=True, text=True, check=False, timeout=1800,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert done.returncode == 0, (
        f"exit {done.returncode} after {done.stdout}: {done.stderr[-2000:]}"
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_upload_is_bounded(drill: Drill, tmp_path: Path) -> None:
    names = tuple(BOMBS) if drill.full else SHORT
    run("build", tmp_path, names)
    groups = [(name,) for name in names] if drill.full else [names]
    reports = [report for group in groups for report in run("upload", tmp_path, group)]
    assert [report["name"] for report in reports] == list(names)
    for report in reports:
        assert report["mib"] <= MAX_MIB, report
        assert report["seconds"] <= MAX_SECONDS, report
        outcome = report["outcome"]
        assert len(outcome) < 500, report
        assert "\n" not in outcome, report
    drill.count(len(names), "bombs uploaded to the playground")
