"""A run on a table: everything a person wants to see of it, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Table
from deltarule.splitting import Split
from deltarule.stopping import StopReason
from deltarule.table_model.model import Prediction, TableModel
from deltarule.table_model.recipe import Recipe
from deltarule.table_model.scores import RegressionScores, Scores
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.training import TrainingResult

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class TableResult:
    """What `train` returns: the model, how training went, and how good it is on held-out rows."""

    model: TableModel
    settings: TableSettings
    recipe: Recipe  # what was chosen for this table
    trainings: tuple[TrainingResult, ...]  # of each network
    explanation: str  # why training stopped, in words
    seconds: float  # of training
    scores: Scores  # on the test rows
    out_of_fold_scores: (
        Scores | None
    )  # on the rows each network left out; None where there are none
    table: Table  # the rows with a target, as read
    split: (
        Split  # which rows of `table` trained, validated and tested; with folds each row validates
    )
    test_truth: Array  # class numbers int64, or float64 in the target's units, (test rows,)
    test_prediction: Prediction
    notes: tuple[str, ...]  # what a person should know about the data, one sentence each
    training_notes: tuple[str, ...]  # those of them that training made

    def __repr__(self) -> str:
        """Tell it in a line: all that it holds would fill many screens."""
        scores = self.scores
        told = (
            f"R² {scores.r2:.3g}"
            if isinstance(scores, RegressionScores)
            else (f"accuracy {scores.accuracy:.3g}")
        )
        return f"<TableResult: {self.model.brief}; {told} on {scores.rows:,} held-out rows>"

    @property
    def training(self) -> TrainingResult:
        """How the first network was trained."""
        return self.trainings[0]

    @property
    def reason(self) -> StopReason:
        """Why training ended; a bad end of one network comes first."""
        return overall_stop_reason(self.trainings)

    @property
    def kept_epochs(self) -> tuple[int, ...]:
        """Whose parameters each network has, counted from 1; 0: those before training."""
        return tuple(training.kept_epoch for training in self.trainings)

    @property
    def test_rows(self) -> Table:
        """The rows the scores were measured on."""
        return self.table.select(np.asarray(self.split.test))
