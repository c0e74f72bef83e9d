"""The lines that `train --by` shows to people: the scores of the models of the groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltarule._common.formatting import counted, format_number
from deltarule.cli.messages import LABEL_WIDTH, Line, format_seconds

if TYPE_CHECKING:
    from deltarule.table_model import GroupedModel, GroupedResult, GroupResult

MAX_SHOWN_GROUPS = 8
"""Groups whose scores are printed: those with the most test rows."""
MAX_NAME_LENGTH = 30
MAX_DESCRIBED_GROUPS = 20
"""Groups of a file that `inspect` lists."""
_FACTS = {
    "training_rows": "training rows",
    "test_rows": "test rows",
    "loss": "test loss",
    "all_rows_loss": "of the model of all rows",
}


def grouped_result_lines(run: GroupedResult) -> list[Line]:
    """Describe the scores of the models of the groups, beside those of the model of all rows."""
    from deltarule.table_model.by_group.grouped_result import as_table_result
    from deltarule.table_model.score_summary import leaderboard, other_scores, scores_sentence

    label = run.all_rows.baseline_label
    weighted = run.all_rows.test_weights is not None
    weights = f", weighted by {run.settings.weight!r}" if weighted else ""
    shown_before = len(run.all_rows.notes)
    models = (
        f"{counted(len(run.groups), 'model')}, one for each {run.model.by!r}, and one of all rows"
    )
    together = as_table_result(run)
    entries = leaderboard(together)
    width = max(len(name) for name, _ in entries)
    return [
        Line(models, "Models"),
        Line(scores_sentence(run.scores, label, weights=weights), "Result", "strong"),
        Line(other_scores(run.scores, run.model.target.classes), " " * LABEL_WIDTH),
        *_group_lines(run.groups),
        *(
            Line(f"{name:<{width}}  {scores}", " " * LABEL_WIDTH if i else "Compared")
            for i, (name, scores) in enumerate(entries)
        ),
        *([Line(together.comparison, "Note", "note")] if together.comparison else []),
        Line(run.comparison.replace("`by`", "--by"), "Note", "note"),
        *(Line(note, "Note", "note") for note in run.notes[shown_before:]),
        Line(format_seconds(run.seconds), "Time"),
    ]


def _group_lines(groups: tuple[GroupResult, ...]) -> list[Line]:
    """List the groups with the most test rows, in aligned lines."""
    scored = [group for group in groups if group.scores is not None]
    largest = sorted(scored, key=lambda group: -(group.scores.rows if group.scores else 0))
    shown = largest[:MAX_SHOWN_GROUPS]
    if not shown:
        return []
    cells = [_cells(group) for group in shown]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
    more = len(groups) - len(shown)
    if more:
        lines.append(f"and {counted(more, 'more group')}: report.html lists them")
    return [
        Line(text.rstrip(), " " * LABEL_WIDTH if i else "Groups") for i, text in enumerate(lines)
    ]


def _cells(group: GroupResult) -> tuple[str, ...]:
    """Return name, rows and scores of a group, and the scores of the model of all rows."""
    from deltarule.table_model.scores import (
        ClassificationScores,
        format_named_score,
        score_label,
    )

    assert group.scores is not None
    assert group.all_rows_scores is not None
    is_classes = isinstance(group.scores, ClassificationScores)
    score = "log_loss" if is_classes else "rmse"
    own, all_rows = (
        format_named_score(score, getattr(scores, score))
        for scores in (group.scores, group.all_rows_scores)
    )
    return (
        _short(group.name),
        counted(group.training_rows, "training row"),
        counted(group.scores.rows, "test row"),
        f"{score_label(score)} {own}",
        f"all rows {all_rows}",
        "" if group.is_better else "all rows better",
    )


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"


def described_groups(model: GroupedModel) -> list[Line]:
    """List the first groups of a model file, which is untrusted, so that no key is relied on."""
    stored = model.about.get("groups")
    entries = {
        str(entry.get("name")): entry
        for entry in (stored if isinstance(stored, list) else [])
        if isinstance(entry, dict)
    }
    lines = [Line(f"{counted(len(model.groups), 'model')}, one for each {model.by!r}", "Groups")]
    for name in model.groups[:MAX_DESCRIBED_GROUPS]:
        entry = entries.get(name, {})
        facts = [
            f"{what} {_shown(entry[key])}"
            for key, what in _FACTS.items()
            if isinstance(entry.get(key), int | float)
        ]
        lines.append(Line(", ".join(facts), f"  {_short(name)}  "))
    more = len(model.groups) - MAX_DESCRIBED_GROUPS
    if more > 0:
        lines.append(Line(f"  and {more:,} more; --json lists all of them"))
    return lines


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else format_number(value, 4)
