"""Score a model on rows, with what is unusual about them."""

from __future__ import annotations

from deltarule.table_model.by_group.group_scores import score_rows
from deltarule.table_model.by_group.grouped_model import GroupedModel
from deltarule.table_model.evaluation import (
    EvaluationRows,
    score_prediction,
    scored_levels,
    training_constant,
)
from deltarule.table_model.model import TableModel
from deltarule.table_model.scores import Scores


def evaluate_with_notes(
    model: TableModel | GroupedModel, rows: EvaluationRows, *, engine: str, threads: int
) -> tuple[Scores, tuple[str, ...]]:
    """Return the scores that `evaluate` returns, and the notes of the predictions of the rows."""
    levels = scored_levels(model.calibration)
    found = model.predict(rows.table, quantiles=levels, engine=engine, threads=threads)
    constant = training_constant(model.about, model.target, rows.truth)
    if isinstance(model, GroupedModel):
        positive = model.calibration.positive_class
        scores = score_rows(found, rows.truth, rows.weights, constant, positive)
    else:
        scores = score_prediction(found, rows, model.target, constant, model.calibration)
    return scores, found.notes
