"""Losses of class probabilities: the cross-entropies and the KL divergence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from deltarule.activations import Softmax, sigmoid, softplus
from deltarule.errors import SettingError
from deltarule.losses.base import LOSSES, Array, Loss, row_mean
from deltarule.schedules import Schedule, as_number_or_schedule

__all__ = ["BinaryCrossEntropy", "CategoricalCrossEntropy", "KLDivergence"]

PROBABILITY_FLOOR = 1e-7  # probabilities that do not come from logits are clipped, as in Keras


@LOSSES.register
@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Binary cross-entropy: 1/k Σⱼ −(yⱼ log pⱼ + (1 − yⱼ) log(1 − pⱼ)), targets in [0, 1].

    Parameters
    ----------
    label_smoothing : float or Schedule, default 0.0
        Smoothing s, 0 ≤ s < 1: trains on y (1 − s) + s/2 and measures on y.

    Raises
    ------
    SettingError
        If `label_smoothing` is out of range.

    Notes
    -----
    With a sigmoid output it is computed from the logits: max(z, 0) − z y + log(1 + e^−|z|), gradient
    (σ(z) − y) / k. With another output p is clipped to [1e-7, 1 − 1e-7], as in Keras.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import BinaryCrossEntropy
    >>> loss = BinaryCrossEntropy().values(np.array([[0.5]]), np.array([[1.0]]))
    >>> loss.round(4)
    array([0.6931])
    """

    kind = "binary_cross_entropy"
    aliases: ClassVar[tuple[str, ...]] = ("binary_crossentropy", "log_loss")
    label = "cross-entropy"
    formula = "−y log p − (1 − y) log(1 − p)"
    keras_name = "binary_crossentropy"
    outputs_of_two_classes: ClassVar[tuple[str, ...]] = ("sigmoid",)
    fused_with = "sigmoid"
    classifies = True
    label_smoothing: float | Schedule = 0.0

    def __post_init__(self) -> None:
        _check_smoothing("BinaryCrossEntropy", self.label_smoothing)

    def _smooth(self, targets: Array) -> Array:
        s = smoothing_number(self.label_smoothing)
        return targets * (1 - s) + 0.5 * s

    def values(self, predictions: Array, targets: Array) -> Array:
        y, p = self._smooth(targets), clipped_probability(predictions)
        return row_mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        y, p = self._smooth(targets), clipped_probability(predictions)
        slope = (p - y) / (p * (1 - p)) / predictions.shape[1]
        return np.where(p == predictions, slope, 0)

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        y = self._smooth(targets)
        # softplus(z) − z y, split so that neither term is large where the loss is small
        return row_mean(softplus(-np.abs(z)) + np.where(z > 0, z * (1 - y), -z * y))

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        return (sigmoid(z) - self._smooth(targets)) / z.shape[1]

    def threshold(self, outputs: int) -> float | None:
        return 0.5

    def with_smoothing(self, value: float) -> Loss:
        return self if self.label_smoothing == value else replace(self, label_smoothing=value)


