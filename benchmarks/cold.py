"""Time whole processes: imports, and a table from file to saved model."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

IRIS = Path(__file__).resolve().parents[1] / "examples" / "iris.csv"

SKLEARN_SCRIPT = """
import csv, sys, joblib
import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
rows = list(csv.reader(open(sys.argv[1])))[1:]
X, y = np.array([row[:4] for row in rows], float), [row[4] for row in rows]
joblib.dump(make_pipeline(StandardScaler(), MLPClassifier(max_iter=200)).fit(X, y), sys.argv[2])
"""


def measure(rounds: int) -> list[dict[str, Any]]:
    """Time whole commands in turn after one warm-up round; print and return the medians."""
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(folder)
        times: dict[str, list[float]] = {name: [] for name in commands}
        failed: dict[str, str] = {}
        for counted in [False] + [True] * rounds:
            for name, command in commands.items():
                start = time.perf_counter()
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if counted:
                    times[name].append(time.perf_counter() - start)
                if done.returncode:
                    failed[name] = (done.stderr.strip() or "?").splitlines()[-1][:100]
    rows = []
    for name, seconds in times.items():
        if name in failed:
            print(f"{name:40} failed: {failed[name]}")
            continue
        rows.append({"what": name, "ms": statistics.median(seconds) * 1e3})
        print(f"{name:40} {rows[-1]['ms']:8.0f} ms", flush=True)
    return rows


def _commands(folder: str) -> dict[str, list[str]]:
    python = sys.executable
    imports = ("numpy", "deltarule", "sklearn.neural_network", "torch", "keras")
    train = [python, "-m", "deltarule", "train", str(IRIS), "--target", "species"]
    return {
        "python alone": [python, "-c", "pass"],
        **{f"import {name}": [python, "-c", f"import {name}"] for name in imports},
        "deltarule --help": [python, "-m", "deltarule", "--help"],
        "deltarule train iris.csv --no-report": [*train, "--no-report", "--out", f"{folder}/a"],
        "deltarule train iris.csv": [*train, "--out", f"{folder}/b"],
        "scikit-learn script on iris.csv": [
            python, "-W", "ignore", "-c", SKLEARN_SCRIPT, str(IRIS), f"{folder}/m.joblib",
        ],
    }  # fmt: skip
