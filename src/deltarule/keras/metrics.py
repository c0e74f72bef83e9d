"""Metrics under Keras's names: numbers for people, computed from predictions.

While a network trains, the loss and the accuracy that belongs to it come from the engine, averaged over
the epoch's batches as Keras does. Every other metric is computed here from predictions at the end of
the epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common.checks import did_you_mean
from deltarule.errors import SettingError
from deltarule.keras import configs, losses
from deltarule.keras.global_state import automatic_name
from deltarule.keras.unsupported import lookup

__all__ = [
    "CLASSES",
    "NAMES",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "Hinge",
    "MeanAbsoluteError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "Poisson",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "accuracy_for",
    "get",
]

Array = NDArray[Any]


class Metric:
    """Base of all metrics: `update_state` collects, `result` says, `reset_state` begins anew.

    Subclass it and write those three for a metric of your own.
    """

    direction = "down"  # whether better is "up" or "down"

    def __init__(self, name: str | None = None, dtype: object = None) -> None:
        self.name = name or automatic_name(type(self).__name__)
        self._seen: list[tuple[Array, Array, Array]] = []

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        """Return the metric of all rows: y_true as given, y_pred (rows, outputs), weights (rows,)."""
        raise NotImplementedError

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Count rows in."""
        predictions = np.asarray(y_pred, dtype=np.float64)
        if predictions.ndim < 2:
            predictions = predictions.reshape(-1, 1)
        rows = len(predictions)
        weights = np.ones(rows) if sample_weight is None else np.asarray(sample_weight, float)
        self._seen.append((np.asarray(y_true), predictions, weights.reshape(rows)))

    def result(self) -> float:
        """Return the metric of all rows counted in."""
        if not self._seen:
            return 0.0
        y_true, y_pred, weights = (np.concatenate(parts) for parts in zip(*self._seen, strict=True))
        return self.compute(y_true, y_pred, weights)

    def reset_state(self) -> None:
        """Forget all rows."""
        self._seen = []

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Count rows in and return the result so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> configs.Config:
        """Return the settings as strict JSON."""
        return {"name": self.name}


class _Mean(Metric):
    """The weighted mean of a number for each row."""

    def rows(self, y_true: Array, y_pred: Array) -> Array:
        raise NotImplementedError

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        return float((self.rows(y_true, y_pred) * weights).sum() / weights.sum())


class MeanMetricWrapper(_Mean):
    """The mean of what a function (y_true, y_pred) of NumPy arrays returns for each row."""

    def __init__(self, fn: Callable[..., Any], name: str | None = None) -> None:
        super().__init__(name or fn.__name__)
        self._fn = fn

    def rows(self, y_true: Array, y_pred: Array) -> Array:
        targets = y_true[:, None] if y_true.ndim == 1 and y_pred.shape[1] == 1 else y_true
        values = np.asarray(self._fn(targets, y_pred), dtype=np.float64)
        if values.ndim == 0:
            return np.full(len(y_pred), float(values))
        return values.reshape(len(y_pred), -1).mean(axis=1)


class BinaryAccuracy(_Mean):
    """The share of outputs on the right side of `threshold`."""

    direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: object = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name)
        self.threshold = threshold

    def rows(self, y_true: Array, y_pred: Array) -> Array:
        said = y_pred > self.threshold
        return (said == y_true.reshape(y_pred.shape)).mean(axis=1)

    def get_config(self) -> configs.Config:
        return {"name": self.name, "threshold": self.threshold}


class CategoricalAccuracy(_Mean):
    """The share of rows whose largest output is where the one-hot row has its one."""

    direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: object = None) -> None:
        super().__init__(name)

    def rows(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.argmax(axis=1) == y_pred.argmax(axis=1)).astype(np.float64)


class SparseCategoricalAccuracy(_Mean):
    """The share of rows whose largest output is the one of the class number."""

    direction = "up"

    def __init__(
        self, name: str | None = "sparse_categorical_accuracy", dtype: object = None
    ) -> None:
        super().__init__(name)

    def rows(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.reshape(len(y_pred)) == y_pred.argmax(axis=1)).astype(np.float64)


class Accuracy(_Mean):
    """The share of predictions equal to y_true."""

    direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: object = None) -> None:
        super().__init__(name)

    def rows(self, y_true: Array, y_pred: Array) -> Array:
        return (y_true.reshape(y_pred.shape) == y_pred).mean(axis=1)


class _LossMetric(_Mean):
    """The mean of a loss."""

    loss: Callable[..., losses.Loss]

    def __init__(self, name: str | None = None, dtype: object = None, **settings: Any) -> None:
        self._settings = settings
        self._loss = type(self).loss(**settings)
        super().__init__(name or self._loss.name)

    @property
    def of(self) -> losses.Loss:
        """The loss whose mean this is."""
        return self._loss

    def rows(self, y_true: Array, y_pred: Array) -> Array:
        return self._loss.row_losses(y_true, y_pred)

    def get_config(self) -> configs.Config:
        return {"name": self.name, **self._settings}


class MeanSquaredError(_LossMetric):
    """The mean of (y − ŷ)²."""

    loss = losses.MeanSquaredError


