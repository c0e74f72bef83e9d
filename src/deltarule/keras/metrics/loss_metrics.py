"""Metrics that are the mean of a loss, and R²."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deltarule.keras import configs, losses
from deltarule.keras.metrics.base import Array, MeanMetric, Metric


class MeanLoss(MeanMetric):
    """The mean of a loss, which smaller values improve.

    Parameters
    ----------
    loss : Loss
        The loss of each row.
    name : str, optional
        Name in logs, by default the loss's.
    """

    _direction = "down"

    def __init__(self, loss: losses.Loss, name: str | None = None) -> None:
        super().__init__(name or loss.name)
        self._loss = loss

    @property
    def mean_of(self) -> losses.Loss:
        """The loss whose mean this is."""
        return self._loss

    def _row_values(self, y_true: Array, y_pred: Array) -> Array:
        return self._loss.row_losses(y_true, y_pred)


class LossMetric(MeanLoss):
    """Base of metrics that are the mean of a certain loss."""

    loss: Callable[..., losses.Loss]

    def __init__(self, name: str | None = None, dtype: object = None, **settings: Any) -> None:
        self._settings = settings
        super().__init__(type(self).loss(**settings), name)

    def get_config(self) -> configs.Config:
        return {"name": self.name, **self._settings}


class MeanSquaredError(LossMetric):
    """Mean squared error: the mean of (y − ŷ)².

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.MeanSquaredError


class RootMeanSquaredError(MeanSquaredError):
    """Root mean squared error: the square root of the mean of (y − ŷ)².

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.metrics.RootMeanSquaredError()([1.0, 2.0], [4.0, 5.0])
    3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: object = None) -> None:
        super().__init__(name)

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        return float(np.sqrt(super().compute(y_true, y_pred, weights)))


class MeanAbsoluteError(LossMetric):
    """Mean absolute error: the mean of |y − ŷ|.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.MeanAbsoluteError


class BinaryCrossentropy(LossMetric):
    """Mean binary cross-entropy.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.BinaryCrossentropy


class CategoricalCrossentropy(LossMetric):
    """Mean categorical cross-entropy of one-hot targets.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.CategoricalCrossentropy


class SparseCategoricalCrossentropy(LossMetric):
    """Mean categorical cross-entropy of class numbers.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.SparseCategoricalCrossentropy


class Hinge(LossMetric):
    """Mean hinge loss.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.Hinge


class Poisson(LossMetric):
    """Mean Poisson loss.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.Poisson


class R2Score(Metric):
    """Coefficient of determination R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)², averaged over outputs.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : object, optional
        Ignored.
    """

    _direction = "up"

    def __init__(self, name: str | None = "r2_score", dtype: object = None) -> None:
        super().__init__(name)

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        y, w = y_true.reshape(y_pred.shape).astype(np.float64), weights[:, None]
        mean = (y * w).sum(axis=0) / w.sum()
        left = (w * np.square(y - y_pred)).sum(axis=0)
        return float(np.mean(1 - left / (w * np.square(y - mean)).sum(axis=0)))
