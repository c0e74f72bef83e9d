"""Metrics for classification: accuracies, precision, recall."""

from __future__ import annotations

import numpy as np

from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.metrics.base import Array, MeanMetric, Metric


class BinaryAccuracy(MeanMetric):
    """Fraction of outputs on the correct side of a threshold.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    threshold : float, default 0.5
        Outputs above it predict 1.
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: object = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name)
        self.threshold = threshold

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        predicted = y_pred > self.threshold
        return (predicted == y_true.reshape(y_pred.shape)).mean(axis=1)

    def get_config(self) -> configs.Config:
        return {"name": self.name, "threshold": self.threshold}


class CategoricalAccuracy(MeanMetric):
    """Fraction of rows whose largest output is that of the one-hot target.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    """

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: object = None) -> None:
        super().__init__(name)

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.argmax(axis=1) == y_pred.argmax(axis=1)).astype(np.float64)


class SparseCategoricalAccuracy(MeanMetric):
    """Fraction of rows whose largest output is that of the class number.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.metrics.SparseCategoricalAccuracy()([0, 1], [[0.9, 0.1], [0.8, 0.2]])
    0.5
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "sparse_categorical_accuracy", dtype: object = None
    ) -> None:
        super().__init__(name)

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.reshape(len(y_pred)) == y_pred.argmax(axis=1)).astype(np.float64)


class Accuracy(MeanMetric):
    """Fraction of predictions equal to the target.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    """

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: object = None) -> None:
        super().__init__(name)

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.reshape(y_pred.shape) == y_pred).mean(axis=1)


class ThresholdMetric(Metric):
    """Base of precision and recall.

    Parameters
    ----------
    thresholds : float, default 0.5
        Outputs above it predict 1; a list is not supported.
    name : str, optional
        Name in logs.

    Raises
    ------
    SettingError
        If thresholds is not a number.
    """

    _direction = "up"

    def __init__(self, thresholds: float = 0.5, name: str | None = None) -> None:
        super().__init__(name)
        if not isinstance(thresholds, float | int):
            raise SettingError(
                f"{type(self).__name__}.thresholds", "must be a single number", thresholds
            )
        self.thresholds = thresholds

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        predicted = y_pred > self.thresholds
        actual = y_true.reshape(y_pred.shape) > 0.5
        base = predicted if isinstance(self, Precision) else actual
        whole = float((base * weights[:, None]).sum())
        return (
            float((predicted & actual) @ np.ones(actual.shape[1]) @ weights) / whole
            if whole
            else 0.0
        )

    def get_config(self) -> configs.Config:
        return {"thresholds": self.thresholds, "name": self.name}


class Precision(ThresholdMetric):
    """Fraction of predicted 1s that are correct.

    Parameters
    ----------
    thresholds : float, default 0.5
        Outputs above it predict 1; a list is not supported.
    name : str, optional
        Name in logs.
    """


class Recall(ThresholdMetric):
    """Fraction of actual 1s that are found.

    Parameters
    ----------
    thresholds : float, default 0.5
        Outputs above it predict 1; a list is not supported.
    name : str, optional
        Name in logs.
    """
