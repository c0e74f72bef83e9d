"""How predictions depend on one column, all others as they are (partial dependence, Friedman 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.data import Column, Table
from deltarule.errors import DataError
from deltarule.preprocessing import ClassTarget
from deltarule.table_model.model import TableModel
from deltarule.table_model.permutation_importance import feature_places, raise_unused

Array = NDArray[Any]
MAX_STEPS = 25
MAX_LEVELS = 12
_TRIM = (
    0.01,
    0.99,
)  # beyond these shares of the rows a curve would be drawn where nearly nobody is


@dataclass(frozen=True, eq=False)
class Dependence:
    """The mean prediction for each value of `column`.

    `values` (steps,): float64 numbers, datetime64[us], or object texts and booleans. `means` float64:
    (steps,) in the target's units, or (steps, classes) probabilities. `counts` int64 (steps,): rows with
    that value (of texts and booleans), or between the middles to its neighbors.
    """

    column: str
    kind: str
    values: Array
    means: Array
    counts: Array


def partial_dependence(
    model: TableModel, table: Table, column: str, *, most_rows: int = 500
) -> Dependence:
    """Return the dependence on `column` over at most `most_rows` rows of `table`, evenly spaced.

    Numbers and moments: up to 25 quantiles of the table, without the outermost hundredth on each side;
    texts and booleans: up to 12 values, the most frequent ones. Raises `ColumnError` for a column that
    the model does not use, `DataError` for one that is missing in all rows.
    """
    places = feature_places(model)
    if column not in places:
        raise_unused(model, column)
    treatment = next(t for t in model.encoder.treatments if t.column == column)
    checks.integer("most_rows", most_rows, at_least=1)
    if table[column].missing.all():
        raise DataError(
            f"Column {column!r} has no value in any of the {table.rows:,} rows: give rows in which it "
            "has one."
        )
    grid, counts = _grid(table[column])
    rows = np.unique(np.linspace(0, table.rows - 1, min(table.rows, most_rows)).astype(np.int64))
    inputs = model.encoder.transform(table, rows=rows)
    values = treatment.prepare(grid)
    filled = np.empty((len(grid), len(treatment.features)), inputs.dtype)
    treatment.fill(values, filled)
    means = []
    for row in filled:
        inputs[:, places[column]] = row
        means.append(_answers(model, inputs).mean(axis=0))
    shown = grid.values if grid.kind in ("number", "datetime") else grid.texts()
    return Dependence(column, grid.kind, shown, np.array(means), counts)


def _answers(model: TableModel, inputs: Array) -> Array:
    outputs = model.outputs_of(inputs)
    if isinstance(model.target, ClassTarget):
        return outputs
    return model.prediction(outputs).values


def _grid(column: Column) -> tuple[Column, Array]:
    """Return the values to try, and how many rows have each."""
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
    # Each row counts for the nearest value of the grid.
    stamps, numbers = _numbers(values), _numbers(ranked)
    middles = (stamps[1:] + stamps[:-1]) / 2
    counts = np.bincount(np.searchsorted(middles, numbers), minlength=len(values))
    return Column(column.name, column.kind, values), counts


def _numbers(values: Array) -> Array:
    if values.dtype.kind == "M":
        return values.astype(np.int64).astype(np.float64)
    return values.astype(np.float64)
