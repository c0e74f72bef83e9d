"""TableResult: what `train` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_bytes
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.other_terms import NamesOtherTerms
from deltarule.data import Table
from deltarule.splitting import Split
from deltarule.stopping import StopReason
from deltarule.table_model.baselines import Baseline, comparison
from deltarule.table_model.cross_validation import CrossValidatedScores
from deltarule.table_model.model import TableModel
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.recipe import Recipe
from deltarule.table_model.reliability import IntervalCoverage
from deltarule.table_model.reported import Reported
from deltarule.table_model.scores import Scores
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.table_model.threshold_curve import ThresholdCurve, threshold_curve
from deltarule.training import TrainingResult

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class StreamedRows(NotebookDisplay):
    """The rows of a table larger than memory, whose sample the `TableResult` has as its table.

    Parameters
    ----------
    rows : int
        Rows that have a target.
    training_rows : int
        Rows that trained the network, from a block file.
    missing_cells : int
        Missing cells of all columns but the target, in all rows.
    block_file_bytes : int
        Size of that file, in bytes.
    row_numbers : ndarray of shape (n_sampled_rows,), dtype int64
        The number of each row of `TableResult.table` in the source, counted from 0.

    See Also
    --------
    deltarule.train : Streams rows that would take more memory than its `memory_limit`.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.table_model import StreamedRows
    >>> sampled = np.arange(0, 1_000_000, 5)
    >>> StreamedRows(1_000_000, 928_000, 0, 10**8, sampled).training_rows
    928000
    """

    rows: int
    training_rows: int
    missing_cells: int
    block_file_bytes: int
    row_numbers: Array

    def _sentence(self) -> str:
        size = format_bytes(self.block_file_bytes)
        return (
            f"{counted(self.rows, 'row')}, {self.training_rows:,} of them for training, in a block file "
            f"of {size}; a sample of {len(self.row_numbers):,}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class TableResult(Reported, NamesOtherTerms, NotebookDisplay):
    """What `deltarule.train` returns: the model, its scores, and how it was trained.

    Parameters
    ----------
    model : TableModel
        The trained model.
    settings : TableSettings
        The settings as given.
    recipe : Recipe
        What was chosen for this table.
    trainings : tuple of TrainingResult
        The training of each network.
    explanation : str
        Why training stopped, in a sentence.
    seconds : float
        Wall time of training.
    limited_by_time : bool
        Whether the time limit reduced rows, networks or epochs.
    scores : ClassificationScores or RegressionScores
        Scores on the test rows.
    out_of_fold_scores : ClassificationScores, RegressionScores or None
        Scores on the training rows, each predicted by networks that were not trained on it; None where
        there are no validation rows.
    cross_validated_scores : CrossValidatedScores or None
        Scores of each fold network on the rows of its fold, with their spread; None for a single network
        or if all networks validate on the same rows, as with a time column.
    baselines : tuple of Baseline
        Simple models with their scores on the test rows: a constant, and a linear model unless training
        was interrupted.
    out_of_fold_curve : ThresholdCurve or None
        The same rows at each threshold on the probability of the positive class; None unless there are
        two classes.
    table : Table
        The rows with a target, as read.
    split : Split
        Which rows of `table` trained, validated and tested. With several folds, every training row
        validates one network, except where a column of times splits the rows. No row tests if `test` was
        given.
    test_table : Table or None
        The rows of `test` with a target; None if the test rows were split off `table`.
    test_truth : ndarray of shape (n_test_rows,)
        True class numbers, int64, or true numbers in the target's units, float64.
    test_weights : ndarray of shape (n_test_rows,), dtype float64, or None
        Sample weights; None without a weight column.
    test_prediction : Prediction
        Predictions for the test rows.
    notes : tuple of str
        What a user should know about the data and the training, one sentence each.
    training_notes : tuple of str
        Those of the notes that are about training.
    coverage : IntervalCoverage, optional
        How many of the test rows are inside their predicted intervals; None for classes, and if there are
        too few rows to predict intervals.
    streamed : StreamedRows, optional
        The rows of a table that was streamed; `table` is then a sample of it, and `split` says which rows
        of the sample the columns were encoded with, which validated and which tested.

    See Also
    --------
    deltarule.train : Makes this object.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> result = dr.train(table, target="y", folds=1, epochs=5, hidden=(4,))
    >>> result.test_rows.rows
    4
    >>> result.reason.name
    'EPOCHS_DONE'
    """

    model: TableModel
    settings: TableSettings
    recipe: Recipe
    trainings: tuple[TrainingResult, ...]
    explanation: str
    seconds: float
    limited_by_time: bool
    scores: Scores
    out_of_fold_scores: Scores | None
    cross_validated_scores: CrossValidatedScores | None
    baselines: tuple[Baseline, ...]
    out_of_fold_curve: ThresholdCurve | None
    table: Table
    split: Split
    test_table: Table | None
    test_truth: Array
    test_weights: Array | None
    test_prediction: Prediction
    notes: tuple[str, ...]
    training_notes: tuple[str, ...]
    coverage: IntervalCoverage | None = None
    streamed: StreamedRows | None = None

    def _sentence(self) -> str:
        scores = self.scores
        return f"{self.model.summary}; {scores.headline} on {scores.rows:,} test rows"

    @property
    def training(self) -> TrainingResult:
        """The training of the first network."""
        return self.trainings[0]

    @property
    def reason(self) -> StopReason:
        """Why training stopped; an interruption or divergence of any network comes first."""
        return overall_stop_reason(self.trainings)

    @property
    def kept_epochs(self) -> tuple[int, ...]:
        """The epoch whose parameters each network kept, counted from 1; 0 for the initial parameters."""
        return tuple(training.kept_epoch for training in self.trainings)

    @property
    def test_rows(self) -> Table:
        """The test rows."""
        if self.test_table is not None:
            return self.test_table
        return self.table.select(np.asarray(self.split.test))

    @property
    def rows_with_target(self) -> int:
        """Number of rows of the source that have a target."""
        return self.table.rows if self.streamed is None else self.streamed.rows

    @property
    def training_rows(self) -> int:
        """Number of rows that trained the networks; validation rows of folds train other networks."""
        if self.streamed is None:
            return len(self.split.training)
        return self.streamed.training_rows

    @property
    def comparison(self) -> str:
        """A sentence if the model is no better than a baseline, else an empty string."""
        weighted = self.settings.class_weight is not None
        return comparison(
            self.scores, self.baselines, self.out_of_fold_scores, class_weights=weighted
        )

    @property
    def test_curve(self) -> ThresholdCurve | None:
        """The test rows at each threshold, as for a ROC curve; None unless there are two classes."""
        probabilities = self.test_prediction.probabilities
        if probabilities is None or len(self.model.target.classes) != 2:
            return None
        positive = self.model.calibration.positive_class
        return threshold_curve(
            probabilities[:, positive], self.test_truth == positive, self.test_weights
        )

    @property
    def baseline_label(self) -> str:
        """What the baseline always predicts: the most frequent class, or "the mean"."""
        return self.scores.baseline_label(self.model.target.classes)
