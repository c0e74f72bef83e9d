"""The model file in the folder of a run."""

from __future__ import annotations

import os

from deltarule.errors import FileError
from deltarule.formats.system_errors import path_text

MODEL_FILE = "model.safetensors"


def model_file_at(path: str) -> str:
    """Return the model file for what people type: a file, or a folder with one, as train writes it."""
    if not os.path.isdir(path):
        return path
    file = os.path.join(path, MODEL_FILE)
    if not os.path.lexists(file):
        raise FileError(
            f"The folder {path_text(path)!r} holds no model: it has no {MODEL_FILE}, which 'deltarule "
            "train' writes when it ends. Give a model file, or the folder of a finished run."
        )
    return file
