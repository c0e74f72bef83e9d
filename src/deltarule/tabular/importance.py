"""Which columns a model listens to: permutation importance (Breiman 2001, section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.random import shuffled
from deltarule.tables import ClassTarget, Table
from deltarule.tabular.model import TableModel
from deltarule.tabular.plane import plane_columns

Array = NDArray[Any]
REPEATS = 3
MOST_CANDIDATES = 32
_LEAST_PROBABILITY = 1e-15


@dataclass(frozen=True)
class ColumnImportance:
    """By how much the loss rises when a column's cells are dealt out anew among the rows.

    The loss is the mean −log(probability of the true class), in nats, or the mean squared error over
    the variance of the training targets.
    """

    column: str
    loss_increase: float


def permutation_importances(
    model: TableModel,
    table: Table,
    columns: tuple[str, ...],
    *,
    most_rows: int = 256,
    seed: int = 0,
) -> tuple[ColumnImportance, ...]:
    """Return the importance of each of `columns`, the highest first.

    `table` has the target and the columns of the model; at most `most_rows` of its rows, evenly
    spaced, are used, and each column is shuffled three times. Rows whose class is unknown to the
    model raise `DataError`.
    """
    rows = np.unique(np.linspace(0, table.rows - 1, min(table.rows, most_rows)).astype(np.int64))
    table = table.select(rows)
    inputs = model.encoder.transform(table)
    truth = model.target.encode(table[model.target.name])
    before = _loss(model, inputs, truth)
    places = _feature_places(model)
    found = []
    for name in columns:
        rise = 0.0
        for repeat in range(REPEATS):
            changed = inputs.copy()
            changed[:, places[name]] = inputs[shuffled(len(rows), seed, repeat), places[name]]
            rise += _loss(model, changed, truth) - before
        found.append(ColumnImportance(name, rise / REPEATS))
    return tuple(sorted(found, key=lambda one: -one.loss_increase))


def most_telling_columns(
    model: TableModel, table: Table, count: int = 2, *, most_rows: int = 256, seed: int = 0
) -> tuple[str, ...]:
    """Return the `count` number columns that matter most to the model, the most telling first.

    Fewer where the model uses fewer. Of very many, only the 32 with the largest first-layer weights
    are tried. See `permutation_importances` for `table`.
    """
    columns = plane_columns(model, table)
    if len(columns) > MOST_CANDIDATES:
        strength = np.abs(model.network.parameters.weights[0]).sum(axis=1)
        places = _feature_places(model)
        columns.sort(key=lambda name: -float(strength[places[name]].sum()))
        columns = columns[:MOST_CANDIDATES]
    if len(columns) <= count:
        return tuple(columns)
    ranked = permutation_importances(model, table, tuple(columns), most_rows=most_rows, seed=seed)
    return tuple(one.column for one in ranked[:count])


def _feature_places(model: TableModel) -> dict[str, slice]:
    """Return which features each column has become."""
    places, start = {}, 0
    for treatment in model.encoder.treatments:
        width = len(treatment.feature_names)
        places[treatment.column] = slice(start, start + width)
        start += width
    return places


def _loss(model: TableModel, inputs: Array, truth: Array) -> float:
    outputs = model.network.predict(inputs).astype(np.float64)
    if isinstance(model.target, ClassTarget):
        probabilities = outputs / outputs.sum(axis=1, keepdims=True)
        of_truth = probabilities[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(of_truth, _LEAST_PROBABILITY)).mean())
    return float(np.square(outputs[:, 0] - truth).mean())
