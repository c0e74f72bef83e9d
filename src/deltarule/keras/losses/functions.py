"""Losses as functions of y_true and y_pred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from numpy.typing import ArrayLike

from deltarule.keras.losses.base import Array, Loss
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


class RowFunction(Protocol):
    """A function of targets and predictions that returns the loss of each row."""

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array: ...


def _row_function(loss: Callable[[], Loss], measured: str) -> RowFunction:
    """Return the function of a loss without settings."""

    def function(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        return loss().row_losses(y_true, y_pred)

    function.__name__ = function.__qualname__ = loss().name
    function.__doc__ = f"""Return the {measured} of each row.

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
    return function


mean_squared_error = _row_function(MeanSquaredError, "mean squared error")
mean_absolute_error = _row_function(MeanAbsoluteError, "mean absolute error")
hinge = _row_function(Hinge, "hinge loss")
poisson = _row_function(Poisson, "Poisson loss")
mean_squared_logarithmic_error = _row_function(
    MeanSquaredLogarithmicError, "mean squared logarithmic error"
)
mean_absolute_percentage_error = _row_function(
    MeanAbsolutePercentageError, "mean absolute percentage error"
)
log_cosh = _row_function(LogCosh, "log-cosh loss")
squared_hinge = _row_function(SquaredHinge, "squared hinge loss")
categorical_hinge = _row_function(CategoricalHinge, "categorical hinge loss")
kl_divergence = _row_function(KLDivergence, "KL divergence")


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
