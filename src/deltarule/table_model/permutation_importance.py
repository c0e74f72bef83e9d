"""Which columns a model listens to: permutation importance (Breiman 2001, section 10)."""

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
from deltarule.preprocessing import ClassTarget
from deltarule.table_model.decision_surface import surface_columns
from deltarule.table_model.model import TableModel

Array = NDArray[Any]
REPEATS = 3
MAX_CANDIDATES = 32
_MIN_PROBABILITY = 1e-15


@dataclass(frozen=True)
class ColumnImportance:
    """By how much the loss rises when a column's cells are dealt out anew among the rows.

    The loss is the mean −log(probability of the true class), in nats, or the mean squared error over
    the variance of the training targets. `spread`: the standard deviation over the repeats.
    """

    column: str
    loss_increase: float
    spread: float = 0.0


def permutation_importances(
    model: TableModel,
    table: Table,
    truth: Array,
    columns: tuple[str, ...],
    *,
    most_rows: int = 256,
    seed: int = 0,
) -> tuple[ColumnImportance, ...]:
    """Return the importance of each of `columns`, the highest first.

    `table` has the columns of the model, `truth` (rows,) its targets as the model learned them: class
    numbers, or standardized numbers. At most `most_rows` rows, evenly spaced, are used, and each column
    is shuffled three times. Raises `ColumnError` for a column that the model does not use.
    """
    checks.integer("most_rows", most_rows, at_least=1)
    rows = np.unique(np.linspace(0, table.rows - 1, min(table.rows, most_rows)).astype(np.int64))
    truth = truth[rows]
    inputs = model.encoder.transform(table, rows=rows)
    before = _loss(model, inputs, truth)
    places = feature_places(model)
    found = []
    for name in columns:
        if name not in places:
            raise_unused(model, name)
        rises = []
        for repeat in range(REPEATS):
            changed = inputs.copy()
            changed[:, places[name]] = inputs[shuffled(len(rows), seed, repeat), places[name]]
            rises.append(_loss(model, changed, truth) - before)
        found.append(ColumnImportance(name, float(np.mean(rises)), float(np.std(rises))))
    return tuple(sorted(found, key=lambda one: -one.loss_increase))


def most_important_columns(
    model: TableModel, table: Table, count: int = 2, *, most_rows: int = 256, seed: int = 0
) -> tuple[str, ...]:
    """Return the `count` number columns that matter most to the model, the most telling first.

    Fewer where the model uses fewer; `table` has the target too. See `candidates` for very many.
    """
    columns = candidates(model, surface_columns(model, table))
    if len(columns) <= count:
        return columns
    truth = model.target.encode(table[model.target.name])
    ranked = permutation_importances(model, table, truth, columns, most_rows=most_rows, seed=seed)
    return tuple(one.column for one in ranked[:count])


def candidates(model: TableModel, columns: list[str]) -> tuple[str, ...]:
    """Return `columns`; of very many, only the 32 with the largest first-layer weights."""
    if len(columns) > MAX_CANDIDATES:
        trained = model.network
        drawn = link_weights(trained.network, trained.parameters)[0]
        strength = np.abs(drawn).sum(axis=1)
        places = feature_places(model)
        columns = sorted(columns, key=lambda name: -float(strength[places[name]].sum()))
    return tuple(columns[:MAX_CANDIDATES])


def feature_places(model: TableModel) -> dict[str, slice]:
    """Return which features each used column has become."""
    places, start = {}, 0
    for treatment in model.encoder.treatments:
        width = len(treatment.features)
        if width:
            places[treatment.column] = slice(start, start + width)
        start += width
    return places


def raise_unused(model: TableModel, name: str) -> None:
    """Raise the `ColumnError` for a column that the model does not use."""
    known = model.encoder.columns
    raise ColumnError(
        sentences(f"The model does not use a column {name!r}.", did_you_mean(name, known)),
        column=name,
        suggestion=nearest(name, known),
    )


def _loss(model: TableModel, inputs: Array, truth: Array) -> float:
    outputs = model.outputs_of(inputs)
    if isinstance(model.target, ClassTarget):
        of_truth = outputs[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(of_truth, _MIN_PROBABILITY)).mean())
    return float(np.square(outputs[:, 0] - truth).mean())
