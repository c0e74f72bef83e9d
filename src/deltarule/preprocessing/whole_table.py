"""WholeTable: what is known of all rows of a table of which the encoders see a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table_survey import ColumnSurvey, TargetSurvey
from deltarule.preprocessing.targets import NumberTarget, Target


@dataclass(frozen=True, eq=False)
class WholeTable:
    """A table of which a sample is at hand.

    Parameters
    ----------
    training_rows : int
        Its training and validation rows.
    columns : mapping of str to ColumnSurvey
        What all cells of a column show; the rows of the sample show it for columns that are not listed.
    target : TargetSurvey, optional
        The targets of all rows; without it, those of the sample are all.
    """

    training_rows: int
    columns: Mapping[str, ColumnSurvey]
    target: TargetSurvey | None = None

    def fit_target(self, fitted: Target) -> Target:
        """Return a target that was fitted to the sample with the mean and the spread of all rows.

        The rows that a sample holds beside random ones would distort them.
        """
        known = self.target
        if known is None or not isinstance(fitted, NumberTarget):
            return fitted
        is_exact = np.isfinite([known.mean, known.scale]).all() and known.scale > 0
        return replace(fitted, mean=known.mean, scale=known.scale) if is_exact else fitted

    def target_rows(self, target: Target) -> tuple[NDArray[Any], NDArray[np.float64]] | None:
        """Return targets with weights whose shares and mean are those of all rows.

        These are each class with the sum of its weights, or the mean. None: the sample tells more.
        """
        known = self.target
        if known is None:
            return None
        if not target.classes:
            mean = np.array([known.weighted_mean])
            return (mean, np.ones(1)) if np.isfinite(mean).all() else None
        totals = np.array([known.totals.get(name, 0.0) for name in target.classes])
        return (np.arange(len(totals)), totals) if totals.any() else None
