"""Metrics that are sums and means: of values, and of the values of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule.keras.metrics.base import Metric
from deltarule.keras.metrics.metric_state import ratio, samplewise
from deltarule.keras.values import as_tensor


class Sum(Metric):
    """Weighted sum of values.

    Parameters
    ----------
    name : str, default "sum"
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.

    Examples
    --------
    >>> from deltarule import keras
    >>> print(keras.metrics.Sum()([1, 3, 5], sample_weight=[1, 1, 0]))
    4.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self._count("total")

    def update_state(self, values: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Add values.

        Parameters
        ----------
        values : array-like of shape (n_samples, ...)
            Values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        """
        rows, _ = samplewise(values, sample_weight, np.sum)
        self.total.assign_add(rows.sum())

    def result(self) -> Any:
        return self.total.value


class RowMean(Metric):
    """Base of metrics that are the weighted mean of a value for each row.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    """

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self._count("total")
        self.count = self._count("count")

    def _add_values(self, values: ArrayLike, sample_weight: ArrayLike | None) -> None:
        rows, weights = samplewise(values, sample_weight, np.mean)
        self.total.assign_add(rows.sum())
        self.count.assign_add(float(rows.size) if weights is None else weights.sum())

    def result(self) -> Any:
        return as_tensor(ratio(self.total, self.count))


class Mean(RowMean):
    """Weighted mean of values.

    Parameters
    ----------
    name : str, default "mean"
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.

    Examples
    --------
    >>> from deltarule import keras
    >>> mean = keras.metrics.Mean()
    >>> mean.update_state([1, 3])
    >>> mean.update_state([8])
    >>> print(mean.result())
    4.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, values: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Add values.

        Parameters
        ----------
        values : array-like of shape (n_samples, ...)
            Values; of several in a row, their mean counts.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        """
        self._add_values(values, sample_weight)


class MeanMetricWrapper(RowMean):
    """The mean of a function's values.

    Parameters
    ----------
    fn : callable
        Function of (y_true, y_pred), NumPy arrays of shape (n_samples, n_outputs), that returns a number,
        or an array with the rows first.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    **kwargs
        Further arguments of the function.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule import keras
    >>> largest = keras.metrics.MeanMetricWrapper(lambda y, p: np.abs(y - p).max(), name="largest")
    >>> print(largest(np.array([[1.0], [2.0]]), np.array([[1.5], [4.0]])))
    2.0
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name, dtype)
        self._fn, self._settings = fn, kwargs

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add rows.

        Parameters
        ----------
        y_true : array-like of shape (n_samples, n_outputs)
            Targets.
        y_pred : array-like of shape (n_samples, n_outputs)
            Predictions.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        """
        self._add_values(self._fn(y_true, y_pred, **self._settings), sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self._settings}
