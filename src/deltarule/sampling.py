"""Sampling: which rows each update of an epoch uses."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule._common.other_terms import module_getattr
from deltarule.errors import SettingError

__all__ = [
    "SAMPLINGS",
    "Blocks",
    "FullBatch",
    "MiniBatches",
    "Sampling",
    "SingleSample",
]


@dataclass(frozen=True)
class Sampling(Description):
    """Base class of the ways to draw the rows of each update."""

    @abstractmethod
    def batch_rows(self, rows: int) -> int:
        """Return the number of rows in a full batch.

        Parameters
        ----------
        rows : int
            Number of training rows.

        Returns
        -------
        int
            Rows per update; the last batch of an epoch may be smaller.
        """

    def steps_per_epoch(self, rows: int) -> int:
        """Return the number of updates in an epoch.

        Parameters
        ----------
        rows : int
            Number of training rows.

        Returns
        -------
        int
            Updates per epoch, the last one with what remains of the rows.
        """
        return -(-rows // self.batch_rows(rows))


SAMPLINGS: Family[Sampling] = Family("way to draw samples")


@SAMPLINGS.register
@dataclass(frozen=True)
class FullBatch(Sampling):
    """All rows in their order, in one update per epoch: batch gradient descent.

    Examples
    --------
    >>> from deltarule.sampling import FullBatch
    >>> FullBatch().steps_per_epoch(rows=150)
    1
    """

    kind = "full_batch"

    def batch_rows(self, rows: int) -> int:
        return rows


@SAMPLINGS.register
@dataclass(frozen=True)
class SingleSample(Sampling):
    """One row per update, drawn uniformly at random with replacement: textbook SGD.

    An epoch has as many updates as there are rows.

    Examples
    --------
    >>> from deltarule.sampling import SingleSample
    >>> SingleSample().steps_per_epoch(rows=150)
    150
    """

    kind = "single_sample"

    def batch_rows(self, rows: int) -> int:
        return 1


@SAMPLINGS.register
@dataclass(frozen=True)
class MiniBatches(Sampling):
    """Mini-batches of rows in an order that is shuffled again for each epoch.

    Every row is used once per epoch; the last batch is smaller if the rows do not divide evenly.

    Parameters
    ----------
    batch_size : int, default 32
        Rows per update, at least 1 and at most the number of training rows. Typical: 16 to 256.
    shuffle : bool, default True
        Whether each epoch shuffles the rows; otherwise they keep their order.

    Raises
    ------
    SettingError
        If `batch_size` is below 1, or `shuffle` is no bool.

    Examples
    --------
    >>> from deltarule.sampling import MiniBatches
    >>> MiniBatches(batch_size=64).steps_per_epoch(rows=150)
    3
    """

    kind = "mini_batches"
    batch_size: int = 32
    shuffle: bool = True

    def __post_init__(self) -> None:
        checks.integer("batch_size", self.batch_size, at_least=1, hint="Typical: 16 to 256.")
        checks.flag("MiniBatches.shuffle", self.shuffle)

    def batch_rows(self, rows: int) -> int:
        return _at_most(self.batch_size, rows)


@SAMPLINGS.register
@dataclass(frozen=True)
class Blocks(Sampling):
    """Mini-batches of rows that are shuffled within windows of randomly chosen blocks.

    Shuffles rows that are too many to be read in any order, such as those of a block file. Every row is
    used once per epoch; the last batch is smaller if the rows do not divide evenly.

    Parameters
    ----------
    batch_size : int, default 32
        Rows per update, at least 1, at most the number of training rows and at most `window_rows`.
    window_rows : int, default 262144
        Rows in memory at a time, at least `block_rows`; rounded down to whole blocks.
    block_rows : int, default 4096
        Adjacent rows that are read together, at least 1.

    Raises
    ------
    SettingError
        If a number is below 1, or a window is smaller than a block or a batch.

    See Also
    --------
    deltarule.engines.BlockFileData : Rows in a file that are trained on this way.

    Notes
    -----
    With n rows, ⌈n / block_rows⌉ blocks and k = ⌊window_rows / block_rows⌋, epoch e is

        b ← a permutation of the blocks                        (seed, e)
        window w: the rows of blocks b[w k], ..., b[w k + k - 1]
        the rows of window w in random order                   (seed, e, w)

    which is the block shuffle of CorgiPile [1]_. An update sees rows of one window or of adjacent
    ones. Where the rows of a block are as different as those of the whole table, because they were
    written in random order, that costs nothing; where the table is sorted, a window is a sample of k
    blocks only, and its updates pull towards what these have in common: choose small blocks, so that k
    is large. A window with at least n rows is a full shuffle, and has the same order as `MiniBatches`.

    References
    ----------
    .. [1] Xu et al. (2022), "In-database machine learning with CorgiPile: stochastic gradient descent
       without full data shuffle", SIGMOD.

    Examples
    --------
    >>> from deltarule.sampling import Blocks
    >>> Blocks(256, window_rows=65_536, block_rows=1024).steps_per_epoch(rows=1_000_000)
    3907
    """

    kind = "blocks"
    batch_size: int = 32
    window_rows: int = 262_144
    block_rows: int = 4096

    def __post_init__(self) -> None:
        checks.integer("batch_size", self.batch_size, at_least=1, hint="Typical: 32 to 1024.")
        checks.integer("Blocks.block_rows", self.block_rows, at_least=1, hint="Typical: 4096.")
        checks.integer("Blocks.window_rows", self.window_rows, at_least=1)
        for name, least in (("block_rows", self.block_rows), ("batch_size", self.batch_size)):
            if self.window_blocks * self.block_rows < least:
                raise SettingError(
                    "Blocks.window_rows",
                    f"must hold whole blocks with at least {name} = {least} rows",
                    self.window_rows,
                    "Choose a larger window, or smaller blocks.",
                )

    @property
    def window_blocks(self) -> int:
        """The number of blocks in a window."""
        return self.window_rows // self.block_rows

    def batch_rows(self, rows: int) -> int:
        return _at_most(self.batch_size, rows)


def _at_most(batch_size: int, rows: int) -> int:
    if batch_size > rows:
        raise SettingError(
            "batch_size",
            f"must be at most the {rows} training rows",
            batch_size,
            "FullBatch() uses all rows at once.",
        )
    return batch_size


if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, SAMPLINGS, __all__)
