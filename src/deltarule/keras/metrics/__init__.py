"""Metrics under Keras's names, computed from predictions.

During training, the loss and its accuracy come from the engine, averaged over the epoch's batches as in
Keras. Every other metric is computed from predictions at the end of the epoch.
"""

from __future__ import annotations

from typing import Any

from deltarule.keras import configs, losses
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.global_state import snake_case
from deltarule.keras.metrics.base import MeanMetricWrapper, Metric
from deltarule.keras.metrics.classification import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    Precision,
    Recall,
    SparseCategoricalAccuracy,
)
from deltarule.keras.metrics.loss_metrics import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    MeanAbsoluteError,
    MeanLoss,
    MeanSquaredError,
    Poisson,
    R2Score,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
)
from deltarule.keras.unsupported import lookup, unknown

__all__ = [
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
    "get",
]

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


def get(identifier: object) -> Metric:
    """Return a metric.

    Parameters
    ----------
    identifier : str, Metric, class, callable or dict
        Name such as "mae", metric or class of `keras.metrics`, function of (y_true, y_pred), or a config.

    Returns
    -------
    Metric
        The metric.

    Raises
    ------
    SettingError
        If there is no such metric. "accuracy" is not one: which accuracy it means depends on the model.
    """
    refuse_foreign("metrics", identifier, "metrics")
    if isinstance(identifier, str) and (identifier in NAMES or identifier in CLASSES):
        metric: Metric = (NAMES.get(identifier) or CLASSES[identifier])()
        metric.name = identifier
        return metric
    if isinstance(identifier, type) and issubclass(identifier, losses.Loss):
        identifier = losses.get(identifier)
    if callable(identifier) and not isinstance(identifier, Metric | type):
        name = _name_of(identifier)
        if isinstance(identifier, losses.Loss) or identifier is getattr(losses, name, None):
            return MeanLoss(losses.get(identifier), name)
        return MeanMetricWrapper(identifier, name)
    if isinstance(identifier, str):
        known = ("accuracy", *NAMES)
        rule = f"must be accuracy, {', '.join(NAMES)}, a metric object or a function"
        raise unknown("metrics", rule, identifier, "metrics", known)
    return configs.resolve(identifier, Metric, CLASSES, "metrics", "a metric", "metrics")


def _name_of(function: Any) -> str:
    """Return the name in logs of a function or a loss, as in Keras."""
    own = getattr(function, "__name__", type(function).__name__)
    return str(getattr(function, "name", snake_case(own)))


def accuracy_for(name: str, target_shape: tuple[int, ...], outputs: int) -> Metric:
    """Return the metric that "accuracy" means for targets of this shape, as in Keras."""
    if outputs == 1:
        return BinaryAccuracy(name)
    if len(target_shape) < 2 or target_shape[-1] == 1:
        return SparseCategoricalAccuracy(name)
    return CategoricalAccuracy(name)


def __getattr__(name: str) -> Any:
    if name in NAMES:  # in Keras a function, such as metrics.mean_squared_error
        return get(name)
    return lookup("metrics", name, (*CLASSES, *NAMES))
