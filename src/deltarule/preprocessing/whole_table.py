"""WholeTable: what is known of all rows of a table of which the encoders see a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class WholeTable:
    """A table of which a sample is at hand.

    Parameters
    ----------
    training_rows : int
        Its training and validation rows.
    row_numbers : ndarray of shape (n_sampled_rows,), dtype int64
        The numbers of the rows of the sample in the table, ascending.
    missing : mapping of str to int
        The number of missing cells of each column; columns that are not listed are counted.
    levels : mapping of str to mapping of str to int
        How often each text of a column of texts occurs.
    """

    training_rows: int
    row_numbers: NDArray[np.int64]
    missing: Mapping[str, int]
    levels: Mapping[str, Mapping[str, int]]

    def select(self, rows: NDArray[np.integer[Any]]) -> WholeTable:
        """Return the same for a sample of the given rows of the sample."""
        return replace(self, row_numbers=self.row_numbers[rows])
