"""Losses under Keras's names: each holds the core's description and can be called on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule import losses as core
from deltarule._common.checks import did_you_mean
from deltarule.activations import ACTIVATIONS
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.unsupported import left_at_default, lookup

__all__ = [
    "CLASSES",
    "NAMES",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Hinge",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "aligned",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "hinge",
    "huber",
    "mean_absolute_error",
    "mean_squared_error",
    "plus_minus_one",
    "poisson",
    "sparse_categorical_crossentropy",
]

Array = NDArray[Any]
_REDUCTION = (
    "the loss of a batch is the mean over its rows; for another scale change the learning rate"
)


class Loss:
    """Base of all losses."""

    wants_class_numbers = False  # y_true holds class numbers, not one-hot rows
    from_logits = False

    def __init__(
        self, description: core.Loss, reduction: str = "sum_over_batch_size", name: str = ""
    ) -> None:
        left_at_default(
            type(self).__name__, {"reduction": (reduction, "sum_over_batch_size")}, _REDUCTION
        )
        self.description = description
        self.name = name

    def row_losses(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Return the loss of each row, shape (rows,)."""
        predictions = np.asarray(y_pred)
        if predictions.dtype.kind != "f":
            predictions = predictions.astype(np.float64)
        if predictions.ndim == 1:
            predictions = predictions[:, None]
        if self.from_logits:
            predictions = ACTIVATIONS.resolve(self.description.fused_with, "")(predictions)
        return self.description.values(predictions, aligned(self, y_true, predictions))

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the mean of the rows' losses, each times its weight."""
        losses = self.row_losses(y_true, y_pred)
        if sample_weight is not None:
            losses = losses * np.asarray(sample_weight)
        return float(losses.mean())

    def get_config(self) -> configs.Config:
        """Return the settings as strict JSON."""
        return {"name": self.name}


class MeanSquaredError(Loss):
    """1/k Σ (y − ŷ)²."""

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "mean_squared_error",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.MeanSquaredError(), reduction, name)


class MeanAbsoluteError(Loss):
    """1/k Σ |y − ŷ|."""

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "mean_absolute_error",
        dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.MeanAbsoluteError(), reduction, name)


class Huber(Loss):
    """Squared near zero, linear beyond `delta`."""

    def __init__(
        self, delta: float = 1.0, reduction: str = "sum_over_batch_size",
        name: str = "huber_loss", dtype: object = None,
    ) -> None:  # fmt: skip
        super().__init__(core.Huber(delta), reduction, name)
        self.delta = delta

    def get_config(self) -> configs.Config:
        return {"delta": self.delta, "name": self.name}


class _CrossEntropy(Loss):
    def __init__(
        self, description: core.Loss, reduction: str, name: str, axis: int, from_logits: bool
    ) -> None:
        super().__init__(description, reduction, name)
        left_at_default(type(self).__name__, {"axis": (axis, -1)}, "a sample is a row")
        self.from_logits = bool(from_logits)

    def get_config(self) -> configs.Config:
        config = {"from_logits": self.from_logits, "name": self.name}
        smoothing = getattr(self.description, "label_smoothing", 0.0)
        return config if self.wants_class_numbers else {**config, "label_smoothing": smoothing}


class BinaryCrossentropy(_CrossEntropy):
    """−1/k Σ (y log p + (1 − y) log(1 − p))."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str = "sum_over_batch_size", name: str = "binary_crossentropy",
        dtype: object = None,
    ) -> None:  # fmt: skip
        description = core.BinaryCrossEntropy(label_smoothing)
        super().__init__(description, reduction, name, axis, from_logits)


class CategoricalCrossentropy(_CrossEntropy):
    """−Σ y log p, y a one-hot row."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str = "sum_over_batch_size", name: str = "categorical_crossentropy",
        dtype: object = None,
    ) -> None:  # fmt: skip
        description = core.CategoricalCrossEntropy(label_smoothing)
        super().__init__(description, reduction, name, axis, from_logits)


