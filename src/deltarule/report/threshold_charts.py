"""ROC curves, precision-recall curves, and what each threshold does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, format_score
from deltarule.drawing.svg import (
    Fragment,
    element,
    label,
    line,
    polyline,
    svg_root,
    text,
    text_width,
)
from deltarule.report.axes import TICK_SIZE, Frame, make_frame
from deltarule.report.dependence_charts import curve_style, legend
from deltarule.table_model.threshold_curve import ThresholdCurve

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 330.0


def roc_chart(
    curves: Sequence[ThresholdCurve], names: Sequence[str], colors: Sequence[str]
) -> Fragment:
    """Return the true over the false positive rate, with the diagonal of chance.

    `colors`: the CSS classes of the curves.
    """
    frame = make_frame(WIDTH, HEIGHT, (0.0, 1.0), (0.0, 1.0))
    parts = [
        frame.axes("false positive rate", "true positive rate (recall)"),
        line(frame.left, frame.bottom, frame.right, frame.top, class_="mark"),
    ]
    for j, curve in enumerate(curves):
        points = curve.thinned()
        d = polyline(frame.x(points.false_positive_rate), frame.y(points.recall))
        parts.append(element("path", d=d, class_=curve_style(colors, j)))
    parts.append(_areas(frame, [("ROC AUC", curve.roc_auc) for curve in curves], names))
    return svg_root(
        "roc",
        WIDTH,
        HEIGHT,
        "ROC curve",
        "The share of the positive rows that are found over the share of the negative rows that are "
        f"taken for positive. {_described('ROC AUC', [c.roc_auc for c in curves], names)}",
        *parts,
        legend(frame.right, names, colors, dots=False),
    )


def precision_recall_chart(
    curves: Sequence[ThresholdCurve], names: Sequence[str], colors: Sequence[str]
) -> Fragment:
    """Return the precision over the recall; the dotted line is the share of positive rows."""
    frame = make_frame(WIDTH, HEIGHT, (0.0, 1.0), (0.0, 1.0))
    parts = [frame.axes("recall", "precision")]
    if len(curves) == 1:
        total = curves[0].positives + curves[0].negatives
        base = float(frame.y(curves[0].positives / total))
        parts.append(line(frame.left, base, frame.right, base, class_="mark"))
    for j, curve in enumerate(curves):
        points = curve.thinned()
        d = polyline(frame.x(points.recall), frame.y(points.precision))
        parts.append(element("path", d=d, class_=curve_style(colors, j)))
    found = [curve.average_precision for curve in curves]
    parts.append(_areas(frame, [("AP", value) for value in found], names))
    return svg_root(
        "precision-recall",
        WIDTH,
        HEIGHT,
        "Precision-recall curve",
        "The share of positive rows among those predicted as positive over the share of the positive "
        f"rows that are found. {_described('Average precision', found, names)}",
        *parts,
        legend(frame.right, names, colors, dots=False),
    )


def threshold_chart(curve: ThresholdCurve, threshold: float) -> Fragment:
    """Return precision, recall and F1 by the threshold, with a mark at the model's threshold."""
    frame = make_frame(WIDTH, HEIGHT, (0.0, 1.0), (0.0, 1.0), top=60)
    points = curve.thinned()
    inside = np.isfinite(points.thresholds)
    x = frame.x(points.thresholds[inside])
    names, colors = ("precision", "recall", "F1"), ("series-0", "series-1", "series-2")
    parts = [frame.axes("threshold: lowest probability that is predicted as positive", "score")]
    for j, values in enumerate((points.precision, points.recall, points.f1)):
        d = polyline(x, frame.y(values[inside]))
        parts.append(element("path", d=d, class_=curve_style(colors, j)))
    at = float(frame.x(threshold))
    shown = f"threshold {format_number(threshold, 3)}"
    half = text_width(shown, TICK_SIZE) / 2
    middle = min(max(at, frame.left + half), frame.right - half)
    parts.append(line(at, frame.bottom, at, frame.top, class_="mark kept"))
    parts.append(text(middle, frame.top - 5, shown, text_anchor="middle", class_="tick strong"))
    return svg_root(
        "thresholds",
        WIDTH,
        HEIGHT,
        "Precision, recall and F1 by threshold",
        f"A higher threshold predicts fewer rows as positive. The model uses {format_number(threshold)}.",
        *parts,
        legend(frame.right, names, colors, dots=False),
    )


def threshold_table(curve: ThresholdCurve) -> tuple[list[str], list[list[str]]]:
    """Return precision, recall, F1 and the false positive rate at rounded thresholds."""
    header = [
        "Threshold",
        "Predicted as positive",
        "Precision",
        "Recall",
        "F1",
        "False positive rate",
    ]
    rows = []
    for tenth in range(1, 20):
        threshold = tenth / 20
        # Thresholds are descending; the last one that is not below predicts these rows.
        place = int(np.searchsorted(-curve.thresholds, -threshold, side="right")) - 1
        called = curve.true_positives[place] + curve.false_positives[place]
        scores = (curve.precision, curve.recall, curve.f1, curve.false_positive_rate)
        rows.append(
            [
                f"{threshold:.2f}",
                f"{called:,.0f}",
                *(format_number(float(s[place]), 3) for s in scores),
            ]
        )
    return header, rows


def _areas(frame: Frame, areas: Sequence[tuple[str, float]], names: Sequence[str]) -> Fragment:
    """Return the areas under the curves in a corner that they leave empty."""
    parts = []
    for row, ((kind, value), name) in enumerate(zip(areas, names, strict=True)):
        shown = f"{kind} {format_score(value)}" + (f" {name}" if len(names) > 1 else "")
        y = frame.bottom - 12 - 17 * (len(names) - 1 - row)
        room = (frame.right - frame.left) * 0.6
        parts.append(
            label(frame.left + 14, y, shown, room, TICK_SIZE, class_="tick strong")
            if kind == "AP"
            else label(frame.right - 10, y, shown, room, TICK_SIZE, text_anchor="end",
                       class_="tick strong")
        )  # fmt: skip
    return element("g", *parts)


def _described(kind: str, areas: Sequence[float], names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{kind}: {format_score(areas[0])}."
    shown = (f"{name} {format_score(area)}" for name, area in zip(names, areas, strict=True))
    return f"{kind}: {', '.join(shown)}."
