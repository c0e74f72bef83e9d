"""What the report computes with the model, once for all sections, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Table
from deltarule.table_model import TableResult
from deltarule.table_model.partial_dependence import Dependence, dependence_of_inputs
from deltarule.table_model.permutation_importance import (
    MAX_CANDIDATES,
    REPEATS,
    ColumnImportance,
    candidates,
    permutation_importances,
)

Array = NDArray[Any]
MAX_CURVE_CHARTS = 4
MAX_SAMPLE_ROWS = 20_000
_GRID = 50  # values of a column, about
_TRAINING_SHARE = 0.06  # of the work of training, for each of importance, dependence and surface
_PASSES = 3  # forward and backward through a network, in forward passes
_IMPORTANCE_ROWS, _DEPENDENCE_ROWS, _SURFACE_STEPS = (100, 2000), (40, 500), (60, 110)
_MIN_COLUMNS = 15  # whose importance is measured, if there are as many
_MAX_SURFACE_CELLS = 3_000_000  # grid points times features


@dataclass(frozen=True, eq=False)
class Explanation:
    """Importances, dependence and sizes of samples of one result.

    The number of rows depends on how much work training was, counted in rows and epochs, so that a
    report takes a fraction of the time of training, and equal runs give equal reports.
    """

    result: TableResult

    @cached_property
    def importances(self) -> tuple[ColumnImportance, ...]:
        """The importance of each column, or of 15 to 32 with the largest weights, highest first."""
        model, test = self.result.model, self.result.test_rows
        rows = min(test.rows, _IMPORTANCE_ROWS[0])
        most = self._times(REPEATS * rows, _MIN_COLUMNS, MAX_CANDIDATES)
        columns = candidates(model, list(model.encoder.columns), most)
        return permutation_importances(
            model,
            test,
            model.target.encode(test[model.target.name]),
            columns,
            max_rows=self._times(REPEATS * len(columns), *_IMPORTANCE_ROWS),
            seed=self.result.settings.seed,
        )

    @cached_property
    def training_rows(self) -> Table:
        """At most 20,000 evenly spaced training rows."""
        rows = np.sort(np.asarray(self.result.split.training))
        chosen = np.linspace(0, len(rows) - 1, min(len(rows), MAX_SAMPLE_ROWS)).astype(np.int64)
        return self.result.table.select(rows[np.unique(chosen)])

    @cached_property
    def dependences(self) -> tuple[Dependence, ...]:
        """The dependence on each of the most important columns over the training rows."""
        names = [one.column for one in self.importances if one.loss_increase > 0]
        table, model = self.training_rows, self.result.model
        count = min(table.rows, self._times(_GRID * MAX_CURVE_CHARTS, *_DEPENDENCE_ROWS))
        rows = np.unique(np.linspace(0, table.rows - 1, count).astype(np.int64))
        inputs = model.encoder.transform(table, rows=rows)
        curves = (
            dependence_of_inputs(model, table[name], inputs)
            for name in names[:MAX_CURVE_CHARTS]
            if not table[name].missing.all()
        )
        return tuple(curve for curve in curves if len(curve.values) > 1)

    @property
    def surface_steps(self) -> int:
        """Grid points of the decision surface in each direction."""
        low, high = _SURFACE_STEPS
        high = min(
            high, int((_MAX_SURFACE_CELLS / len(self.result.model.encoder.feature_names)) ** 0.5)
        )
        return int(self._times(1, low**2, max(high, low) ** 2) ** 0.5)

    def _times(self, evaluations: int, low: int, high: int) -> int:
        """Return how many times there is time for this number of rows, from low to high."""
        result = self.result
        epochs = sum(len(training.history) for training in result.trainings)
        passes = _PASSES * epochs * result.training_rows / len(result.trainings)
        return max(min(low, high), min(high, int(_TRAINING_SHARE * passes / evaluations)))
