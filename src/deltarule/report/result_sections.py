"""The sections on training, scores and the network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.report import report_text
from deltarule.report.confusion_matrix import (
    MAX_CLASSES,
    class_table,
    confusion_chart,
    fewer_classes,
)
from deltarule.report.content import DataTable, Section
from deltarule.report.learning_curves import history_table, loss_chart, score_chart
from deltarule.report.network_drawing import Link, largest_weights, network_drawing
from deltarule.report.regression_charts import (
    error_table,
    evenly_spaced_rows,
    prediction_chart,
    residual_chart,
)
from deltarule.stopping import StopReason
from deltarule.table_model import TableResult
from deltarule.table_model.scores import ClassificationScores

Array = NDArray[Any]


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


def error_section(result: TableResult) -> Section:
    """Return the section on the predictions of the test rows."""
    if isinstance(result.scores, ClassificationScores):
        return _confusion_section(result, result.scores)
    return _error_section(result)


def network_section(result: TableResult) -> Section:
    """Return the section with a drawing of the network."""
    trained, target = result.model.network, result.model.target
    features = result.model.encoder.feature_names
    outputs = target.output_names
    network, parameters = trained.network, trained.parameters
    links = largest_weights(network, parameters, features, outputs)
    rows = [[f"{one.source} → {one.target}", one.layer, _weight_text(one)] for one in links]
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
        (network_drawing(network, parameters, features, outputs, len(result.model.networks)),),
        (
            DataTable("Layers", header, layers),
            DataTable(f"The {len(rows)} largest weights", ["From → to", "Layer", "Weight"], rows),
        ),
    )


def _drawing_text(result: TableResult) -> str:
    """Return what the circles and lines of the drawing mean."""
    count, network = len(result.model.networks), result.model.network.network
    text = f"Network 1 of {count}, whose outputs are averaged. " if count > 1 else ""
    text += (
        "Each circle is a unit with its bias, each line a weight. The thickness is relative to the "
        "largest weight of the layer."
    )
    if network.blocks[0].embedding is not None:
        text += (
            " Each box is a column that the network embeds as several features. A gray line shows the "
            "size (norm) of the weights of all features of a column, which has no sign."
        )
    return text


def _weight_text(link: Link) -> str:
    return format_number(link.weight, 3) if link.signed else f"size {format_number(link.weight, 3)}"


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


def _took(seconds: float) -> str:
    if seconds < 1:
        return f"Training took {seconds * 1000:.0f} ms."
    return f"Training took {seconds:,.1f} s."