class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean of (y − ŷ)²."""

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: object = None) -> None:
        super().__init__(name)

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        return float(np.sqrt(super().compute(y_true, y_pred, weights)))


class MeanAbsoluteError(_LossMetric):
    """The mean of |y − ŷ|."""

    loss = losses.MeanAbsoluteError


class BinaryCrossentropy(_LossMetric):
    """The mean binary cross-entropy."""

    loss = losses.BinaryCrossentropy


class CategoricalCrossentropy(_LossMetric):
    """The mean categorical cross-entropy."""

    loss = losses.CategoricalCrossentropy


class SparseCategoricalCrossentropy(_LossMetric):
    """The mean categorical cross-entropy of class numbers."""

    loss = losses.SparseCategoricalCrossentropy


class Hinge(_LossMetric):
    """The mean hinge loss."""

    loss = losses.Hinge


class Poisson(_LossMetric):
    """The mean Poisson loss."""

    loss = losses.Poisson


class R2Score(Metric):
    """1 − Σ (y − ŷ)² / Σ (y − ȳ)², the mean over outputs."""

    direction = "up"

    def __init__(self, name: str | None = "r2_score", dtype: object = None) -> None:
        super().__init__(name)

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        y, w = y_true.reshape(y_pred.shape).astype(np.float64), weights[:, None]
        mean = (y * w).sum(axis=0) / w.sum()
        left = (w * np.square(y - y_pred)).sum(axis=0)
        return float(np.mean(1 - left / (w * np.square(y - mean)).sum(axis=0)))


class _Share(Metric):
    direction = "up"

    def __init__(self, thresholds: float = 0.5, name: str | None = None) -> None:
        super().__init__(name)
        if not isinstance(thresholds, float | int):
            raise SettingError(
                f"{type(self).__name__}.thresholds must be one number here, got {thresholds!r}."
            )
        self.thresholds = thresholds

    def compute(self, y_true: Array, y_pred: Array, weights: Array) -> float:
        said = y_pred > self.thresholds
        true = y_true.reshape(y_pred.shape) > 0.5
        base = said if isinstance(self, Precision) else true
        whole = float((base * weights[:, None]).sum())
        return float((said & true) @ np.ones(true.shape[1]) @ weights) / whole if whole else 0.0

    def get_config(self) -> configs.Config:
        return {"thresholds": self.thresholds, "name": self.name}


class Precision(_Share):
    """Of what was said to be 1, the share that is."""


class Recall(_Share):
    """Of what is 1, the share that was said to be."""


CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy,
        MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, BinaryCrossentropy,
        CategoricalCrossentropy, SparseCategoricalCrossentropy, Hinge, Poisson, R2Score, Precision,
        Recall,
    )
}  # fmt: skip
NAMES: dict[str, Any] = {
    "binary_accuracy": BinaryAccuracy, "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy, "mse": MeanSquaredError,
    "MSE": MeanSquaredError, "mean_squared_error": MeanSquaredError, "mae": MeanAbsoluteError,
    "MAE": MeanAbsoluteError, "mean_absolute_error": MeanAbsoluteError,
    "root_mean_squared_error": RootMeanSquaredError, "binary_crossentropy": BinaryCrossentropy,
    "bce": BinaryCrossentropy, "BCE": BinaryCrossentropy, "hinge": Hinge, "poisson": Poisson,
    "categorical_crossentropy": CategoricalCrossentropy, "r2_score": R2Score,
    "precision": Precision, "recall": Recall,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}  # fmt: skip
_MISSING = {
    "give a function of y_true and y_pred (NumPy arrays) as metric": (
        "AUC", "BinaryIoU", "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity",
        "F1Score", "FBetaScore", "FalseNegatives", "FalsePositives", "IoU", "KLDivergence",
        "LogCoshError", "Mean", "MeanAbsolutePercentageError", "MeanIoU", "OneHotIoU",
        "MeanSquaredLogarithmicError", "OneHotMeanIoU", "PearsonCorrelation", "PrecisionAtRecall",
        "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity",
        "SparseTopKCategoricalAccuracy", "SquaredHinge", "Sum", "TopKCategoricalAccuracy",
        "TrueNegatives", "TruePositives",
    ),
}  # fmt: skip


def get(identifier: object) -> Metric:
    """Return a metric from an object, a class, a name or a function (y_true, y_pred)."""
    if isinstance(identifier, str) and (identifier in NAMES or identifier in CLASSES):
        metric: Metric = (NAMES.get(identifier) or CLASSES[identifier])(name=identifier)
        return metric
    if callable(identifier) and not isinstance(identifier, Metric | type):
        return MeanMetricWrapper(identifier)
    if isinstance(identifier, str):
        known = ("accuracy", *NAMES)
        raise SettingError(
            f"metrics takes accuracy, {', '.join(NAMES)}, a metric object or a function; got "
            f"{identifier!r}.{did_you_mean(identifier, known)}"
        )
    return configs.resolve(identifier, Metric, CLASSES, "metrics", "a metric")


def accuracy_for(name: str, target_shape: tuple[int, ...], outputs: int) -> Metric:
    """Return what "accuracy" means for targets of this shape, as Keras decides it."""
    if outputs == 1:
        return BinaryAccuracy(name)
    if len(target_shape) < 2 or target_shape[-1] == 1:
        return SparseCategoricalAccuracy(name)
    return CategoricalAccuracy(name)


def __getattr__(name: str) -> Any:
    if name in NAMES:  # in Keras a function, such as metrics.mean_squared_error
        return get(name)
    return lookup("metrics", name, _MISSING, (*CLASSES, *NAMES))
