"""Losses as functions of y_true and y_pred."""

from __future__ import annotations

from numpy.typing import ArrayLike

from deltarule.keras.losses.base import Array
from deltarule.keras.losses.class_losses import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalHinge,
    KLDivergence,
    SquaredHinge,
)
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
from deltarule.keras.losses.number_losses import (
    CosineSimilarity,
    LogCosh,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
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


def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean squared logarithmic error of each row.

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
    return MeanSquaredLogarithmicError().row_losses(y_true, y_pred)


def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean absolute percentage error of each row.

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
    return MeanAbsolutePercentageError().row_losses(y_true, y_pred)


def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the log-cosh loss of each row.

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
    return LogCosh().row_losses(y_true, y_pred)


def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the squared hinge loss of each row.

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
    return SquaredHinge().row_losses(y_true, y_pred)


def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the categorical hinge loss of each row.

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
    return CategoricalHinge().row_losses(y_true, y_pred)


def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the KL divergence of each row.

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
    return KLDivergence().row_losses(y_true, y_pred)


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Array:
    """Return minus the cosine similarity of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    axis : int, default -1
        Only -1 is supported.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    return CosineSimilarity(axis).row_losses(y_true, y_pred)


def binary_focal_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, apply_class_balancing: bool = False, alpha: float = 0.25,
    gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Array:  # fmt: skip
    """Return the binary focal cross-entropy of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    apply_class_balancing : bool, default False
        Whether class 1 has the weight alpha and class 0 the weight 1 − alpha, instead of 1.
    alpha : float, default 0.25
        Weight of class 1 with class balancing, in (0, 1).
    gamma : float, default 2.0
        Focusing exponent, >= 0.
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount in [0, 1) by which targets move towards 1/2.
    axis : int, default -1
        Only -1 is supported.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    loss = BinaryFocalCrossentropy(
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis
    )
    return loss.row_losses(y_true, y_pred)


def categorical_focal_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Array:  # fmt: skip
    """Return the categorical focal cross-entropy of each row.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_outputs)
        Targets.
    y_pred : array-like of shape (n_samples, n_outputs)
        Predictions.
    alpha : float, default 0.25
        Factor of the loss, > 0.
    gamma : float, default 2.0
        Focusing exponent, >= 0.
    from_logits : bool, default False
        Whether predictions are logits, from a last layer without activation.
    label_smoothing : float, default 0.0
        Amount in [0, 1) by which targets move towards 1 / n_classes.
    axis : int, default -1
        Only -1 is supported.

    Returns
    -------
    ndarray of shape (n_samples,)
        The loss of each row.
    """
    loss = CategoricalFocalCrossentropy(alpha, gamma, from_logits, label_smoothing, axis)
    return loss.row_losses(y_true, y_pred)
