"""Further losses of numbers: logarithmic, percentage, log-cosh and cosine."""

from __future__ import annotations

from deltarule import losses as core
from deltarule.keras.losses.base import Loss
from deltarule.keras.unsupported import require_default


class MeanSquaredLogarithmicError(Loss):
    """Mean squared logarithmic error: 1/k Σ (log(1 + y) − log(1 + ŷ))².

    y and ŷ below 1e-7 count as 1e-7, as in Keras, so that a prediction below 0 has no gradient.

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    clips_targets = True

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "mean_squared_logarithmic_error",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.MeanSquaredLogarithmicError(), reduction, name, dtype)


class MeanAbsolutePercentageError(Loss):
    """Mean absolute percentage error: 100/k Σ |y − ŷ| / |y|; |y| below 1e-7 counts as 1e-7, as in Keras.

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.losses.MeanAbsolutePercentageError()([[4.0]], [[3.0]])
    25.0
    """

    clips_targets = True

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "mean_absolute_percentage_error",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.MeanAbsolutePercentageError(), reduction, name, dtype)


class LogCosh(Loss):
    """Log-cosh loss: 1/k Σ log cosh(ŷ − y).

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "log_cosh",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.LogCosh(), reduction, name, dtype)


class CosineSimilarity(Loss):
    """Cosine similarity as a loss: −Σ y ŷ / (‖y‖ ‖ŷ‖), for two outputs or more.

    Parameters
    ----------
    axis : int, default -1
        Only -1 is supported.
    reduction : {"sum_over_batch_size", "mean"}, default "sum_over_batch_size"
        Both are the mean over the rows of a batch; others are not supported.
    name : str, optional
        Name in logs.
    dtype : None
        Only None is supported: a loss is computed in the dtype of the network.
    """

    def __init__(
        self, axis: int = -1, reduction: str = "sum_over_batch_size", name: str = "cosine_similarity",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.CosineSimilarity(), reduction, name, dtype)
        require_default("CosineSimilarity", {"axis": (axis, -1)}, "a sample is a row")
