"""The sections that explain a model: which columns matter, how, and whether its certainty is right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.drawing.svg import brief
from deltarule.preprocessing import ClassTarget
from deltarule.report.axes import format_share
from deltarule.report.explanation_charts import (
    MAX_CURVES,
    dependence_chart,
    importance_chart,
    trust_chart,
)
from deltarule.report.sections import NumbersTable, Section
from deltarule.table_model import TableResult
from deltarule.table_model.partial_dependence import Dependence, partial_dependence
from deltarule.table_model.permutation_importance import (
    ColumnImportance,
    candidates,
    permutation_importances,
)
from deltarule.table_model.reliability import (
    expected_calibration_error,
    interval_coverage,
    reliability_curve,
)

Array = NDArray[Any]
MAX_BARS, MAX_CURVE_CHARTS = 15, 4
_ROWS = 500


def column_sections(run: TableResult) -> list[Section]:
    """Return which columns the model listens to, and how its answer depends on the first of them."""
    test = run.test_rows
    model = run.model
    columns = candidates(model, list(model.encoder.columns))
    truth = model.target.encode(test[model.target.name])
    found = permutation_importances(
        model, test, truth, columns, most_rows=_ROWS, seed=run.settings.seed
    )
    return [_importance_section(run, found), _dependence_section(run, found)]


def trust_section(run: TableResult) -> Section:
    """Return whether probabilities, or intervals, hold what they promise on the held-out rows."""
    if isinstance(run.model.target, ClassTarget):
        return _calibration_section(run)
    return _coverage_section(run)


def _importance_section(run: TableResult, found: tuple[ColumnImportance, ...]) -> Section:
    is_class = isinstance(run.model.target, ClassTarget)
    unit = "rise of the log loss, in nats" if is_class else "rise of the squared error / variance"
    rows = [
        [one.column, format_number(one.loss_increase, 3), format_number(one.spread, 2)]
        for one in found
    ]
    left = len(run.model.encoder.columns) - len(found)
    lead = (
        "By how much the loss rises on held-out rows when a column's cells are dealt out anew among "
        "them, three times each (permutation importance). Columns that say the same share it."
    )
    if left:
        lead += f" Of {left:,} further columns the first layer hears less; they were not tried."
    return Section(
        "importance",
        "Which columns matter",
        lead,
        (importance_chart(found[:MAX_BARS], unit),),
        (NumbersTable("All columns that were tried", ["Column", "Rise", "Spread"], rows),),
    )


def _dependence_section(run: TableResult, found: tuple[ColumnImportance, ...]) -> Section:
    model, test = run.model, run.test_rows
    target = model.target
    chosen = [one.column for one in found if one.loss_increase > 0][:MAX_CURVE_CHARTS]
    curves = [partial_dependence(model, test, name, most_rows=_ROWS) for name in chosen]
    curves = [curve for curve in curves if len(curve.values) > 1]
    names, places, unit = (target.name,), np.array([0]), f"predicted {target.name}"
    if isinstance(target, ClassTarget):
        places = _shown_classes(run)
        names = tuple(target.classes[place] for place in places)
        unit = f"probability of {names[0]}" if len(names) == 1 else "probability"
    title = "How the answer depends on them"
    if not curves:
        return Section("dependence", title, "No column makes the held-out predictions better.")
    charts = tuple(
        dependence_chart(_only(curve, places), names, unit, i) for i, curve in enumerate(curves)
    )
    lead = (
        "The mean prediction over held-out rows when all of them get the same value in one column, the "
        "others as they are (partial dependence). It shows what the model does, not what causes what; "
        "where columns go together, some of these rows are ones that nobody has seen."
    )
    return Section(
        "dependence", title, lead, charts, tuple(_dependence_table(run, c) for c in curves)
    )


def _shown_classes(run: TableResult) -> Array:
    """Return the second of two classes, or the most frequent ones of several."""
    target = run.model.target
    assert isinstance(target, ClassTarget)
    if len(target.classes) == 2:
        return np.array([1])
    counts = np.bincount(run.test_truth.astype(np.int64), minlength=len(target.classes))
    return np.sort(np.argsort(-counts, kind="stable")[:MAX_CURVES])


def _only(curve: Dependence, places: Array) -> Dependence:
    means = curve.means if curve.means.ndim == 1 else curve.means[:, places]
    return Dependence(curve.column, curve.kind, curve.values, means, curve.counts)


def _dependence_table(run: TableResult, curve: Dependence) -> NumbersTable:
    target = run.model.target
    heads = target.classes[:8] if isinstance(target, ClassTarget) else (f"Mean {target.name}",)
    means = curve.means if curve.means.ndim == 2 else curve.means[:, None]
    rows = [
        [_value(value), f"{count:,}", *(format_number(float(mean), 4) for mean in row[:8])]
        for value, count, row in zip(curve.values, curve.counts.tolist(), means, strict=True)
    ]
    return NumbersTable(f"By {brief(curve.column)}", ["Value", "Rows near it", *heads], rows)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[D]"))
    return format_number(float(value), 4)


def _calibration_section(run: TableResult) -> Section:
    probabilities = run.test_prediction.probabilities
    assert probabilities is not None
    trust = reliability_curve(probabilities, run.test_truth)
    error = expected_calibration_error(trust)
    rows = [
        [format_share(p), format_share(f), f"{n:,}"]
        for p, f, n in zip(trust.expected, trust.observed, trust.rows.tolist(), strict=True)
    ]
    lead = (
        "Held-out rows in groups by how sure the network was of its answer, and how often it was right. "
        f"On average the two are {format_share(error)} apart (expected calibration error)."
    )
    if run.model.temperature != 1:
        lead += (
            f" Logits are divided by the temperature {run.model.temperature:.2f}, which was found on "
            "rows that each network had left out."
        )
    return Section(
        "trust",
        "Can the probabilities be trusted?",
        lead,
        (trust_chart(trust, "mean probability of the answer", "share that was right"),),
        (NumbersTable("Groups of rows", ["Promised", "Found", "Rows"], rows),),
    )


def _coverage_section(run: TableResult) -> Section:
    title = "Can the intervals be trusted?"
    if run.model.errors is None:
        return Section("trust", title, "There were too few rows to leave some out and learn from.")
    predicted = np.asarray(run.test_prediction.values, np.float64)
    truth = np.asarray(run.test_truth, np.float64)
    trust = interval_coverage(run.model.errors, predicted, truth)
    ends = run.model.errors.at(np.median(predicted, keepdims=True), np.array([0.05, 0.95]))[0]
    nine = float(trust.observed[trust.expected.tolist().index(0.9)])
    rows = [
        [format_share(p), format_share(f)]
        for p, f in zip(trust.expected, trust.observed, strict=True)
    ]
    return Section(
        "trust",
        title,
        "Quantiles are told by the errors on rows that each network had left out. Intervals that should "
        f"hold {format_share(0.9)} of the held-out rows hold {format_share(nine)} of {len(truth):,}. "
        f"At a prediction of {format_number(float(np.median(predicted)), 3)} such an interval goes from "
        f"{format_number(float(ends[0]), 3)} to {format_number(float(ends[1]), 3)}.",
        (trust_chart(trust, "share the interval should hold", "share it holds"),),
        (NumbersTable("Intervals", ["Promised", "Found"], rows),),
    )
