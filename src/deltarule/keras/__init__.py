"""The Keras vocabulary for chains of dense layers.

    from deltarule import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"),
                              keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X, y, epochs=100, validation_split=0.2)

Names, arguments, defaults and results are those of Keras; docs/coming-from-keras.md lists the
differences. Keras itself is neither installed nor imported.
"""

from __future__ import annotations

from typing import Any

from deltarule.keras import (
    activations,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    saving,
    utils,
)
from deltarule.keras.layers import Input, KerasTensor
from deltarule.keras.model_training import TrainingDivergedWarning
from deltarule.keras.models import Model, Sequential, load_model

__all__ = [
    "Input",
    "KerasTensor",
    "Model",
    "Sequential",
    "TrainingDivergedWarning",
    "activations",
    "callbacks",
    "constraints",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "utils",
]

_MISSING = (
    "applications", "backend", "config", "datasets", "distribution", "dtype_policies", "export",
    "legacy", "mixed_precision", "ops", "preprocessing", "quantizers", "random", "tree",
    "visualization",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MISSING:
        raise AttributeError(
            f"deltarule.keras.{name} is not supported: deltarule trains chains of dense layers. Use "
            "Keras itself (import keras)."
        )
    raise AttributeError(f"module 'deltarule.keras' has no attribute {name!r}")
