"""Shards of a block file: which blocks each of them has, and which it visits in a round."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from deltarule._common.random import Purpose, shuffled, words
from deltarule._common.strict_reader import StrictReader
from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.block_range import BlockRange

DEFAULT_SHARDS = 8
DEFAULT_OUTER_MOMENTUM = 0.5
MIN_ROUNDS = 64
"""Rounds of a whole training by default, if shards have enough blocks: more of them gain little."""


@dataclass(frozen=True)
class Sharding:
    """How rows are divided among shards and rounds. All of it changes the bits of the result.

    Parameters
    ----------
    shards : int
        Number of shards, each with adjacent blocks of the file.
    rounds_per_epoch : int
        Parts of a shard, one of which is visited in a round.
    outer_momentum : float
        Momentum of the averages.
    """

    shards: int
    rounds_per_epoch: int
    outer_momentum: float

    def rows(self, data: BlockFileData, seed: int, shard: int, number: int) -> BlockRange:
        """Return the rows that a shard visits in a round, counted from 0."""
        epoch, place = divmod(number, self.rounds_per_epoch)
        return self._part(data, shard, _order(self.rounds_per_epoch, seed, shard, epoch)[place])

    def min_rows(self, data: BlockFileData) -> int:
        """Return the fewest rows of a round; there must be as many blocks as rounds of all shards."""
        return min(
            self._part(data, shard, part).n_rows
            for shard in range(self.shards)
            for part in range(self.rounds_per_epoch)
        )

    def _part(self, data: BlockFileData, shard: int, part: int) -> BlockRange:
        first, stop = _share(data.file.layout.blocks(data.part), self.shards, shard)
        begin, end = _share(stop - first, self.rounds_per_epoch, part)
        return BlockRange.of(data, first + begin, first + end)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as strict JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, reader: StrictReader) -> Sharding:
        """Return what `to_json` wrote."""
        found = cls(
            reader.take("shards", int),
            reader.take("rounds_per_epoch", int),
            float(reader.take("outer_momentum", float)),
        )
        reader.finish()
        return found


def default_rounds(epochs: int, blocks: int, shards: int) -> int:
    """Return the rounds of an epoch: `MIN_ROUNDS` in all, or as many as the smallest shard has blocks."""
    return max(min(math.ceil(MIN_ROUNDS / epochs), blocks // shards), 1)


@lru_cache(maxsize=1024)  # each is needed in every round of an epoch
def _order(parts: int, seed: int, shard: int, epoch: int) -> tuple[int, ...]:
    """Return the parts of a shard in the order of an epoch."""
    order = shuffled(parts, shard_seed(seed, shard), epoch, Purpose.SHARD_ROUNDS)
    return tuple(order.tolist())


def shard_seed(seed: int, shard: int) -> int:
    """Return the seed of the order of rows and the dropout masks of a shard."""
    low, high = words(seed, Purpose.SHARD_SEEDS, 2, step=shard).tolist()
    return int(low) | int(high) << 32


def _share(count: int, parts: int, part: int) -> tuple[int, int]:
    """Return the beginning and the end of one of nearly equal parts of `count` things."""
    return count * part // parts, count * (part + 1) // parts
