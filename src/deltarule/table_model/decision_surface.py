"""What a model says over the plane of two columns, the others held still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Column, Table
from deltarule.errors import ColumnError
from deltarule.table_model.model import TableModel

Array = NDArray[Any]
MARGIN = 0.05  # of the range, around the outermost rows


@dataclass(frozen=True, eq=False)
class DecisionSurface:
    """Predictions over a grid of two columns.

    `x` (steps,) and `y` (steps,) in the columns' own units; `answers[i, j]` is for y[i], x[j]: class
    numbers (int64) or predicted numbers (float64); `certainty[i, j]`: the highest class probability,
    None for a regression.
    """

    x_column: str
    y_column: str
    x: Array
    y: Array
    answers: Array
    certainty: Array | None


class UsesColumns(Protocol):
    """What turns columns into features: an encoder."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it uses."""


def surface_columns(model: TableModel, table: Table) -> list[str]:
    """Return the columns that can span a plane: numbers the model uses."""
    return number_columns(model.encoder, table)


def number_columns(encoder: UsesColumns, table: Table) -> list[str]:
    """Return the number columns that an encoder uses."""
    return [n for n in encoder.columns if table[n].kind == "number"]


def compute_decision_surface(
    model: TableModel, table: Table, x_column: str, y_column: str, steps: int = 80
) -> DecisionSurface:
    """Predict over `x_column` × `y_column`, each other column at its median or most frequent value.

    `table`: the rows whose ranges and medians count. Raises `ColumnError` for a column that is not a
    number the model uses.
    """
    usable = surface_columns(model, table)
    for name in (x_column, y_column):
        if name not in usable:
            raise ColumnError(
                f"A decision plane needs two number columns; {name!r} is none of {', '.join(usable)}."
            )
    x, y = _axis(table[x_column], steps), _axis(table[y_column], steps)
    grid_x, grid_y = np.meshgrid(x, y)
    columns = [
        still_column(table[name], steps * steps) for name in model.encoder.columns
        if name not in (x_column, y_column)
    ]  # fmt: skip
    columns.append(Column(x_column, "number", grid_x.ravel()))
    columns.append(Column(y_column, "number", grid_y.ravel()))
    prediction = model.predict(Table(tuple(columns)))
    shape = (steps, steps)
    if prediction.probabilities is None:
        values = prediction.values.astype(np.float64).reshape(shape)
        return DecisionSurface(x_column, y_column, x, y, values, None)
    answers = prediction.probabilities.argmax(axis=1).reshape(shape)
    certainty = prediction.probabilities.max(axis=1).reshape(shape)
    return DecisionSurface(x_column, y_column, x, y, answers, certainty)


def _axis(column: Column, steps: int) -> Array:
    values = column.values[np.isfinite(column.values)].astype(np.float64)
    low, high = float(values.min()), float(values.max())
    margin = (high - low) * MARGIN or 1.0
    return np.linspace(low - margin, high + margin, steps)


def still_column(column: Column, rows: int) -> Column:
    """Return a column of `rows` times the median number, or the most frequent value of others."""
    present = column.values[~column.missing]
    if len(present) == 0:
        return column.take(np.zeros(rows, np.int64))
    if column.kind == "number":
        value = np.median(present)
    else:
        values, counts = np.unique(present, return_counts=True)
        value = values[counts.argmax()]
    return Column(column.name, column.kind, np.full(rows, value), column.levels)
