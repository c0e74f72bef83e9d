"""What every executor must do with jobs: the bits of threads, results in a folder, errors of jobs."""

from __future__ import annotations

import functools
import tempfile
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule.engines import BlockFileData
from deltarule.errors import TableFileError

DRAW = np.random.default_rng(0)
X = DRAW.standard_normal((300, 4)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(np.int32)
NETWORK = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.2), dr.Dense(2, "softmax")])
JOBS = [
    {"network": NETWORK, "X": X, "y": Y, "epochs": 5, "seed": seed, "validation_fraction": 0.2}
    for seed in range(12)
]


def flat(results):
    """Return the parameters of all results, one row for each."""
    return np.stack([result.network.parameters.flat() for result in results])


@functools.cache
def from_threads():
    """Return the parameters that `fit_many` finds without an executor."""
    return flat(dr.fit_many(JOBS))


def check_bits(executor: Executor) -> None:
    """The bits are those of threads."""
    np.testing.assert_array_equal(flat(dr.fit_many(JOBS, executor=executor)), from_threads())


@functools.cache
def sharded_from_one_thread():
    """Return the parameters that `fit_sharded` finds with one thread."""
    return sharded(threads=1)


def sharded(**given):
    """Return the parameters of a network that is trained on 8 shards of a block file."""
    network = dr.Network([*NETWORK.layers[:1], dr.BatchNormalization(), *NETWORK.layers[1:]])
    with tempfile.TemporaryDirectory() as folder:
        rows = BlockFileData.write(Path(folder) / "rows.blocks", [(X, Y)], block_rows=16)
        result = dr.fit_sharded(
            network,
            rows,
            epochs=3,
            rounds_per_epoch=2,
            batch_size=8,
            validation_data=(X, Y),
            **given,
        )
        return result.network.parameters.flat()


def check_sharded_bits(executor: Executor) -> None:
    """The average of shards has the bits that it has from one thread."""
    np.testing.assert_array_equal(sharded(executor=executor), sharded_from_one_thread())


def check_second_call(executor: Executor, folder: Path) -> None:
    """A second call finds the results of the first one, and trains the others."""
    first = dr.fit_many(JOBS[:5], executor=executor, folder=folder)
    second = dr.fit_many(JOBS, executor=executor, folder=folder)
    np.testing.assert_array_equal(flat(first), from_threads()[:5])
    np.testing.assert_array_equal(flat(second), from_threads())
    assert [one.seconds for one in first] == [one.seconds for one in second[:5]]


def check_errors(executor: Executor, folder: Path) -> None:
    """An error that only a worker can find arrives with its sentence and the place of its job."""
    rows = BlockFileData.write(folder / "rows.blocks", [(X, Y)])
    content = bytearray((folder / "rows.blocks").read_bytes())
    content[-4000] ^= 1
    (folder / "rows.blocks").write_bytes(content)
    damaged = {"network": NETWORK, "X": rows, "epochs": 2}
    with pytest.raises(TableFileError, match="does not match its digest") as caught:
        dr.fit_many([JOBS[0], damaged], executor=executor, folder=folder / "jobs")
    assert caught.value.__notes__ == ["in job 1 of fit_many"]
    results = dr.fit_many(JOBS[:2], executor=executor, folder=folder / "jobs")
    np.testing.assert_array_equal(flat(results), from_threads()[:2])
