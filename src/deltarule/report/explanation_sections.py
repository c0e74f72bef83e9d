"""The sections on column importance, partial dependence and calibration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.drawing.svg import truncate
from deltarule.report.class_markers import class_style
from deltarule.report.content import DataTable, Section
from deltarule.report.dependence_charts import MAX_CURVES, dependence_chart
from deltarule.report.explanation import Explanation
from deltarule.report.explanation_charts import importance_chart, reliability_chart
from deltarule.report.ticks import distinct_labels
from deltarule.table_model import TableResult
from deltarule.table_model.partial_dependence import Dependence
from deltarule.table_model.permutation_importance import REPEATS
from deltarule.table_model.reliability import (
    EXAMPLE_COVERAGE,
    expected_calibration_error,
    reliability_curve,
)

Array = NDArray[Any]
MAX_BARS = 15


def column_sections(explanation: Explanation) -> list[Section]:
    """Return the sections on column importance and on the dependence on the first columns."""
    return [_importance_section(explanation), _dependence_section(explanation)]


def reliability_section(result: TableResult) -> Section:
    """Return the section on the calibration of probabilities or the coverage of intervals."""
    if result.model.target.classes:
        return _calibration_section(result)
    return _coverage_section(result)


def _importance_section(explanation: Explanation) -> Section:
    result, found = explanation.result, explanation.importances
    is_class = bool(result.model.target.classes)
    unit = (
        "increase of the log loss, in nats"
        if is_class
        else "increase of the squared error / variance"
    )
    increases = distinct_labels([one.loss_increase for one in found], 3)
    rows = [
        [one.column, increase, format_number(one.standard_error, 2)]
        for one, increase in zip(found, increases, strict=True)
    ]
    left = len(result.model.encoder.columns) - len(found)
    total = len(result.split.test)
    measured = f"the {total:,}" if found[0].rows == total else f"{found[0].rows:,} of the {total:,}"
    lead = (
        f"Increase of the loss on {measured} test rows when the values of a column are shuffled, mean of "
        f"{REPEATS} shuffles (permutation importance). The lines show ± 2 standard errors: columns whose "
        "lines overlap may change places with other rows. Correlated columns share importance."
    )
    noise = sum(one.is_noise for one in found[:MAX_BARS])
    if noise:
        verb = "is" if noise == 1 else "are"
        lead += f" {counted(noise, 'pale bar')} {verb} within 2 standard errors of 0."
    if left:
        lead += (
            f" {left:,} further columns with smaller weights in the first layer were not evaluated."
        )
    return Section(
        "importance",
        "Column importance",
        lead,
        (importance_chart(found[:MAX_BARS], unit),),
        (DataTable("Evaluated columns", ["Column", "Increase", "Standard error"], rows),),
    )


def _dependence_section(explanation: Explanation) -> Section:
    result, curves = explanation.result, explanation.dependences
    target = result.model.target
    names, places, unit = (target.name,), np.array([0]), f"predicted {target.name}"
    colors = ["series-0"]
    if target.classes:
        places = _shown_classes(result)
        names = tuple(target.classes[place] for place in places)
        colors = [class_style(place) for place in places.tolist()]
        unit = f"probability of {names[0]}" if len(names) == 1 else "probability"
    title = "Partial dependence"
    if not curves:
        return Section("dependence", title, "No column improves the predictions of the test rows.")
    charts = tuple(
        dependence_chart(
            _only(curve, places), explanation.training_rows[curve.column], names, colors, unit, i
        )
        for i, curve in enumerate(curves)
    )
    lead = (
        f"Mean prediction over {counted(curves[0].rows, 'training row')} when one column has the same "
        "value in all of them and the other columns are unchanged. It describes the model, not cause and "
        "effect. If columns are correlated, some of these rows are combinations that do not occur in the "
        "data."
    )
    reading = (
        "The bars below a curve show where the training rows are. Points stand for columns with few "
        "values. Axes of skewed columns are logarithmic far from 0."
    )
    if any(curve.is_words for curve in curves):
        reading += (
            " Of free text, the words that change the prediction most are shown, each as the only word "
            "of the cell, with the share of the rows that have it."
        )
    tables = tuple(_dependence_table(result, curve) for curve in curves)
    return Section("dependence", title, lead, charts, tables, reading)


def _shown_classes(result: TableResult) -> Array:
    """Return the second of two classes, or the most frequent ones of several."""
    target = result.model.target
    if len(target.classes) == 2:
        return np.array([1])
    counts = np.bincount(result.test_truth.astype(np.int64), minlength=len(target.classes))
    return np.sort(np.argsort(-counts, kind="stable")[:MAX_CURVES])


def _only(curve: Dependence, places: Array) -> Dependence:
    means = curve.means if curve.means.ndim == 1 else curve.means[:, places]
    return replace(curve, means=means)


def _dependence_table(result: TableResult, curve: Dependence) -> DataTable:
    target = result.model.target
    headers = target.classes[:8] or (f"Mean {target.name}",)
    means = curve.means if curve.means.ndim == 2 else curve.means[:, None]
    rows = [
        [value, f"{count:,}", *(format_number(float(mean), 4) for mean in row[:8])]
        for value, count, row in zip(
            _value_labels(curve.values), curve.counts.tolist(), means, strict=True
        )
    ]
    return DataTable(f"By {truncate(curve.column)}", ["Value", "Nearby rows", *headers], rows)


def _value_labels(values: Array) -> list[str]:
    if values.dtype.kind == "O":
        return [str(value) for value in values]
    if values.dtype.kind == "M":
        days = [str(value.astype("datetime64[D]")) for value in values]
        return days if len(set(days)) == len(days) else [str(value) for value in values]
    return distinct_labels(values.tolist())


def _calibration_section(result: TableResult) -> Section:
    probabilities = result.test_prediction.probabilities
    assert probabilities is not None
    curve = reliability_curve(probabilities, result.test_truth)
    error = expected_calibration_error(curve)
    rows = [
        [format_percent(p), format_percent(f), f"{n:,}"]
        for p, f, n in zip(curve.expected, curve.observed, curve.rows.tolist(), strict=True)
    ]
    lead = (
        "Test rows grouped by the probability of the predicted class, compared with the accuracy of each "
        f"group. The mean difference is {format_percent(error)} (expected calibration error)."
    )
    temperature = result.model.calibration.temperature
    if temperature != 1:
        lead += (
            f" Logits are divided by the temperature {temperature:.2f}, which was estimated on "
            f"{_calibration_rows(result)}."
        )
    return Section(
        "calibration",
        "Calibration of probabilities",
        lead,
        (reliability_chart(curve, "mean predicted probability", "accuracy"),),
        (DataTable("Groups of rows", ["Predicted", "Observed", "Rows"], rows),),
    )


def _coverage_section(result: TableResult) -> Section:
    title = "Coverage of intervals"
    if result.coverage is None:
        return Section(
            "calibration", title, "Not available: there are too few rows for validation."
        )
    curve, (predicted, *ends) = result.coverage.curve, result.coverage.example
    nine = float(curve.observed[curve.expected.tolist().index(EXAMPLE_COVERAGE)])
    rows = [
        [format_percent(p), format_percent(f)]
        for p, f in zip(curve.expected, curve.observed, strict=True)
    ]
    return Section(
        "calibration",
        title,
        f"Quantiles are estimated from the errors on {_calibration_rows(result)}. Intervals with a "
        f"nominal coverage of {format_percent(EXAMPLE_COVERAGE)} contain {format_percent(nine)} of the "
        f"{len(result.test_truth):,} test rows. For a prediction of {format_number(predicted, 3)} such "
        f"an interval is {format_number(ends[0], 3)} to {format_number(ends[1], 3)}.",
        (reliability_chart(curve, "nominal coverage", "observed coverage"),),
        (DataTable("Intervals", ["Nominal coverage", "Observed coverage"], rows),),
    )


def _calibration_rows(result: TableResult) -> str:
    has_folds = len(result.trainings) > 1 and result.settings.time is None
    return "out-of-fold rows" if has_folds else "validation rows"
