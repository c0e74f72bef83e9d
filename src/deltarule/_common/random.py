"""The only random number generator: Philox 4x32-10, which maps counters to random words without state.

Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3". The key is the seed, the counter is
(block, step, epoch, purpose + 256 · layer), so that the words of any update can be computed without those
of earlier updates. Word k of a stream is lane k mod 4 of block k // 4. All engines draw the same words;
`native/core/random.hpp` is the same function in C++.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]


class Purpose(IntEnum):
    """The use of a stream of words; streams with different purposes are independent."""

    INITIAL_WEIGHTS = 1
    INITIAL_BIASES = 2
    SHUFFLE = 3
    DRAW = 4
    DROPOUT = 5
    SPLIT = 6
    DIRECTION = 7
    EMBEDDING = 8
    MEMBER_FACTORS = 9
    DATA_START = 10
    MIXED_ROWS = 11
    BLOCKS = 12
    SCATTER = 13
    TRIALS = 14
    TRIAL_ROWS = 15
    SELECTION = 16
    SHARD_SEEDS = 17
    SHARD_ROUNDS = 18


CHUNK_SIZE = 1 << 14
"""Numbers drawn at once, so that intermediate arrays fit into the cache."""

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def philox(counters: NDArray[Any], key: tuple[int, int]) -> Words:
    """Return the four words of each counter: Philox 4x32-10, figure 2 and table 2 of the paper.

    `counters`: shape (blocks, 4), 32-bit numbers of any integer dtype; `key`: two 32-bit numbers.
    Returns uint32 of shape (blocks, 4).
    """
    c0, c1, c2, c3 = counters.astype(np.uint64).T
    for _ in range(10):
        product0, product1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0 = (product1 >> _HALF) ^ c1 ^ np.uint64(key[0])
        c2 = (product0 >> _HALF) ^ c3 ^ np.uint64(key[1])
        c1, c3 = product1 & _LOW, product0 & _LOW
        key = ((key[0] + _KEY_STEPS[0]) & 0xFFFFFFFF, (key[1] + _KEY_STEPS[1]) & 0xFFFFFFFF)
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def words(
    seed: int, purpose: Purpose, count: int, *, layer: int = 0, epoch: int = 0, step: int = 0
) -> Words:
    """Return the first `count` words (uint32) of one stream; `seed` is 0 to 2⁶⁴ − 1."""
    drawn = np.empty(count, np.uint32)
    for begin in range(0, count, CHUNK_SIZE):
        blocks = -(-min(CHUNK_SIZE, count - begin) // 4)
        counters = np.empty((blocks, 4), np.uint64)
        counters[:, 0] = np.arange(begin // 4, begin // 4 + blocks)
        counters[:, 1:] = step, epoch, int(purpose) + 256 * layer
        piece = philox(counters, (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)).ravel()
        drawn[begin : begin + CHUNK_SIZE] = piece[: count - begin]
    return drawn


def uniform(seed: int, purpose: Purpose, count: int, *, layer: int = 0) -> NDArray[np.float64]:
    """Return `count` numbers from [0, 1), 53 bits each: from two words each."""
    pair = words(seed, purpose, 2 * count, layer=layer).reshape(-1, 2)
    unit = np.empty(count)
    for begin in range(0, count, CHUNK_SIZE):
        some = pair[begin : begin + CHUNK_SIZE].astype(np.uint64)
        bits = (some[:, 0] >> np.uint64(5)) * np.uint64(1 << 26) + (some[:, 1] >> np.uint64(6))
        np.divide(bits, 2.0**53, out=unit[begin : begin + CHUNK_SIZE])
    return unit


def normal(seed: int, purpose: Purpose, count: int, *, layer: int = 0) -> NDArray[np.float64]:
    """Return `count` standard normal numbers (Box and Muller 1958)."""
    u = uniform(seed, purpose, 2 * count, layer=layer).reshape(-1, 2)
    for begin in range(0, count, CHUNK_SIZE):
        some = u[begin : begin + CHUNK_SIZE]
        radius = np.sqrt(-2 * np.log1p(-some[:, 0]))
        some[:, 0] = radius * np.cos(2 * np.pi * some[:, 1])
    return u[:, 0].copy()


def shuffled(
    rows: int, seed: int, epoch: int, purpose: Purpose = Purpose.SHUFFLE, step: int = 0
) -> NDArray[Any]:
    """Return 0 … rows − 1 (int64) in the order of one epoch (Fisher and Yates, Durstenfeld's form).

    For i from rows − 1 down to 1: swap i with ⌊word · (i + 1) / 2³²⌋, one word each, in turn.
    """
    order = list(range(rows))
    draws = words(seed, purpose, max(rows - 1, 0), epoch=epoch, step=step).tolist()
    for word, i in zip(draws, range(rows - 1, 0, -1), strict=True):
        j = (word * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.int64)


def shuffled_windows(
    rows: int, seed: int, epoch: int, block_rows: int, window_blocks: int
) -> Iterator[NDArray[Any]]:
    """Yield the rows of each window of one epoch (int64) in their order; see `sampling.Blocks`.

    The blocks of a window are taken in ascending order before its rows are shuffled, so that they are
    read forward, and a window of all rows has the order of `shuffled`.
    """
    blocks = shuffled(-(-rows // block_rows), seed, epoch, Purpose.BLOCKS)
    for window, begin in enumerate(range(0, len(blocks), window_blocks)):
        chosen = np.sort(blocks[begin : begin + window_blocks]).tolist()
        ranges = [(block * block_rows, min((block + 1) * block_rows, rows)) for block in chosen]
        inside = np.concatenate([np.arange(*ends, dtype=np.int64) for ends in ranges])
        yield inside[shuffled(len(inside), seed, epoch, step=window)]


def drawn(rows: int, count: int, seed: int, epoch: int) -> NDArray[Any]:
    """Return `count` row numbers (int64), each uniform over 0 … rows − 1, with replacement."""
    draws = words(seed, Purpose.DRAW, count, epoch=epoch).astype(np.uint64)
    return ((draws * np.uint64(rows)) >> _HALF).astype(np.int64)


def kept(
    shape: tuple[int, int], rate: float, seed: int, *, layer: int, epoch: int, step: int
) -> NDArray[np.bool_]:
    """Return the dropout mask of one layer in one update: True (keep) with probability 1 − rate.

    Element (row, unit) takes word row · units + unit and is kept where word ≥ ⌊rate · 2³²⌋.
    """
    draws = words(seed, Purpose.DROPOUT, shape[0] * shape[1], layer=layer, epoch=epoch, step=step)
    return draws.reshape(shape) >= np.uint32(int(rate * 2**32))
