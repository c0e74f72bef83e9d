"""X and y as tables: data frames by column names, arrays by column positions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.validation import validate_data

from deltarule.data import Column, Table, read_table
from deltarule.data.dialects import refuse_duplicates
from deltarule.data.read_options import CELL_OPTION_NAMES
from deltarule.data.table import Kind
from deltarule.errors import DataError
from deltarule.estimators.column_labels import remember_labels, warn_about_labels

Array = NDArray[Any]
_FRAMES = {"pandas": ("DataFrame",), "polars": ("DataFrame",), "pyarrow": ("Table", "RecordBatch")}


def as_table(estimator: Any, X: Any) -> Table:
    """Return the X of `fit` as a table; set n_features_in_ and feature_names_in_.

    A pandas or polars data frame or a pyarrow table keeps its names and types. Anything else must be an
    array (rows, columns) of numbers, texts or both, with NaN or None where missing; its columns are
    called x0, x1, ... Raises `ValueError`, often from scikit-learn, for other input.
    """
    options = _cell_options(estimator)
    X = _checked(estimator, X, reset=True)
    if is_frame(X):
        estimator._columns_in_fit = _names(X)
        remember_labels(estimator, X)
        return read_table(X, share=True, **options)
    remember_labels(estimator, X)
    names = _numbered(X.shape[1])
    estimator._columns_in_fit = names
    if X.dtype.kind in "fiub" and not options:
        return _numbers(X, names)
    return read_table(_cells(X, names), **options)


def rows_like_fit(estimator: Any, X: Any) -> Any:
    """Return X as a source that the fitted model reads, with the column names of `fit`.

    Raises like `as_table`.
    """
    X = _checked(estimator, X, reset=False)
    if is_frame(X):
        named = all(isinstance(label, str) for label in _labels(X))
        is_like_fit = named and hasattr(estimator, "feature_names_in_")
        return X if is_like_fit else _as_in_fit(estimator, X)
    # scikit-learn has warned about X without names
    known = getattr(estimator, "feature_names_in_", None)
    fitted = _columns_of_fit(estimator) if known is None else known.tolist()
    names = fitted if len(fitted) == X.shape[1] else _numbered(X.shape[1])
    return _numbers(X, names) if X.dtype.kind in "fiub" else _cells(X, names)


def _checked(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Return X as a data frame or an array (rows, columns) that scikit-learn accepts."""
    X = _without_mask(_one_frame(X))
    if not is_frame(X):
        return validate_data(
            estimator,
            X,
            reset=reset,
            dtype=None,
            ensure_all_finite="allow-nan",
            ensure_min_samples=1,
        )
    refuse_duplicates(_names(X), "X")
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    if len(X) == 0:
        raise DataError("X has no rows (0 samples): give at least one.")
    return X


def _cell_options(estimator: Any) -> dict[str, Any]:
    """Return the parameters that state how cells are read, as options of `read_table`."""
    given = {name: getattr(estimator, name) for name in CELL_OPTION_NAMES}
    options = {name: value for name, value in given.items() if value is not None}
    if "missing" in options:
        options["missing"] = np.atleast_1d(np.asarray(options["missing"])).tolist()
    if "day_first" in options:
        options["day_first"] = bool(options["day_first"])
    return options


def _cells(X: Array, names: list[str]) -> dict[str, Array]:
    return {name: X[:, i] for i, name in enumerate(names)}


def _columns_of_fit(estimator: Any) -> list[str]:
    """Return the names of the columns in `fit`, in order; files of older versions hold only used ones."""
    if known := getattr(estimator, "_columns_in_fit", None):
        return list(known)
    model = estimator.model_
    encoder = getattr(model, "all_rows", model).encoder  # with `by`, that of the model of all rows
    return [column.column for column in encoder.column_encoders]


def _as_in_fit(estimator: Any, frame: Any) -> Any:
    """Return the frame with the column names of `fit`: by name, or by position where no name is known.

    Scikit-learn compares names only if all of them are texts, and pandas numbers columns from 0.
    """
    names, labels = _columns_of_fit(estimator), _names(frame)
    if len(labels) > len(names):
        return frame
    if names != _numbered(len(names)) and not set(names).isdisjoint(labels):
        return frame
    warn_about_labels(estimator, frame)
    renamed = [*names[: len(labels)]]
    package = type(frame).__module__.partition(".")[0]
    if package == "pandas":
        return frame.set_axis(renamed, axis=1)
    if package == "polars":
        return frame.rename(dict(zip(labels, renamed, strict=True)))
    return frame.rename_columns(renamed)


def _one_frame(X: Any) -> Any:
    """Return a data frame, table or array; refuse anything else."""
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
        return X  # sparse matrices, which scikit-learn refuses
    if isinstance(X, str | os.PathLike | Mapping) or (
        isinstance(X, list | tuple) and any(isinstance(row, Mapping) for row in X)
    ):
        raise DataError(
            "X must be a pandas or polars data frame, a pyarrow table or an array (rows, columns), got "
            f"{kind}{' of dict' if isinstance(X, list | tuple) else ''}: convert it to a data frame, or "
            "use deltarule.train, which reads files and dicts of arrays."
        )
    return X


