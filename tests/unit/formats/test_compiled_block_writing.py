"""What the compiled core computes for block files. Expected: the bytes that NumPy gives."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule._common.compiled_core import compiled_core
from deltarule.engines import BlockFileData
from deltarule.formats import block_writer

pytestmark = pytest.mark.skipif(compiled_core() is None, reason="the compiled module was not built")


def batches():
    draw = np.random.default_rng(0)
    for rows in (1, 7000, 25_000, 300):
        X = draw.normal(size=(rows, 5)).astype(np.float32)
        X[:, 1], X[:, 3] = draw.integers(300, size=rows), draw.integers(3, size=rows)
        yield X, draw.integers(4, size=rows), draw.random(rows)


@pytest.mark.parametrize("memory_bytes", [2**20, 2**28])
def test_both_ways_write_the_same_bytes(tmp_path, monkeypatch, memory_bytes):
    written = []
    for core in (compiled_core(), None):
        monkeypatch.setattr(block_writer, "compiled_core", lambda core=core: core)
        BlockFileData.write(
            tmp_path / "rows.blocks",
            batches(),
            codes=[1, 3],
            validation_fraction=0.2,
            seed=2**63 + 5,
            block_rows=512,
            memory_bytes=memory_bytes,
        )
        written.append((tmp_path / "rows.blocks").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("first", [0, 12_345, 2**32 - 100])
def test_random_numbers_are_those_of_numpy(monkeypatch, first):
    found = block_writer.random_numbers(2**40 + 3, first, 100)
    monkeypatch.setattr(block_writer, "compiled_core", lambda: None)
    for compiled, expected in zip(
        found, block_writer.random_numbers(2**40 + 3, first, 100), strict=True
    ):
        assert (compiled == expected).all()


def test_a_row_that_is_not_there_is_refused():
    core, rows = compiled_core(), np.zeros((3, 2), np.uint32)
    for place in (-1, 3):
        with pytest.raises(ValueError, match="no such row"):
            core.gather_rows(rows, np.array([place]), np.zeros((1, 2), np.uint32))
