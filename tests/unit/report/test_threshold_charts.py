"""Curves over thresholds: few points are drawn, and the areas are those of all rows."""

from __future__ import annotations

import numpy as np

from deltarule.report.threshold_charts import precision_recall_chart, roc_chart
from deltarule.table_model.threshold_curve import threshold_curve


def test_the_areas_are_those_of_all_rows() -> None:
    random = np.random.default_rng(0)
    is_positive = random.random(5000) < 0.1
    probabilities = np.clip(0.3 * is_positive + random.random(5000) * 0.7, 0, 1)
    curve = threshold_curve(probabilities, is_positive)
    thinned = curve.thinned()
    assert len(thinned.thresholds) < len(curve.thresholds) / 10
    assert round(thinned.average_precision, 3) != round(curve.average_precision, 3)
    assert f"AP {curve.average_precision:.3g}<" in str(
        precision_recall_chart([curve], ["yes"], ["class-1"])
    )
    assert f"ROC AUC {curve.roc_auc:.3g}<" in str(roc_chart([curve], ["yes"], ["class-1"]))
