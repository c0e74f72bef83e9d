"""The base of all metrics, and the metric made of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.keras import configs
from deltarule.keras.global_state import automatic_name

Array = NDArray[Any]


class Metric:
    """Base of all metrics: `update_state` collects, `result` says, `reset_state` begins anew.

    Subclass it and write those three for a metric of your own.
    """

    direction = "down"  # whether better is "up" or "down"

    def __init__(self, name: str | None = None, dtype: object = None) -> None:
        self.name = name or automatic_name(type(self).__name__)
        self._seen: list[tuple[Array, Array, Array]] = []

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        """Return the metric of all rows: y_true as given, y_pred (rows, outputs), weights (rows,)."""
        raise NotImplementedError

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Count rows in."""
        predictions = np.asarray(y_pred, dtype=np.float64)
        if predictions.ndim < 2:
            predictions = predictions.reshape(-1, 1)
        rows = len(predictions)
        weights = np.ones(rows) if sample_weight is None else np.asarray(sample_weight, float)
        self._seen.append((np.asarray(y_true), predictions, weights.reshape(rows)))

    def result(self) -> float:
        """Return the metric of all rows counted in."""
        if not self._seen:
            return 0.0
        y_true, y_pred, weights = (np.concatenate(parts) for parts in zip(*self._seen, strict=True))
        return self.compute(y_true, y_pred, weights)

    def reset_state(self) -> None:
        """Forget all rows."""
        self._seen = []

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Count rows in and return the result so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> configs.Config:
        """Return the settings as strict JSON."""
        return {"name": self.name}


class MeanMetric(Metric):
    """The weighted mean of a number for each row."""

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        raise NotImplementedError

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        return float((self._row_values(y_true, y_pred) * weights).sum() / weights.sum())


class MeanMetricWrapper(MeanMetric):
    """The mean of what a function (y_true, y_pred) of NumPy arrays returns for each row."""

    def __init__(self, fn: Callable[..., Any], name: str | None = None) -> None:
        super().__init__(name or fn.__name__)
        self._fn = fn

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        targets = y_true[:, None] if y_true.ndim == 1 and y_pred.shape[1] == 1 else y_true
        values = np.asarray(self._fn(targets, y_pred), dtype=np.float64)
        if values.ndim == 0:
            return np.full(len(y_pred), float(values))
        return values.reshape(len(y_pred), -1).mean(axis=1)
