"""Prediction: what a table model predicts for the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule._common.notebook_display import NotebookDisplay, listed, one_line
from deltarule.data.writing import distinct_names
from deltarule.errors import shortened

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Prediction(NotebookDisplay):
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
    class_numbers : ndarray of shape (n_rows,), dtype int64, or None
        The number of the predicted class; by default that of the most probable one, None for a
        regression. A model with a threshold may predict a less probable class.
    notes : tuple of str, default ()
        What a user should know about the rows, one sentence each: how many cells of a column do not fit
        its reading in training.

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
    class_numbers: Array | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.class_numbers is None and self.probabilities is not None:
            object.__setattr__(self, "class_numbers", self.probabilities.argmax(axis=1))

    def _sentence(self) -> str:
        rows = f"{counted(len(self), 'row')} of {shortened(self.target)}"
        if len(self) == 0:
            return rows
        if self.class_numbers is None:
            low, mean, high = (
                format_number(float(of(np.asarray(self.values, np.float64))))
                for of in (np.min, np.mean, np.max)
            )
            levels = f"; quantiles {listed(self.levels)}" if self.levels else ""
            return f"{rows}: {low} to {high}, mean {mean}{levels}"
        counts = np.bincount(self.class_numbers, minlength=len(self.classes))
        order = np.argsort(-counts, kind="stable")[: max(1, int((counts > 0).sum()))]
        shares = [
            f"{one_line(self.classes[i], 30)} {format_percent(counts[i] / len(self))}"
            for i in order.tolist()
        ]
        return f"{rows}: {listed(shares, max_length=40)}"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def file_values(self) -> Array:
        """The values as written to CSV: labels as in `classes`, object (n_rows,), or numbers."""
        if self.class_numbers is None:
            return self.values
        return np.array(self.classes, dtype=object)[self.class_numbers]

    def columns(self, *, as_text: bool = False) -> dict[str, Array]:
        """Return the columns of a file of predictions.

        Parameters
        ----------
        as_text : bool, default False
            Whether labels are texts, spelled as in `classes`. CSV files need this; other formats have
            types for numbers and booleans.

        Returns
        -------
        dict of str to ndarray of shape (n_rows,)
            The target, then "probability of <class>" for each class or "quantile <level>" for each level.

        Notes
        -----
        Names differ in more than case, because many programs do not distinguish names by case: a name
        that an earlier column has is followed by the lowest free number, as in "probability of yes (2)".
        """
        names, columns = [self.target], [self.file_values if as_text else self.values]
        if self.probabilities is not None:
            names += [f"probability of {name}" for name in self.classes]
            columns += list(self.probabilities.T)
        if self.quantiles is not None:
            names += [f"quantile {float(level)!r}" for level in self.levels]
            columns += list(self.quantiles.T)
        return dict(zip(distinct_names(names), columns, strict=True))

    def records(self) -> list[dict[str, Any]]:
        """Return each row as a dict of Python values, as JSON needs them.

        Returns
        -------
        list of dict
            For each row its "prediction", for classes "probabilities" by class, and "quantiles" by level
            if they were requested.

        Examples
        --------
        >>> import numpy as np
        >>> from deltarule.table_model import Prediction
        >>> prediction = Prediction("pet", np.array(["dog"]), np.array([[0.1, 0.9]]), ("cat", "dog"))
        >>> prediction.records()
        [{'prediction': 'dog', 'probabilities': {'cat': 0.1, 'dog': 0.9}}]
        """
        values = self.values.tolist()
        if self.quantiles is not None:
            levels = [repr(level) for level in self.levels]
            return [
                {"prediction": value, "quantiles": dict(zip(levels, row, strict=True))}
                for value, row in zip(values, self.quantiles.tolist(), strict=True)
            ]
        if self.probabilities is None:
            return [{"prediction": value} for value in values]
        return [
            {"prediction": value, "probabilities": dict(zip(self.classes, row, strict=True))}
            for value, row in zip(values, self.probabilities.tolist(), strict=True)
        ]
