"""The state of metrics: variables that accumulate over batches, and the alignment of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.errors import ShapeError
from deltarule.keras.losses.base import require_equal_shapes
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


def same_rank(first: Array, second: Array, expand: bool = True) -> tuple[Array, Array]:
    """Return two arrays with (n,) and (n, 1) aligned, by Keras's rules."""
    if first.ndim == second.ndim + 1 and first.shape[-1] == 1:
        if second.ndim == 1 and expand:
            return first, second[..., None]
        return first[..., 0], second
    if second.ndim == first.ndim + 1 and second.shape[-1] == 1:
        if first.ndim == 1 and expand:
            return first[..., None], second
        return first, second[..., 0]
    return first, second


def aligned_pair(owner: str, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    """Return targets and predictions as arrays of the same shape; raises `ShapeError`."""
    targets, predictions = same_rank(np.asarray(y_true), np.asarray(y_pred))
    require_equal_shapes(owner, targets, predictions)
    return targets, predictions


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
        weights = np.broadcast_to(weights, rows.shape)
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
