"""Layers under Keras's names: those of a chain of dense layers."""

from __future__ import annotations

from typing import Any

from deltarule.keras.layers.activation_layers import (
    ELU,
    Activation,
    LeakyReLU,
    ReLU,
    Softmax,
)
from deltarule.keras.layers.base import KerasTensor, Layer
from deltarule.keras.layers.dense import Dense
from deltarule.keras.layers.dropout import Dropout
from deltarule.keras.layers.inputs import Flatten, Input, InputLayer, Normalization
from deltarule.keras.layers.normalization_layers import BatchNormalization, LayerNormalization
from deltarule.keras.layers.variables import Variable
from deltarule.keras.unsupported import lookup

CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        InputLayer, Dense, Dropout, Activation, ReLU, LeakyReLU, ELU, Softmax, Flatten,
        Normalization, BatchNormalization, LayerNormalization,
    )
}  # fmt: skip

__all__ = [
    "ELU",
    "Activation",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "KerasTensor",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Normalization",
    "ReLU",
    "Softmax",
    "Variable",
]


def __getattr__(name: str) -> Any:
    return lookup("layers", name, __all__)
