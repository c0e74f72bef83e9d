"""Which rows train, validate and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.errors import SettingError

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Split(NotebookDisplay):
    """The indices of training, validation and test rows; each row is in exactly one of them.

    Parameters
    ----------
    training : ndarray of shape (n_training,), dtype int64
        Rows to train on, ascending.
    validation : ndarray of shape (n_validation,), dtype int64
        Rows that choose the epoch, ascending.
    test : ndarray of shape (n_test,), dtype int64
        Rows for the final score, ascending.
    """

    training: Rows
    validation: Rows
    test: Rows

    def _sentence(self) -> str:
        parts = {"training": self.training, "validation": self.validation, "test": self.test}
        return ", ".join(f"{len(rows):,} {name} rows" for name, rows in parts.items())


def checked_fractions(fractions: tuple[float, float]) -> tuple[float, float]:
    """Return the fractions of validation and test rows; raise unless they leave rows for training."""
    validation, test = (
        checks.number(f"{name}_fraction", value, at_least=0.0, below=1.0, hint="Typical: 0.2.")
        for name, value in zip(("validation", "test"), fractions, strict=True)
    )
    if validation + test >= 1:
        raise SettingError(
            "validation_fraction",
            f"must leave rows for training: with `test_fraction` it adds up to {validation + test:g}",
            hint="Typical: 0.2 each.",
        )
    return validation, test
