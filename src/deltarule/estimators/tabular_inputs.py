"""X on its way into a table: data frames by their names, arrays by the places of their columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from deltarule.tables import Column, Table, read_table
from deltarule.tables.table import Kind

Array = NDArray[Any]
_FRAMES = {"pandas": ("DataFrame",), "polars": ("DataFrame",), "pyarrow": ("Table", "RecordBatch")}


def as_table(estimator: Any, X: Any, *, reset: bool) -> Table:
    """Return X as a table; sets or checks n_features_in_ and feature_names_in_.

    A pandas or polars data frame or a pyarrow table keeps its names and types. Anything else is an array
    (rows, columns) of numbers, texts or both, NaN or None where missing; its columns are called x0, x1,
    ... Raises `ValueError` in scikit-learn's words for what is no such thing.
    """
    if is_frame(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return read_table(X)
    checked = validate_data(
        estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan", ensure_min_samples=1
    )
    if checked.dtype.kind in "fiub":
        return _numbers(checked)
    return read_table({f"x{i}": checked[:, i] for i in range(checked.shape[1])})


def is_frame(X: Any) -> bool:
    """Tell whether X is a data frame whose columns have names and types."""
    package = type(X).__module__.partition(".")[0]
    return type(X).__name__ in _FRAMES.get(package, ())


def _numbers(values: Array) -> Table:
    """Return columns of an array of numbers; what float32 holds exactly stays so small."""
    kind: Kind = "boolean" if values.dtype.kind == "b" else "number"
    small = values.dtype.itemsize <= (4 if values.dtype.kind == "f" else 2)
    dtype = np.float32 if small and kind == "number" else np.float64
    by_column = np.asfortranarray(values.astype(dtype, copy=False))
    return Table(
        tuple(Column(f"x{i}", kind, by_column[:, i]) for i in range(values.shape[1])), "the array X"
    )
