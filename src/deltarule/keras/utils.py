"""Utilities under Keras's names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.errors import DataError
from deltarule.keras.diagram import plot_model
from deltarule.keras.global_state import clear_session, set_random_seed
from deltarule.keras.unsupported import lookup

__all__ = [
    "clear_session", "normalize", "plot_model", "set_random_seed", "to_categorical",
]  # fmt: skip


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[np.float64]:
    """Return class numbers as one-hot rows: shape (…,) becomes (…, num_classes), float64."""
    numbers = np.asarray(x).astype(np.int64)
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    classes = int(numbers.max()) + 1 if num_classes is None else num_classes
    if numbers.size and (numbers.min() < 0 or numbers.max() >= classes):
        raise DataError(
            f"to_categorical takes class numbers 0 to {classes - 1}, got {numbers.min()} to "
            f"{numbers.max()}."
        )
    return np.eye(classes)[numbers]


def normalize(x: ArrayLike, axis: int = -1, order: int = 2) -> NDArray[Any]:
    """Return x divided by its norm along `axis`; a zero stays zero."""
    values = np.atleast_1d(np.asarray(x))
    norm = np.linalg.norm(values, order, axis, keepdims=True)
    return values / np.where(norm == 0, 1, norm)


_MISSING = {
    "give NumPy arrays": (
        "FeatureSpace", "PyDataset", "Sequence", "audio_dataset_from_directory",
        "image_dataset_from_directory", "text_dataset_from_directory", "split_dataset",
        "timeseries_dataset_from_array", "get_file", "pad_sequences",
    ),
    "use save and load_model": (
        "model_to_dot", "custom_object_scope", "deserialize_keras_object", "register_keras_serializable",
        "serialize_keras_object", "get_custom_objects",
    ),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    return lookup("utils", name, _MISSING, __all__)
