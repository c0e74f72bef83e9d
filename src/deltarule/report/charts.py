"""The sections of the page that hold drawings: which charts, for what, with which table behind."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.data import Table
from deltarule.drawing.svg import brief
from deltarule.preprocessing import ClassTarget
from deltarule.report import summary
from deltarule.report.confusion_matrix import (
    MAX_CLASSES,
    class_table,
    confusion_chart,
    fewer_classes,
)
from deltarule.report.decision_surface_chart import (
    MAX_POINTS,
    PlanePoints,
    class_plane,
    number_plane,
    plane_table,
)
from deltarule.report.learning_curves import history_table, loss_chart, score_chart
from deltarule.report.network_drawing import network_drawing, strongest_links
from deltarule.report.scatter import (
    error_table,
    predicted_chart,
    residual_chart,
    thinned,
)
from deltarule.report.sections import NumbersTable, Section
from deltarule.stopping import StopReason
from deltarule.table_model import DecisionSurface, TableResult, compute_decision_surface
from deltarule.table_model.permutation_importance import most_important_columns
from deltarule.table_model.scores import ClassificationScores

Array = NDArray[Any]
_TRIM_FROM_ROWS = 500
_TRIM = (0.5, 99.5)  # per cent: a few far-out rows must not squeeze all others into a corner
_MAX_GRID_CELLS = 3_000_000  # grid points times features


def curve_section(run: TableResult) -> Section:
    """Return how training went and why it stopped."""
    training = run.training
    lead = f"{run.explanation} {_took(run.seconds)}"
    if len(run.trainings) > 1:
        lead += f" The curves are those of network 1 of {len(run.trainings)}."
    if len(training.history) == 0:
        return Section("training", "How training went", lead)
    score = "accuracy" if run.model.task == "classification" else "R²"
    kept = training.kept_epoch
    drawn = [
        loss_chart(training.history, kept),
        score_chart(training.history, kept, score[0].upper() + score[1:]),
    ]
    charts = tuple(chart for chart in drawn if chart is not None)
    if len(charts) < len(drawn) and training.reason is StopReason.DIVERGED:
        return Section("training", "How training went", lead)
    head, rows = history_table(training.history, kept, score)
    reading = (
        "The training curve falls as long as the network fits its own rows better; where the "
        "validation curve no longer follows, it begins to learn them by heart."
    )
    tables = [NumbersTable("Loss and score by epoch", head, rows)]
    if len(run.trainings) > 1:
        tables.append(_networks_table(run, score))
    return Section("training", "How training went", lead, charts, tuple(tables), reading)


def _networks_table(run: TableResult, score: str) -> NumbersTable:
    rows = []
    for i, training in enumerate(run.trainings, start=1):
        kept, history = training.kept_epoch, training.history
        told = ["–", "–"]
        if kept:
            values = (history.validation_loss[kept - 1], history.validation_score[kept - 1])
            told = [format_number(float(value), 4) for value in values]
        rows.append([str(i), f"{len(history):,}", f"{kept:,}", *told])
    head = ["Network", "Epochs", "Kept epoch", "Validation loss", f"Validation {score}"]
    return NumbersTable("Each network on the rows it left out", head, rows)


def answer_sections(run: TableResult) -> list[Section]:
    """Return the sections on how predictions compare with the truth, and the decision plane."""
    if isinstance(run.scores, ClassificationScores):
        return [_confusion_section(run, run.scores), _plane_section(run)]
    return [_error_section(run), _plane_section(run)]


def network_section(run: TableResult) -> Section:
    """Return the network drawn."""
    trained, target = run.model.network, run.model.target
    features = run.model.encoder.feature_names
    outputs = target.classes if isinstance(target, ClassTarget) else (target.name,)
    network, parameters = trained.network, trained.parameters
    links = strongest_links(network, parameters, features, outputs)
    rows = [
        [f"{one.source} → {one.target}", one.layer, format_number(one.weight, 3)] for one in links
    ]
    layers = [
        [b.name, f"{b.inputs:,}", f"{b.dense.units:,}", b.dense.activation.kind,
         summary.number_or_schedule(b.dropout_rate), f"{b.parameter_count:,}"]
        for b in network.blocks
    ]  # fmt: skip
    head = ["Layer", "Inputs", "Units", "Activation", "Dropout before", "Parameters"]
    return Section(
        "network",
        "The network",
        _drawing_words(run),
        (network_drawing(network, parameters, features, outputs),),
        (
            NumbersTable("Layers", head, layers),
            NumbersTable(
                f"The {len(rows)} largest weights", ["From → to", "Layer", "Weight"], rows
            ),
        ),
    )


def _drawing_words(run: TableResult) -> str:
    """Say what circles and lines are."""
    count, network = len(run.model.networks), run.model.network.network
    told = f"The first of {count} networks. " if count > 1 else ""
    told += (
        "Each circle is a unit with its bias in it, each line a weight: the thicker, the larger, "
        "compared with the largest in its layer."
    )
    if network.blocks[0].embedding is not None:
        told += (
            " Columns become several numbers before the first layer (an embedding): the lines from "
            "them show how strongly each is heard, and have no sign."
        )
    return told


def _confusion_section(run: TableResult, scores: ClassificationScores) -> Section:
    target = run.model.target
    assert isinstance(target, ClassTarget)
    confusion, names = fewer_classes(scores.confusion, target.classes)
    head = ["Class", "Test rows", "Found", "Right when called", "Most often mistaken for"]
    by_class = NumbersTable("By class", head, class_table(scores.confusion, target.classes))
    counts = [
        [name, *(f"{count:,}" for count in row)]
        for name, row in zip(names, confusion.tolist(), strict=True)
    ]
    matrix = NumbersTable("Counts: rows true, columns called", ["True", *names], counts)
    cut = len(target.classes) > MAX_CLASSES
    return Section(
        "mistakes",
        "Where it is right and wrong",
        "Rows of the matrix are what the held-out rows are, columns what the network called them; "
        "the framed diagonal is right. Shares are of the row."
        + (f" Only the {MAX_CLASSES - 1} most frequent classes are shown apart." if cut else ""),
        (confusion_chart(scores.confusion, target.classes),),
        (by_class, matrix),
    )


def _error_section(run: TableResult) -> Section:
    predicted = np.asarray(run.test_prediction.values, np.float64)
    truth = np.asarray(run.test_truth, np.float64)
    name = run.model.target.name
    shown = len(thinned(len(truth)))
    lead = "On the left, points on the line are predicted exactly. On the right, the same errors."
    if shown < len(truth):
        lead += f" {shown:,} of {len(truth):,} rows are drawn."
    head = [f"Actual {name}", "Rows", "Mean actual", "Mean predicted", "Mean error (absolute)"]
    return Section(
        "mistakes",
        "Predicted against actual",
        lead,
        (predicted_chart(predicted, truth, name), residual_chart(predicted, truth, name)),
        (NumbersTable("In groups by the actual value", head, error_table(predicted, truth)),),
    )


def _plane_section(run: TableResult) -> Section:
    title = "The decision boundary" if run.model.task == "classification" else "The surface"
    test = run.test_rows
    chosen = most_important_columns(run.model, test, seed=run.settings.seed)
    if len(chosen) < 2:
        return Section(
            "plane", title, "Not drawn: that takes two columns of numbers, and the model uses "
            f"{'one' if chosen else 'none'}.",
        )  # fmt: skip
    x, y = chosen
    spoken = f"“{brief(x)}” and “{brief(y)}”"
    table = _central(run.table, x, y)
    if not _drawable(table, x, y):
        return Section("plane", title, f"Not drawn: the numbers of {spoken} span too wide a range.")
    steps = int(np.clip((_MAX_GRID_CELLS / len(run.model.encoder.feature_names)) ** 0.5, 40, 110))
    plane = compute_decision_surface(run.model, table, x, y, steps=steps)
    points = _points(run, plane, test)
    target = run.model.target
    classes = target.classes if isinstance(target, ClassTarget) else ()
    others = len(run.model.encoder.columns) - 2
    lead = (
        f"{spoken} are the two columns of numbers that this model listens to most: shuffling "
        "them among held-out rows costs it the most."
    )
    if others:
        lead += (
            f" The other {others:,} column{'s are' if others > 1 else ' is'} held at the median "
            "or the most frequent value, so a point can lie on ground of another color and still "
            f"be {'called right' if classes else 'predicted well'}."
        )
    drawing = (
        class_plane(plane, points, classes) if classes else number_plane(plane, points, target.name)
    )
    head, rows = plane_table(plane, classes)
    return Section(
        "plane", title, lead, (drawing,), (NumbersTable("Answers on a coarse grid", head, rows),)
    )


def _points(run: TableResult, plane: DecisionSurface, test: Table) -> PlanePoints:
    """Return held-out rows that lie inside the plane, thinned."""
    x = test[plane.x_column].values.astype(np.float64)
    y = test[plane.y_column].values.astype(np.float64)
    inside = (x >= plane.x[0]) & (x <= plane.x[-1]) & (y >= plane.y[0]) & (y <= plane.y[-1])
    rows = np.flatnonzero(inside)
    rows = rows[thinned(len(rows), MAX_POINTS)]
    wrong = None
    target = run.model.target
    if isinstance(target, ClassTarget):
        called = run.test_prediction.values[rows]
        wrong = called != target.decode(run.test_truth[rows])
    return PlanePoints(x[rows], y[rows], run.test_truth[rows], wrong)


def _central(table: Table, *names: str) -> Table:
    """Return the rows without the outermost half per cent of each column, where there are many."""
    if table.rows < _TRIM_FROM_ROWS:
        return table
    keep = np.ones(table.rows, bool)
    for name in names:
        values = table[name].values
        low, high = np.nanpercentile(values, _TRIM)
        keep &= ~((values < low) | (values > high))
    return table.select(np.flatnonzero(keep))


def _drawable(table: Table, *names: str) -> bool:
    """Whether the range of each column, with a margin, is a finite number."""
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
