"""Predictions of a model over the plane of two columns, with the others fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.data import Column, Table
from deltarule.errors import ColumnError, shortened
from deltarule.table_model.model import TableModel
from deltarule.table_model.permutation_importance import feature_slices

Array = NDArray[Any]
MARGIN = 0.05  # share of the range, added on both sides
_MAX_CELLS = 2_000_000  # encoded at a time


@dataclass(frozen=True, eq=False, repr=False)
class DecisionSurface(NotebookDisplay):
    """Predictions over a grid of two columns.

    Parameters
    ----------
    x_column, y_column : str
        The columns.
    x, y : ndarray of shape (n_steps,), dtype float64
        The grid, in the units of the columns.
    predicted : ndarray of shape (n_steps, n_steps)
        Class numbers, int64, or numbers, float64; ``predicted[i, j]`` is the prediction at y[i] and x[j].
    certainty : ndarray of shape (n_steps, n_steps), dtype float64, or None
        Probability of the predicted class; None for a regression.

    See Also
    --------
    compute_decision_surface : Computes the surface.
    """

    x_column: str
    y_column: str
    x: Array
    y: Array
    predicted: Array
    certainty: Array | None

    def _sentence(self) -> str:
        over = f"over {shortened(self.x_column)} and {shortened(self.y_column)}"
        size = f"{len(self.x):,} × {len(self.y):,} points"
        if self.certainty is not None:
            classes = len(np.unique(self.predicted))
            return f"{counted(classes, 'predicted class', 'predicted classes')} {over}, {size}"
        low, high = (format_number(float(of(self.predicted))) for of in (np.min, np.max))
        return f"predictions from {low} to {high} {over}, {size}"


class UsesColumns(Protocol):
    """An encoder of columns."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it encodes."""


def surface_columns(model: TableModel, table: Table) -> list[str]:
    """Return the number columns that the model uses, which can span a surface."""
    return number_columns(model.encoder, table)


def number_columns(encoder: UsesColumns, table: Table) -> list[str]:
    """Return the number columns that an encoder uses."""
    return [n for n in encoder.columns if table[n].kind == "number"]


def compute_decision_surface(
    model: TableModel, table: Table, x_column: str, y_column: str, steps: int = 80
) -> DecisionSurface:
    """Predict over a grid of two number columns, with the others at their median or mode.

    Parameters
    ----------
    model : TableModel
        The model.
    table : Table
        Rows that give the ranges of the two columns and the medians of the others.
    x_column, y_column : str
        Two number columns that the model uses.
    steps : int, default 80
        Grid points in each direction.

    Returns
    -------
    DecisionSurface
        The grid and the predictions.

    Raises
    ------
    ColumnError
        If a column is not a number column that the model uses.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule.table_model import compute_decision_surface
    >>> x = np.arange(20.0)
    >>> table = {"a": x, "b": x % 7, "y": x + x % 7}
    >>> result = dr.train(table, "y", folds=1, epochs=5, hidden=(4,))
    >>> compute_decision_surface(result.model, result.table, "a", "b", steps=10).predicted.shape
    (10, 10)
    """
    usable = surface_columns(model, table)
    for name in (x_column, y_column):
        if name not in usable:
            raise ColumnError(
                f"A decision surface needs two number columns, got {name!r}: choose from "
                f"{', '.join(usable)}."
            )
    x, y = _axis(table[x_column], steps), _axis(table[y_column], steps)
    return surface_on_grid(model, table, (x_column, y_column), (x, y))


def surface_on_grid(
    model: TableModel, table: Table, names: tuple[str, str], grid: tuple[Array, Array]
) -> DecisionSurface:
    """Return the surface over two number columns at the given values of each, of the same number."""
    columns = [constant_column(table[name], 1) for name in model.encoder.columns]
    constant = model.encoder.transform(Table(tuple(columns)))
    slices = feature_slices(model)
    places = [slices[name] for name in names]
    x, y = (_encoded(model, name, axis) for name, axis in zip(names, grid, strict=True))
    outputs = []
    block = max(1, _MAX_CELLS // (len(x) * constant.size))
    for start in range(0, len(y), block):
        rows = y[start : start + block]
        inputs = np.tile(constant, (len(rows) * len(x), 1))
        inputs[:, places[0]] = np.tile(x, (len(rows), 1))
        inputs[:, places[1]] = np.repeat(rows, len(x), axis=0)
        outputs.append(model.outputs_of_features(inputs))
    predicted, certainty = model.methods.surface(model.prediction(np.concatenate(outputs)))
    shape = (len(y), len(x))
    if certainty is not None:
        certainty = certainty.reshape(shape)
    return DecisionSurface(*names, *grid, predicted.reshape(shape), certainty)


def _encoded(model: TableModel, name: str, values: Array) -> Array:
    """Return the features of values of a number column."""
    encoder = next(e for e in model.encoder.column_encoders if e.column == name)
    features = np.empty((len(values), len(encoder.features)), np.float32)
    encoder.encode_into(encoder.cast(Column(name, "number", values)), features)
    return features


def _axis(column: Column, steps: int) -> Array:
    values = column.values[np.isfinite(column.values)].astype(np.float64)
    low, high = float(values.min()), float(values.max())
    margin = (high - low) * MARGIN or 1.0
    return np.linspace(low - margin, high + margin, steps)


def constant_column(column: Column, rows: int) -> Column:
    """Return a column that repeats the median of numbers, or the most frequent value of others."""
    present = column.values[~column.missing]
    if len(present) == 0:
        return column.take(np.zeros(rows, np.int64))
    if column.kind == "number":
        value = np.median(present)
    else:
        values, counts = np.unique(present, return_counts=True)
        value = values[counts.argmax()]
    return Column(column.name, column.kind, np.full(rows, value), column.levels)
