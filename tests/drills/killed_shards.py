"""A training on shards, on worker processes or on a Dask cluster, for the drill that kills them."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import deltarule as dr
from deltarule.engines import BlockFileData

FOLDER = "rounds"
LOST = 3
"""Exit status of a run whose workers ended."""
SHARDS, ROUNDS = 4, 3
NETWORK = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.1), dr.Dense(1, "sigmoid")])
RATE = dr.schedules.Cosine(0.01)


def rows(folder: Path) -> BlockFileData:
    """Return the rows, which are written once."""
    path = folder / "rows.blocks"
    if path.exists():
        return BlockFileData(path)
    X = np.random.default_rng(0).standard_normal((2000, 4)).astype(np.float32)
    y = (X[:, 0] > X[:, 1] * X[:, 2]).astype(np.int64)
    return BlockFileData.write(path, [(X, y)], block_rows=64, validation_fraction=0.2)


def train(where: Path, epochs: int, **given: Any) -> str:
    """Train and return a digest of the network and its losses."""
    data = rows(where)
    result = dr.fit_sharded(
        NETWORK,
        data,
        shards=SHARDS,
        rounds_per_epoch=ROUNDS,
        validation_data=data.validation,
        epochs=epochs,
        optimizer=dr.optimizers.Adam(RATE),
        **given,
    )
    losses = result.history.validation_loss.tobytes()
    return hashlib.sha256(result.network.parameters.flat().tobytes() + losses).hexdigest()


def main(epochs: int, address: str) -> int:
    """Train on the cluster at an address, or on two processes; return an exit status."""
    try:
        with _executor(address) as executor:
            print("ready", flush=True)
            print(train(Path(), epochs, executor=executor, folder=FOLDER), flush=True)
    except dr.errors.WorkerError as error:
        print(error, flush=True)
        return LOST
    return 0


def _executor(address: str) -> Executor:
    if address == "processes":
        return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    return dr.cluster.connect(address, timeout_s=60)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), sys.argv[2]))
