"""Metrics under Keras's names: classes with state, and functions of y_true and y_pred.

During training, the loss and its accuracy come from the engine, averaged over the epoch's batches as in
Keras. Every other metric is computed from the predictions of all rows at the end of the epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deltarule.errors import SettingError
from deltarule.keras import configs, losses
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.global_state import snake_case
from deltarule.keras.losses import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from deltarule.keras.metrics.accuracies import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from deltarule.keras.metrics.area_under_curve import (
    AUC,
)
from deltarule.keras.metrics.base import (
    Metric,
)
from deltarule.keras.metrics.confusion_counts import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from deltarule.keras.metrics.f_scores import (
    F1Score,
    FBetaScore,
)
from deltarule.keras.metrics.loss_metrics import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanLoss,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from deltarule.keras.metrics.operating_points import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from deltarule.keras.metrics.overlap import (
    BinaryIoU,
    IoU,
    MeanIoU,
    OneHotIoU,
    OneHotMeanIoU,
)
from deltarule.keras.metrics.reductions import (
    Mean,
    MeanMetricWrapper,
    Sum,
)
from deltarule.keras.metrics.regression_scores import (
    ConcordanceCorrelation,
    CosineSimilarity,
    PearsonCorrelation,
    R2Score,
    concordance_correlation,
    pearson_correlation,
)
from deltarule.keras.unsupported import lookup, unknown

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy,
        SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy, AUC, FalseNegatives,
        FalsePositives, Precision, Recall, TrueNegatives, TruePositives, F1Score,
        FBetaScore, BinaryCrossentropy, CategoricalCrossentropy, Hinge, MeanAbsoluteError,
        MeanSquaredError, Poisson, RootMeanSquaredError, SparseCategoricalCrossentropy,
        PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity,
        SpecificityAtSensitivity, BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU, Mean,
        Sum, ConcordanceCorrelation, CosineSimilarity, PearsonCorrelation, R2Score,
        CategoricalHinge, KLDivergence, LogCoshError, MeanAbsolutePercentageError,
        MeanSquaredLogarithmicError, SquaredHinge,
    )
}  # fmt: skip
SHORT_NAMES: dict[str, Any] = {
    "mse": MeanSquaredError, "MSE": MeanSquaredError, "mae": MeanAbsoluteError,
    "MAE": MeanAbsoluteError, "bce": BinaryCrossentropy, "BCE": BinaryCrossentropy,
    "mape": MeanAbsolutePercentageError, "MAPE": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError, "MSLE": MeanSquaredLogarithmicError,
}  # fmt: skip
NAMES: dict[str, Any] = {snake_case(name): cls for name, cls in CLASSES.items()} | SHORT_NAMES
_OF_FUNCTIONS: dict[Callable[..., Any], type[Metric]] = {
    binary_accuracy: BinaryAccuracy,
    categorical_accuracy: CategoricalAccuracy,
    sparse_categorical_accuracy: SparseCategoricalAccuracy,
    top_k_categorical_accuracy: TopKCategoricalAccuracy,
    sparse_top_k_categorical_accuracy: SparseTopKCategoricalAccuracy,
    pearson_correlation: PearsonCorrelation,
    concordance_correlation: ConcordanceCorrelation,
}


def get(identifier: object) -> Metric:
    """Return a metric.

    Parameters
    ----------
    identifier : str, Metric, class, callable or dict
        Name such as "mae" or "auc", metric or class of `keras.metrics`, loss, function of
        (y_true, y_pred), or a config.

    Returns
    -------
    Metric
        The metric.

    Raises
    ------
    SettingError
        If there is no such metric. "accuracy" is not one: which accuracy it means depends on the model.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.metrics.get("auc").thresholds[100]
    0.5025125628140703
    """
    refuse_foreign("metrics", identifier, "metrics")
    if isinstance(identifier, str) and (identifier in NAMES or identifier in CLASSES):
        metric = _created(NAMES.get(identifier) or CLASSES[identifier], identifier)
        metric.name = identifier
        return metric
    if isinstance(identifier, type) and issubclass(identifier, losses.Loss):
        identifier = losses.get(identifier)
    if callable(identifier) and not isinstance(identifier, Metric | type):
        name = _name_of(identifier)
        if identifier in _OF_FUNCTIONS:
            return _OF_FUNCTIONS[identifier]()
        if isinstance(identifier, losses.Loss) or identifier is getattr(losses, name, None):
            return MeanLoss(losses.get(identifier), name)
        return MeanMetricWrapper(identifier, name)
    if isinstance(identifier, str):
        known = ("accuracy", *NAMES)
        rule = (
            "must be a name such as accuracy, auc or mae, a metric of keras.metrics, or a function"
        )
        raise unknown("metrics", rule, identifier, "metrics", known)
    return configs.resolve(identifier, Metric, CLASSES, "metrics", "a metric", "metrics")


def _created(metric: type[Metric], name: str) -> Metric:
    try:
        return metric()
    except TypeError as error:  # such as MeanIoU, which needs the number of classes
        raise SettingError(
            "metrics", f"must be an object for {name!r}: keras.metrics.{metric.__name__}(...)"
        ) from error


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
    if name in SHORT_NAMES:  # in Keras a function, such as metrics.mse
        return getattr(losses, snake_case(SHORT_NAMES[name].__name__))
    return lookup("metrics", name, (*CLASSES, *NAMES))
