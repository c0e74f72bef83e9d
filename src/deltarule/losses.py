"""Losses: the cost of predictions against targets, and its derivative.

Every loss gives one number a sample (the mean over its outputs, or the sum for categorical
cross-entropy); the loss of a batch of B rows with sample weights w is J = 1/B Σᵢ wᵢ lossᵢ.
`predictions` and `targets` are float arrays of shape (rows, outputs); `values` returns (rows,),
`gradient` returns ∂lossᵢ/∂predictionᵢⱼ of shape (rows, outputs), both of the predictions' dtype.

Where a loss and the output activation belong together (`fused_with`), engines never form
log(probability): they call `values_from_logits` and `gradient_from_logits` on z instead, which is
exact for |z| up to 1e4 and beyond.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.descriptions import Description, Family
from deltarule.activations import Softmax, sigmoid, softplus
from deltarule.errors import SettingError
from deltarule.schedules import SCHEDULES, Schedule, as_number_or_schedule

__all__ = [
    "LOSSES",
    "PROBABILITY_FLOOR",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "Hinge",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "Quantile",
    "smoothing_number",
]

Array = NDArray[Any]

PROBABILITY_FLOOR = 1e-7
"""Probabilities that do not come from logits are kept this far from 0 and 1, as in Keras."""


@dataclass(frozen=True)
class Loss(Description):
    """Base of all losses."""

    fused_with: ClassVar[str] = ""  # kind of the output activation whose logits the loss works on
    classifies: ClassVar[bool] = False  # score is accuracy; otherwise R²
    measures_numbers: ClassVar[bool] = False  # suits targets that are any real numbers
    outputs_of_two_classes: ClassVar[
        tuple[str, ...]
    ] = ()  # activations of one output for two classes
    outputs_of_classes: ClassVar[tuple[str, ...]] = ()  # activations of one output for each class
    one_hot: ClassVar[tuple[float, float]] = (
        0.0,
        1.0,
    )  # targets of the other classes and of the class
    keras_name: ClassVar[str | None] = None  # None: Keras has no such loss

    @abstractmethod
    def values(self, predictions: Array, targets: Array) -> Array:
        """Return the loss of each row, shape (rows,)."""

    @abstractmethod
    def gradient(self, predictions: Array, targets: Array) -> Array:
        """Return the derivative of each row's loss by its predictions, shape (rows, outputs)."""

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        """Return the loss of each row from logits; only where `fused_with` names an activation."""
        raise NotImplementedError(f"{self.kind} has no form in logits")

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        """Return the derivative of each row's loss by z; only where `fused_with` is set."""
        raise NotImplementedError(f"{self.kind} has no form in logits")

    def threshold(self, outputs: int) -> float | None:
        """Return the value above which an output predicts its class; None: the largest output does."""
        return None

    def with_smoothing(self, value: float) -> Loss:
        """Return this loss with another label smoothing; a loss without the setting is returned as is."""
        return self

    def for_evaluation(self) -> Loss:
        """Return the loss that measures rather than trains: the same, without label smoothing."""
        return self.with_smoothing(0.0)


LOSSES: Family[Loss] = Family("loss")


