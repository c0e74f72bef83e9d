"""History: what each epoch brought, as arrays."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EPOCH_RECORD",
    "History",
    "joined",
    "no_records",
]

EPOCH_RECORD = np.dtype(
    [
        ("epoch", np.int64),  # from 1
        ("learning_rate", np.float64),  # of the epoch's last update
        ("training_loss", np.float64),  # mean over the epoch's batches, penalties included
        ("training_score", np.float64),  # accuracy or R² over the epoch's batches, NaN if not asked
        ("validation_loss", np.float64),  # after the epoch, NaN without validation rows
        ("validation_score", np.float64),
        ("elapsed_s", np.float64),  # seconds of training up to the end of the epoch
    ]
)
Records = NDArray[Any]


@dataclass(frozen=True, eq=False)
class History:
    """One record per epoch; each field of `EPOCH_RECORD` is an attribute of shape (epochs,)."""

    records: Records

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one field of all epochs, shape (epochs,)."""
        column: NDArray[Any] = self.records[name]
        return column

    @property
    def epoch(self) -> NDArray[np.int64]:
        """Epoch numbers, from 1."""
        return self["epoch"]

    @property
    def learning_rate(self) -> NDArray[np.float64]:
        """η of each epoch's last update."""
        return self["learning_rate"]

    @property
    def training_loss(self) -> NDArray[np.float64]:
        """Mean loss over each epoch's batches, penalties included."""
        return self["training_loss"]

    @property
    def training_score(self) -> NDArray[np.float64]:
        """Accuracy or R² over each epoch's batches; NaN where it was not asked for."""
        return self["training_score"]

    @property
    def validation_loss(self) -> NDArray[np.float64]:
        """Loss on the validation rows after each epoch; NaN without validation rows."""
        return self["validation_loss"]

    @property
    def validation_score(self) -> NDArray[np.float64]:
        """Accuracy or R² on the validation rows after each epoch; NaN without them."""
        return self["validation_score"]

    def to_csv(self) -> str:
        """Return the history as CSV text with a header; a NaN becomes an empty field."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(EPOCH_RECORD.names or ())
        for record in self.records.tolist():
            writer.writerow(["" if value != value else value for value in record])
        return text.getvalue()


def joined(pieces: Sequence[Records]) -> Records:
    """Return the records of several arrays in one; at least one piece."""
    # The dtype is said because NumPy would work it out field by field, in Python.
    return np.concatenate(pieces, dtype=EPOCH_RECORD)


def no_records() -> Records:
    """Return an empty array of records."""
    return np.zeros(0, EPOCH_RECORD)
