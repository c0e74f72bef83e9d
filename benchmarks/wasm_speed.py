"""Epochs per second of the playground's first experiment, through Python: in Node.js and natively.

After `make wasm`: `python benchmarks/wasm_speed.py`. Data, network and settings are those of an
empty address: 350 training rows, 2-4-2 units, Adam, batches of 10, scores and validation in each epoch.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "wasm"))

from pyodide_packages import packages, run_in_node

PROGRAM = """
import time
import numpy as np
import deltarule as dr
from deltarule.engines import get_engine
from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.initialization import initial_parameters
from deltarule.losses import CategoricalCrossEntropy
from deltarule.optimizers import Adam
from deltarule.sampling import MiniBatches

try:
    from js import process
    def seconds():
        return process.cpuUsage().user / 1e6
except ImportError:
    seconds = time.process_time

random = np.random.default_rng(0)
X = random.normal(size=(500, 2)).astype(np.float32)
y = ((X**2).sum(axis=1) > 1.3).astype(np.int32)
network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(2, "softmax")], 2)
plan = TrainingPlan(
    network, CategoricalCrossEntropy(), Adam(0.01), MiniBatches(10), 10**6, dtype="float32", score=True
)
engine = get_engine()
session = engine.open(
    plan,
    ArrayData(X[:350], y[:350]),
    ArrayData(X[350:], y[350:]),
    initial_parameters(network, 0).astype("float32"),
)
session.run(500)
for epochs in (1, 10, 100, 1000):
    calls = max(2000 // epochs, 2)
    start, wall = seconds(), time.perf_counter()
    for _ in range(calls):
        session.run(epochs)
    took, wall = seconds() - start, time.perf_counter() - wall
    done = calls * epochs
    print(f"{engine.name}: {epochs} epochs per call: {done / took:,.0f} epochs/s of the processor, "
          f"{done / wall:,.0f} by the clock")
points = random.uniform(-1, 1, (2500, 2)).astype(np.float32)
predict = engine.predictor(network, session.result)
predict(points)
start = seconds()
for _ in range(100):
    predict(points)
print(f"{engine.name}: 2,500 predictions: {(seconds() - start) * 1e4:.0f} microseconds")
"""


def main() -> None:
    """Print the figures of both engines."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "packages.zip")
        archive.write_bytes(packages())
        print(run_in_node(archive, PROGRAM).communicate()[0], end="")
    exec(compile(PROGRAM, "program", "exec"), {})


if __name__ == "__main__":
    main()