@LOSSES.register
@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """loss = 1/k Σⱼ (ŷⱼ − yⱼ)², gradient 2 (ŷ − y) / k."""

    kind = "mean_squared_error"
    aliases = ("mse", "squared_error")
    formula = "(ŷ − y)²"
    keras_name = "mean_squared_error"
    measures_numbers = True
    outputs_of_two_classes = ("sigmoid", "tanh", "identity")
    outputs_of_classes = ("softmax", "sigmoid", "identity")

    def values(self, predictions: Array, targets: Array) -> Array:
        return _row_mean((predictions - targets) ** 2)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return 2 * (predictions - targets) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """loss = 1/k Σⱼ |ŷⱼ − yⱼ|, gradient sign(ŷ − y) / k, 0 at the kink."""

    kind = "mean_absolute_error"
    aliases = ("mae", "absolute_error")
    formula = "|ŷ − y|"
    keras_name = "mean_absolute_error"
    measures_numbers = True

    def values(self, predictions: Array, targets: Array) -> Array:
        return _row_mean(np.abs(predictions - targets))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return np.sign(predictions - targets) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class Huber(Loss):
    """loss = 1/k Σⱼ (½ e² if |e| ≤ δ, else δ (|e| − ½ δ)), e = ŷ − y (Huber 1964).

    `delta`: where the parabola ends, in units of the target.
    """

    kind = "huber"
    label = "Huber"
    formula = "½ e² if |e| ≤ δ, else δ (|e| − ½ δ)"
    keras_name = "huber"
    measures_numbers = True
    delta: float = 1.0

    def __post_init__(self) -> None:
        checks.number("Huber.delta", self.delta, above=0)

    def values(self, predictions: Array, targets: Array) -> Array:
        error = np.abs(predictions - targets)
        inside = np.minimum(error, self.delta)
        return _row_mean(inside * (error - 0.5 * inside))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        error = predictions - targets
        return np.clip(error, -self.delta, self.delta) / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """loss = 1/k Σⱼ −(yⱼ log pⱼ + (1 − yⱼ) log(1 − pⱼ)), targets in [0, 1].

    With a sigmoid output it is computed from the logits: max(z, 0) − z y + log(1 + e^−|z|), gradient
    (σ(z) − y) / k. With another output p is cut to [1e-7, 1 − 1e-7], as Keras does.
    `label_smoothing` s trains on y (1 − s) + s/2 and measures on y.
    """

    kind = "binary_cross_entropy"
    aliases = ("binary_crossentropy", "log_loss")
    label = "cross-entropy"
    formula = "−y log p − (1 − y) log(1 − p)"
    keras_name = "binary_crossentropy"
    outputs_of_two_classes = ("sigmoid",)
    fused_with = "sigmoid"
    classifies = True
    label_smoothing: float | Schedule = 0.0

    def __post_init__(self) -> None:
        _check_smoothing("BinaryCrossEntropy", self.label_smoothing)

    def _smooth(self, targets: Array) -> Array:
        s = smoothing_number(self.label_smoothing)
        return targets * (1 - s) + 0.5 * s

    def values(self, predictions: Array, targets: Array) -> Array:
        y, p = self._smooth(targets), _probability(predictions)
        return _row_mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        y, p = self._smooth(targets), _probability(predictions)
        slope = (p - y) / (p * (1 - p)) / predictions.shape[1]
        return np.where(p == predictions, slope, 0)

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        y = self._smooth(targets)
        # softplus(z) − z y, split so that neither term is large where the loss is small
        return _row_mean(softplus(-np.abs(z)) + np.where(z > 0, z * (1 - y), -z * y))

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        return (sigmoid(z) - self._smooth(targets)) / z.shape[1]

    def threshold(self, outputs: int) -> float | None:
        return 0.5

    def with_smoothing(self, value: float) -> Loss:
        return replace(self, label_smoothing=value)


@LOSSES.register
@dataclass(frozen=True)
class CategoricalCrossEntropy(Loss):
    """loss = −Σⱼ yⱼ log pⱼ, y a one-hot row (or class probabilities), k ≥ 2 outputs.

    With a softmax output it is computed from the logits: Σⱼ yⱼ (log Σₖ e^(zₖ) − zⱼ), gradient
    p Σⱼ yⱼ − y. With another output, rows are divided by their sum and cut to [1e-7, 1 − 1e-7], as
    Keras does. `label_smoothing` s trains on y (1 − s) + s/k (Szegedy et al. 2016), measures on y.
    """

    kind = "categorical_cross_entropy"
    aliases = ("categorical_crossentropy", "sparse_categorical_crossentropy")
    label = "cross-entropy"
    formula = "−Σⱼ yⱼ log pⱼ"
    keras_name = "sparse_categorical_crossentropy"
    outputs_of_classes = ("softmax",)
    fused_with = "softmax"
    classifies = True
    label_smoothing: float | Schedule = 0.0

    def __post_init__(self) -> None:
        _check_smoothing("CategoricalCrossEntropy", self.label_smoothing)

    def _smooth(self, targets: Array) -> Array:
        s = smoothing_number(self.label_smoothing)
        return targets * (1 - s) + s / targets.shape[1]

    def values(self, predictions: Array, targets: Array) -> Array:
        p = _probability(predictions / predictions.sum(axis=1, keepdims=True))
        return -(self._smooth(targets) * np.log(p)).sum(axis=1)

    def gradient(self, predictions: Array, targets: Array) -> Array:
        total = predictions.sum(axis=1, keepdims=True)
        share = predictions / total
        p = _probability(share)
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
        return replace(self, label_smoothing=value)


