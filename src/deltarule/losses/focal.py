"""Focal losses: cross-entropies in which well-classified samples count less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule._common import checks
from deltarule.activations import Softmax, sigmoid, softplus
from deltarule.losses.base import LOSSES, Array, row_mean
from deltarule.losses.classification import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    clipped_probability,
)

__all__ = ["BinaryFocalCrossEntropy", "CategoricalFocalCrossEntropy"]

SMALLEST_MISS = 1e-30  # divides (1 − p)^γ where 1 − p is 0


@LOSSES.register
@dataclass(frozen=True)
class BinaryFocalCrossEntropy(BinaryCrossEntropy):
    """Binary focal cross-entropy: 1/k Σⱼ αₜ (1 − pₜ)^γ (−yⱼ log pⱼ − (1 − yⱼ) log(1 − pⱼ)).

    Parameters
    ----------
    label_smoothing : float or Schedule, default 0.0
        Smoothing s, 0 ≤ s < 1: trains on y (1 − s) + s/2 and measures on y.
    gamma : float, default 2.0
        Focusing exponent γ, at least 0; 0 is the cross-entropy.
    alpha : float, optional
        Weight α of class 1, 0 < α < 1; class 0 has the weight 1 − α. By default both have the weight 1.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    pₜ = y p + (1 − y) (1 − p) is the probability of a sample's class and αₜ = y α + (1 − y) (1 − α) its
    weight. With a sigmoid output it is computed from the logits; with another output p is clipped to
    [1e-7, 1 − 1e-7].

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal loss for dense object detection", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import BinaryFocalCrossEntropy
    >>> loss = BinaryFocalCrossEntropy().values(np.array([[0.5]]), np.array([[1.0]]))
    >>> loss.round(4)  # a quarter of log 2
    array([0.1733])
    """

    kind = "binary_focal_cross_entropy"
    aliases = ("binary_focal_crossentropy",)
    label = "binary focal cross-entropy"
    formula = "αₜ (1 − pₜ)^γ (−y log p − (1 − y) log(1 − p))"
    keras_name = "binary_focal_crossentropy"
    outputs_of_two_classes = ()
    gamma: float = 2.0  # γ
    alpha: float | None = None  # α

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.number("BinaryFocalCrossEntropy.gamma", self.gamma, at_least=0)
        if self.alpha is not None:
            checks.number("BinaryFocalCrossEntropy.alpha", self.alpha, above=0, below=1)

    def values(self, predictions: Array, targets: Array) -> Array:
        y, p = self._smooth(targets), clipped_probability(predictions)
        cost = -(y * np.log(p) + (1 - y) * np.log(1 - p))
        return row_mean(self._weight(y) * (y * (1 - p) + (1 - y) * p) ** self.gamma * cost)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        y, p = self._smooth(targets), clipped_probability(predictions)
        cost = -(y * np.log(p) + (1 - y) * np.log(1 - p))
        factor, slope = _focus(y * (1 - p) + (1 - y) * p, self.gamma)
        by_p = factor * (p - y) / (p * (1 - p)) + slope * (1 - 2 * y) * cost
        return np.where(p == predictions, self._weight(y) * by_p, 0) / predictions.shape[1]

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        y, p, rest = self._smooth(targets), sigmoid(z), sigmoid(-z)
        factor = (y * rest + (1 - y) * p) ** self.gamma
        return row_mean(self._weight(y) * factor * _cost_of_logits(z, y))

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        y, p, rest = self._smooth(targets), sigmoid(z), sigmoid(-z)
        factor, slope = _focus(y * rest + (1 - y) * p, self.gamma)
        by_z = factor * (p - y) + slope * (1 - 2 * y) * p * rest * _cost_of_logits(z, y)
        return self._weight(y) * by_z / z.shape[1]

    def _weight(self, y: Array) -> Array | float:
        return 1.0 if self.alpha is None else y * self.alpha + (1 - y) * (1 - self.alpha)


@LOSSES.register
@dataclass(frozen=True)
class CategoricalFocalCrossEntropy(CategoricalCrossEntropy):
    """Categorical focal cross-entropy: −Σⱼ α (1 − pⱼ)^γ yⱼ log pⱼ, y a one-hot row.

    Parameters
    ----------
    label_smoothing : float or Schedule, default 0.0
        Smoothing s, 0 ≤ s < 1: trains on y (1 − s) + s/k and measures on y.
    gamma : float, default 2.0
        Focusing exponent γ, at least 0; 0 is the cross-entropy.
    alpha : float, default 0.25
        Factor α > 0 of the loss.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    With a softmax output it is computed from the logits. With another output, rows are divided by their
    sum and clipped to [1e-7, 1 − 1e-7], as in Keras.

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal loss for dense object detection", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import CategoricalFocalCrossEntropy
    >>> loss = CategoricalFocalCrossEntropy(alpha=1.0)
    >>> loss.values_from_logits(np.zeros((1, 2)), np.eye(2)[:1]).round(4)  # a quarter of log 2
    array([0.1733])
    """

    kind = "categorical_focal_cross_entropy"
    aliases = ("categorical_focal_crossentropy",)
    label = "categorical focal cross-entropy"
    formula = "−Σⱼ α (1 − pⱼ)^γ yⱼ log pⱼ"
    keras_name = "categorical_focal_crossentropy"
    outputs_of_classes = ()
    gamma: float = 2.0  # γ
    alpha: float = 0.25  # α

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.number("CategoricalFocalCrossEntropy.gamma", self.gamma, at_least=0)
        checks.number("CategoricalFocalCrossEntropy.alpha", self.alpha, above=0)

    def values(self, predictions: Array, targets: Array) -> Array:
        p = clipped_probability(predictions / predictions.sum(axis=1, keepdims=True))
        y = self._smooth(targets) * self.alpha
        return -(y * (1 - p) ** self.gamma * np.log(p)).sum(axis=1)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        total = predictions.sum(axis=1, keepdims=True)
        share = predictions / total
        p = clipped_probability(share)
        y = np.where(p == share, self._smooth(targets) * self.alpha, 0)
        factor, slope = _focus(1 - p, self.gamma)
        by_share = y * (slope * np.log(p) - factor / p)
        return (by_share - (by_share * share).sum(axis=1, keepdims=True)) / total

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        y, log_p = self._smooth(targets) * self.alpha, _log_softmax(z)
        return -(y * np.maximum(1 - np.exp(log_p), 0) ** self.gamma * log_p).sum(axis=1)

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        y, p, log_p = self._smooth(targets) * self.alpha, Softmax()(z), _log_softmax(z)
        factor, slope = _focus(np.maximum(1 - p, 0), self.gamma)
        by_log_p = y * (slope * p * log_p - factor)
        return by_log_p - p * by_log_p.sum(axis=1, keepdims=True)


def _focus(miss: Array, gamma: float) -> tuple[Array, Array]:
    """Return (1 − pₜ)^γ and its derivative by 1 − pₜ, which is `miss`."""
    factor = miss**gamma
    return factor, factor * gamma / np.maximum(miss, miss.dtype.type(SMALLEST_MISS))


def _cost_of_logits(z: Array, y: Array) -> Array:
    return softplus(-np.abs(z)) + np.where(z > 0, z * (1 - y), -z * y)


def _log_softmax(z: Array) -> Array:
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
