"""Labels of columns that are no texts, such as 0, 1, 2: scikit-learn takes these columns by position."""

from __future__ import annotations

import warnings
from typing import Any

from deltarule.errors import DataWarning

_ATTRIBUTE = "_labels_in_fit"


def remember_labels(estimator: Any, X: Any) -> None:
    """Store the labels of the X of `fit`, if they are not all texts."""
    labels = _other_labels(X)
    if labels is not None:
        setattr(estimator, _ATTRIBUTE, labels)
    elif hasattr(estimator, _ATTRIBUTE):
        delattr(estimator, _ATTRIBUTE)


def warn_about_labels(estimator: Any, X: Any) -> None:
    """Warn if the columns of X have the labels of `fit` in another order, or others than `fit`.

    An array is like a frame whose columns are labeled 0, 1, 2, ..., as in pandas; other labels than these
    say nothing about the order.
    """
    labels = _other_labels(X)
    if labels is None or hasattr(estimator, "feature_names_in_"):  # scikit-learn compares texts
        return
    numbered = list(range(len(labels)))
    fitted = getattr(estimator, _ATTRIBUTE, numbered)
    if labels == fitted or len(labels) != len(fitted):
        return
    if fitted != numbered or set(labels) == set(fitted):
        warnings.warn(
            f"X has the columns {_listed(labels)}, but fit had {_listed(fitted)}: they are taken in the "
            "order of fit. Reorder or rename them.",
            DataWarning,
            stacklevel=5,
        )


def _other_labels(X: Any) -> list[Any] | None:
    """Return the labels of a data frame, unless all are texts; None for anything else."""
    columns = getattr(X, "columns", None)
    if columns is None or type(X).__module__.partition(".")[0] != "pandas":
        return None
    labels = columns.tolist()
    return None if all(isinstance(label, str) for label in labels) else labels


def _listed(labels: list[Any]) -> str:
    return ", ".join(map(repr, labels[:4])) + ", ..." * (len(labels) > 4)
