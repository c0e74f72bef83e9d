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
    """Return the mean squared error of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return MeanSquaredError().row_losses(y_true, y_pred)


def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean absolute error of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return MeanAbsoluteError().row_losses(y_true, y_pred)


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Array:
    """Return the Huber loss of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    delta : float, default 1.0
        Error at which the loss changes from quadratic to linear.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return Huber(delta).row_losses(y_true, y_pred)


def binary_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    """Return the binary cross-entropy of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount α in [0, 1) by which targets move towards 1/2.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return BinaryCrossentropy(from_logits, label_smoothing).row_losses(y_true, y_pred)


def categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    """Return the categorical cross-entropy of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount α in [0, 1) by which targets move towards 1 / n_classes.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return CategoricalCrossentropy(from_logits, label_smoothing).row_losses(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False
) -> Array:
    """Return the categorical cross-entropy of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return SparseCategoricalCrossentropy(from_logits).row_losses(y_true, y_pred)


def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the hinge loss of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return Hinge().row_losses(y_true, y_pred)


def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the Poisson loss of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return Poisson().row_losses(y_true, y_pred)
