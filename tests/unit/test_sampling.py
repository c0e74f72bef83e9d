"""Ways to draw samples: how many rows and updates, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule._common.random import shuffled, shuffled_windows
from deltarule.errors import SettingError
from deltarule.sampling import Blocks, FullBatch, MiniBatches, Sampling, SingleSample


@pytest.mark.parametrize(
    ("sampling", "rows", "batch", "steps"),
    [
        (FullBatch(), 150, 150, 1),
        (SingleSample(), 150, 1, 150),
        (MiniBatches(32), 150, 32, 5),  # 4 · 32 + 22
        (MiniBatches(50), 150, 50, 3),
        (MiniBatches(150), 150, 150, 1),
        (MiniBatches(1), 7, 1, 7),
        (Blocks(32, 64, 16), 150, 32, 5),
        (Blocks(150, 160, 16), 150, 150, 1),
    ],
    ids=str,
)
def test_batches_and_updates_of_an_epoch(
    sampling: Sampling, rows: int, batch: int, steps: int
) -> None:
    assert sampling.batch_rows(rows) == batch
    assert sampling.steps_per_epoch(rows) == steps


@pytest.mark.parametrize("sampling", [MiniBatches(200), Blocks(200)], ids=str)
def test_a_batch_larger_than_the_data_is_refused_with_a_hint(sampling: Sampling) -> None:
    with pytest.raises(SettingError) as caught:
        sampling.steps_per_epoch(150)
    assert str(caught.value) == (
        "`batch_size` must be at most the 150 training rows, got 200. FullBatch() uses all rows at once."
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"block_rows": 5000, "window_rows": 4999}, "at least block_rows = 5000 rows, got 4999"),
        ({"batch_size": 9, "block_rows": 8, "window_rows": 15}, "at least batch_size = 9 rows"),
        ({"block_rows": 0}, "`Blocks.block_rows` must be"),
        ({"window_rows": 0}, "`Blocks.window_rows` must be"),
        ({"batch_size": 0}, "`batch_size` must be"),
    ],
)
def test_a_window_holds_a_block_and_a_batch(settings: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Blocks(**settings)


def windows(rows: int, block_rows: int, window_blocks: int, epoch: int = 3) -> list[Any]:
    return list(shuffled_windows(rows, 11, epoch, block_rows, window_blocks))


@pytest.mark.parametrize("rows", [1, 7, 64, 100, 1001])
def test_an_epoch_of_blocks_uses_every_row_once(rows: int) -> None:
    order = np.concatenate(windows(rows, 8, 3))
    assert np.array_equal(np.sort(order), np.arange(rows))


def test_a_window_holds_whole_blocks_in_random_order() -> None:
    chosen = windows(1000, 10, 7)
    assert [len(window) for window in chosen] == [70] * 14 + [20]
    for window in chosen:
        blocks, counts = np.unique(window // 10, return_counts=True)
        assert (counts == 10).all()
        assert len(blocks) == len(window) // 10
        assert not np.array_equal(window, np.sort(window))


def test_epochs_and_windows_have_orders_of_their_own() -> None:
    first, second = windows(400, 10, 10, epoch=0), windows(400, 10, 10, epoch=1)
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))
    ranks = [np.argsort(np.argsort(window)).tolist() for window in first]
    assert len({tuple(rank) for rank in ranks}) == 4


def test_all_blocks_are_equally_likely_in_the_first_window() -> None:
    """Over 400 epochs each of 20 blocks is in a window of 5 a quarter of the time: ± 4 σ = 0.087."""
    first = [np.unique(windows(100, 5, 5, epoch)[0] // 5) for epoch in range(400)]
    shares = np.bincount(np.concatenate(first), minlength=20) / 400
    assert (np.abs(shares - 0.25) < 0.087).all()


def test_a_window_of_all_rows_is_a_full_shuffle() -> None:
    (window,) = windows(103, 10, 11)
    assert np.array_equal(window, shuffled(103, 11, 3))


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_a_window_of_all_rows_trains_to_the_bits_of_mini_batches(engine: str) -> None:
    X = np.random.default_rng(0).normal(size=(203, 3))
    network = dr.Network([dr.Dense(5, "tanh"), dr.Dense(1)])
    settings: Any = {"epochs": 3, "engine": engine, "seed": 4}
    full = dr.fit(network, X, X.sum(axis=1), sampling=MiniBatches(16), **settings)
    same = dr.fit(network, X, X.sum(axis=1), sampling=Blocks(16, 256, 8), **settings)
    other = dr.fit(network, X, X.sum(axis=1), sampling=Blocks(16, 64, 8), **settings)
    assert np.array_equal(full.network.parameters.flat(), same.network.parameters.flat())
    assert not np.array_equal(full.network.parameters.flat(), other.network.parameters.flat())
