"""The Keras vocabulary for chains of dense layers.

    from deltarule import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"),
                              keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X, y, epochs=100, validation_split=0.2)

Names, arguments, defaults and results are those of Keras; docs/how-to/coming-from-keras.md lists the
differences. Keras itself is neither installed nor imported.
"""

from __future__ import annotations

from typing import Any

from deltarule._common.version import __version__
from deltarule.keras import (
    absent_modules,
    activations,
    backend,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    regularizers,
    saving,
    utils,
)
from deltarule.keras.fit_settings import TrainingDivergedWarning
from deltarule.keras.initializers import Initializer
from deltarule.keras.layers import Input, KerasTensor, Layer, Variable
from deltarule.keras.losses import Loss
from deltarule.keras.metrics import Metric
from deltarule.keras.models import Model, Sequential, load_model
from deltarule.keras.optimizers import Optimizer
from deltarule.keras.regularizers import Regularizer
from deltarule.keras.unsupported import lookup

__all__ = [
    "Initializer",
    "Input",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "TrainingDivergedWarning",
    "Variable",
    "activations",
    "backend",
    "callbacks",
    "constraints",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "regularizers",
    "saving",
    "utils",
    "version",
]


def version() -> str:
    """Return the version of deltarule, also as `__version__`.

    Returns
    -------
    str
        Such as "0.1.0".
    """
    return __version__


def __getattr__(name: str) -> Any:
    return lookup("", name, __all__)


absent_modules.install()
