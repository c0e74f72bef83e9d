"""play: the playground of one's own rows, out of Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from deltarule.data import Table, read_table
from deltarule.engines import get_engine
from deltarule.errors import SettingError, ShapeError
from deltarule.layers import Dense
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    TaskChoice,
    TrainingChoice,
)
from deltarule.playground.table_sources import TableSource, readable_name, source_of
from deltarule.playground.workspace import Workspace

if TYPE_CHECKING:
    from deltarule.playground.widget import PlaygroundWidget

ROWS_NAME = "your rows"
_AS_GIVEN = "  # as deltarule.play was given them"


def play(
    X: Any = None,
    y: Any = None,
    *,
    target: str | None = None,
    task: TaskChoice = "auto",
    estimator: Any = None,
    engine: str = "auto",
) -> PlaygroundWidget:
    """Return the playground as a widget for Jupyter and marimo; without arguments, with made-up points.

    `X`: rows as an array (rows, columns) or a data frame, with `y` (rows,), labels or numbers; or,
    without `y`, a table (a path, a frame, a `Table`) whose column `target` is to be predicted.
    `task`: "auto", "classification" or "regression". `estimator`: a fitted `MLPClassifier` or
    `MLPRegressor` whose network is shown, and learns on from where it is.

    Raises `MissingPackageError` without anywidget, `DataError`, `ColumnError` or `ShapeError` for rows
    that cannot be learned from.
    """
    from deltarule.playground.widget import PlaygroundWidget

    source = None if X is None else _source(X, y, target, task)
    if estimator is not None:
        if source is None:
            raise SettingError.message("Pass the rows to show: estimator.play(X, y).")
        source = _of_estimator(source, estimator)
    chosen = get_engine(engine, warn=True)
    return PlaygroundWidget(Workspace(chosen, source))


def _source(X: Any, y: Any, target: str | None, task: TaskChoice) -> TableSource:
    if y is None:
        table = X if isinstance(X, Table) else read_table(X)
        if isinstance(X, str | PathLike):
            return source_of(table, readable_name(str(X)), target, task)
        given = source_of(table, ROWS_NAME, target, task)
        told = "X" if isinstance(X, Table) else "read_table(X)"
        return replace(given, code=f"{told}{_AS_GIVEN}")
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    columns = _columns(X)
    rows = len(next(iter(columns.values())))
    if values.shape != (rows,):
        raise ShapeError(f"y must have shape ({rows},), one for each row of X, got {values.shape}.")
    name = target or str(getattr(y, "name", None) or "y")
    while name in columns:
        name += "_"
    table = replace(read_table({**columns, name: values}), source=ROWS_NAME)
    given = source_of(table, ROWS_NAME, name, task)
    if hasattr(X, "columns") or isinstance(X, Mapping):
        inputs = f"{{name: X[name] for name in {list(columns)!r}}}"
    else:
        inputs = (
            f'{{f"x{{i + 1}}": np.reshape(X, (len(X), -1))[:, i] for i in range({len(columns)})}}'
        )
    return replace(given, code=f"read_table({{**{inputs}, {name!r}: y}}){_AS_GIVEN}")


def _columns(X: Any) -> dict[str, Any]:
    """Return the columns of a frame, a mapping or an array by their names."""
    if isinstance(X, Mapping):
        return {str(name): np.asarray(values) for name, values in X.items()}
    if hasattr(X, "columns"):
        return {str(name): np.asarray(X[name]) for name in X.columns}
    rows = np.asarray(X)
    if rows.ndim == 1:
        rows = rows[:, None]
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ShapeError(f"X must have two dimensions (rows, columns), got shape {rows.shape}.")
    return {f"x{i + 1}": rows[:, i] for i in range(rows.shape[1])}


def _of_estimator(source: TableSource, estimator: Any) -> TableSource:
    """Return the source with an estimator's network and weights, on rows as the estimator takes them."""
    trained = estimator.trained_network()
    *hidden, output = (block.dense for block in trained.network.blocks)
    names = [n for n in source.table.names if n != source.experiment.data.target]
    if len(names) != trained.network.known_inputs:
        raise ShapeError(
            f"X has {len(names)} columns, but the estimator was trained on "
            f"{trained.network.known_inputs}."
        )
    kind = {"adam": "adam", "sgd": "nesterov" if estimator.nesterovs_momentum else "momentum"}
    rows = source.table.rows
    batch = min(200, rows) if estimator.batch_size == "auto" else min(estimator.batch_size, rows)
    data = DataChoice(
        source="table", name=source.name, target=source.experiment.data.target,
        task="classification" if hasattr(estimator, "classes_") else "regression",
    )  # fmt: skip
    experiment = Experiment(
        data,
        NetworkChoice(
            tuple(_layer(dense) for dense in hidden),
            OutputChoice(output.activation.kind, output.l1, output.l2),
        ),
        TrainingChoice(
            optimizer=kind.get(estimator.solver, "adam"),
            learning_rate=float(estimator.learning_rate_init),
            batch_size=batch,
        ),
    )
    return TableSource(source.name, source.table, experiment, plain=True, start=trained.parameters)


def _layer(dense: Dense) -> LayerChoice:
    return LayerChoice(dense.units, dense.activation.kind, l1=dense.l1, l2=dense.l2)
