"""The shapes of targets, outputs and weights: which fit each other, and which are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.errors import ShapeError

Array = NDArray[Any]


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


def require_equal_shapes(owner: str, targets: Array, outputs: Array) -> None:
    """Raise `ShapeError` unless targets and outputs have the same shape."""
    if outputs.shape != targets.shape:
        raise ShapeError(
            f"{owner} compares targets and outputs one by one: y_true has the shape {targets.shape}, "
            f"y_pred {outputs.shape}. One-hot targets: keras.utils.to_categorical."
        )


def class_of_rows(y_true: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return class numbers of shape (n_samples,) or (n_samples, 1) in the shape of the rows."""
    numbers = np.asarray(y_true)
    if numbers.shape not in (shape, (*shape, 1)):
        raise ShapeError(
            f"Class numbers must have shape {shape}, got {numbers.shape}. One-hot targets need "
            'functions such as categorical_accuracy, without "sparse".'
        )
    return numbers.reshape(shape)


def weights_of_rows(sample_weight: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return weights of shape (n_samples,) or (n_samples, 1), or one weight, in the shape of the rows."""
    weights = np.asarray(sample_weight)
    return fitted_weights(weights[..., 0] if weights.shape == (*shape, 1) else weights, shape)


def fitted_weights(weights: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return weights broadcast to a shape; raises `ShapeError`."""
    try:
        return np.broadcast_to(weights, shape)
    except ValueError as error:
        raise ShapeError(
            f"sample_weight must have shape {shape[:1]}, one for each row, got {np.shape(weights)}."
        ) from error
