"""Which columns a model relies on: permutation importance (Breiman 2001, section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule._common.formatting import format_number
from deltarule._common.notebook_display import NotebookDisplay, one_line
from deltarule._common.random import shuffled
from deltarule.data import Table
from deltarule.drawing import network_links
from deltarule.errors import ColumnError
from deltarule.table_model.model import TableModel

Array = NDArray[Any]
REPEATS = 3
MAX_CANDIDATES = 32
_MAX_CELLS = 1_000_000  # encoded at a time


@dataclass(frozen=True)
class ColumnImportance:
    """Increase of the loss when the values of one column are shuffled among the rows.

    Parameters
    ----------
    column : str
        The column.
    loss_increase : float
        Mean increase over the repeats: of the log loss in nats, or of the mean squared error divided by
        the variance of the training targets.
    standard_deviation : float, default 0.0
        Standard deviation over the repeats.
    standard_error : float, default 0.0
        Standard error of the increase as an estimate for all possible rows: the standard deviation of
        the increases of the rows, each averaged over the repeats, divided by √rows.
    rows : int, default 0
        Number of rows whose values were shuffled.
    """

    column: str
    loss_increase: float
    standard_deviation: float = 0.0
    standard_error: float = 0.0
    rows: int = 0

    @property
    def is_noise(self) -> bool:
        """Whether the increase is within two standard errors of 0."""
        return self.loss_increase <= 2 * self.standard_error


class ColumnImportances(NotebookDisplay, tuple[ColumnImportance, ...]):
    """The importances of several columns, the highest first: a tuple that a notebook shows as a chart."""

    __slots__ = ()

    def _sentence(self) -> str:
        first = [
            f"{one_line(one.column, 30)} {format_number(one.loss_increase, 3)}" for one in self[:5]
        ]
        more = f" and {len(self) - 5:,} more" if len(self) > 5 else ""
        return f"increase of the loss when a column is shuffled: {', '.join(first)}{more}"


def permutation_importances(
    model: TableModel,
    table: Table,
    truth: Array,
    columns: tuple[str, ...],
    *,
    max_rows: int = 256,
    seed: int = 0,
) -> ColumnImportances:
    """Return the importance of each of `columns`, highest first.

    `truth` (rows,) are the encoded targets of the rows of `table`. At most `max_rows` evenly spaced rows
    are used; each column is shuffled three times. Raises `ColumnError` for a column that the model does
    not use.
    """
    checks.integer("max_rows", max_rows, at_least=1)
    rows = np.unique(np.linspace(0, table.rows - 1, min(table.rows, max_rows)).astype(np.int64))
    truth = truth[rows]
    inputs = model.encoder.transform(table, rows=rows)
    slices = feature_slices(model)
    for name in columns:
        if name not in slices:
            raise_unused(model, name)
    before = model.methods.row_losses(model.outputs_of_features(inputs), truth)
    orders = [shuffled(len(rows), seed, repeat) for repeat in range(REPEATS)]
    importances = []
    block = max(1, _MAX_CELLS // (REPEATS * inputs.size))
    for start in range(0, len(columns), block):
        names = columns[start : start + block]
        after = _shuffled_losses(model, inputs, truth, [slices[name] for name in names], orders)
        importances += [_importance(*pair, before) for pair in zip(names, after, strict=True)]
    return ColumnImportances(sorted(importances, key=lambda one: -one.loss_increase))


def _importance(name: str, after: Array, before: Array) -> ColumnImportance:
    """Return the importance from losses (repeats, rows) and those before, (rows,)."""
    rises = after.mean(axis=1) - before.mean()
    by_row = after.mean(axis=0) - before
    error = float(by_row.std() / np.sqrt(len(before)))
    return ColumnImportance(name, float(np.mean(rises)), float(np.std(rises)), error, len(before))


def _shuffled_losses(
    model: TableModel,
    inputs: Array,
    truth: Array,
    places: Sequence[slice],
    orders: Sequence[Array],
) -> Array:
    """Return the losses (columns, repeats, rows) when the features at one of `places` are reordered."""
    shape = (len(places), len(orders), len(inputs))
    changed = np.tile(inputs, (len(places) * len(orders), 1)).reshape(*shape, -1)
    for i, place in enumerate(places):
        for j, order in enumerate(orders):
            changed[i, j, :, place] = inputs[order, place]
    outputs = model.outputs_of_features(changed.reshape(-1, inputs.shape[1]))
    repeated = np.tile(truth, len(places) * len(orders))
    return model.methods.row_losses(outputs, repeated).reshape(shape)


def candidates(
    model: TableModel, columns: list[str], max_columns: int = MAX_CANDIDATES
) -> tuple[str, ...]:
    """Return `columns`, at most `max_columns` with the largest first-layer weights."""
    if len(columns) > max_columns:
        trained = model.network
        first = network_links(trained.network, trained.parameters)[0]
        strength = np.abs(first.weights).sum(axis=1)
        slices = feature_slices(model)
        columns = sorted(columns, key=lambda name: -float(strength[slices[name]].sum()))
    return tuple(columns[:max_columns])


def feature_slices(model: TableModel) -> dict[str, slice]:
    """Return the features of each used column."""
    slices, start = {}, 0
    for encoder in model.encoder.column_encoders:
        width = len(encoder.features)
        if width:
            slices[encoder.column] = slice(start, start + width)
        start += width
    return slices


def raise_unused(model: TableModel, name: str) -> NoReturn:
    """Raise the `ColumnError` for a column that the model does not use."""
    known = model.encoder.columns
    raise ColumnError(
        sentences(f"The model does not use a column {name!r}.", did_you_mean(name, known)),
        column=name,
        suggestion=nearest(name, known),
    )
