"""GroupedResult: what `train` returns for a column `by`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.other_terms import NamesOtherTerms
from deltarule.errors import shortened
from deltarule.stopping import StopReason
from deltarule.table_model.baselines import ALL_ROWS, Baseline
from deltarule.table_model.by_group.grouped_model import GroupedModel
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.reliability import IntervalCoverage
from deltarule.table_model.reported import Reported
from deltarule.table_model.result import TableResult
from deltarule.table_model.scores import (
    ClassificationScores,
    Scores,
    format_named_score,
    score_label,
)
from deltarule.table_model.settings import TableSettings


@dataclass(frozen=True, eq=False, repr=False)
class GroupResult(NotebookDisplay):
    """A group with a model of its own, and its scores.

    Parameters
    ----------
    name : str
        The value of the column.
    training_rows : int
        Rows that trained and validated its model.
    scores : ClassificationScores, RegressionScores or None
        Scores of its model on its test rows; None without test rows.
    all_rows_scores : ClassificationScores, RegressionScores or None
        Scores of the model of all rows on the same test rows.

    See Also
    --------
    GroupedResult : Has one for each group.
    """

    name: str
    training_rows: int
    scores: Scores | None
    all_rows_scores: Scores | None

    def _sentence(self) -> str:
        rows = f"{shortened(self.name)}: {counted(self.training_rows, 'training row')}"
        if self.scores is None or self.all_rows_scores is None:
            return f"{rows}, no test rows"
        return (
            f"{rows}, {self.scores.headline} on {counted(self.scores.rows, 'test row')}; the model of "
            f"all rows: {self.all_rows_scores.headline}"
        )

    @property
    def is_better(self) -> bool | None:
        """Whether its model predicts its test rows better than that of all rows; None without rows."""
        if self.scores is None or self.all_rows_scores is None:
            return None
        return self.scores.loss < self.all_rows_scores.loss


@dataclass(frozen=True, eq=False, repr=False)
class GroupedResult(Reported, NamesOtherTerms, NotebookDisplay):
    """What `deltarule.train` returns for a column `by`: a model for each group, and their scores.

    Parameters
    ----------
    model : GroupedModel
        The models.
    settings : TableSettings
        The settings as given.
    all_rows : TableResult
        The training of the model of all rows, and its scores on the same test rows.
    groups : tuple of GroupResult
        The groups with a model of their own.
    without_model : tuple of (str, str)
        Name of each group that has none, and why.
    missing_rows : int
        Rows without a value in the column.
    scores : ClassificationScores or RegressionScores
        Scores on the test rows of all groups, each predicted as `GroupedModel.predict` does. Each row
        counts the same, or by its weight.
    test_prediction : Prediction
        These predictions, in the order of `all_rows.test_rows`.
    seconds : float
        Wall time of training all models.
    notes : tuple of str
        What a user should know about the data and the training, one sentence each.
    coverage : IntervalCoverage, optional
        How many of these rows are inside their predicted intervals; None for classes, and if there are
        too few rows to predict intervals.

    See Also
    --------
    deltarule.train : Makes this object.

    Examples
    --------
    >>> import deltarule as dr
    >>> rows = range(40)
    >>> table = {"x": [*rows], "shop": ["a", "b"] * 20, "y": [i * (1 - 2 * (i % 2)) for i in rows]}
    >>> result = dr.train(table, "y", by="shop", folds=1, epochs=5, hidden=(4,))
    >>> [group.name for group in result.groups], result.scores.rows
    (['a', 'b'], 8)
    """

    model: GroupedModel
    settings: TableSettings
    all_rows: TableResult
    groups: tuple[GroupResult, ...]
    without_model: tuple[tuple[str, str], ...]
    missing_rows: int
    scores: Scores
    test_prediction: Prediction
    seconds: float
    notes: tuple[str, ...]
    coverage: IntervalCoverage | None = None

    def _sentence(self) -> str:
        scores = self.scores
        return (
            f"{counted(len(self.groups), 'model')}, one for each {shortened(self.model.by)}; "
            f"{scores.headline} on {scores.rows:,} test rows, the model of all rows: "
            f"{self.all_rows.scores.headline}"
        )

    @property
    def reason(self) -> StopReason:
        """Why the training of the model of all rows stopped; an interrupted run has no result."""
        return self.all_rows.reason

    @property
    def comparison(self) -> str:
        """In a sentence, how the models of the groups score beside the model of all rows."""
        name = "log_loss" if isinstance(self.scores, ClassificationScores) else "rmse"
        own, pooled = (getattr(s, name) for s in (self.scores, self.all_rows.scores))
        numbers = (
            f"{score_label(name)} {format_named_score(name, own)} by group versus "
            f"{format_named_score(name, pooled)}"
        )
        compared = [group for group in self.groups if group.is_better is not None]
        worse = sum(not group.is_better for group in compared)
        of_groups = ""
        if compared:
            which = {0: "none", len(compared): "each"}.get(worse, f"{worse:,}")
            of_groups = (
                f"; it is better in {which} of {counted(len(compared), 'group')} with test rows"
            )
        if own < pooled:
            return f"On the same test rows, one model of all rows is worse: {numbers}{of_groups}."
        better = "better" if own > pooled else "as good"
        return (
            f"On the same test rows, one model of all rows is {better}: {numbers}{of_groups}. Without "
            f"`by` it is the whole model, which is smaller and simpler."
        )


def as_table_result(result: GroupedResult) -> TableResult:
    """Return the scores and predictions of all groups as a `TableResult`, for reports.

    Its model is that of all rows, which is also one of the baselines.
    """
    pooled = Baseline(ALL_ROWS, "one model of all rows", result.all_rows.scores)
    return replace(
        result.all_rows,
        scores=result.scores,
        test_prediction=result.test_prediction,
        coverage=result.coverage,
        baselines=(pooled, *result.all_rows.baselines),
        cross_validated_scores=None,
        notes=result.notes,
    )
