"""Files under Keras's names: `keras.saving.load_model`."""

from __future__ import annotations

from typing import Any

from deltarule.keras.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from deltarule.keras.models import load_model, save_model
from deltarule.keras.unsupported import lookup

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "register_keras_serializable",
    "save_model",
]


def __getattr__(name: str) -> Any:
    return lookup("saving", name, __all__)
