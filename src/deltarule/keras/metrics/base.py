"""The base of all metrics, and metrics made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.keras import configs
from deltarule.keras.global_state import automatic_name
from deltarule.keras.overrides import Overridable, Overrides

Array = NDArray[Any]


class Metric(Overridable):
    """Base of all metrics.

    For a custom metric, subclass it and override `compute`, or pass a function of (y_true, y_pred).

    Parameters
    ----------
    name : str, optional
        Name in logs, by default the class name in snake case.
    dtype : object, optional
        Ignored.

    Examples
    --------
    >>> from deltarule import keras
    >>> metric = keras.metrics.BinaryAccuracy()
    >>> metric.update_state([1, 0], [0.9, 0.8])
    >>> metric.result()
    0.5
    """

    _overrides = Overrides(
        "metrics are measured by reset_state, update_state and result; override those, or compute",
        honored=("compute", "reset_state", "result", "update_state"),
        of_keras=(
            "merge_state", "reset_states", "stateless_reset_state", "stateless_result",
            "stateless_update_state", "variables",
        ),
    )  # fmt: skip
    _direction: str | None = None  # whether better is "up" or "down", if known; as in Keras

    def __init__(self, name: str | None = None, dtype: object = None) -> None:
        self.name = name or automatic_name(type(self).__name__)
        self._seen: list[tuple[Array, Array, Array]] = []

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        """Return the metric of all rows.

        Parameters
        ----------
        y_true : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Targets as given.
        y_pred : ndarray of shape (n_samples, n_outputs), dtype float64
            Predictions.
        weights : ndarray of shape (n_samples,), dtype float64
            Weights of the rows, 1 by default.

        Returns
        -------
        float
            The metric.
        """
        raise NotImplementedError

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add rows.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        y_pred : array-like of shape (n_samples, n_outputs)
            Predictions.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        """
        predictions = np.asarray(y_pred, dtype=np.float64)
        if predictions.ndim < 2:
            predictions = predictions.reshape(-1, 1)
        rows = len(predictions)
        weights = np.ones(rows) if sample_weight is None else np.asarray(sample_weight, float)
        self._seen.append((np.asarray(y_true), predictions, weights.reshape(rows)))

    def result(self) -> float:
        """Return the metric of all rows added.

        Returns
        -------
        float
            The metric, 0 without rows.
        """
        if not self._seen:
            return 0.0
        y_true, y_pred, weights = (np.concatenate(parts) for parts in zip(*self._seen, strict=True))
        return self.compute(y_true, y_pred, weights)

    def reset_state(self) -> None:
        """Remove all rows."""
        self._seen = []

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Add rows and return the metric of all rows so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> configs.Config:
        """Return the settings.

        Returns
        -------
        dict
            Arguments of the constructor as JSON types.
        """
        return {"name": self.name}


class MeanMetric(Metric):
    """Base of metrics that are the weighted mean of a value for each row."""

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        raise NotImplementedError

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        return float((self._row_values(y_true, y_pred) * weights).sum() / weights.sum())


class MeanMetricWrapper(MeanMetric):
    """The mean of a function's values.

    Parameters
    ----------
    fn : callable
        Function of (y_true, y_pred), NumPy arrays of shape (n_samples, n_outputs), that returns a number,
        or an array with the rows first.
    name : str, optional
        Name in logs.
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None) -> None:
        super().__init__(name)
        self._fn = fn

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        targets = y_true[:, None] if y_true.ndim == 1 and y_pred.shape[1] == 1 else y_true
        values = np.asarray(self._fn(targets, y_pred), dtype=np.float64)
        if values.ndim == 0:
            return np.full(len(y_pred), float(values))
        return values.reshape(len(y_pred), -1).mean(axis=1)
