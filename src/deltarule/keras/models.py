"""Models under Keras's names: `keras.models.Sequential`, `keras.models.load_model`."""

from __future__ import annotations

from deltarule.keras.model import Model
from deltarule.keras.model_file import save_model
from deltarule.keras.sequential import Sequential, load_model

__all__ = ["Model", "Sequential", "load_model", "save_model"]
