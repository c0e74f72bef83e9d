"""Cards of models of groups, and of what their training gives."""

from __future__ import annotations

from deltarule._common.formatting import counted, format_duration
from deltarule.errors import shortened
from deltarule.notebook.card import Card
from deltarule.notebook.dispatch import card_of
from deltarule.report.content import DataTable
from deltarule.report.groups_section import group_table
from deltarule.table_model import GroupedModel, GroupedResult, GroupResult

SHOWN_GROUPS = 8


@card_of.register
def grouped_result_card(result: GroupedResult) -> Card:
    """Return the card of what `deltarule.train` returns with `by`."""
    notes = result.notes[len(result.all_rows.notes) :]
    return Card(
        "GroupedResult",
        f"{result._sentence()}. {result.comparison}",
        tables=[group_table(result, SHOWN_GROUPS)],
        note=" ".join(
            [
                *notes,
                f"Trained in {format_duration(result.seconds)}.",
                "result.model predicts and saves; result.all_rows is the training of the model of all "
                "rows.",
            ]
        ),
    )


@card_of.register
def grouped_model_card(model: GroupedModel) -> Card:
    """Return the card of the models of groups."""
    rows = [[shortened(name)] for name in model.groups[:SHOWN_GROUPS]]
    caption = f"The first {len(rows)} of {counted(len(model.groups), 'group')}"
    return Card(
        "GroupedModel",
        f"Predicts {model.summary}.",
        tables=[DataTable(caption, [shortened(model.by)], rows)] if rows else [],
        note="model.predict(rows) reads raw rows, model.group(name) is the model of a group.",
    )


@card_of.register
def group_result_card(group: GroupResult) -> Card:
    """Return the card of one group."""
    return Card("GroupResult", f"{group._sentence()}.")
