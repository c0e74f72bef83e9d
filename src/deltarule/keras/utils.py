"""Utilities under Keras's names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.errors import DataError
from deltarule.keras.batch_sources import PyDataset
from deltarule.keras.custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from deltarule.keras.diagram import plot_model
from deltarule.keras.global_state import clear_session, set_random_seed
from deltarule.keras.unsupported import lookup

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "normalize",
    "plot_model",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]

Sequence = PyDataset
"""Keras's former name of `PyDataset`."""


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[np.float64]:
    """Convert class numbers to one-hot rows.

    Parameters
    ----------
    x : array-like of int, shape (...) or (..., 1)
        Class numbers from 0.
    num_classes : int, optional
        Number of classes, by default the largest number plus 1.

    Returns
    -------
    ndarray of shape (..., num_classes), dtype float64
        Rows with a single 1.

    Raises
    ------
    DataError
        If a number is negative or >= num_classes.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.utils.to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    class_numbers = np.asarray(x).astype(np.int64)
    if class_numbers.ndim > 1 and class_numbers.shape[-1] == 1:
        class_numbers = class_numbers[..., 0]
    classes = int(class_numbers.max()) + 1 if num_classes is None else num_classes
    if class_numbers.size and (class_numbers.min() < 0 or class_numbers.max() >= classes):
        raise DataError(
            f"to_categorical takes class numbers 0 to {classes - 1}, got {class_numbers.min()} to "
            f"{class_numbers.max()}."
        )
    return np.eye(classes)[class_numbers]


def normalize(x: ArrayLike, axis: int = -1, order: int = 2) -> NDArray[Any]:
    """Divide by the norm along an axis.

    Parameters
    ----------
    x : array-like of shape (...)
        Values; a vector is taken as one row.
    axis : int, default -1
        Axis of the norm.
    order : int, default 2
        Order of the norm: 2 is Euclidean.

    Returns
    -------
    ndarray of shape (...)
        Values with norm 1; zero vectors remain zero.

    Examples
    --------
    >>> from deltarule import keras
    >>> keras.utils.normalize([[3.0, 4.0]]).tolist()
    [[0.6, 0.8]]
    """
    values = np.atleast_1d(np.asarray(x))
    norm = np.linalg.norm(values, order, axis, keepdims=True)
    return values / np.where(norm == 0, 1, norm)


def __getattr__(name: str) -> Any:
    return lookup("utils", name, __all__)
