"""Losses as functions of y_true and y_pred."""

from __future__ import annotations

from numpy.typing import ArrayLike

from deltarule.keras.losses.base import Array
from deltarule.keras.losses.classes import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    SparseCategoricalCrossentropy,
)


def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the loss of each row."""
    return MeanSquaredError().row_losses(y_true, y_pred)


def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the loss of each row."""
    return MeanAbsoluteError().row_losses(y_true, y_pred)


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Array:
    """Return the loss of each row."""
    return Huber(delta).row_losses(y_true, y_pred)


def binary_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    """Return the loss of each row."""
    return BinaryCrossentropy(from_logits, label_smoothing).row_losses(y_true, y_pred)


def categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    """Return the loss of each row."""
    return CategoricalCrossentropy(from_logits, label_smoothing).row_losses(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False
) -> Array:
    """Return the loss of each row."""
    return SparseCategoricalCrossentropy(from_logits).row_losses(y_true, y_pred)


def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the loss of each row."""
    return Hinge().row_losses(y_true, y_pred)


def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the loss of each row."""
    return Poisson().row_losses(y_true, y_pred)
