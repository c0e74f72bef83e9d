"""Checks of X, y and weights: scikit-learn's, with a fast path for plain finite arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from deltarule._common.number_arrays import refuse_other_values
from deltarule.engines.data import ArrayData
from deltarule.estimators.column_labels import remember_labels, warn_about_labels
from deltarule.training.trained_network import is_finite

Array = NDArray[Any]
FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


@dataclass(frozen=True)
class Samples:
    """Rows to train or validate on; `stratify`: the classes that a split keeps in proportion."""

    inputs: Array
    targets: Array
    weights: Array | None
    stratify: Array | None = None

    def take(self, rows: Array) -> Samples:
        """Return the samples of these row numbers."""
        weights = None if self.weights is None else self.weights[rows]
        return Samples(self.inputs[rows], self.targets[rows], weights)

    def as_data(self, dtype: str) -> ArrayData:
        """Return an engine's data, weights divided by their mean."""
        targets = self.targets if self.targets.ndim == 1 else self.targets.astype(dtype, copy=False)
        weights = self.weights
        if weights is not None:
            weights = (weights / weights.mean(dtype=np.float64)).astype(dtype)
        return ArrayData(self.inputs.astype(dtype, copy=False), targets, weights)

    @property
    def mean_weight(self) -> float:
        """The mean of the weights, 1 without weights."""
        return 1.0 if self.weights is None else float(self.weights.mean(dtype=np.float64))


def checked_pair(estimator: Any, X: Any, y: Any, *, reset: bool, numeric: bool) -> tuple[Any, Any]:
    """Return X (rows, columns), dense, C-contiguous, float, and y, as scikit-learn checks them.

    Sets n_features_in_ and feature_names_in_ on `reset`. Sparse X is made dense as a whole: training
    visits all rows in every epoch.
    """
    if _is_plain_pair(estimator, X, y, reset):
        if reset:
            estimator.n_features_in_ = X.shape[1]
            if hasattr(estimator, "feature_names_in_"):
                del estimator.feature_names_in_
            remember_labels(estimator, X)
        return X, y
    refuse_other_values(X, "X", kinds="Mm")  # scikit-learn refuses complex numbers
    refuse_other_values(y, "y", kinds="Mm" if numeric else "")
    (remember_labels if reset else warn_about_labels)(estimator, X)
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse=["csr", "csc"],
        multi_output=True,
        y_numeric=numeric,
        dtype=FLOATS,
        order="C",
        reset=reset,
    )
    return _dense(X), y


def checked_rows(estimator: Any, X: Any) -> Any:
    """Return X for prediction as a dense array or a CSR matrix, checked against what fit saw."""
    check_is_fitted(estimator)
    refuse_other_values(X, "X", kinds="Mm")
    warn_about_labels(estimator, X)
    X = validate_data(
        estimator, X, accept_sparse=["csr", "csc"], dtype=FLOATS, order="C", reset=False
    )
    return X.tocsr() if hasattr(X, "tocsr") else X


def checked_weights(sample_weight: Any, X: Array) -> Array | None:
    """Return weights of shape (rows,) and X's dtype, or None."""
    if sample_weight is None:
        return None
    weights: Array = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
    return weights


def _is_plain_pair(estimator: Any, X: Any, y: Any, reset: bool) -> bool:
    if type(X) is not np.ndarray or type(y) is not np.ndarray or X.ndim != 2 or y.ndim != 1:
        return False
    if not reset and hasattr(estimator, "feature_names_in_"):
        return False
    columns = X.shape[1] if reset else getattr(estimator, "n_features_in_", -1)
    if len(X) != len(y) or columns == 0 or X.dtype not in FLOATS or y.dtype.kind not in "biuf":
        return False
    if X.shape[1] != columns or len(X) == 0 or not X.flags.c_contiguous or not is_finite(X):
        return False
    return y.dtype.kind != "f" or bool(np.isfinite(y).all())


def _dense(X: Any) -> Array:
    return np.ascontiguousarray(X.toarray()) if hasattr(X, "toarray") else X
