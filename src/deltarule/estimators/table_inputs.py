"""X on its way into a table: data frames by their names, arrays by the places of their columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.validation import validate_data

from deltarule.data import Column, Table, read_table
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.table import Kind
from deltarule.errors import DataError

Array = NDArray[Any]
_FRAMES = {"pandas": ("DataFrame",), "polars": ("DataFrame",), "pyarrow": ("Table", "RecordBatch")}


def as_table(estimator: Any, X: Any, *, reset: bool) -> Table:
    """Return X as a table; sets or checks n_features_in_ and feature_names_in_.

    A pandas or polars data frame or a pyarrow table keeps its names and types. Anything else is an array
    (rows, columns) of numbers, texts or both, NaN or None where missing; its columns are called x0, x1,
    ..., or by `feature_names_in_` where fit saw a frame. Raises `ValueError`, often in scikit-learn's
    words, for what is no such thing.
    """
    X = _one_frame(X)
    if is_frame(X):
        refuse_duplicates(_names(X), "X")
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        if len(X) == 0:
            raise DataError("X has no rows (0 samples): give at least one.")
        table = read_table(X, share=True)
        named = all(isinstance(label, str) for label in _labels(X))
        if reset or (named and hasattr(estimator, "feature_names_in_")):
            return table
        return _as_in_fit(estimator, table)
    checked = validate_data(
        estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan", ensure_min_samples=1
    )
    names = [f"x{i}" for i in range(checked.shape[1])]
    if not reset:  # that the names are taken on trust, scikit-learn has warned
        known = getattr(estimator, "feature_names_in_", None)
        told = _columns_of_fit(estimator) if known is None else known.tolist()
        names = told if len(told) == len(names) else names
    if checked.dtype.kind in "fiub":
        return _numbers(checked, names)
    return read_table({name: checked[:, i] for i, name in enumerate(names)})


def _columns_of_fit(estimator: Any) -> list[str]:
    """Return what the columns of fit are called in the model, in their order."""
    return [treatment.column for treatment in estimator.model_.encoder.treatments]


def _as_in_fit(estimator: Any, table: Table) -> Table:
    """Return a table whose columns have the names of fit by their places: here or in fit there were none,
    in an array or a frame that numbers its columns."""
    names = _columns_of_fit(estimator)  # those that cannot be learned from come last
    if len(table.columns) > len(names):
        return table
    columns = (replace(c, name=name) for c, name in zip(table.columns, names, strict=False))
    return replace(table, columns=tuple(columns))


def _one_frame(X: Any) -> Any:
    """Return a lazy frame collected and a record batch as a table; refuse what has rows of no array."""
    kind = type(X).__name__
    package = type(X).__module__.partition(".")[0]
    if (package, kind) == ("polars", "LazyFrame"):
        return X.collect()
    if (package, kind) == ("pyarrow", "RecordBatch"):
        return import_module("pyarrow").Table.from_batches([X])
    if isinstance(X, list | tuple) and any(
        isinstance(cell, str) for row in X if isinstance(row, list | tuple) for cell in row
    ):
        return _of_objects(X)  # np.asarray([[1.5, "a"]]) would hold texts alone
    if package == "scipy":
        return X  # sparse matrices, some of which are a dict: scikit-learn has a sentence for them
    if isinstance(X, str | os.PathLike | Mapping) or (
        isinstance(X, list | tuple) and any(isinstance(row, Mapping) for row in X)
    ):
        raise DataError(
            "X must be a data frame of pandas or polars, a pyarrow table or an array (rows, columns), "
            f"got {kind}{' of dict' if isinstance(X, list | tuple) else ''}: make a data frame of it, or "
            "use deltarule.train, which takes files and a dict of arrays."
        )
    return X


def _of_objects(rows: Any) -> Any:
    """Return rows of cells as an array of objects (rows, columns)."""
    lengths = {len(row) for row in rows if isinstance(row, list | tuple)}
    if len(lengths) > 1:
        raise DataError(
            f"The rows of X must all have as many cells, but one has {min(lengths)} and one has "
            f"{max(lengths)}: put None where a cell is missing."
        )
    return np.array(rows, dtype=object)


def is_frame(X: Any) -> bool:
    """Tell whether X is a data frame whose columns have names and types."""
    package = type(X).__module__.partition(".")[0]
    return type(X).__name__ in _FRAMES.get(package, ())


def as_target(estimator: Any, y: Any) -> Array:
    """Return y as an array (rows,) in the type it has, with a value in every row.

    Raises `ValueError` in one sentence for what is missing, infinite or a moment in time.
    """
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is "
            "None."
        )
    y = _in_memory(y)
    if isinstance(y, np.ndarray) and y.dtype.kind == "c":
        raise DataError(
            "y holds complex numbers, which cannot be learned: choose their real part, or another target."
        )
    values = column_or_1d(y, warn=True)
    if values.dtype.kind in "mM" or _any_of(values, date, timedelta, np.datetime64, np.timedelta64):
        raise DataError(
            "y holds dates or durations, which cannot be learned: choose another target, or turn it "
            "into a number."
        )
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise DataError("Input y contains infinity: leave out those rows, or correct them.")
    if missing := int(_missing(values).sum()):
        raise DataError(
            f"Input y contains NaN or missing values in {missing:,} of {len(values):,} rows: leave "
            "them out."
        )
    return values


def as_numbers(estimator: Any, y: Any) -> Array:
    """Return y as float64 (rows,); raises as `as_target`, and for what is no number."""
    values = as_target(estimator, y)
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(
            f"y holds {str(_first_no_number(values))[:40]!r}, and regression needs numbers: correct "
            "y, or learn its classes with TabularClassifier."
        ) from None
    return numbers if numbers is values else as_target(estimator, numbers)


def _in_memory(y: Any) -> Any:
    """Return what NumPy reads without losing what is missing."""
    if type(y).__module__.partition(".")[0] == "pyarrow" and hasattr(y, "to_numpy"):
        return y.to_numpy(zero_copy_only=False)
    if hasattr(y, "to_numpy"):
        return y.to_numpy()
    if isinstance(y, list | tuple) and any(isinstance(value, str) for value in y):
        return np.asarray(y, dtype=object)  # np.asarray(["a", nan]) would hold the text "nan"
    return y


def _any_of(values: Array, *types: type) -> bool:
    return values.dtype.kind == "O" and any(
        isinstance(value, types) for value in different(values) if not _is_missing(value)
    )


def different(values: Array) -> list[Any]:
    """Return the different objects of an array (rows,) in no order; all where they have no hash."""
    objects: list[Any] = values.tolist()
    try:
        return list(set(objects))
    except TypeError:
        return objects


def _missing(values: Array) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind == "O" and any(map(_is_missing, different(values))):
        return np.array([_is_missing(value) for value in values.tolist()], bool)
    return np.zeros(len(values), bool)


def _is_missing(value: Any) -> bool:
    """Tell None, NaN, and the pd.NA and pd.NaT of pandas, which is not imported."""
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float | np.floating) and bool(np.isnan(value)))
    )


def _first_no_number(values: Array) -> Any:
    for value in values.tolist():
        try:
            float(value)
        except (TypeError, ValueError):
            return value
    return values[0]


def _labels(frame: Any) -> list[Any]:
    of_arrow = type(frame).__module__.partition(".")[0] == "pyarrow"
    return list(frame.schema.names if of_arrow else frame.columns)


def _names(frame: Any) -> list[str]:
    return [str(label) for label in _labels(frame)]


def _numbers(values: Array, names: list[str]) -> Table:
    """Return columns of an array of numbers; what float32 holds exactly stays so small."""
    kind: Kind = "boolean" if values.dtype.kind == "b" else "number"
    small = values.dtype.itemsize <= (4 if values.dtype.kind == "f" else 2)
    dtype = np.float32 if small and kind == "number" else np.float64
    by_column = np.asfortranarray(values.astype(dtype, copy=False))
    return Table(
        tuple(Column(name, kind, by_column[:, i]) for i, name in enumerate(names)), "the array X"
    )
