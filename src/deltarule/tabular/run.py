"""A run on a table: everything a person wants to see of it, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.tables import Split, Table
from deltarule.tabular.metrics import Scores
from deltarule.tabular.model import Prediction, TableModel
from deltarule.tabular.settings import TableSettings
from deltarule.training import TrainingResult

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class TableRun:
    """What `train` returns: the model, how training went, and how good it is on held-out rows."""

    model: TableModel
    settings: TableSettings
    training: TrainingResult
    scores: Scores  # on the test rows
    table: Table  # the rows with a target, as read
    split: Split  # which rows of `table` trained, validated and tested
    test_truth: Array  # class numbers int64, or float64 in the target's units, (test rows,)
    test_prediction: Prediction
    notes: tuple[str, ...]  # what a person should know about the data, one sentence each

    @property
    def test_rows(self) -> Table:
        """The rows the scores were measured on."""
        return self.table.select(np.asarray(self.split.test))
