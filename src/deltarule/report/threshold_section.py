"""The section on ROC and precision-recall curves and on the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, format_score
from deltarule.drawing.svg import truncate
from deltarule.report.class_markers import class_style
from deltarule.report.content import DataTable, Section
from deltarule.report.threshold_charts import (
    precision_recall_chart,
    roc_chart,
    threshold_chart,
    threshold_table,
)
from deltarule.table_model import TableResult
from deltarule.table_model.threshold_curve import ThresholdCurve, threshold_curve

Array = NDArray[Any]
MAX_CLASSES = 3
_MIN_CLASS_ROWS = 10
_TITLE = "ROC and precision-recall curves"


def threshold_section(result: TableResult) -> Section | None:
    """Return the section, or None for a regression or if the test rows have a single class."""
    if not result.model.target.classes:
        return None
    curve = result.test_curve
    return _of_several_classes(result) if curve is None else _of_two_classes(result, curve)


def _of_two_classes(result: TableResult, curve: ThresholdCurve) -> Section | None:
    if not (curve.positives > 0 and curve.negatives > 0):
        return None
    calibration, target = result.model.calibration, result.model.target
    positive = truncate(target.classes[calibration.positive_class])
    threshold, colors = calibration.threshold, [class_style(calibration.positive_class)]
    lead = (
        f"“{positive}” is the positive class. A row is predicted as positive if its probability reaches "
        "the threshold. "
    )
    if threshold is None:
        lead += "The model uses 0.5: the more probable class."
    else:
        rule = result.settings.threshold
        how = "as set" if isinstance(rule, float | int) else f"chosen by {rule}"
        lead += f"The model uses {format_number(threshold, 3)}, {how}."
    header, rows = threshold_table(curve)
    return Section(
        "threshold",
        _TITLE,
        lead,
        (
            roc_chart([curve], [positive], colors),
            precision_recall_chart([curve], [positive], colors),
            threshold_chart(curve, 0.5 if threshold is None else threshold),
        ),
        (DataTable("At each threshold, on the test rows", header, rows),),
        "The dotted lines are a model without information. Choose another threshold with --threshold "
        "(threshold= in Python): a number, f1, balanced_accuracy or cost=5:1.",
    )


def _of_several_classes(result: TableResult) -> Section | None:
    """Return curves of each class against all others, for the classes that are hardest to rank."""
    probabilities, truth = result.test_prediction.probabilities, result.test_truth
    classes = result.model.target.classes
    assert probabilities is not None
    counts = np.bincount(truth.astype(np.int64), minlength=len(classes))
    known = np.flatnonzero((counts > 0) & (counts < len(truth))).tolist()
    if not known:
        return None
    curves = {
        k: threshold_curve(probabilities[:, k], truth == k, result.test_weights) for k in known
    }
    ranked = sorted(known, key=lambda k: curves[k].average_precision)
    frequent = [k for k in ranked if counts[k] >= _MIN_CLASS_ROWS] or ranked
    shown = frequent[:MAX_CLASSES]
    names = [truncate(classes[k]) for k in shown]
    drawn, colors = [curves[k] for k in shown], [class_style(k) for k in shown]
    rows = [
        [classes[k], f"{counts[k]:,}", format_score(curves[k].roc_auc),
         format_score(curves[k].average_precision)]
        for k in ranked
    ]  # fmt: skip
    lead = "Each class against all others, on the test rows."
    if len(shown) < len(known):
        lead += (
            f" The {len(shown)} classes with the lowest average precision among those with at least "
            f"{_MIN_CLASS_ROWS} test rows are drawn."
        )
    lead += " A threshold applies to two classes only: here the most probable class is predicted."
    header = ["Class", "Test rows", "ROC AUC", "Average precision"]
    return Section(
        "threshold",
        _TITLE,
        lead,
        (roc_chart(drawn, names, colors), precision_recall_chart(drawn, names, colors)),
        (DataTable("Each class against all others", header, rows),),
    )
