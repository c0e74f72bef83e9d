"""Losses as classes; each holds the description that engines execute."""

from __future__ import annotations

from deltarule import losses as core
from deltarule.keras import configs
from deltarule.keras.losses.base import Loss
from deltarule.keras.unsupported import require_default


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
        require_default(type(self).__name__, {"axis": (axis, -1)}, "a sample is a row")
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
        require_default(
            type(self).__name__, {"ignore_class": (ignore_class, None)}, "leave those rows out"
        )
        super().__init__(core.CategoricalCrossEntropy(), reduction, name, axis, from_logits)


class Hinge(Loss):
    """1/k Σ max(0, 1 − y ŷ), y in −1, 1; labels 0 and 1 are converted to −1 and 1."""

    wants_signed_labels = True

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
