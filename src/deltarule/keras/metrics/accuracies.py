"""Accuracies: how often predictions are right, as functions and as metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deltarule.keras import ops
from deltarule.keras.metrics.metric_state import Array, floats
from deltarule.keras.metrics.reductions import MeanMetricWrapper
from deltarule.keras.target_shapes import aligned_pair, class_of_rows


def _accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    targets, predictions = aligned_pair("Accuracy", y_true, y_pred)
    return (targets == predictions).astype(np.float64)


def binary_accuracy(y_true: ArrayLike, y_pred: ArrayLike, threshold: float = 0.5) -> Array:
    """Return 1 for each output on the correct side of a threshold, otherwise 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets 0 and 1.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    threshold : float, default 0.5
        Outputs above it predict 1.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        1 or 0 for each output.
    """
    targets, predictions = aligned_pair("Binary accuracy", y_true, y_pred)
    limit = threshold
    if predictions.dtype.kind == "f":  # 0.3 in float32 is not above the threshold 0.3
        limit = predictions.dtype.type(threshold)
    return ((predictions > limit) == targets).astype(np.float64)


def categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 for each row whose largest output is that of the one-hot target, otherwise 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_classes)
        One-hot targets.
    y_pred : array-like of shape (n_samples, n_classes)
        Predictions.

    Returns
    -------
    ndarray of shape (n_samples,)
        1 or 0 for each row.
    """
    targets, outputs = aligned_pair("Categorical accuracy", y_true, y_pred)
    return sparse_categorical_accuracy(targets.argmax(axis=-1), outputs)


def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 for each row whose largest output is that of the class number, otherwise 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Class numbers.
    y_pred : array-like of shape (n_samples, n_classes)
        Predictions.

    Returns
    -------
    ndarray of shape (n_samples,)
        1 or 0 for each row.
    """
    found = np.asarray(y_pred).argmax(axis=-1)
    return (class_of_rows(y_true, found.shape) == found).astype(np.float64)


def top_k_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike, k: int = 5) -> Array:
    """Return 1 for each row whose target is among the k largest outputs, otherwise 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_classes)
        One-hot targets.
    y_pred : array-like of shape (n_samples, n_classes)
        Predictions.
    k : int, default 5
        Number of largest outputs.

    Returns
    -------
    ndarray of shape (n_samples,)
        1 or 0 for each row.
    """
    targets, outputs = aligned_pair("Top-k accuracy", y_true, y_pred)
    return sparse_top_k_categorical_accuracy(targets.argmax(axis=-1), outputs, k)


def sparse_top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5, from_sorted_ids: bool = False
) -> Array:
    """Return 1 for each row whose class number is among the k largest outputs, otherwise 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Class numbers.
    y_pred : array-like of shape (n_samples, n_classes)
        Predictions; class numbers, best first, with from_sorted_ids.
    k : int, default 5
        Number of largest outputs.
    from_sorted_ids : bool, default False
        Whether y_pred holds class numbers.

    Returns
    -------
    ndarray of shape (n_samples,)
        1 or 0 for each row.
    """
    outputs = floats(y_pred)
    targets = class_of_rows(y_true, outputs.shape[:-1])
    if from_sorted_ids:
        return (targets[..., None] == outputs[..., :k]).any(axis=-1).astype(np.float64)
    return floats(ops.in_top_k(targets, outputs, k))


class Accuracy(MeanMetricWrapper):
    """Fraction of predictions equal to the target.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    """

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(_accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """Fraction of outputs on the correct side of a threshold.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    threshold : float, default 0.5
        Outputs above it predict 1.

    Examples
    --------
    >>> from deltarule import keras
    >>> metric = keras.metrics.BinaryAccuracy()
    >>> metric.update_state([1, 0], [0.9, 0.8])
    >>> print(metric.result())
    0.5
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold


class CategoricalAccuracy(MeanMetricWrapper):
    """Fraction of rows whose largest output is that of the one-hot target.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    """

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """Fraction of rows whose largest output is that of the class number.

    Parameters
    ----------
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.

    Examples
    --------
    >>> from deltarule import keras
    >>> print(keras.metrics.SparseCategoricalAccuracy()([0, 1], [[0.9, 0.1], [0.8, 0.2]]))
    0.5
    """

    _direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """Fraction of rows whose one-hot target is among the k largest outputs.

    Parameters
    ----------
    k : int, default 5
        Number of largest outputs.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    """

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """Fraction of rows whose class number is among the k largest outputs.

    Parameters
    ----------
    k : int, default 5
        Number of largest outputs.
    name : str, optional
        Name in logs.
    dtype : str, optional
        Ignored: sums are float64.
    from_sorted_ids : bool, default False
        Whether predictions are class numbers, best first, instead of outputs.

    Examples
    --------
    >>> from deltarule import keras
    >>> metric = keras.metrics.SparseTopKCategoricalAccuracy(k=2)
    >>> print(metric([0, 1], [[0.3, 0.2, 0.5], [0.4, 0.1, 0.5]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
        self.k, self.from_sorted_ids = k, from_sorted_ids
