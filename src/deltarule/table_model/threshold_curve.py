"""What a classifier of two classes does at each threshold: ROC curve, precision and recall, F1.

One class against all others works the same way, so that the scores of more classes use these curves too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_score
from deltarule._common.notebook_display import NotebookDisplay

Array = NDArray[Any]
MAX_POINTS = 200


@dataclass(frozen=True, eq=False, repr=False)
class ThresholdCurve(NotebookDisplay):
    """Numbers of rows that are predicted as positive at each threshold.

    A row is predicted as positive if its probability of the positive class is at least the threshold.
    With sample weights, all numbers of rows are sums of weights.

    Parameters
    ----------
    thresholds : ndarray of shape (n_points,), dtype float64
        Descending; the first is infinite, where no row is predicted as positive.
    true_positives, false_positives : ndarray of shape (n_points,), dtype float64
        Positive and negative rows that are predicted as positive.
    positives, negatives : float
        All positive and all negative rows.
    """

    thresholds: Array
    true_positives: Array
    false_positives: Array
    positives: float
    negatives: float

    def _sentence(self) -> str:
        return (
            f"{len(self.thresholds):,} thresholds over {self.positives:,g} positive and "
            f"{self.negatives:,g} negative rows: ROC AUC {format_score(self.roc_auc)}, average precision "
            f"{format_score(self.average_precision)}"
        )

    @property
    def recall(self) -> Array:
        """Share of the positive rows that are predicted as positive; the y-axis of a ROC curve."""
        return _ratio(self.true_positives, self.positives)

    @property
    def false_positive_rate(self) -> Array:
        """Share of the negative rows that are predicted as positive; the x-axis of a ROC curve."""
        return _ratio(self.false_positives, self.negatives)

    @property
    def precision(self) -> Array:
        """Share of positive rows among those predicted as positive; 1 where there are none."""
        predicted = self.true_positives + self.false_positives
        return np.where(predicted > 0, _ratio(self.true_positives, predicted), 1.0)

    @property
    def f1(self) -> Array:
        """Harmonic mean of precision and recall."""
        return _ratio(
            2 * self.true_positives, self.true_positives + self.false_positives + self.positives
        )

    @property
    def balanced_accuracy(self) -> Array:
        """Mean of the recall of the positive and of the negative class."""
        return (self.recall + 1 - self.false_positive_rate) / 2

    def cost(self, false_negative: float, false_positive: float) -> Array:
        """Return the mean cost of a row, given the cost of each kind of error."""
        missed = self.positives - self.true_positives
        total = false_negative * missed + false_positive * self.false_positives
        return _ratio(total, self.positives + self.negatives)

    @property
    def roc_auc(self) -> float:
        """Area under the ROC curve; NaN where one of the classes has no rows."""
        heights = (self.recall[1:] + self.recall[:-1]) / 2
        return float(np.sum(np.diff(self.false_positive_rate) * heights))

    @property
    def average_precision(self) -> float:
        """Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds; NaN without positive rows."""
        return float(np.sum(np.diff(self.recall) * self.precision[1:]))

    def thinned(self, points: int = MAX_POINTS) -> ThresholdCurve:
        """Return at most `points` points, evenly spaced along the ROC curve, with both ends."""
        count = len(self.thresholds)
        if count <= points:
            return self
        along = _share(self.true_positives) + _share(self.false_positives)
        places = np.searchsorted(along, np.linspace(0, along[-1], points))
        kept = np.unique(np.minimum(places, count - 1))
        return ThresholdCurve(
            self.thresholds[kept],
            self.true_positives[kept],
            self.false_positives[kept],
            self.positives,
            self.negatives,
        )


def threshold_curve(
    probabilities: Array, is_positive: Array, weights: Array | None = None
) -> ThresholdCurve:
    """Return the curve of probabilities of the positive class (rows,), one point for each distinct one.

    `is_positive` (rows,) are the true classes, `weights` (rows,) sample weights.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked, truth = probabilities[order], is_positive[order].astype(np.float64)
    shares = np.ones(len(order)) if weights is None else weights[order].astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # of equal probabilities
    found = np.cumsum(truth * shares)
    alarms = np.cumsum((1 - truth) * shares)
    return ThresholdCurve(
        np.concatenate([[np.inf], ranked[last]]),
        np.concatenate([[0.0], found[last]]),
        np.concatenate([[0.0], alarms[last]]),
        float(found[-1]),
        float(alarms[-1]),
    )


def _ratio(part: Array, whole: Array | float) -> Array:
    """Return part / whole, NaN where both are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part, np.float64) / whole


def _share(counts: Array) -> Array:
    return counts / counts[-1] if counts[-1] > 0 else counts