@LOSSES.register
@dataclass(frozen=True)
class Hinge(Loss):
    """loss = 1/k Σⱼ max(0, 1 − yⱼ ŷⱼ), targets −1 or 1; class numbers become one 1 among −1s."""

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
        return _row_mean(np.maximum(0, 1 - targets * predictions))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        active = (targets * predictions < 1).astype(predictions.dtype)
        return -targets * active / predictions.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class Poisson(Loss):
    """loss = 1/k Σⱼ (ŷⱼ − yⱼ log ŷⱼ), ŷ the expected count, without the constant log yⱼ!.

    With an exponential output it is computed from z: eᶻ − y z. Otherwise log(ŷ + 1e-7), as Keras.
    """

    kind = "poisson"
    label = "Poisson"
    formula = "ŷ − y log ŷ"
    keras_name = "poisson"
    fused_with = "exponential"

    def values(self, predictions: Array, targets: Array) -> Array:
        return _row_mean(predictions - targets * np.log(predictions + PROBABILITY_FLOOR))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        return (1 - targets / (predictions + PROBABILITY_FLOOR)) / predictions.shape[1]

    def values_from_logits(self, z: Array, targets: Array) -> Array:
        return _row_mean(np.exp(z) - targets * z)

    def gradient_from_logits(self, z: Array, targets: Array) -> Array:
        return (np.exp(z) - targets) / z.shape[1]


@LOSSES.register
@dataclass(frozen=True)
class Quantile(Loss):
    """loss = 1/k Σⱼ max(q e, (q − 1) e), e = y − ŷ: the pinball loss (Koenker and Bassett 1978)."""

    kind = "quantile"
    aliases = ("pinball",)
    formula = "max(q e, (q − 1) e)"
    quantile: float = 0.5

    def __post_init__(self) -> None:
        checks.number("Quantile.quantile", self.quantile, above=0, below=1)

    def values(self, predictions: Array, targets: Array) -> Array:
        error = targets - predictions
        return _row_mean(np.maximum(self.quantile * error, (self.quantile - 1) * error))

    def gradient(self, predictions: Array, targets: Array) -> Array:
        error = targets - predictions
        slope = np.where(error > 0, -self.quantile, np.where(error < 0, 1 - self.quantile, 0))
        return slope.astype(predictions.dtype) / predictions.shape[1]


def _row_mean(values: Array) -> Array:
    return values.mean(axis=1)


def _probability(p: Array) -> Array:
    return np.clip(p, p.dtype.type(PROBABILITY_FLOOR), p.dtype.type(1 - PROBABILITY_FLOOR))


def smoothing_number(value: float | Schedule) -> float:
    """Return a label smoothing that is a number; a schedule is a `SettingError`."""
    if isinstance(value, Schedule):
        raise SettingError(
            "label_smoothing",
            f"is the schedule {value}, which has a value only during an update",
            hint="Use with_smoothing(number).",
        )
    return value


def _check_smoothing(owner: str, value: float | Schedule) -> None:
    as_number_or_schedule(f"{owner}.label_smoothing", value, below=1, hint="Typical: 0 to 0.1.")


LOSSES.nest("label_smoothing", SCHEDULES)
