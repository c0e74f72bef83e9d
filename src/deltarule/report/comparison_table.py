"""The scores of the model beside those of simple baselines and of the fold networks."""

from __future__ import annotations

from deltarule.drawing.svg import truncate
from deltarule.report.content import DataTable
from deltarule.table_model import TableResult
from deltarule.table_model.scores import (
    ClassificationScores,
    Scores,
    format_named_score,
    score_label,
)

_CLASSIFICATION = ("log_loss", "accuracy", "balanced_accuracy", "f1", "roc_auc")
_REGRESSION = ("rmse", "mae", "r2")


def comparison_table(result: TableResult) -> DataTable:
    """Return the scores of the model and the baselines on the test rows, best first."""
    is_classes = isinstance(result.scores, ClassificationScores)
    macro = is_classes and len(result.model.target.classes) > 2
    names = _CLASSIFICATION if is_classes else _REGRESSION
    entries: list[tuple[str, Scores]] = [
        ("This model", result.scores),
        *((_capitalized(one.label), one.scores) for one in result.baselines),
    ]
    entries.sort(key=lambda entry: entry[1].loss)
    rows = [
        [truncate(label), *(_cell(name, getattr(scores, name)) for name in names)]
        for label, scores in entries
    ]
    labels = [_capitalized(score_label(name, macro=macro)) for name in names]
    return DataTable("Compared with simple models, on the test rows", ["Model", *labels], rows)


def _cell(name: str, value: float) -> str:
    return format_named_score(name, value) if value == value else "–"


def _capitalized(label: str) -> str:
    return label[:1].upper() + label[1:]
