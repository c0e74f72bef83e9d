"""The benchmark of streamed tables in a small size: it runs, and both ways learn the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "streamed_tables.py"


def test_the_benchmark_of_streamed_tables_runs(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    command = [sys.executable, str(SCRIPT), "--rows", "3e4", "--memory-limit", "16MiB"]
    command += ["--in-memory", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert "epochs streamed / in memory" in done.stdout
    streamed, in_memory = map(float, re.findall(r"accuracy (\d\.\d+)", done.stdout))
    assert abs(streamed - in_memory) < 0.05
    assert streamed > 0.8
    assert list(tmp_path.iterdir()) == []
