"""Class labels and class numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

Array = NDArray[Any]


def flat_labels(y: Any) -> tuple[Any, bool]:
    """Return y of shape (rows,), or (rows, labels) of 0 and 1, and whether it is multilabel."""
    if isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "biu":
        return y, False
    if getattr(y, "ndim", 1) == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    _refuse_mixed_types(y)
    check_classification_targets(y)
    kind = type_of_target(y)
    if kind == "multiclass-multioutput":
        raise ValueError(
            "Multioutput target data is not supported: y may hold one class for each row, or a matrix "
            "of 0 and 1 (multilabel)."
        )
    is_multilabel = kind.startswith("multilabel")
    if hasattr(y, "toarray"):
        y = y.toarray()
    return y, is_multilabel


def _refuse_mixed_types(y: Any) -> None:
    """Refuse labels that cannot be sorted, such as None among texts, with the types in the message."""
    if not isinstance(y, np.ndarray) or y.dtype.kind != "O" or y.ndim != 1:
        return
    kinds = sorted({type(label).__name__ for label in y})
    if len(kinds) == 1:
        return
    try:
        sorted(set(y))
    except TypeError:
        raise ValueError(
            f"Unknown label type: y mixes {' and '.join(kinds)}. Drop the rows without a label, and "
            "give labels of one type, such as y.astype(str)."
        ) from None


def classes_in(y: Any, is_multilabel: bool) -> tuple[Array, Array]:
    """Return the sorted classes, and y as class numbers (rows,) or 0 and 1 (rows, labels)."""
    if is_multilabel:
        return np.arange(y.shape[1]), np.asarray(y)
    classes, class_numbers = np.unique(y, return_inverse=True)
    if classes.dtype.kind not in "biuf":  # texts, also as objects: of scikit-learn's dtype "<U..."
        classes = np.array(classes.tolist())
    return classes, class_numbers


def to_class_numbers(y: Any, is_multilabel: bool, estimator: Any) -> Array:
    """Return y as numbers of the known classes; `ValueError` with scikit-learn's message."""
    known = estimator.classes_
    labels = unique_labels(y)
    if estimator.warm_start:
        if set(labels) != set(known):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call "
                f"to fit. Previously got {known}, `y` has {labels}"
            )
    elif len(np.setdiff1d(labels, known, assume_unique=True)):
        raise ValueError(
            f"`y` has classes not in `self.classes_`. `self.classes_` has {known}. 'y' has {labels}."
        )
    return np.asarray(y) if is_multilabel else np.searchsorted(known, y)


def as_targets(class_numbers: Array, is_multilabel: bool, classes: int, dtype: Any) -> Array:
    """Return class numbers as an engine's targets: 0 and 1 for two classes, else int32 numbers."""
    if is_multilabel:
        return np.ascontiguousarray(class_numbers, dtype=dtype)
    if classes <= 2:
        return class_numbers.astype(dtype)[:, None]
    return class_numbers.astype(np.int32)
