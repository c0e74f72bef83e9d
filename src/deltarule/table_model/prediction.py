"""Prediction: what a table model predicts for the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions for the rows of a table.

    Parameters
    ----------
    target : str
        Name of the target.
    values : ndarray of shape (n_rows,)
        Labels in the type of the target column (object array of str, int64, float64 or bool); for a
        regression float64 in the target's units.
    probabilities : ndarray of shape (n_rows, n_classes), dtype float64, or None
        Class probabilities, each row sums to 1; None for a regression.
    classes : tuple of str
        The classes, in the order of the columns of `probabilities`; empty for a regression.
    quantiles : ndarray of shape (n_rows, n_levels), dtype float64, or None
        Predicted quantiles; None unless requested.
    levels : tuple of float, default ()
        The levels of the quantiles, between 0.005 and 0.995.

    See Also
    --------
    deltarule.TableModel.predict : Makes predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.table_model import Prediction
    >>> prediction = Prediction("pet", np.array(["dog"]), np.array([[0.1, 0.9]]), ("cat", "dog"))
    >>> len(prediction)
    1
    >>> list(prediction.columns())
    ['pet', 'probability of cat', 'probability of dog']
    """

    target: str
    values: Array
    probabilities: Array | None
    classes: tuple[str, ...]
    quantiles: Array | None = None
    levels: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def file_values(self) -> Array:
        """The values as written to files: labels as texts, object (n_rows,), or numbers."""
        if self.probabilities is None:
            return self.values
        return np.array(self.classes, dtype=object)[self.probabilities.argmax(axis=1)]

    def columns(self) -> dict[str, Array]:
        """Return the columns of a file of predictions.

        Returns
        -------
        dict of str to ndarray of shape (n_rows,)
            The target, then "probability of <class>" for each class or "quantile <level>" for each level.
        """
        columns = {self.target: self.file_values}
        if self.probabilities is not None:
            for i, name in enumerate(self.classes):
                columns[f"probability of {name}"] = self.probabilities[:, i]
        if self.quantiles is not None:
            for i, level in enumerate(self.levels):
                columns[f"quantile {level:g}"] = self.quantiles[:, i]
        return columns
