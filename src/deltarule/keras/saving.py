"""Files under Keras's names: `keras.saving.load_model`."""

from __future__ import annotations

from deltarule.keras.model_file import save_model
from deltarule.keras.models import load_model

__all__ = ["load_model", "save_model"]
