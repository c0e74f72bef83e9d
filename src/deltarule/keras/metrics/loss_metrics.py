"""Metrics that are the mean of a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule.keras import configs, losses
from deltarule.keras.metrics.metric_state import floats
from deltarule.keras.metrics.reductions import RowMean


class MeanLoss(RowMean):
    """The mean of a loss, which smaller values improve.

    Parameters
    ----------
    loss : Loss
        The loss of each row.
    name : str, optional
        Name in logs, by default the loss's.
    dtype : str, optional
        Ignored: sums are float64.
    """

    _direction = "down"

    def __init__(self, loss: losses.Loss, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name or loss.name, dtype)
        self._loss = loss

    @property
    def mean_of(self) -> losses.Loss:
        """The loss whose mean this is."""
        return self._loss

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
        self._add_values(self._loss.row_losses(y_true, floats(y_pred)), sample_weight)


class LossMetric(MeanLoss):
    """Base of metrics that are the mean of a certain loss."""

    loss: Callable[..., losses.Loss]

    def __init__(self, name: str | None = None, dtype: Any = None, **settings: Any) -> None:
        self._settings = settings
        super().__init__(type(self).loss(**settings), name, dtype)

    def get_config(self) -> configs.Config:
        return {**super().get_config(), **self._settings}


class MeanSquaredError(LossMetric):
    """Mean squared error: the mean of (y − ŷ)².

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
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
    dtype : str, optional
        Ignored: sums are float64.

    Examples
    --------
    >>> from deltarule import keras
    >>> print(keras.metrics.RootMeanSquaredError()([1.0, 2.0], [4.0, 5.0]))
    3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def result(self) -> Any:
        return np.sqrt(super().result())


class MeanAbsoluteError(LossMetric):
    """Mean absolute error: the mean of |y − ŷ|.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
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
    dtype : str, optional
        Ignored: sums are float64.
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
    dtype : str, optional
        Ignored: sums are float64.
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
    dtype : str, optional
        Ignored: sums are float64.
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
    dtype : str, optional
        Ignored: sums are float64.
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
    dtype : str, optional
        Ignored: sums are float64.
    **settings
        Settings of the loss, such as from_logits.
    """

    loss = losses.Poisson


class MeanAbsolutePercentageError(LossMetric):
    """Mean absolute percentage error: the mean of 100 |y − ŷ| / |y|.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    **settings
        Settings of the loss.
    """

    loss = losses.MeanAbsolutePercentageError


class MeanSquaredLogarithmicError(LossMetric):
    """Mean squared logarithmic error: the mean of (log(1 + y) − log(1 + ŷ))².

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    **settings
        Settings of the loss.
    """

    loss = losses.MeanSquaredLogarithmicError


class SquaredHinge(LossMetric):
    """Mean squared hinge loss.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    **settings
        Settings of the loss.
    """

    loss = losses.SquaredHinge


class CategoricalHinge(LossMetric):
    """Mean categorical hinge loss of one-hot targets.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    **settings
        Settings of the loss.
    """

    loss = losses.CategoricalHinge


class KLDivergence(LossMetric):
    """Mean Kullback-Leibler divergence of targets and predictions that are probabilities.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    **settings
        Settings of the loss.
    """

    loss = losses.KLDivergence


class LogCoshError(LossMetric):
    """Mean of log cosh(ŷ − y).

    Parameters
    ----------
    name : str, default "logcosh"
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    """

    loss = losses.LogCosh

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(name, dtype)
