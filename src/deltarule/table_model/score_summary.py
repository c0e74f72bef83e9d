"""The scores of a model in sentences and short lines, for the screen and the report."""

from __future__ import annotations

from collections.abc import Sequence

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.table_model.model import TableModel
from deltarule.table_model.result import TableResult
from deltarule.table_model.scores import (
    ClassificationScores,
    RegressionScores,
    Scores,
    format_named_score,
    named_scores,
    score_label,
)
from deltarule.table_model.threshold_rule import (
    COST,
    ThresholdRule,
    read_threshold,
)

_IN_SENTENCE = ("accuracy", "balanced_accuracy", "r2", "rmse", "mae")
_OF_FOLDS = {True: ("accuracy", "roc_auc", "log_loss"), False: ("r2", "rmse", "mae")}


def score_summary(result: TableResult, max_name_length: int = 60) -> str:
    """Return the test scores and the baseline in one sentence; long names are truncated."""
    weights = f", weighted by {result.settings.weight!r}" if result.test_weights is not None else ""
    sentence = scores_sentence(
        result.scores, result.baseline_label, weights=weights, max_name_length=max_name_length
    )
    threshold = threshold_sentence(result.model, max_name_length)
    return f"{sentence}{threshold}{_cost_sentence(result)}"


def threshold_sentence(model: TableModel, max_name_length: int = 60) -> str:
    """Return which probability the positive class is predicted from; empty without a threshold."""
    threshold = model.calibration.threshold
    if threshold is None:
        return ""
    label = _shortened(model.target.classes[model.calibration.positive_class], max_name_length)
    return f" {label!r} is predicted from a probability of {format_number(threshold)}."


def _mean_cost(scores: ClassificationScores, rule: ThresholdRule) -> float:
    """Return the mean cost of a row, given the cost of each kind of error."""
    assert scores.positive_class is not None
    positive = scores.positive_class
    missed = int(scores.confusion[positive, 1 - positive])
    alarms = int(scores.confusion[1 - positive, positive])
    return (missed * rule.false_negative + alarms * rule.false_positive) / scores.rows


def _cost_sentence(result: TableResult) -> str:
    """Return the mean cost of a test row; empty unless the threshold minimizes a cost."""
    rule = read_threshold(result.settings.threshold) if result.settings.threshold else None
    scores = result.scores
    if not isinstance(rule, ThresholdRule) or rule.score != COST:
        return ""
    assert isinstance(scores, ClassificationScores)
    assert scores.positive_class is not None
    positive = scores.positive_class
    actual = scores.confusion.sum(axis=1)
    constant = min(
        actual[positive] * rule.false_negative, actual[1 - positive] * rule.false_positive
    )
    return (
        f" The mean cost of a row is {format_number(_mean_cost(scores, rule), 3)}, versus "
        f"{format_number(float(constant) / scores.rows, 3)} for always predicting the cheaper class."
    )


def scores_sentence(
    scores: Scores,
    baseline_label: str,
    *,
    kind: str = "test row",
    weights: str = "",
    max_name_length: int = 60,
) -> str:
    """Return the scores and the baseline in one sentence; `kind` of rows in the singular."""
    rows = counted(scores.rows, kind)
    if isinstance(scores, RegressionScores):
        r2 = f" (R² {format_named_score('r2', scores.r2)})" if scores.r2 == scores.r2 else ""
        return (
            f"On {rows}{weights}, the mean absolute error is {format_number(scores.mae)} and the root "
            f"mean squared error is {format_number(scores.rmse)}{r2}, versus "
            f"{format_number(scores.baseline_rmse)} for always predicting the mean."
        )
    correct, label = scores.correct_rows, _shortened(baseline_label, max_name_length)
    balanced = ""
    if abs(scores.balanced_accuracy - scores.accuracy) > 0.01:
        balanced = f", balanced accuracy {format_percent(scores.balanced_accuracy)}"
    return (
        f"{correct:,} of {rows} {'is' if correct == 1 else 'are'} classified correctly "
        f"({format_percent(scores.accuracy)}{weights}{balanced}), versus "
        f"{format_percent(scores.baseline_accuracy)} for always predicting {label!r}."
    )


def other_scores(scores: Scores, classes: Sequence[str], max_name_length: int = 60) -> str:
    """Return the scores that `scores_sentence` leaves out, and which class is the positive one."""
    macro = isinstance(scores, ClassificationScores) and scores.positive_class is None
    parts = [
        f"{score_label(name, macro=macro)} {format_named_score(name, value)}"
        for name, value in named_scores(scores).items()
        if name not in _IN_SENTENCE and value == value
    ]
    if isinstance(scores, ClassificationScores) and scores.positive_class is not None:
        label = _shortened(classes[scores.positive_class], max_name_length)
        parts.append(f"where {label!r} is the positive class")
    return ", ".join(parts)


def fold_summary(result: TableResult) -> str:
    """Return the cross-validated scores with their spread; empty for a single network."""
    folds = result.cross_validated_scores
    if folds is None:
        return ""
    is_classes = isinstance(result.scores, ClassificationScores)
    macro = is_classes and len(result.model.target.classes) > 2
    means, spreads = folds.mean, folds.standard_deviation
    parts = [
        f"{score_label(name, macro=macro)} {format_named_score(name, means[name])} ± "
        f"{_format_spread(name, spreads[name])}"
        for name in _OF_FOLDS[is_classes]
        if name in means
    ]
    low, high = min(folds.rows), max(folds.rows)
    rows = f"{high:,}" if low == high else f"{low:,} {'or' if high == low + 1 else 'to'} {high:,}"
    return (
        f"{', '.join(parts)}: mean ± standard deviation of {len(folds.rows)} networks, each on the "
        f"{rows} training rows that it was not trained on"
    )


def _format_spread(name: str, value: float) -> str:
    return format_percent(value) if name.endswith("accuracy") else format_number(value, 2)


def leaderboard(result: TableResult) -> list[tuple[str, str]]:
    """Return name and scores of the model and the baselines on the test rows, best first."""
    is_classes = isinstance(result.scores, ClassificationScores)
    macro = is_classes and len(result.model.target.classes) > 2
    rule = read_threshold(result.settings.threshold) if result.settings.threshold else None
    of_labels = "accuracy"
    if isinstance(rule, ThresholdRule):
        of_labels = rule.score
    names = ("log_loss", of_labels, "roc_auc") if is_classes else ("rmse", "r2", "mae")
    entries: list[tuple[str, Scores]] = [
        ("this model", result.scores),
        *((baseline.label, baseline.scores) for baseline in result.baselines),
    ]
    entries.sort(key=lambda entry: entry[1].loss)
    columns = [[_leaderboard_cell(n, scores, rule, macro) for _, scores in entries] for n in names]
    widths = [max(map(len, column)) for column in columns]
    rows = []
    for i, (label, _) in enumerate(entries):
        cells = (column[i].ljust(width) for column, width in zip(columns, widths, strict=True))
        rows.append((_shortened(label, 40), "  ".join(cells).rstrip()))
    return rows


def _leaderboard_cell(
    name: str, scores: Scores, rule: float | ThresholdRule | None, macro: bool
) -> str:
    if name == COST:
        assert isinstance(scores, ClassificationScores)
        assert isinstance(rule, ThresholdRule)
        return f"mean cost {format_number(_mean_cost(scores, rule), 3)}"
    value = getattr(scores, name)
    shown = format_named_score(name, value) if value == value else "–"
    return f"{score_label(name, macro=macro)} {shown}"


def _shortened(label: str, max_length: int) -> str:
    return label if len(label) <= max_length else label[: max_length - 1].rstrip() + "…"