def _of_objects(rows: Any) -> Any:
    """Return rows of cells as an array of objects (rows, columns)."""
    lengths = {len(row) for row in rows if isinstance(row, list | tuple)}
    if len(lengths) > 1:
        raise DataError(
            f"All rows of X must have the same number of cells, got {min(lengths)} and "
            f"{max(lengths)}: put None where a cell is missing."
        )
    return np.array(rows, dtype=object)


def is_frame(X: Any) -> bool:
    """Whether X is a data frame whose columns have names and types."""
    package = type(X).__module__.partition(".")[0]
    return type(X).__name__ in _FRAMES.get(package, ())


def as_target(estimator: Any, y: Any) -> Array:
    """Return y as an array (rows,) of its own type.

    Raises `ValueError` for missing or infinite values, dates and durations.
    """
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is "
            "None."
        )
    y = _in_memory(y)
    if isinstance(y, np.ndarray) and y.dtype.kind == "c":
        raise DataError(
            "y holds complex numbers, which cannot be predicted: use their real part, or another target."
        )
    values = column_or_1d(y, warn=True)
    if is_duration(values):
        raise DataError(
            "y holds durations, which are numbers of hours: use TabularRegressor, which predicts hours."
        )
    if values.dtype.kind == "M" or _any_of(values, date, np.datetime64):
        raise DataError(
            "y holds dates, which cannot be predicted: choose another target, or convert it to a number."
        )
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise DataError("Input y contains infinity: correct or remove those rows.")
    if missing := int(_missing(values).sum()):
        raise DataError(
            f"Input y contains NaN or missing values in {missing:,} of {len(values):,} rows: "
            "remove them."
        )
    return values


def as_numbers(estimator: Any, y: Any) -> Array:
    """Return y as float64 (rows,), durations in hours; raise like `as_target`, and for other values."""
    values = as_target(estimator, _hours(y))
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(
            f"y holds {str(_first_no_number(values))[:40]!r}, and regression needs numbers: correct "
            "y, or predict its classes with TabularClassifier."
        ) from None
    return numbers if numbers is values else as_target(estimator, numbers)


def is_duration(y: Any) -> bool:
    """Whether y holds durations: timedelta, or timedelta64 in an array or a series."""
    values = np.asarray(_in_memory(y)) if y is not None else np.empty(0)
    return values.dtype.kind == "m" or _any_of(values.ravel(), timedelta, np.timedelta64)


def _hours(y: Any) -> Any:
    """Return durations as hours, NaN where missing; anything else as it is."""
    if not is_duration(y):
        return y
    values = np.asarray(_in_memory(y))
    if values.dtype.kind == "O":
        values = np.array(
            [None if _is_missing(v) else v for v in values.tolist()], "timedelta64[us]"
        )
    microseconds = values.astype("timedelta64[us]")
    return np.where(np.isnat(microseconds), np.nan, microseconds.astype(np.float64) / 3.6e9)


def _in_memory(y: Any) -> Any:
    """Return y in a form that NumPy reads without losing missing values."""
    if isinstance(y, np.ma.MaskedArray):
        return _without_mask(y)
    if type(y).__module__.partition(".")[0] == "pyarrow" and hasattr(y, "to_numpy"):
        return y.to_numpy(zero_copy_only=False)
    if hasattr(y, "to_numpy"):
        return y.to_numpy()
    if isinstance(y, list | tuple) and any(isinstance(value, str) for value in y):
        return np.asarray(y, dtype=object)  # np.asarray(["a", nan]) would hold the text "nan"
    return y


def _without_mask(values: Any) -> Any:
    """Return a masked array as one with None (NaN among floats) where a value is masked."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    mask, plain = np.ma.getmaskarray(values), np.ma.getdata(values)
    if not mask.any():
        return plain
    if plain.dtype.kind == "f":
        return np.where(mask, np.nan, plain)
    objects = plain.astype(object)
    objects[mask] = None
    return objects


def _any_of(values: Array, *types: type) -> bool:
    return values.dtype.kind == "O" and any(
        isinstance(value, types) for value in distinct(values) if not _is_missing(value)
    )


def distinct(values: Array) -> list[Any]:
    """Return the distinct objects of an array (rows,), unordered; all if they are not hashable."""
    objects: list[Any] = values.tolist()
    try:
        return list(set(objects))
    except TypeError:
        return objects


def _missing(values: Array) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    if values.dtype.kind == "O" and any(map(_is_missing, distinct(values))):
        return np.array([_is_missing(value) for value in values.tolist()], bool)
    return np.zeros(len(values), bool)


def _is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, or pandas' NA or NaT (without an import of pandas)."""
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


def _numbered(count: int) -> list[str]:
    """Return the names of the columns of an array."""
    return [f"x{i}" for i in range(count)]


def _names(frame: Any) -> list[str]:
    return [str(label) for label in _labels(frame)]


def _numbers(values: Array, names: list[str]) -> Table:
    """Return the columns of an array of numbers, float32 if that is exact."""
    kind: Kind = "boolean" if values.dtype.kind == "b" else "number"
    small = values.dtype.itemsize <= (4 if values.dtype.kind == "f" else 2)
    dtype = np.float32 if small and kind == "number" else np.float64
    by_column = np.asfortranarray(values.astype(dtype, copy=False))
    return Table(
        tuple(Column(name, kind, by_column[:, i]) for i, name in enumerate(names)), "the array X"
    )
