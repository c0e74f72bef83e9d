"""The section on the models of groups, beside the model of all rows."""

from __future__ import annotations

from deltarule._common.formatting import counted
from deltarule.drawing.svg import truncate
from deltarule.report.content import DataTable, Section
from deltarule.table_model import GroupedResult, GroupResult
from deltarule.table_model.scores import (
    ClassificationScores,
    format_named_score,
    score_label,
)

MAX_TABLE_ROWS = 200


def groups_section(result: GroupedResult, *, is_command: bool) -> Section:
    """Return the section; `is_command`: whether settings are spelled as options."""
    comparison = result.comparison
    if is_command:
        comparison = comparison.replace("`by`", "--by")
    without = ""
    if count := len(result.without_model):
        have, their = ("has", "its") if count == 1 else ("have", "their")
        without = f" {counted(count, 'group')} {have} no model of {their} own."
    return Section(
        "groups",
        "Groups",
        f"{counted(len(result.groups), 'model')}, one for each {result.model.by!r}, and one of all rows, "
        f"which predicts the other rows.{without} {comparison}",
        shown=(group_table(result, MAX_TABLE_ROWS),),
        reading=(
            "Result, predicted versus actual values and the largest errors are those of the groups' "
            "models; all other sections are about the model of all rows."
        ),
    )


def groups_title(result: GroupedResult) -> str:
    """Return the subtitle of the page: the models and the size of the training set."""
    rows = result.all_rows
    return (
        f"{counted(len(result.groups), 'model')}, one for each {result.model.by!r}, and one of all rows, "
        f"trained on {rows.training_rows:,} of {rows.rows_with_target:,} rows."
    )


def group_table(result: GroupedResult, most: int, scores: int = 2) -> DataTable:
    """Return rows and the first `scores` of the groups with the most test rows, at most `most`."""
    is_classes = isinstance(result.scores, ClassificationScores)
    names = (("log_loss", "accuracy") if is_classes else ("rmse", "r2"))[:scores]
    ranked = sorted(result.groups, key=lambda group: -_test_rows(group))[:most]
    rows = [
        [
            truncate(group.name),
            f"{group.training_rows:,}",
            f"{_test_rows(group):,}",
            *(cell for name in names for cell in _cells(group, name)),
            {True: "the group's", False: "that of all rows", None: "–"}[group.is_better],
        ]
        for group in ranked
    ]
    header = [
        "Group",
        "Training rows",
        "Test rows",
        *(text for name in names for text in (_title(name), f"{_title(name)}, model of all rows")),
        "Better",
    ]
    some = f"The {len(rows):,} largest of " if len(rows) < len(result.groups) else ""
    caption = f"{some}{counted(len(result.groups), 'group')}, on their test rows"
    return DataTable(caption, header, rows)


def _test_rows(group: GroupResult) -> int:
    return 0 if group.scores is None else group.scores.rows


def _title(name: str) -> str:
    label = score_label(name)
    return label[:1].upper() + label[1:]


def _cells(group: GroupResult, name: str) -> list[str]:
    cells = []
    for scores in (group.scores, group.all_rows_scores):
        value = float("nan") if scores is None else float(getattr(scores, name))
        cells.append(format_named_score(name, value) if value == value else "–")
    return cells
