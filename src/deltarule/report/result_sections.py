"""The sections on training, scores, the decision surface and the network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.data import Table
from deltarule.drawing.svg import truncate
from deltarule.report import report_text
from deltarule.report.confusion_matrix import (
    MAX_CLASSES,
    class_table,
    confusion_chart,
    fewer_classes,
)
from deltarule.report.content import DataTable, Section
from deltarule.report.decision_surface_charts import (
    MAX_POINTS,
    SurfacePoints,
    class_surface_chart,
    regression_surface_chart,
    surface_table,
)
from deltarule.report.learning_curves import history_table, loss_chart, score_chart
from deltarule.report.network_drawing import largest_weights, network_drawing
from deltarule.report.regression_charts import (
    error_table,
    evenly_spaced_rows,
    prediction_chart,
    residual_chart,
)
from deltarule.stopping import StopReason
from deltarule.table_model import DecisionSurface, TableResult, compute_decision_surface
from deltarule.table_model.permutation_importance import most_important_columns
from deltarule.table_model.scores import ClassificationScores

Array = NDArray[Any]
_TRIM_FROM_ROWS = 500
_TRIM = (0.5, 99.5)  # percentiles: outliers must not compress all other rows into a corner
_MAX_GRID_CELLS = 3_000_000  # grid points times features


def curve_section(result: TableResult) -> Section:
    """Return the section on the course of training and why it stopped."""
    training = result.training
    lead = f"{result.explanation} {_took(result.seconds)}"
    if len(result.trainings) > 1:
        lead += f" The curves show network 1 of {len(result.trainings)}."
    if len(training.history) == 0:
        return Section("training", "Training", lead)
    score = result.model.target.task.score_name
    kept = training.kept_epoch
    drawn = [
        loss_chart(training.history, kept),
        score_chart(training.history, kept, score[0].upper() + score[1:]),
    ]
    charts = tuple(chart for chart in drawn if chart is not None)
    if len(charts) < len(drawn) and training.reason is StopReason.DIVERGED:
        return Section("training", "Training", lead)
    header, rows = history_table(training.history, kept, score)
    reading = (
        "The training curve falls as long as the network fits the training rows better. Where the "
        "validation curve stops following it, the network starts to overfit."
    )
    tables = [DataTable("Loss and score by epoch", header, rows)]
    if len(result.trainings) > 1:
        tables.append(_networks_table(result, score))
    return Section("training", "Training", lead, charts, tuple(tables), reading)


def _networks_table(result: TableResult, score: str) -> DataTable:
    rows = []
    for i, training in enumerate(result.trainings, start=1):
        kept, history = training.kept_epoch, training.history
        best = ["–", "–"]
        if kept:
            values = (history.validation_loss[kept - 1], history.validation_score[kept - 1])
            best = [format_number(float(value), 4) for value in values]
        rows.append([str(i), f"{len(history):,}", f"{kept:,}", *best])
    header = ["Network", "Epochs", "Kept epoch", "Validation loss", f"Validation {score}"]
    return DataTable("Each network on its validation rows", header, rows)


def score_sections(result: TableResult) -> list[Section]:
    """Return the sections on the predictions of the test rows and the decision surface."""
    if isinstance(result.scores, ClassificationScores):
        return [_confusion_section(result, result.scores), _surface_section(result)]
    return [_error_section(result), _surface_section(result)]


def network_section(result: TableResult) -> Section:
    """Return the section with a drawing of the network."""
    trained, target = result.model.network, result.model.target
    features = result.model.encoder.feature_names
    outputs = target.output_names
    network, parameters = trained.network, trained.parameters
    links = largest_weights(network, parameters, features, outputs)
    rows = [
        [f"{one.source} → {one.target}", one.layer, format_number(one.weight, 3)] for one in links
    ]
    layers = [
        [b.name, f"{b.inputs:,}", f"{b.dense.units:,}", b.dense.activation.kind,
         report_text.number_or_schedule(b.dropout_rate), f"{b.parameter_count:,}"]
        for b in network.blocks
    ]  # fmt: skip
    header = ["Layer", "Inputs", "Units", "Activation", "Dropout before", "Parameters"]
    return Section(
        "network",
        "The network",
        _drawing_text(result),
        (network_drawing(network, parameters, features, outputs),),
        (
            DataTable("Layers", header, layers),
            DataTable(f"The {len(rows)} largest weights", ["From → to", "Layer", "Weight"], rows),
        ),
    )


def _drawing_text(result: TableResult) -> str:
    """Return what the circles and lines of the drawing mean."""
    count, network = len(result.model.networks), result.model.network.network
    text = f"The first of {count} networks. " if count > 1 else ""
    text += (
        "Each circle is a unit with its bias, each line a weight. The thickness is relative to the "
        "largest weight of the layer."
    )
    if network.blocks[0].embedding is not None:
        text += (
            " Columns are embedded before the first layer: their lines show the norm of the weights of "
            "all their features, which has no sign."
        )
    return text


def _confusion_section(result: TableResult, scores: ClassificationScores) -> Section:
    target = result.model.target
    confusion, names = fewer_classes(scores.confusion, target.classes)
    header = ["Class", "Test rows", "Recall", "Precision", "Most often confused with"]
    by_class = DataTable("By class", header, class_table(scores.confusion, target.classes))
    counts = [
        [name, *(f"{count:,}" for count in row)]
        for name, row in zip(names, confusion.tolist(), strict=True)
    ]
    matrix = DataTable("Counts (columns: predicted, rows: actual)", ["Actual", *names], counts)
    cut = len(target.classes) > MAX_CLASSES
    return Section(
        "errors",
        "Confusion matrix",
        "Test rows by class. Columns: predicted; rows: actual. Percentages are shares of the row."
        + (
            f" Only the {MAX_CLASSES - 1} most frequent classes are shown separately."
            if cut
            else ""
        ),
        (confusion_chart(scores.confusion, target.classes),),
        (by_class, matrix),
    )


def _error_section(result: TableResult) -> Section:
    predicted = np.asarray(result.test_prediction.values, np.float64)
    truth = np.asarray(result.test_truth, np.float64)
    name = result.model.target.name
    shown = len(evenly_spaced_rows(len(truth)))
    lead = "Points on the diagonal are predicted exactly. The second chart shows the same errors."
    if shown < len(truth):
        lead += f" {shown:,} of {len(truth):,} test rows are drawn."
    header = [f"Actual {name}", "Rows", "Mean actual", "Mean predicted", "Mean absolute error"]
    return Section(
        "errors",
        "Predicted versus actual",
        lead,
        (prediction_chart(predicted, truth, name), residual_chart(predicted, truth, name)),
        (DataTable("Groups by actual value", header, error_table(predicted, truth)),),
    )


def _surface_section(result: TableResult) -> Section:
    title = "Decision regions" if result.model.target.classes else "Prediction surface"
    test = result.test_rows
    chosen = most_important_columns(result.model, test, seed=result.settings.seed)
    if len(chosen) < 2:
        return Section(
            "surface", title, "Not drawn: this requires two numerical columns, and the model uses "
            f"{'one' if chosen else 'none'}.",
        )  # fmt: skip
    x, y = chosen
    names = f"“{truncate(x)}” and “{truncate(y)}”"
    table = _central(result.table, x, y)
    if not _drawable(table, x, y):
        return Section("surface", title, f"Not drawn: the values of {names} span too wide a range.")
    steps = int(
        np.clip((_MAX_GRID_CELLS / len(result.model.encoder.feature_names)) ** 0.5, 40, 110)
    )
    surface = compute_decision_surface(result.model, table, x, y, steps=steps)
    points = _points(result, surface, test)
    target = result.model.target
    classes = target.classes
    others = len(result.model.encoder.columns) - 2
    lead = (
        f"{names} are the two numerical columns that the model relies on most: shuffling them in the "
        "test rows increases the loss the most."
    )
    if others:
        lead += (
            f" The other {others:,} column{'s are' if others > 1 else ' is'} held at the median or the "
            "most frequent value, so a point may lie in a region of another color and still be "
            f"predicted {'correctly' if classes else 'well'}."
        )
    chart = (
        class_surface_chart(surface, points, classes)
        if classes
        else regression_surface_chart(surface, points, target.name)
    )
    header, rows = surface_table(surface, classes)
    return Section(
        "surface", title, lead, (chart,), (DataTable("Predictions on a coarse grid", header, rows),)
    )


def _points(result: TableResult, surface: DecisionSurface, test: Table) -> SurfacePoints:
    """Return a sample of the test rows that lie inside the surface."""
    x = test[surface.x_column].values.astype(np.float64)
    y = test[surface.y_column].values.astype(np.float64)
    inside = (x >= surface.x[0]) & (x <= surface.x[-1]) & (y >= surface.y[0]) & (y <= surface.y[-1])
    rows = np.flatnonzero(inside)
    rows = rows[evenly_spaced_rows(len(rows), MAX_POINTS)]
    wrong = None
    target = result.model.target
    if target.classes:
        predicted = result.test_prediction.values[rows]
        wrong = predicted != target.decode(result.test_truth[rows])
    return SurfacePoints(x[rows], y[rows], result.test_truth[rows], wrong)


def _central(table: Table, *names: str) -> Table:
    """Return a large table without the outermost half percent of each column."""
    if table.rows < _TRIM_FROM_ROWS:
        return table
    keep = np.ones(table.rows, bool)
    for name in names:
        values = table[name].values
        low, high = np.nanpercentile(values, _TRIM)
        keep &= ~((values < low) | (values > high))
    return table.select(np.flatnonzero(keep))


def _drawable(table: Table, *names: str) -> bool:
    """Return whether the range of each column, with a margin, is finite."""
    for name in names:
        values = table[name].values.astype(np.float64)
        if not np.isfinite(values).any():
            return False
        with np.errstate(over="ignore"):
            if not np.isfinite((np.nanmax(values) - np.nanmin(values)) * 2):
                return False
    return True


def _took(seconds: float) -> str:
    if seconds < 1:
        return f"Training took {seconds * 1000:.0f} ms."
    return f"Training took {seconds:,.1f} s."