@LOSSES.register
@dataclass(frozen=True)
class CategoricalCrossEntropy(Loss):
    """Categorical cross-entropy: −Σⱼ yⱼ log pⱼ, y a one-hot row or class probabilities.

    Parameters
    ----------
    label_smoothing : float or Schedule, default 0.0
        Smoothing s, 0 ≤ s < 1: trains on y (1 − s) + s/k and measures on y.

    Raises
    ------
    SettingError
        If `label_smoothing` is out of range.

    Notes
    -----
    With a softmax output it is computed from the logits: Σⱼ yⱼ (log Σₖ e^(zₖ) − zⱼ), gradient
    p Σⱼ yⱼ − y. With another output, rows are divided by their sum and clipped to [1e-7, 1 − 1e-7], as
    in Keras.

    References
    ----------
    C. Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import CategoricalCrossEntropy
    >>> loss = CategoricalCrossEntropy().values_from_logits(np.zeros((1, 10)), np.eye(10)[:1])
    >>> loss.round(4)  # log 10
    array([2.3026])
    """

    kind = "categorical_cross_entropy"
    aliases: ClassVar[tuple[str, ...]] = (
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
    )
    label = "cross-entropy"
    formula = "−Σⱼ yⱼ log pⱼ"
    keras_name = "sparse_categorical_crossentropy"
    outputs_of_classes: ClassVar[tuple[str, ...]] = ("softmax",)
    fused_with = "softmax"
    classifies = True
    label_smoothing: float | Schedule = 0.0

    def __post_init__(self) -> None:
        _check_smoothing("CategoricalCrossEntropy", self.label_smoothing)

    def _smooth(self, targets: Array) -> Array:
        s = smoothing_number(self.label_smoothing)
        return targets * (1 - s) + s / targets.shape[1]

    def values(self, predictions: Array, targets: Array) -> Array:
        p = clipped_probability(predictions / predictions.sum(axis=1, keepdims=True))
        return -(self._smooth(targets) * np.log(p)).sum(axis=1)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        total = predictions.sum(axis=1, keepdims=True)
        share = predictions / total
        p = clipped_probability(share)
        y = np.where(p == share, self._smooth(targets), 0)  # a cut probability has no slope
        return (y.sum(axis=1, keepdims=True) - y / p) / total

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        y = self._smooth(targets)
        shifted = z - z.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return (y * (log_sum - shifted)).sum(axis=1)

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        y = self._smooth(targets)
        return Softmax()(z) * y.sum(axis=1, keepdims=True) - y

    def with_smoothing(self, value: float) -> Loss:
        return self if self.label_smoothing == value else replace(self, label_smoothing=value)


@LOSSES.register
@dataclass(frozen=True)
class KLDivergence(Loss):
    """Kullback-Leibler divergence: Σⱼ yⱼ log(yⱼ / pⱼ), y and p class probabilities.

    Notes
    -----
    It is the cross-entropy less the entropy of y, which is 0 for one-hot rows. y and p are clipped to
    [1e-7, 1], as in Keras; the gradient is −y/p, 0 where p is clipped.

    References
    ----------
    S. Kullback and R. A. Leibler, "On information and sufficiency", 1951.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import KLDivergence
    >>> KLDivergence().values(np.array([[0.25, 0.75]]), np.array([[0.5, 0.5]])).round(4)
    array([0.1438])
    """

    kind = "kl_divergence"
    aliases = ("kld", "kullback_leibler_divergence")
    label = "KL divergence"
    formula = "Σⱼ yⱼ log(yⱼ / pⱼ)"
    keras_name = "kl_divergence"
    classifies = True

    def values(self, predictions: Array, targets: Array) -> Array:
        y = _share(targets)
        return (y * np.log(y / _share(predictions))).sum(axis=1)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        p = _share(predictions)
        return np.where(p == predictions, -_share(targets) / p, 0)


def clipped_probability(p: Array) -> Array:
    """Return probabilities clipped away from 0 and 1, of p's dtype."""
    return np.clip(p, p.dtype.type(PROBABILITY_FLOOR), p.dtype.type(1 - PROBABILITY_FLOOR))


def _share(p: Array) -> Array:
    return np.clip(p, p.dtype.type(PROBABILITY_FLOOR), p.dtype.type(1))


def smoothing_number(value: float | Schedule) -> float:
    """Return a label smoothing that is a number; raise `SettingError` for a schedule."""
    if isinstance(value, Schedule):
        raise SettingError(
            "label_smoothing",
            f"is the schedule {value}, which has a value only during an update",
            hint="Use with_smoothing(number).",
        )
    return value


def _check_smoothing(owner: str, value: float | Schedule) -> None:
    as_number_or_schedule(f"{owner}.label_smoothing", value, below=1, hint="Typical: 0 to 0.1.")
