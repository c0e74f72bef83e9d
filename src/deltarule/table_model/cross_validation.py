"""Scores of each fold network on the training rows that it was not trained on, and their spread."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from deltarule._common.formatting import format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.table_model.scores import (
    Scores,
    format_named_score,
    named_scores,
    score_label,
    unit_of_squares,
)


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidatedScores(NotebookDisplay):
    """Scores of the fold networks, each on the rows of its own fold.

    The rows choose the epoch that a network keeps and the calibration, therefore these scores are
    slightly optimistic; the networks are single ones, whereas the model averages all of them, therefore
    they are also pessimistic.

    Parameters
    ----------
    folds : tuple of ClassificationScores or RegressionScores
        The scores of each fold.
    """

    folds: tuple[Scores, ...]

    def _sentence(self) -> str:
        spread = self.standard_deviation
        parts = (
            f"{score_label(name)} {format_named_score(name, mean)} ± {format_number(spread[name], 2)}"
            for name, mean in self.mean.items()
        )
        return f"mean ± standard deviation of {len(self.folds)} folds: {', '.join(parts)}"

    @property
    def rows(self) -> tuple[int, ...]:
        """The number of rows of each fold."""
        return tuple(scores.rows for scores in self.folds)

    @property
    def mean(self) -> dict[str, float]:
        """The mean of each score over the folds that define it, by name."""
        return {name: mean for name, (mean, _) in self._summary().items()}

    @property
    def standard_deviation(self) -> dict[str, float]:
        """The standard deviation of each score over the folds (divisor n − 1), by name."""
        return {name: spread for name, (_, spread) in self._summary().items()}

    def to_json(self) -> dict[str, Any]:
        """Return folds, rows, means and standard deviations as strict JSON types.

        Returns
        -------
        dict
            "folds", "rows", "mean" and "standard_deviation".
        """
        return {
            "folds": len(self.folds),
            "rows": list(self.rows),
            "mean": self.mean,
            "standard_deviation": self.standard_deviation,
        }

    def _summary(self) -> dict[str, tuple[float, float]]:
        by_fold = [named_scores(scores) for scores in self.folds]
        summary = {}
        for name in by_fold[0]:
            values = np.array([scores[name] for scores in by_fold])
            values = values[np.isfinite(values)]
            if len(values) > 1:
                unit = unit_of_squares(values)
                both = ((values / unit).mean(), (values / unit).std(ddof=1))
                mean, deviation = (min(float(v) * unit, sys.float_info.max) for v in both)
                summary[name] = (mean, deviation)
        return summary
