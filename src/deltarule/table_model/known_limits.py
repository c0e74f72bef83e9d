"""The limits of a model that follow from how it was trained, for reports and model cards."""

from __future__ import annotations

from deltarule._common.formatting import counted
from deltarule.table_model.model import TableModel

FEW_ROWS = 1000
"""Scores on fewer rows are called uncertain."""


def known_limits(model: TableModel) -> str:
    """Return the limits in sentences; empty if none is known."""
    about = model.about
    scores = about.get("test_scores")
    settings = about.get("settings", {})
    parts = []
    if scores is not None and about.get("test_source") is None and settings.get("time") is None:
        parts.append(
            "The test rows were drawn at random from the same table: rows from other places or later "
            "times may be predicted worse."
        )
        if settings.get("groups") is None:
            parts.append(
                "If several rows belong to one person or thing, the scores are too good: train with "
                "--group COLUMN (in Python groups=)."
            )
    if scores is not None and scores["rows"] < FEW_ROWS:
        parts.append(
            f"The scores were measured on {counted(scores['rows'], 'row')} and are uncertain."
        )
    if not model.target.classes:
        parts.append("Predictions never leave the range of the training targets.")
    return " ".join(parts)
