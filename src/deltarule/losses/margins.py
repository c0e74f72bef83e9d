"""Losses of margins: hinge losses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule.losses.base import LOSSES, Array, Loss, row_mean

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


@LOSSES.register
@dataclass(frozen=True)
class Hinge(Loss):
    """Hinge loss: 1/k Σⱼ max(0, 1 − yⱼ ŷⱼ), targets −1 or 1.

    Notes
    -----
    Class numbers become rows with one 1 among −1s. The gradient is −y/k where y ŷ < 1, else 0.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import Hinge
    >>> Hinge().values(np.array([[0.5], [2.0]]), np.array([[1.0], [1.0]]))
    array([0.5, 0. ])
    """

    kind = "hinge"
    formula = "max(0, 1 − y ŷ)"
    one_hot = (-1.0, 1.0)
    keras_name = "hinge"
    outputs_of_two_classes = ("identity", "tanh")
    outputs_of_classes = ("identity",)
    classifies = True

    def threshold(self, outputs: int) -> float | None:
        return 0.0 if outputs == 1 else None

    def values(self, predictions: Array, targets: Array) -> Array:
        return row_mean(np.maximum(0, 1 - targets * predictions))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        active = (targets * predictions < 1).astype(predictions.dtype)
        return -targets * active / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class SquaredHinge(Hinge):
    """Squared hinge loss: 1/k Σⱼ max(0, 1 − yⱼ ŷⱼ)², targets −1 or 1.

    Notes
    -----
    Class numbers become rows with one 1 among −1s. The gradient is −2 y max(0, 1 − y ŷ) / k.

    References
    ----------
    Y. Tang, "Deep learning using linear support vector machines", 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import SquaredHinge
    >>> SquaredHinge().values(np.array([[0.5], [2.0]]), np.array([[1.0], [1.0]]))
    array([0.25, 0.  ])
    """

    kind = "squared_hinge"
    formula = "max(0, 1 − y ŷ)²"
    keras_name = "squared_hinge"

    def values(self, predictions: Array, targets: Array) -> Array:
        return row_mean(np.maximum(0, 1 - targets * predictions) ** 2)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        missing = np.maximum(0, 1 - targets * predictions)
        return -2 * targets * missing / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class CategoricalHinge(Loss):
    """Categorical hinge loss: max(0, 1 + maxⱼ (1 − yⱼ) ŷⱼ − Σⱼ yⱼ ŷⱼ), y a one-hot row.

    Notes
    -----
    This is Keras's form: another class counts only while its output is greater than 0. Where the loss
    is greater than 0, the gradient is −y, plus 1 − y for the largest (1 − y) ŷ.

    References
    ----------
    K. Crammer and Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector
    machines", 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.losses import CategoricalHinge
    >>> CategoricalHinge().values(np.array([[0.5, 0.25, 2.0]]), np.array([[1.0, 0.0, 0.0]]))
    array([2.5])
    """

    kind = "categorical_hinge"
    formula = "max(0, 1 + maxⱼ (1 − yⱼ) ŷⱼ − Σⱼ yⱼ ŷⱼ)"
    keras_name = "categorical_hinge"
    classifies = True

    def values(self, predictions: Array, targets: Array) -> Array:
        return np.maximum(0, _margins(predictions, targets))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        rest = 1 - targets
        slope = -targets
        rows = np.arange(len(targets))
        largest = (rest * predictions).argmax(axis=1)
        slope[rows, largest] += rest[rows, largest]
        return np.where(_margins(predictions, targets)[:, None] > 0, slope, 0)


def _margins(predictions: Array, targets: Array) -> Array:
    others = ((1 - targets) * predictions).max(axis=1)
    return 1 + others - (targets * predictions).sum(axis=1)
