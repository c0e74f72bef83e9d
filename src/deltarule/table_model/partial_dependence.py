"""How predictions depend on one column: partial dependence (Friedman 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.data import Column, Table
from deltarule.errors import DataError, shortened
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.table_model.dependence_grid import (
    MAX_LEVELS,
    Grid,
    first_grid,
    refined_values,
    with_more_values,
)
from deltarule.table_model.model import TableModel
from deltarule.table_model.permutation_importance import feature_slices, raise_unused
from deltarule.table_model.scores import unit_of_squares

Array = NDArray[Any]
_REFINEMENTS = 3
_WORD_ROWS = 50  # over which words are compared
_MAX_CELLS = 2_000_000  # encoded at a time


@dataclass(frozen=True, eq=False, repr=False)
class Dependence(NotebookDisplay):
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
    is_discrete : bool, default False
        Whether `values` are all values of the rows, apart from rare levels, so that nothing is known
        between them.
    rows : int, default 0
        Number of rows over which the predictions were averaged.
    is_words : bool, default False
        Whether `values` are words of free text: those whose predictions differ most from the mean if the
        cell holds the word alone. `counts` are the rows with that word.
    """

    column: str
    kind: str
    values: Array
    means: Array
    counts: Array
    is_discrete: bool = False
    rows: int = 0
    is_words: bool = False

    @property
    def label(self) -> str:
        """The column; of free text, that its values are single words."""
        return f"{self.column}: one word" if self.is_words else self.column

    def _sentence(self) -> str:
        low, high = (format_number(float(of(self.means))) for of in (np.min, np.max))
        what = "probability" if self.means.ndim == 2 else "prediction"
        return (
            f"mean {what} at {counted(len(self.values), 'value')} of {shortened(self.column)}, from "
            f"{low} to {high}, over {counted(self.rows, 'row')}"
        )


def partial_dependence(
    model: TableModel, table: Table, column: str, *, max_rows: int = 500
) -> Dependence:
    """Return the dependence on `column` over at most `max_rows` evenly spaced rows of `table`.

    Numbers and datetimes with at most 30 different values are tried at each of them, others at quantiles
    from 1 % to 99 % and at further values where the predictions change fast, at most 64 in all; texts and
    booleans at the 12 most frequent values, free text at the 12 single words that change the predictions
    most. Raises `ColumnError` for a column that the model does not
    use, `DataError` for one that is missing in all rows.
    """
    slices = feature_slices(model)
    if column not in slices:
        raise_unused(model, column)
    checks.integer("max_rows", max_rows, at_least=1)
    if table[column].missing.all():
        raise DataError(
            f"Column {column!r} has no value in any of the {table.rows:,} rows: give rows that have "
            "one."
        )
    rows = np.unique(np.linspace(0, table.rows - 1, min(table.rows, max_rows)).astype(np.int64))
    return dependence_of_inputs(model, table[column], model.encoder.transform(table, rows=rows))


def dependence_of_inputs(model: TableModel, values: Column, inputs: Array) -> Dependence:
    """Return the dependence on a column over encoded rows; `values`: all its values, for the grid."""
    column = values.name
    encoder = _encoder(model, column)
    if isinstance(encoder, WordsEncoder):
        grid, is_words = _word_grid(model, encoder, values, inputs), True
    else:
        grid, is_words = first_grid(values), False
    means = _means(model, inputs, grid.column)
    for _ in range(_REFINEMENTS):
        more = refined_values(grid, means)
        if len(more) == 0:
            break
        known = grid.column.values
        grid = with_more_values(grid, values, more)
        new = _means(model, inputs, Column(column, grid.column.kind, more))
        by_value = np.empty((len(grid.counts), *means.shape[1:]))
        by_value[np.searchsorted(grid.column.values, known)] = means
        by_value[np.searchsorted(grid.column.values, more)] = new
        means = by_value
    tried = grid.column
    shown = tried.values if tried.kind in ("number", "datetime") else tried.texts()
    return Dependence(
        column, tried.kind, shown, means, grid.counts, grid.is_discrete, len(inputs), is_words
    )


def _encoder(model: TableModel, column: str) -> ColumnEncoder:
    return next(e for e in model.encoder.used if e.column == column)


def _word_grid(model: TableModel, encoder: WordsEncoder, values: Column, inputs: Array) -> Grid:
    """Return the words that change the predictions of some rows most, with the rows that have them."""
    words = sorted(encoder.words)
    every = Column(values.name, "text", np.arange(len(words), dtype=np.int32), words)
    some = inputs[np.unique(np.linspace(0, len(inputs) - 1, _WORD_ROWS).astype(np.int64))]
    means = _means(model, some, every).reshape(len(words), -1)
    change = np.abs(means - means.mean(axis=0)).max(axis=1)
    chosen = np.sort(np.argsort(-change, kind="stable")[:MAX_LEVELS])
    flags = encoder.cast(values)
    counts = [int(flags[:, encoder.words.index(words[i])].sum()) for i in chosen.tolist()]
    return Grid(every.take(chosen), np.array(counts), True)


def _means(model: TableModel, inputs: Array, tried: Column) -> Array:
    """Return the mean prediction for each value; `inputs` are the encoded rows."""
    encoder = _encoder(model, tried.name)
    place, rows = feature_slices(model)[tried.name], len(inputs)
    filled = np.empty((len(tried), len(encoder.features)), inputs.dtype)
    encoder.encode_into(encoder.cast(tried), filled)
    means = []
    block = max(1, _MAX_CELLS // inputs.size)
    for start in range(0, len(filled), block):
        values = filled[start : start + block]
        repeated = np.tile(inputs, (len(values), 1))
        repeated[:, place] = np.repeat(values, rows, axis=0)
        outputs = model.outputs_of_features(repeated)
        averaged = model.methods.averaged(model.target, outputs, model.calibration)
        unit = unit_of_squares(averaged)  # the sum of numbers near 1e308 would overflow
        by_row = (averaged / unit).reshape(len(values), rows, *averaged.shape[1:])
        means.append(by_row.mean(axis=1) * unit)
    return np.concatenate(means)
