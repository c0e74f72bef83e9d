"""Files under Keras's names: `keras.saving.load_model`."""

from __future__ import annotations

from typing import Any

from deltarule.keras.model_file import save_model
from deltarule.keras.models import load_model
from deltarule.keras.unsupported import lookup

__all__ = ["load_model", "save_model"]


def __getattr__(name: str) -> Any:
    return lookup("saving", name, __all__)
