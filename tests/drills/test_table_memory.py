"""Peak memory of fit and predict, including the table, measured in a separate process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from drills.conftest import Drill

MEASURE = """
import sys
import numpy as np
import pandas as pd
import deltarule as dr

kind, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)

def memory(of):
    with open("/proc/self/status") as file:
        return 1024 * int(next(line for line in file if line.startswith(of)).split()[1])

small = pd.DataFrame(rng.random((100, 3)), columns=list("abc"))
settings = {"epochs": 1, "random_state": 0, "n_jobs": 2}
dr.TabularClassifier(**settings).fit(small.assign(t="x"), small["a"] > 0.5).predict(small.assign(t="x"))
before = memory("VmRSS")
texts = np.array([f"a level called {i}" for i in range(40)], dtype=object)
X = pd.DataFrame({f"c{i}": rng.random(rows) for i in range(columns)})
if kind == "mixed":
    for i in range(0, columns, 2):
        X[f"c{i}"] = pd.Series(texts[rng.integers(0, len(texts), rows)], dtype=object)
y = X["c1"] > 0.5
dr.TabularClassifier(**settings).fit(X, y).predict_proba(X)
print((memory("VmHWM") - before) / X.memory_usage(deep=True).sum())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("kind", "rows", "columns", "limit"),
    # One network, two side by side, and eight, of which two train at a time.
    [("numbers", 250_000, 30, 2.2), ("numbers", 150_000, 30, 3), ("mixed", 60_000, 20, 3)],
)
def test_memory_is_at_most_three_times_the_table(
    drill: Drill, kind: str, rows: int, columns: int, limit: float
) -> None:
    arguments = [kind, str(rows), str(columns)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *arguments], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < limit
    drill.count(1, "tables with bounded memory")
