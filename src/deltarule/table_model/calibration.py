"""Calibration: what a table model learned from its out-of-fold predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.errors import ModelFileError, shortened
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.prediction_intervals import (
    ErrorQuantiles,
    UnseenErrors,
    error_quantiles_from_arrays,
    unseen_errors_from_arrays,
)

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(NotebookDisplay):
    """Corrections that are fitted to out-of-fold predictions.

    Parameters
    ----------
    temperature : float, default 1.0
        Divisor of all logits of a classifier; above 1 makes probabilities less extreme.
    target_range : tuple of float, optional
        Lowest and highest target of the training rows of a regression; predictions are clipped to it.
    error_quantiles : ErrorQuantiles, optional
        Quantiles of the errors of a regression; None with fewer than 10 training rows.
    threshold : float, optional
        Lowest probability of the positive class of two at which it is predicted, 0 < threshold ≤ 1; by
        default the more probable class is predicted.
    positive_class : int, default 1
        Number of the positive class of two, 0 or 1.
    unseen_errors : UnseenErrors, optional
        Quantiles of the errors of a regression for rows with an unseen level; None without texts.

    Examples
    --------
    >>> from deltarule.table_model import Calibration
    >>> Calibration().temperature
    1.0
    """

    temperature: float = 1.0
    target_range: tuple[float, float] | None = None
    error_quantiles: ErrorQuantiles | None = None
    threshold: float | None = None
    positive_class: int = 1
    unseen_errors: UnseenErrors | None = None

    def _sentence(self) -> str:
        parts = [f"temperature {format_number(self.temperature)}"] if self.temperature != 1 else []
        if self.threshold is not None:
            parts.append(
                f"threshold {format_number(self.threshold)} of class {self.positive_class}"
            )
        if self.target_range is not None:
            low, high = map(format_number, self.target_range)
            parts.append(f"predictions from {low} to {high}")
        if self.error_quantiles is not None:
            parts.append("quantiles of the errors")
        return ", ".join(parts) or "no corrections"

    def class_numbers(self, probabilities: Array) -> Array:
        """Return the class that is predicted for each row.

        Parameters
        ----------
        probabilities : ndarray of shape (n_rows, n_classes)
            Class probabilities.

        Returns
        -------
        ndarray of shape (n_rows,), dtype int64
            Class numbers: by the threshold if there is one, else of the most probable class.
        """
        if self.threshold is None:
            return probabilities.argmax(axis=1)
        is_positive = probabilities[:, self.positive_class] >= self.threshold
        return np.where(is_positive, self.positive_class, 1 - self.positive_class)

    def widened(
        self, prediction: Prediction, unseen: Mapping[str, Array], columns: Sequence[str]
    ) -> Prediction:
        """Widen the quantiles of rows with an unseen level or text as far as was measured for such rows.

        Parameters
        ----------
        prediction : Prediction
            A prediction with or without quantiles.
        unseen : mapping of str to ndarray of shape (n_rows,), dtype bool
            By column, which rows have an unseen level, or a text without any known word.
        columns : sequence of str
            The columns that the model uses.

        Returns
        -------
        Prediction
            The prediction; quantiles of other rows do not change.
        """
        if prediction.quantiles is None or self.unseen_errors is None or not unseen:
            return prediction
        quantiles = prediction.quantiles.copy()
        places = {column: place for place, column in enumerate(columns)}
        for column, is_unseen in unseen.items():
            rows = np.flatnonzero(is_unseen)
            wider = self.unseen_errors.widened(
                quantiles[rows], prediction.values[rows], prediction.levels, places[column]
            )
            clipped = wider if self.target_range is None else np.clip(wider, *self.target_range)
            quantiles[rows] = clipped
        return replace(prediction, quantiles=quantiles)

    def to_json(self) -> dict[str, Any]:
        """Return what is not an array under the keys of the model file.

        Returns
        -------
        dict
            "temperature" and "limits"; "threshold" and "positive_class" if they are not the default.
        """
        limits = None if self.target_range is None else list(self.target_range)
        parts: dict[str, Any] = {"temperature": self.temperature, "limits": limits}
        if self.threshold is not None:
            parts["threshold"] = self.threshold
        if self.positive_class != 1:
            parts["positive_class"] = self.positive_class
        return parts

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of the model file.

        Returns
        -------
        dict
            The error quantiles by name; empty if there are none.
        """
        parts = (self.error_quantiles, self.unseen_errors)
        return {name: array for p in parts if p is not None for name, array in p.arrays().items()}


OPTIONAL_KEYS = ("threshold", "positive_class")
"""Keys of the model file that are written only if they are not the default."""


def read_calibration(parts: dict[str, Any], arrays: dict[str, Array], path: str) -> Calibration:
    """Return the calibration of a model file and remove its arrays from `arrays`.

    Raises `ModelFileError` for impossible values.
    """
    return Calibration(
        _temperature(parts["temperature"], path),
        _target_range(parts["limits"], path),
        error_quantiles_from_arrays(arrays, path),
        _threshold(parts.get("threshold"), path),
        _positive_class(parts.get("positive_class", 1), path),
        unseen_errors_from_arrays(arrays, path),
    )


def _threshold(value: object, path: str) -> float | None:
    if value is not None and not (isinstance(value, float) and 0 < value <= 1):
        raise ModelFileError(
            f"{path}: threshold must be above 0 and at most 1, got {shortened(value)}."
        )
    return value


def _positive_class(value: object, path: str) -> int:
    if not (isinstance(value, int) and value in (0, 1)) or isinstance(value, bool):
        raise ModelFileError(f"{path}: positive_class must be 0 or 1, got {shortened(value)}.")
    return value


def _temperature(value: object, path: str) -> float:
    if not isinstance(value, int | float) or not 0.01 <= value <= 100:
        raise ModelFileError(f"{path}: temperature must be 0.01 to 100, got {shortened(value)}.")
    return float(value)


def _target_range(value: object, path: str) -> tuple[float, float] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(v, int | float) and math.isfinite(v) for v in value)
        or value[0] > value[1]
    ):
        raise ModelFileError(
            f"{path}: limits must be two ascending numbers, got {shortened(value)}."
        )
    return float(value[0]), float(value[1])
