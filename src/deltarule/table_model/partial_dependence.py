"""How predictions depend on one column: partial dependence (Friedman 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.data import Column, Table
from deltarule.errors import DataError
from deltarule.table_model.model import TableModel
from deltarule.table_model.permutation_importance import feature_slices, raise_unused

Array = NDArray[Any]
MAX_STEPS = 25
MAX_LEVELS = 12
_TRIM = (0.01, 0.99)  # beyond these quantiles there are too few rows


@dataclass(frozen=True, eq=False)
class Dependence:
    """Mean prediction for each value of a column.

    Parameters
    ----------
    column : str
        The column.
    kind : {"number", "boolean", "text", "datetime"}
        Kind of the column.
    values : ndarray of shape (n_values,)
        The values: float64, datetime64[us], or objects for texts and booleans.
    means : ndarray of shape (n_values,) or (n_values, n_classes), dtype float64
        Mean prediction in the target's units, or mean class probabilities.
    counts : ndarray of shape (n_values,), dtype int64
        Number of rows with that value, or closest to that number or datetime.
    """

    column: str
    kind: str
    values: Array
    means: Array
    counts: Array


def partial_dependence(
    model: TableModel, table: Table, column: str, *, max_rows: int = 500
) -> Dependence:
    """Return the dependence on `column` over at most `max_rows` evenly spaced rows of `table`.

    Numbers and datetimes are tried at up to 25 quantiles from 1 % to 99 %; texts and booleans at the 12
    most frequent values. Raises `ColumnError` for a column that the model does not use, `DataError` for
    one that is missing in all rows.
    """
    slices = feature_slices(model)
    if column not in slices:
        raise_unused(model, column)
    encoder = next(e for e in model.encoder.column_encoders if e.column == column)
    checks.integer("max_rows", max_rows, at_least=1)
    if table[column].missing.all():
        raise DataError(
            f"Column {column!r} has no value in any of the {table.rows:,} rows: give rows that have "
            "one."
        )
    grid, counts = _grid(table[column])
    rows = np.unique(np.linspace(0, table.rows - 1, min(table.rows, max_rows)).astype(np.int64))
    inputs = model.encoder.transform(table, rows=rows)
    values = encoder.cast(grid)
    filled = np.empty((len(grid), len(encoder.features)), inputs.dtype)
    encoder.encode_into(values, filled)
    means = []
    for row in filled:
        inputs[:, slices[column]] = row
        outputs = model.outputs_of_features(inputs)
        means.append(model.methods.averaged(model.target, outputs, model.calibration).mean(axis=0))
    shown = grid.values if grid.kind in ("number", "datetime") else grid.texts()
    return Dependence(column, grid.kind, shown, np.array(means), counts)


def _grid(column: Column) -> tuple[Column, Array]:
    """Return the values to try, and the number of rows that have each."""
    present = column.values[~column.missing]
    if column.kind in ("text", "boolean"):
        values, counts = np.unique(present, return_counts=True)
        most = np.sort(np.argsort(-counts, kind="stable")[:MAX_LEVELS])
        return Column(column.name, column.kind, values[most], column.levels), counts[most]
    ranked = np.sort(present)
    shares = np.linspace(*_TRIM, MAX_STEPS)
    values = np.unique(ranked[(shares * (len(ranked) - 1)).round().astype(np.int64)])
    if column.kind == "number" and len(values) == 1:
        values = np.unique(ranked[[0, -1]])
    # Each row counts for the nearest grid value.
    stamps, numbers = _numbers(values), _numbers(ranked)
    middles = (stamps[1:] + stamps[:-1]) / 2
    counts = np.bincount(np.searchsorted(middles, numbers), minlength=len(values))
    return Column(column.name, column.kind, values), counts


def _numbers(values: Array) -> Array:
    if values.dtype.kind == "M":
        return values.astype(np.int64).astype(np.float64)
    return values.astype(np.float64)
