"""Cards of models of groups, and of what their training gives."""

from __future__ import annotations

from deltarule._common.formatting import counted, format_duration, format_number
from deltarule.notebook.card import Card
from deltarule.notebook.dispatch import card_of
from deltarule.report.content import DataTable
from deltarule.report.groups_section import group_table
from deltarule.table_model import GroupedModel, GroupedResult, GroupResult

SHOWN_GROUPS = 8
_FACTS = {
    "training_rows": "Training rows",
    "test_rows": "Test rows",
    "loss": "Loss",
    "all_rows_loss": "Loss of the model of all rows",
}


@card_of.register
def grouped_result_card(result: GroupedResult) -> Card:
    """Return the card of what `deltarule.train` returns with `by`."""
    notes = result.notes[len(result.all_rows.notes) :]
    return Card(
        "GroupedResult",
        f"{result._sentence()}. {result.comparison}",
        tables=[group_table(result, SHOWN_GROUPS, scores=1)],
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
    return Card(
        "GroupedModel",
        f"Predicts {model.summary}.",
        tables=[_first_groups(model)] if model.groups else [],
        note="model.predict(rows) reads raw rows, model.group(name) is the model of a group.",
    )


@card_of.register
def group_result_card(group: GroupResult) -> Card:
    """Return the card of one group."""
    return Card("GroupResult", f"{group._sentence()}.")


def _first_groups(model: GroupedModel) -> DataTable:
    """Return the rows and losses of the first groups, as far as the file states them."""
    entries = model.about.get("groups")
    stated = {
        entry.get("name"): entry
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("name"), str)
    }
    shown = model.groups[:SHOWN_GROUPS]
    rows = [[name, *(_cell(stated.get(name, {}).get(key)) for key in _FACTS)] for name in shown]
    some = "" if len(shown) == len(model.groups) else f"The first {len(shown)} of "
    caption = f"{some}{counted(len(model.groups), 'group')} and the losses on their test rows"
    return DataTable(caption, ["Group", *_FACTS.values()], rows)


def _cell(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–"
    return f"{value:,}" if isinstance(value, int) else format_number(value, 4)
