"""The state of metrics: variables that accumulate over batches, and what is added to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.errors import ShapeError
from deltarule.keras.target_shapes import fitted_weights, same_rank
from deltarule.keras.values import ArrayValue

Array = NDArray[Any]


class MetricVariable(ArrayValue):
    """A variable of a metric, such as its count of true positives.

    Parameters
    ----------
    owner : str
        Name of the metric.
    name : str
        Name of the variable.
    values : ndarray
        First values.
    """

    trainable = False

    def __init__(self, owner: str, name: str, values: Array) -> None:
        self._owner, self._name, self._values = owner, name, values

    @property
    def name(self) -> str:
        """Name of the variable."""
        return self._name

    @property
    def path(self) -> str:
        """Name of the metric and of the variable: "auc/true_positives"."""
        return f"{self._owner}/{self._name}"

    def _read(self) -> Array:
        return self._values

    def assign(self, value: ArrayLike) -> Any:
        new = np.asarray(value, dtype=self._values.dtype)
        if new.shape != self._values.shape and new.ndim:
            raise ShapeError(
                f"{self.path} has the shape {self._values.shape}, got values of shape {new.shape}."
            )
        self._values = np.array(np.broadcast_to(new, self._values.shape))
        return self.value


def floats(values: ArrayLike) -> Array:
    """Return values as float64."""
    return np.asarray(values, dtype=np.float64)


def samplewise(
    values: ArrayLike, sample_weight: ArrayLike | None, reduce: Callable[..., Any]
) -> tuple[Array, Array | None]:
    """Return a weighted value for each row, and the weights; `reduce`: np.mean or np.sum of outputs."""
    rows, weights = floats(values), None
    if sample_weight is not None:
        rows, weights = same_rank(rows, floats(sample_weight))
        if rows.ndim > weights.ndim:
            rows = reduce(rows, axis=tuple(range(weights.ndim, rows.ndim)))
        elif rows.ndim == 0:  # a function of all rows that returns one number
            rows = np.broadcast_to(rows, weights.shape)
        weights = fitted_weights(weights, rows.shape)
        rows = rows * weights
        if weights.ndim > 1:
            weights = reduce(weights, axis=tuple(range(1, weights.ndim)))
    if rows.ndim > 1:
        rows = reduce(rows, axis=tuple(range(1, rows.ndim)))
    return rows, weights


def ratio(part: Any, whole: Any) -> Array:
    """Return part / whole, 0 where the whole is 0."""
    top, bottom = floats(part), floats(whole)
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    return np.divide(top, bottom, out=np.zeros(shape), where=bottom != 0)
