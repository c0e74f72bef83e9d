"""Losses of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule._common import checks
from deltarule.losses.base import LOSSES, Array, Loss, row_mean

__all__ = [
    "CosineSimilarity",
    "Huber",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "Quantile",
]

LOG_FLOOR = 1e-7  # added to counts before the logarithm, as in Keras
FLOOR = 1e-7  # smallest number that is divided by or whose logarithm is taken, as in Keras


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


@LOSSES.register
@dataclass(frozen=True)
class LogCosh(Loss):
    """Log-cosh loss: 1/k Σⱼ log cosh(ŷⱼ − yⱼ), about ½ e² for small and |e| − log 2 for large errors.

    Notes
    -----
    Computed as |e| + log(1 + e^(−2|e|)) − log 2, which does not overflow. The gradient is
    tanh(ŷ − y) / k.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import LogCosh
    >>> LogCosh().values(np.array([[0.0], [1000.0]]), np.zeros((2, 1))).round(3)
    array([  0.   , 999.307])
    """

    kind = "log_cosh"
    aliases = ("logcosh",)
    label = "log-cosh"
    formula = "log cosh(ŷ − y)"
    keras_name = "log_cosh"
    measures_numbers = True

    def values(self, predictions: Array, targets: Array) -> Array:
        error = np.abs(predictions - targets)
        return row_mean(error + np.log1p(np.exp(-2 * error)) - error.dtype.type(np.log(2)))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return np.tanh(predictions - targets) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class MeanSquaredLogarithmicError(Loss):
    """Mean squared logarithmic error: 1/k Σⱼ (log(1 + ŷⱼ) − log(1 + yⱼ))², for targets of at least 0.

    Notes
    -----
    y and ŷ below 1e-7 count as 1e-7, as in Keras, so that a prediction below 0 has no gradient: a
    softplus or exponential output keeps predictions above 0. The gradient elsewhere is
    2 (log(1 + ŷ) − log(1 + y)) / ((1 + ŷ) k).

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import MeanSquaredLogarithmicError
    >>> MeanSquaredLogarithmicError().values(np.array([[np.e - 1]]), np.array([[0.0]])).round(4)
    array([1.])
    """

    kind = "mean_squared_logarithmic_error"
    aliases = ("msle", "squared_logarithmic_error")
    formula = "(log(1 + ŷ) − log(1 + y))²"
    keras_name = "mean_squared_logarithmic_error"
    positive_outputs = ("exponential", "softplus")

    def values(self, predictions: Array, targets: Array) -> Array:
        return row_mean((np.log(_one_more(predictions)) - np.log(_one_more(targets))) ** 2)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        up = _one_more(predictions)
        slope = 2 * (np.log(up) - np.log(_one_more(targets))) / up
        return (
            np.where(predictions > predictions.dtype.type(FLOOR), slope, 0) / predictions.shape[1]
        )


@LOSSES.register
@dataclass(frozen=True)
class MeanAbsolutePercentageError(Loss):
    """Mean absolute percentage error: 100/k Σⱼ |ŷⱼ − yⱼ| / |yⱼ|, for targets other than 0.

    Notes
    -----
    |y| below 1e-7 counts as 1e-7, as in Keras. The gradient is 100 sign(ŷ − y) / (|y| k), 0 where ŷ = y.

    References
    ----------
    R. J. Hyndman and A. B. Koehler, "Another look at measures of forecast accuracy", 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import MeanAbsolutePercentageError
    >>> MeanAbsolutePercentageError().values(np.array([[3.0], [5.0]]), np.array([[4.0], [4.0]]))
    array([25., 25.])
    """

    kind = "mean_absolute_percentage_error"
    aliases = ("mape", "absolute_percentage_error")
    formula = "100 |ŷ − y| / |y|"
    keras_name = "mean_absolute_percentage_error"

    def values(self, predictions: Array, targets: Array) -> Array:
        return row_mean(np.abs(predictions - targets) * _percent(targets))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return np.sign(predictions - targets) * _percent(targets) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class CosineSimilarity(Loss):
    """Cosine similarity as a loss: −Σⱼ yⱼ ŷⱼ / (‖y‖ ‖ŷ‖), from −1 (same direction) to 1.

    Notes
    -----
    Needs two outputs or more: of a single number only the sign would count. A length below 1e-7 counts
    as 1e-7. The gradient is (ŷ Σ y ŷ / ‖ŷ‖² − y) / (‖y‖ ‖ŷ‖).

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import CosineSimilarity
    >>> y = np.array([[3.0, 4.0], [3.0, 4.0]])
    >>> CosineSimilarity().values(np.array([[6.0, 8.0], [-6.0, -8.0]]), y)
    array([-1.,  1.])
    """

    kind = "cosine_similarity"
    formula = "−Σⱼ yⱼ ŷⱼ / (‖y‖ ‖ŷ‖)"
    keras_name = "cosine_similarity"

    def values(self, predictions: Array, targets: Array) -> Array:
        return -(predictions * targets).sum(axis=1) / (_length(predictions) * _length(targets))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        length = _length(predictions)[:, None]
        product = (predictions * targets).sum(axis=1, keepdims=True)
        along = np.where(length > length.dtype.type(FLOOR), product / length**2, 0)
        return (predictions * along - targets) / (length * _length(targets)[:, None])


def _one_more(values: Array) -> Array:
    return np.maximum(values, values.dtype.type(FLOOR)) + 1


def _percent(targets: Array) -> Array:
    return 100 / np.maximum(np.abs(targets), targets.dtype.type(FLOOR))


def _length(rows: Array) -> Array:
    return np.maximum(np.sqrt((rows * rows).sum(axis=1)), rows.dtype.type(FLOOR))
