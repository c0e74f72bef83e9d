"""A run of many small jobs on worker processes or on a Dask cluster, for the drill that kills them."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
from concurrent.futures import Executor, ProcessPoolExecutor

import numpy as np

import deltarule as dr

DRAW = np.random.default_rng(0)
X = DRAW.standard_normal((400, 4)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(np.int32)
NETWORK = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.1), dr.Dense(2, "softmax")])
FOLDER = "jobs"
LOST = 3
"""Exit status of a run whose workers ended."""


def jobs(count: int) -> list[dict[str, object]]:
    """Return small jobs that differ in seed and rows."""
    common = {"network": NETWORK, "X": X, "y": Y, "epochs": 240, "validation_fraction": 0.2}
    return [common | {"seed": seed} for seed in range(count)]


def bits(results: list[dr.TrainingResult]) -> str:
    """Return a digest of all networks and losses."""
    digest = hashlib.sha256()
    for result in results:
        digest.update(result.network.parameters.flat().tobytes())
        digest.update(result.history.validation_loss.tobytes())
    return digest.hexdigest()


def main(count: int, address: str) -> int:
    """Run the jobs on the cluster at an address, or on two processes; return an exit status."""
    try:
        with _executor(address) as executor:
            print("ready", flush=True)
            results = dr.fit_many(jobs(count), executor=executor, folder=FOLDER)
    except dr.errors.WorkerError as error:
        print(error, flush=True)
        return LOST
    print(bits(results), flush=True)
    return 0


def _executor(address: str) -> Executor:
    if address == "processes":
        return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    return dr.cluster.connect(address, timeout_s=60)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), sys.argv[2]))
