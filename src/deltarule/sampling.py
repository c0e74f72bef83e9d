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
        if self.batch_size > rows:
            raise SettingError(
                "batch_size",
                f"must be at most the {rows} training rows",
                self.batch_size,
                "FullBatch() uses all rows at once.",
            )
        return self.batch_size


if not TYPE_CHECKING:  # for a type checker, a module with __getattr__ has every name
    __getattr__ = module_getattr(__name__, SAMPLINGS, __all__)
