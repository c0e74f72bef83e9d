"""Predictions of several models, put together in the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.preprocessing import ClassTarget, Target
from deltarule.table_model.prediction import Prediction

Array = NDArray[Any]


class PredictionParts:
    """Collects the predictions of parts of the rows, with the classes of `target`."""

    def __init__(self, target: Target, rows: int, levels: tuple[float, ...]) -> None:
        self._target, self._levels = target, levels
        self._numbers = np.zeros(rows, np.int64)
        self._values = np.zeros(rows, np.float64)
        self._probabilities = np.zeros((rows, len(target.classes)))
        self._quantiles = np.zeros((rows, len(levels)))

    def add(self, rows: Array, prediction: Prediction) -> None:
        """Take the prediction of some rows; its classes are some of those of the target."""
        if prediction.probabilities is None:
            self._values[rows] = prediction.values
            if prediction.quantiles is not None:
                self._quantiles[rows] = prediction.quantiles
            return
        assert prediction.class_numbers is not None
        if prediction.classes == self._target.classes:
            self._probabilities[rows] = prediction.probabilities
            self._numbers[rows] = prediction.class_numbers
            return
        known = {name: number for number, name in enumerate(self._target.classes)}
        places = np.array([known[name] for name in prediction.classes], np.int64)
        self._probabilities[rows[:, None], places[None, :]] = prediction.probabilities
        self._numbers[rows] = places[prediction.class_numbers]

    def prediction(self, notes: tuple[str, ...] = (), rows: Array | None = None) -> Prediction:
        """Return the prediction of all rows, or of `rows`."""
        target, chosen = self._target, slice(None) if rows is None else rows
        if not isinstance(target, ClassTarget):
            quantiles = self._quantiles[chosen] if self._levels else None
            values = self._values[chosen]
            return Prediction(target.name, values, None, (), quantiles, self._levels, notes=notes)
        numbers = self._numbers[chosen]
        return Prediction(
            target.name,
            target.decode(numbers),
            self._probabilities[chosen],
            target.classes,
            class_numbers=numbers,
            notes=notes,
        )


def joined(predictions: Sequence[Prediction]) -> Prediction:
    """Return the predictions of consecutive rows as one."""

    def together(name: str) -> Any:
        parts = [getattr(prediction, name) for prediction in predictions]
        return None if parts[0] is None else np.concatenate(parts)

    return replace(
        predictions[0],
        values=together("values"),
        probabilities=together("probabilities"),
        quantiles=together("quantiles"),
        class_numbers=together("class_numbers"),
    )


def of_rows(prediction: Prediction, rows: Array) -> Prediction:
    """Return the prediction of some rows."""

    def chosen(values: Array | None) -> Any:
        return None if values is None else values[rows]

    return replace(
        prediction,
        values=prediction.values[rows],
        probabilities=chosen(prediction.probabilities),
        quantiles=chosen(prediction.quantiles),
        class_numbers=chosen(prediction.class_numbers),
    )