class SparseCategoricalCrossentropy(_CrossEntropy):
    """−log p of the class whose number is y."""

    wants_class_numbers = True

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None,
        reduction: str = "sum_over_batch_size", axis: int = -1,
        name: str = "sparse_categorical_crossentropy", dtype: object = None,
    ) -> None:  # fmt: skip
        left_at_default(
            type(self).__name__, {"ignore_class": (ignore_class, None)}, "leave those rows out"
        )
        super().__init__(core.CategoricalCrossEntropy(), reduction, name, axis, from_logits)


class Hinge(Loss):
    """1/k Σ max(0, 1 − y ŷ), y in −1, 1; labels 0 and 1 are taken as −1 and 1."""

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "hinge", dtype: object = None
    ) -> None:
        super().__init__(core.Hinge(), reduction, name)


class Poisson(Loss):
    """1/k Σ (ŷ − y log ŷ)."""

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str = "poisson", dtype: object = None
    ) -> None:
        super().__init__(core.Poisson(), reduction, name)


def aligned(loss: Loss, y_true: ArrayLike, predictions: Array) -> Array:
    """Return y_true as floats of the predictions' shape (rows, outputs)."""
    targets = np.asarray(y_true)
    if loss.wants_class_numbers:
        numbers = targets.reshape(len(predictions)).astype(np.int64)
        rows = np.zeros_like(predictions)
        rows[np.arange(len(rows)), numbers] = 1
        return rows
    targets = plus_minus_one(targets) if isinstance(loss, Hinge) else targets
    if targets.ndim == 1 and predictions.ndim == 2:
        targets = targets[:, None]
    return targets.astype(predictions.dtype)


def plus_minus_one(targets: Array) -> Array:
    """Return labels of 0 and 1 as −1 and 1, others as they are: Keras does so for the hinge loss."""
    return 2 * targets - 1 if np.isin(targets, (0, 1)).all() else targets


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


CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossentropy, CategoricalCrossentropy,
        SparseCategoricalCrossentropy, Hinge, Poisson,
    )
}  # fmt: skip
NAMES: dict[str, Any] = {
    "mean_squared_error": MeanSquaredError, "mse": MeanSquaredError, "MSE": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError, "mae": MeanAbsoluteError, "MAE": MeanAbsoluteError,
    "huber": Huber, "binary_crossentropy": BinaryCrossentropy, "bce": BinaryCrossentropy,
    "BCE": BinaryCrossentropy, "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy, "hinge": Hinge,
    "poisson": Poisson,
}  # fmt: skip
_MISSING = {
    "use one of the losses that are, or Keras itself (import keras)": (
        "BinaryFocalCrossentropy", "CTC", "CategoricalFocalCrossentropy", "CategoricalHinge",
        "Circle", "CosineSimilarity", "Dice", "KLDivergence", "LogCosh", "SquaredHinge",
        "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Tversky",
        "CategoricalGeneralizedCrossEntropy",
    ),
}  # fmt: skip


def get(identifier: object, owner: str = "loss") -> Loss:
    """Return a loss from an object, a class, a name, or one of this module's functions."""
    if isinstance(identifier, core.Loss):  # a description of the core, such as Quantile(0.9)
        return Loss(identifier, name=identifier.kind)
    if callable(identifier) and not isinstance(identifier, Loss | type):
        name = getattr(identifier, "__name__", "")
        if globals().get(name) is identifier:
            return get(name, owner)
        raise SettingError(
            f"{owner} must be one of {', '.join(NAMES)}, got the function {name!r}: losses of your own "
            f"need automatic derivatives, which Keras itself has (import keras)."
        )
    if isinstance(identifier, str) and identifier not in CLASSES | NAMES:
        raise SettingError(
            f"{owner} must be one of {', '.join(NAMES)}; got {identifier!r}."
            f"{did_you_mean(identifier, NAMES)}"
        )
    return configs.resolve(identifier, Loss, CLASSES | NAMES, owner, "a loss")


def __getattr__(name: str) -> Any:
    return lookup("losses", name, _MISSING, (*CLASSES, *NAMES))
