"""Which columns a model relies on: permutation importance (Breiman 2001, section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule._common.random import shuffled
from deltarule.data import Table
from deltarule.drawing import link_weights
from deltarule.errors import ColumnError
from deltarule.table_model.decision_surface import surface_columns
from deltarule.table_model.model import TableModel

Array = NDArray[Any]
REPEATS = 3
MAX_CANDIDATES = 32


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
    """

    column: str
    loss_increase: float
    standard_deviation: float = 0.0


def permutation_importances(
    model: TableModel,
    table: Table,
    truth: Array,
    columns: tuple[str, ...],
    *,
    max_rows: int = 256,
    seed: int = 0,
) -> tuple[ColumnImportance, ...]:
    """Return the importance of each of `columns`, highest first.

    `truth` (rows,) are the encoded targets of the rows of `table`. At most `max_rows` evenly spaced rows
    are used; each column is shuffled three times. Raises `ColumnError` for a column that the model does
    not use.
    """
    checks.integer("max_rows", max_rows, at_least=1)
    rows = np.unique(np.linspace(0, table.rows - 1, min(table.rows, max_rows)).astype(np.int64))
    truth = truth[rows]
    inputs = model.encoder.transform(table, rows=rows)
    before = _loss(model, inputs, truth)
    slices = feature_slices(model)
    importances = []
    for name in columns:
        if name not in slices:
            raise_unused(model, name)
        rises = []
        for repeat in range(REPEATS):
            changed = inputs.copy()
            changed[:, slices[name]] = inputs[shuffled(len(rows), seed, repeat), slices[name]]
            rises.append(_loss(model, changed, truth) - before)
        importances.append(ColumnImportance(name, float(np.mean(rises)), float(np.std(rises))))
    return tuple(sorted(importances, key=lambda one: -one.loss_increase))


def most_important_columns(
    model: TableModel, table: Table, count: int = 2, *, max_rows: int = 256, seed: int = 0
) -> tuple[str, ...]:
    """Return the `count` most important number columns, most important first.

    `table` has the target too. Among very many columns, only `candidates` are measured.
    """
    columns = candidates(model, surface_columns(model, table))
    if len(columns) <= count:
        return columns
    truth = model.target.encode(table[model.target.name])
    ranked = permutation_importances(model, table, truth, columns, max_rows=max_rows, seed=seed)
    return tuple(one.column for one in ranked[:count])


def candidates(model: TableModel, columns: list[str]) -> tuple[str, ...]:
    """Return `columns`, at most the 32 with the largest first-layer weights."""
    if len(columns) > MAX_CANDIDATES:
        trained = model.network
        drawn = link_weights(trained.network, trained.parameters)[0]
        strength = np.abs(drawn).sum(axis=1)
        slices = feature_slices(model)
        columns = sorted(columns, key=lambda name: -float(strength[slices[name]].sum()))
    return tuple(columns[:MAX_CANDIDATES])


def feature_slices(model: TableModel) -> dict[str, slice]:
    """Return the features of each used column."""
    slices, start = {}, 0
    for encoder in model.encoder.column_encoders:
        width = len(encoder.features)
        if width:
            slices[encoder.column] = slice(start, start + width)
        start += width
    return slices


def raise_unused(model: TableModel, name: str) -> None:
    """Raise the `ColumnError` for a column that the model does not use."""
    known = model.encoder.columns
    raise ColumnError(
        sentences(f"The model does not use a column {name!r}.", did_you_mean(name, known)),
        column=name,
        suggestion=nearest(name, known),
    )


def _loss(model: TableModel, inputs: Array, truth: Array) -> float:
    outputs = model.outputs_of_features(inputs)
    return float(model.methods.row_losses(outputs, truth).mean())
