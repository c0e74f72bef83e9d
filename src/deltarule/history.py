"""History: the records of all epochs as arrays."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay

__all__ = [
    "EPOCH_RECORD",
    "History",
    "empty_records",
    "join_records",
]

EPOCH_RECORD = np.dtype(
    [
        ("epoch", np.int64),  # from 1
        ("learning_rate", np.float64),  # of the epoch's last update
        ("training_loss", np.float64),  # mean over the epoch's batches, penalties included
        (
            "training_score",
            np.float64,
        ),  # accuracy or R² over the epoch's batches, NaN without scores
        ("validation_loss", np.float64),  # after the epoch, NaN without validation rows
        ("validation_score", np.float64),
        ("elapsed_s", np.float64),  # seconds of training up to the end of the epoch
    ]
)
Records = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class History(NotebookDisplay):
    """The history of a training run: one record per epoch.

    Parameters
    ----------
    records : ndarray of shape (n_epochs,), dtype EPOCH_RECORD
        One record per epoch, in order. Each field of `EPOCH_RECORD` but the time is also an attribute.

    Examples
    --------
    >>> import deltarule as dr
    >>> network = dr.Network([dr.Dense(1)])
    >>> history = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=3).history
    >>> len(history)
    3
    >>> history.epoch
    array([1, 2, 3])
    >>> history["training_loss"].shape
    (3,)
    """

    records: Records

    def _sentence(self) -> str:
        parts = [counted(len(self), "epoch")]
        for name in ("training_loss", "validation_loss", "validation_score"):
            finite = self[name][np.isfinite(self[name])]
            if len(finite):
                first, last = format_number(float(finite[0])), format_number(float(finite[-1]))
                change = last if len(finite) == 1 else f"{first} to {last}"
                parts.append(f"{name.replace('_', ' ')} {change}")
        return ", ".join(parts)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one field of all epochs, shape (n_epochs,)."""
        column: NDArray[Any] = self.records[name]
        return column

    @property
    def epoch(self) -> NDArray[np.int64]:
        """Epoch numbers, from 1."""
        return self["epoch"]

    @property
    def learning_rate(self) -> NDArray[np.float64]:
        """Learning rate of the last update of each epoch."""
        return self["learning_rate"]

    @property
    def training_loss(self) -> NDArray[np.float64]:
        """Mean loss over the batches of each epoch, penalties included."""
        return self["training_loss"]

    @property
    def training_score(self) -> NDArray[np.float64]:
        """Accuracy or R² over the batches of each epoch; NaN without scores."""
        return self["training_score"]

    @property
    def validation_loss(self) -> NDArray[np.float64]:
        """Loss on the validation rows after each epoch, without penalties; NaN without such rows."""
        return self["validation_loss"]

    @property
    def validation_score(self) -> NDArray[np.float64]:
        """Accuracy or R² on the validation rows after each epoch; NaN without such rows."""
        return self["validation_score"]

    def to_csv(self) -> str:
        """Return the history as CSV.

        Returns
        -------
        str
            A header with the names of `EPOCH_RECORD` and one line per epoch; a NaN is an empty field.

        Examples
        --------
        >>> import deltarule as dr
        >>> network = dr.Network([dr.Dense(1)])
        >>> text = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=2).history.to_csv()
        >>> text.splitlines()[0].split(",")[:3]
        ['epoch', 'learning_rate', 'training_loss']
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(EPOCH_RECORD.names or ())
        for record in self.records.tolist():
            writer.writerow(["" if value != value else value for value in record])
        return text.getvalue()


def join_records(pieces: Sequence[Records]) -> Records:
    """Concatenate records.

    Parameters
    ----------
    pieces : sequence of ndarray of shape (n,), dtype EPOCH_RECORD
        Records of consecutive epochs; at least one array.

    Returns
    -------
    ndarray of shape (n_epochs,), dtype EPOCH_RECORD
        All records.
    """
    # Without a dtype NumPy would promote the fields one by one, in Python.
    return np.concatenate(pieces, dtype=EPOCH_RECORD)


def empty_records() -> Records:
    """Return an empty array of records.

    Returns
    -------
    ndarray of shape (0,), dtype EPOCH_RECORD
        No records.
    """
    return np.zeros(0, EPOCH_RECORD)
