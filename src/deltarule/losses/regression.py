"""Losses of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule._common import checks
from deltarule.losses.base import LOSSES, Array, Loss, row_mean

__all__ = ["Huber", "MeanAbsoluteError", "MeanSquaredError", "Poisson", "Quantile"]

LOG_FLOOR = 1e-7  # added to counts before the logarithm, as in Keras


@LOSSES.register
@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """Mean squared error: 1/k Σⱼ (ŷⱼ − yⱼ)² over the k outputs of a row.

    Notes
    -----
    The gradient is 2 (ŷ − y) / k. scikit-learn's MLPRegressor uses half of this loss.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import MeanSquaredError
    >>> MeanSquaredError().values(np.array([[1.0, 4.0]]), np.array([[1.0, 2.0]]))
    array([2.])
    """

    kind = "mean_squared_error"
    aliases = ("mse", "squared_error")
    formula = "(ŷ − y)²"
    keras_name = "mean_squared_error"
    measures_numbers = True
    outputs_of_two_classes = ("sigmoid", "tanh", "identity")
    outputs_of_classes = ("softmax", "sigmoid", "identity")

    def values(self, predictions: Array, targets: Array) -> Array:
        return row_mean((predictions - targets) ** 2)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return 2 * (predictions - targets) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """Mean absolute error: 1/k Σⱼ |ŷⱼ − yⱼ| over the k outputs of a row.

    Notes
    -----
    The gradient is sign(ŷ − y) / k, 0 where ŷ = y.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import MeanAbsoluteError
    >>> MeanAbsoluteError().values(np.array([[1.0, 4.0]]), np.array([[1.0, 2.0]]))
    array([1.])
    """

    kind = "mean_absolute_error"
    aliases = ("mae", "absolute_error")
    formula = "|ŷ − y|"
    keras_name = "mean_absolute_error"
    measures_numbers = True

    def values(self, predictions: Array, targets: Array) -> Array:
        return row_mean(np.abs(predictions - targets))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return np.sign(predictions - targets) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class Huber(Loss):
    """Huber loss: 1/k Σⱼ (½ e² if |e| ≤ δ, else δ (|e| − ½ δ)), e = ŷⱼ − yⱼ.

    Parameters
    ----------
    delta : float, default 1.0
        Error δ > 0 above which the loss is linear, in units of the target.

    Raises
    ------
    SettingError
        If `delta` is not a number greater than 0.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", 1964.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import Huber
    >>> Huber(1.0).values(np.array([[0.5], [3.0]]), np.zeros((2, 1)))
    array([0.125, 2.5  ])
    """

    kind = "huber"
    label = "Huber"
    formula = "½ e² if |e| ≤ δ, else δ (|e| − ½ δ)"
    keras_name = "huber"
    measures_numbers = True
    delta: float = 1.0

    def __post_init__(self) -> None:
        checks.number("Huber.delta", self.delta, above=0)

    def values(self, predictions: Array, targets: Array) -> Array:
        error = np.abs(predictions - targets)
        inside = np.minimum(error, self.delta)
        return row_mean(inside * (error - 0.5 * inside))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        error = predictions - targets
        return np.clip(error, -self.delta, self.delta) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class Poisson(Loss):
    """Poisson loss: 1/k Σⱼ (ŷⱼ − yⱼ log ŷⱼ), ŷ the expected count.

    Notes
    -----
    The constant log yⱼ! is omitted. With an exponential output it is computed from z: eᶻ − y z. With
    another output it uses log(ŷ + 1e-7), as Keras does.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import Poisson
    >>> Poisson().values_from_logits(np.zeros((1, 1)), np.array([[3.0]]))
    array([1.])
    """

    kind = "poisson"
    label = "Poisson"
    formula = "ŷ − y log ŷ"
    keras_name = "poisson"
    positive_outputs = ("exponential", "softplus")
    fused_with = "exponential"

    def values(self, predictions: Array, targets: Array) -> Array:
        return row_mean(predictions - targets * np.log(predictions + LOG_FLOOR))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return (1 - targets / (predictions + LOG_FLOOR)) / predictions.shape[1]

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        return row_mean(np.exp(z) - targets * z)

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        return (np.exp(z) - targets) / z.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class Quantile(Loss):
    """Quantile (pinball) loss: 1/k Σⱼ max(q e, (q − 1) e), e = yⱼ − ŷⱼ.

    Parameters
    ----------
    quantile : float, default 0.5
        Quantile q to predict, 0 < q < 1; 0.5 is the median.

    Raises
    ------
    SettingError
        If `quantile` is out of range.

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", 1978.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import Quantile
    >>> Quantile(0.75).values(np.array([[0.0], [2.0]]), np.array([[1.0], [1.0]]))
    array([0.75, 0.25])
    """

    kind = "quantile"
    aliases = ("pinball",)
    formula = "max(q e, (q − 1) e)"
    quantile: float = 0.5

    def __post_init__(self) -> None:
        checks.number("Quantile.quantile", self.quantile, above=0, below=1)

    def values(self, predictions: Array, targets: Array) -> Array:
        error = targets - predictions
        return row_mean(np.maximum(self.quantile * error, (self.quantile - 1) * error))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        error = targets - predictions
        slope = np.where(error > 0, -self.quantile, np.where(error < 0, 1 - self.quantile, 0))
        return slope.astype(predictions.dtype) / predictions.shape[1]
