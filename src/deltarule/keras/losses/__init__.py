"""Losses under Keras's names: classes with settings, and functions of y_true and y_pred."""

from __future__ import annotations

from typing import Any

from deltarule import losses as core
from deltarule.errors import SettingError
from deltarule.keras import configs
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.losses.base import OWN_LOSSES, Loss
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
from deltarule.keras.losses.functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    cosine_similarity,
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
from deltarule.keras.losses.number_losses import (
    CosineSimilarity,
    LogCosh,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
)
from deltarule.keras.unsupported import lookup, unknown

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossentropy, CategoricalCrossentropy,
        SparseCategoricalCrossentropy, Hinge, Poisson, MeanSquaredLogarithmicError,
        MeanAbsolutePercentageError, LogCosh, CosineSimilarity, SquaredHinge, CategoricalHinge,
        KLDivergence, BinaryFocalCrossentropy, CategoricalFocalCrossentropy,
    )
}  # fmt: skip
NAMES: dict[str, Any] = {
    "mean_squared_error": MeanSquaredError, "mse": MeanSquaredError, "MSE": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError, "mae": MeanAbsoluteError, "MAE": MeanAbsoluteError,
    "huber": Huber, "binary_crossentropy": BinaryCrossentropy, "bce": BinaryCrossentropy,
    "BCE": BinaryCrossentropy, "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy, "hinge": Hinge,
    "poisson": Poisson, "mean_squared_logarithmic_error": MeanSquaredLogarithmicError,
    "msle": MeanSquaredLogarithmicError, "MSLE": MeanSquaredLogarithmicError,
    "mean_absolute_percentage_error": MeanAbsolutePercentageError,
    "mape": MeanAbsolutePercentageError, "MAPE": MeanAbsolutePercentageError,
    "log_cosh": LogCosh, "logcosh": LogCosh, "cosine_similarity": CosineSimilarity,
    "squared_hinge": SquaredHinge, "categorical_hinge": CategoricalHinge,
    "kl_divergence": KLDivergence, "kld": KLDivergence, "KLD": KLDivergence,
    "binary_focal_crossentropy": BinaryFocalCrossentropy,
    "categorical_focal_crossentropy": CategoricalFocalCrossentropy,
}  # fmt: skip


def get(identifier: object, owner: str = "loss") -> Loss:
    """Return a loss.

    Parameters
    ----------
    identifier : str, Loss, class, function or dict
        Name such as "mse", loss, class or function of `keras.losses`, loss or name of `deltarule.losses`,
        or a config.
    owner : str, default "loss"
        Name of the setting in error messages.

    Returns
    -------
    Loss
        The loss.

    Raises
    ------
    SettingError
        If there is no such loss, or for another function: custom losses require automatic
        differentiation.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.losses.get("mse").name
    'mean_squared_error'
    """
    if isinstance(identifier, core.Loss):  # a description of the core, such as Quantile(0.9)
        return Loss(identifier, name=identifier.kind)
    refuse_foreign(owner, identifier, "losses")
    if callable(identifier) and not isinstance(identifier, Loss | type):
        name = getattr(identifier, "__name__", "")
        if globals().get(name) is identifier:
            return get(name, owner)
        raise SettingError(
            owner,
            f"must be a loss of keras.losses or its name, got the function {name!r}",
            hint=f"{OWN_LOSSES[0].upper()}{OWN_LOSSES[1:]}.",
        )
    if isinstance(identifier, str) and identifier not in CLASSES | NAMES:
        if identifier in core.LOSSES.members:  # one that Keras does not have, such as quantile
            return get(core.LOSSES.resolve(identifier, owner), owner)
        names = ", ".join(configs.distinct(NAMES))
        raise unknown(owner, f"must be one of {names}", identifier, "losses", NAMES)
    return configs.resolve(identifier, Loss, CLASSES | NAMES, owner, "a loss", "losses")


def __getattr__(name: str) -> Any:
    return lookup("losses", name, (*CLASSES, *NAMES))
