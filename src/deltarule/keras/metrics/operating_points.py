"""The best of one rate where another reaches a value: sensitivity, specificity, precision, recall."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule._common import checks
from deltarule.keras.metrics.confusion_counts import ConfusionMetric
from deltarule.keras.metrics.metric_state import Array, MetricVariable, ratio
from deltarule.keras.values import as_tensor


class _OperatingPoint(ConfusionMetric):
    """Base of the metrics: `_held` reaches a value, the best `_sought` is the result."""

    _direction = "up"
    _setting: str
    _held: str
    _sought: str

    def _set_up(
        self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any
    ) -> None:
        owner = type(self).__name__
        checks.number(f"{owner}.{self._setting}", value, at_least=0, at_most=1)
        count = checks.integer(f"{owner}.num_thresholds", num_thresholds, at_least=1)
        limits = np.arange(count) / (count - 1) if count > 1 else np.array([0.5])
        ConfusionMetric.__init__(self, limits, name, dtype, class_id=class_id)
        self._evenly = count > 1
        self._value, self.num_thresholds = value, num_thresholds

    def _rate(self, name: str) -> Array:
        part, other = {
            "sensitivity": ("true_positives", "false_negatives"),
            "recall": ("true_positives", "false_negatives"),
            "specificity": ("true_negatives", "false_positives"),
            "precision": ("true_positives", "false_positives"),
        }[name]
        counted: MetricVariable = getattr(self, part)
        return ratio(counted, counted + getattr(self, other))

    def result(self) -> Any:
        is_reached = self._rate(self._held) >= self._value
        return as_tensor(np.where(is_reached, self._rate(self._sought), 0).max(initial=0))

    def get_config(self) -> dict[str, Any]:
        settings = {"num_thresholds": self.num_thresholds, self._setting: self._value}
        return {**super().get_config(), "class_id": self.class_id, **settings}


class SensitivityAtSpecificity(_OperatingPoint):
    """Best sensitivity (recall) at a threshold whose specificity is at least a value.

    Parameters
    ----------
    specificity : float
        Smallest specificity, from 0 to 1: the fraction of actual 0s that are predicted.
    num_thresholds : int, default 200
        Number of thresholds from 0 to 1 that are tried.
    class_id : int, optional
        The only output that counts.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".

    Examples
    --------
    >>> from deltarule import keras
    >>> metric = keras.metrics.SensitivityAtSpecificity(0.5)
    >>> print(metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    _setting, _held, _sought = "specificity", "specificity", "sensitivity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self._set_up(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity


class SpecificityAtSensitivity(_OperatingPoint):
    """Best specificity at a threshold whose sensitivity (recall) is at least a value.

    Parameters
    ----------
    sensitivity : float
        Smallest sensitivity, from 0 to 1: the fraction of actual 1s that are found.
    num_thresholds : int, default 200
        Number of thresholds from 0 to 1 that are tried.
    class_id : int, optional
        The only output that counts.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _setting, _held, _sought = "sensitivity", "sensitivity", "specificity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self._set_up(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity


class PrecisionAtRecall(_OperatingPoint):
    """Best precision at a threshold whose recall is at least a value.

    Parameters
    ----------
    recall : float
        Smallest recall, from 0 to 1.
    num_thresholds : int, default 200
        Number of thresholds from 0 to 1 that are tried.
    class_id : int, optional
        The only output that counts.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _setting, _held, _sought = "recall", "recall", "precision"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self._set_up(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall


class RecallAtPrecision(_OperatingPoint):
    """Best recall at a threshold whose precision is at least a value.

    Parameters
    ----------
    precision : float
        Smallest precision, from 0 to 1.
    num_thresholds : int, default 200
        Number of thresholds from 0 to 1 that are tried.
    class_id : int, optional
        The only output that counts.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Type in which outputs and thresholds are compared, by default "float32".
    """

    _setting, _held, _sought = "precision", "precision", "recall"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self._set_up(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision
