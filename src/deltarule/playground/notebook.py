"""`play`: the playground in a notebook, on your own rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from deltarule.data import Table, read_table
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
from deltarule.playground.front_end import check_built
from deltarule.playground.table_sources import TableSource, readable_name, source_of
from deltarule.playground.workspace import Workspace

if TYPE_CHECKING:
    from deltarule.playground.widget import PlaygroundWidget

ROWS_NAME = "your rows"
_AS_GIVEN = "  # as passed to deltarule.play"


def play(
    X: Any = None,
    y: Any = None,
    *,
    target: str | None = None,
    task: TaskChoice = "auto",
    estimator: Any = None,
    engine: str = "auto",
    height: int | None = 560,
) -> PlaygroundWidget:
    """Open the playground in a notebook (Jupyter or marimo).

    The widget shows a network while it trains: each unit's output, the decision surface, the learning
    curves and the errors. Its controls change data, network and training. Without arguments it starts
    with a toy dataset.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), DataFrame, mapping, Table or path, optional
        The rows. With `y`, the inputs alone; without `y`, a table that contains the target.
    y : array-like of shape (n_samples,), optional
        Labels of any type for a classification, numbers for a regression.
    target : str, optional
        The column to predict when `y` is not given. By default the last column that can be a target.
        With `y`, the name shown for it.
    task : {"auto", "classification", "regression"}, default "auto"
        What the target is. "auto" decides by its values.
    estimator : MLPClassifier or MLPRegressor, optional
        A fitted estimator. The playground starts with its network and continues training a copy; `X`
        and `y` are required and used without standardization.
    engine : str, default "auto"
        One of `engines.engine_choices()`; "auto" is the fastest one that supports the training.
    height : int or None, default 560
        Height of the widget in pixels, at least 360. Transport bar, network and decision surface fit into
        it; the settings scroll beside them. With None the widget is as high as its content.

    Returns
    -------
    PlaygroundWidget
        An anywidget. A notebook displays it as the last value of a cell; its attribute ``height`` can be
        changed, and its method ``close`` stops training.

    Raises
    ------
    MissingPackageError
        If anywidget or msgspec is not installed, or the page was not built.
    SettingError
        If `estimator` is given without `X`, `task` or `engine` is unknown, or `height` is too small.
    EngineError
        If the engine is not available or does not support the training.
    ShapeError
        If `X` is not two-dimensional, `y` does not match it, or the estimator has other inputs.
    ColumnError
        If `target` is not a column of the table.
    DataError
        If the target cannot be predicted, for example because all its values are equal.
    TableFileError
        If `X` is a path that cannot be read as a table.

    See Also
    --------
    fit : Train a network without a page.

    Notes
    -----
    In a terminal, ``deltarule play`` opens the same page in the browser.

    Examples
    --------
    As the last line of a notebook's cell::

        deltarule.play()                          # toy datasets
        deltarule.play(X, y)                      # your rows
        deltarule.play("houses.csv", target="price")
    """
    from deltarule.playground.widget import PlaygroundWidget, checked_height

    height = checked_height(height)  # before the widget is made, as `check_built`
    source = None if X is None else _source(X, y, target, task)
    if estimator is not None:
        if source is None:
            raise SettingError.message("Pass the rows to show: estimator.play(X, y).")
        source = _of_estimator(source, estimator)
    check_built()  # ipywidgets would also complain about a widget that is half made
    return PlaygroundWidget(Workspace(engine, source), height)


def _source(X: Any, y: Any, target: str | None, task: TaskChoice) -> TableSource:
    if y is None:
        table = X if isinstance(X, Table) else read_table(X)
        if isinstance(X, str | PathLike):
            return source_of(table, readable_name(str(X)), target, task)
        given = source_of(table, ROWS_NAME, target, task)
        table_code = "X" if isinstance(X, Table) else "read_table(X)"
        return replace(given, code=f"{table_code}{_AS_GIVEN}")
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
    """Return the columns of a data frame, a mapping or an array by name."""
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
    """Return the source with an estimator's network and parameters, on unscaled rows."""
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
    return TableSource(
        source.name, source.table, experiment, plain=True, initial_parameters=trained.parameters
    )


def _layer(dense: Dense) -> LayerChoice:
    return LayerChoice(dense.units, dense.activation.kind, l1=dense.l1, l2=dense.l2)
