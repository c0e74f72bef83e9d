"""The benchmark of block files in a small size: it runs, and its three losses are in their order."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "block_files.py"


def test_the_benchmark_of_block_files_runs(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(SCRIPT),
        "--rows",
        "4e4",
        "--epochs",
        "3",
        "--folder",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "from file / from memory" in done.stdout
    full, scattered, ordered = map(
        float, re.findall(r"(?:loss|scattered:|order:) (\d\.\d+)", done.stdout)
    )
    assert abs(scattered / full - 1) < 0.1
    assert ordered > 1.05 * scattered  # a table sorted by its target is not harmless by itself
    assert list(tmp_path.iterdir()) == []
