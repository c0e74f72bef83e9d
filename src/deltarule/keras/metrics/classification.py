"""Metrics of classes: accuracies, precision, recall."""

from __future__ import annotations

import numpy as np

from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.metrics.base import Array, MeanMetric, Metric


class BinaryAccuracy(MeanMetric):
    """The share of outputs on the right side of `threshold`."""

    direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: object = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name)
        self.threshold = threshold

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        said = y_pred > self.threshold
        return (said == y_true.reshape(y_pred.shape)).mean(axis=1)

    def get_config(self) -> configs.Config:
        return {"name": self.name, "threshold": self.threshold}


class CategoricalAccuracy(MeanMetric):
    """The share of rows whose largest output is where the one-hot row has its one."""

    direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: object = None) -> None:
        super().__init__(name)

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.argmax(axis=1) == y_pred.argmax(axis=1)).astype(np.float64)


class SparseCategoricalAccuracy(MeanMetric):
    """The share of rows whose largest output is the one of the class number."""

    direction = "up"

    def __init__(
        self, name: str | None = "sparse_categorical_accuracy", dtype: object = None
    ) -> None:
        super().__init__(name)

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.reshape(len(y_pred)) == y_pred.argmax(axis=1)).astype(np.float64)


class Accuracy(MeanMetric):
    """The share of predictions equal to y_true."""

    direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: object = None) -> None:
        super().__init__(name)

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.reshape(y_pred.shape) == y_pred).mean(axis=1)


class ThresholdMetric(Metric):
    direction = "up"

    def __init__(self, thresholds: float = 0.5, name: str | None = None) -> None:
        super().__init__(name)
        if not isinstance(thresholds, float | int):
            raise SettingError(
                f"{type(self).__name__}.thresholds must be one number here, got {thresholds!r}."
            )
        self.thresholds = thresholds

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        said = y_pred > self.thresholds
        true = y_true.reshape(y_pred.shape) > 0.5
        base = said if isinstance(self, Precision) else true
        whole = float((base * weights[:, None]).sum())
        return float((said & true) @ np.ones(true.shape[1]) @ weights) / whole if whole else 0.0

    def get_config(self) -> configs.Config:
        return {"thresholds": self.thresholds, "name": self.name}


class Precision(ThresholdMetric):
    """Of what was said to be 1, the share that is."""


class Recall(ThresholdMetric):
    """Of what is 1, the share that was said to be."""
