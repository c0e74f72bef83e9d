"""Sampling: which rows each update of an epoch sees."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.errors import SettingError

__all__ = [
    "SAMPLINGS",
    "FullBatch",
    "MiniBatches",
    "Sampling",
    "SingleSample",
]


@dataclass(frozen=True)
class Sampling(Description):
    """Base of the ways to draw samples."""

    @abstractmethod
    def batch_rows(self, rows: int) -> int:
        """Return how many rows a full batch has, out of `rows`."""

    def steps_per_epoch(self, rows: int) -> int:
        """Return how many updates an epoch has; the last batch may be shorter."""
        return -(-rows // self.batch_rows(rows))


SAMPLINGS: Family[Sampling] = Family("way to draw samples")


@SAMPLINGS.register
@dataclass(frozen=True)
class FullBatch(Sampling):
    """All rows in their order, one update an epoch: gradient descent as it is derived."""

    kind = "full_batch"

    def batch_rows(self, rows: int) -> int:
        return rows


@SAMPLINGS.register
@dataclass(frozen=True)
class SingleSample(Sampling):
    """One row drawn uniformly at random, with replacement, for each update: the textbook's SGD.

    An epoch is as many draws as there are rows.
    """

    kind = "single_sample"

    def batch_rows(self, rows: int) -> int:
        return 1


@SAMPLINGS.register
@dataclass(frozen=True)
class MiniBatches(Sampling):
    """Batches of `batch_size` rows from an order that is shuffled anew in each epoch.

    Every row is seen once an epoch; the last batch is shorter where the rows do not divide evenly.
    """

    kind = "mini_batches"
    batch_size: int = 32
    shuffle: bool = True

    def __post_init__(self) -> None:
        checks.integer("batch_size", self.batch_size, at_least=1, hint="Typical: 16 to 256.")
        checks.flag("MiniBatches.shuffle", self.shuffle)

    def batch_rows(self, rows: int) -> int:
        if self.batch_size > rows:
            raise SettingError(
                "batch_size",
                f"must be at most the {rows} training rows",
                self.batch_size,
                "FullBatch() uses all rows at once.",
            )
        return self.batch_size
