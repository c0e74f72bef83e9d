"""The test scores and the baseline in one sentence, for the screen and the report."""

from __future__ import annotations

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.table_model.result import TableResult
from deltarule.table_model.scores import RegressionScores


def score_summary(result: TableResult, max_name_length: int = 60) -> str:
    """Return the test scores and the baseline in one sentence; long names are truncated."""
    scores, rows = result.scores, counted(result.scores.rows, "test row")
    if isinstance(scores, RegressionScores):
        r2 = f" (R² {format_number(scores.r2, 3)})" if scores.r2 == scores.r2 else ""
        return (
            f"On {rows}, the mean absolute error is {format_number(scores.mae)} and the root mean "
            f"squared error is {format_number(scores.rmse)}{r2}, versus "
            f"{format_number(scores.baseline_rmse)} for always predicting the mean."
        )
    correct, label = scores.correct_rows, result.baseline_label
    if len(label) > max_name_length:
        label = label[: max_name_length - 1].rstrip() + "…"
    balanced = ""
    if abs(scores.balanced_accuracy - scores.accuracy) > 0.01:
        balanced = f", balanced accuracy {format_percent(scores.balanced_accuracy)}"
    return (
        f"{correct:,} of {rows} {'is' if correct == 1 else 'are'} classified correctly "
        f"({format_percent(scores.accuracy)}{balanced}), versus "
        f"{format_percent(scores.baseline_accuracy)} for always predicting {label!r}."
    )
