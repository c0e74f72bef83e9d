"""The section on the trials of a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deltarule._common.formatting import counted, format_number
from deltarule.report.content import DataTable, Section
from deltarule.report.tuning_charts import (
    drawn_axes,
    importance_bars,
    parallel_coordinates,
    setting_importances,
    trial_name,
)
from deltarule.table_model import TableResult
from deltarule.tuning.search_space import describe_values

MIN_DRAWN = 3
MAX_TABLE_ROWS = 100


def tuning_section(result: TableResult) -> Section | None:
    """Return the section on a tuned model, None for one that was not tuned."""
    about = result.model.about.get("tuning")
    if about is None:
        return None
    rungs = len(about["rungs"])
    trials = [{**trial, "rungs": rungs} for trial in about["trials"]]
    charts = []
    if len(trials) >= MIN_DRAWN and drawn_axes(trials):
        charts.append(parallel_coordinates(trials))
    importances = setting_importances(trials)
    reading = (
        "Each line is a trial; at its right end the rank of its loss after the first rung, where all can "
        "be compared. "
    )
    if importances:
        charts.append(importance_bars(importances))
        reading += (
            "The bars are the share of the variance of these ranks that a setting alone explains, beyond "
            "chance; settings also matter together, and later rungs are not counted."
        )
    return Section(
        "tuning",
        "Tuning",
        _lead(about, trials),
        tuple(charts),
        (trial_table(trials),),
        reading if charts else "",
        shown=(_rung_table(about["rungs"], trials),),
    )


def _lead(about: dict[str, Any], trials: Sequence[dict[str, Any]]) -> str:
    voters = [trial for trial in trials if trial["votes"]]
    votes = ", ".join(
        f"{trial_name(t['number']).lower()} ({t['votes']})"
        for t in sorted(voters, key=lambda t: (-t["votes"], t["number"]))
    )
    cut = " The time limit ended the search before all of them were trained." * about["cut_short"]
    return (
        f"{counted(len(trials), 'configuration')} tried; votes in the mean: {votes}.{cut} On "
        f"{counted(about['selection_rows'], 'out-of-fold row')}, each predicted by votes that it had no "
        f"part in, the loss is {format_number(about['loss'], 4)} where that of the default is "
        f"{format_number(about['default_loss'], 4)} (standard error of the difference "
        f"{format_number(about['spread'], 2)})"
        + (", so that the default is used alone." if about["uses_default"] else ".")
        + " The test rows had no part in any choice."
    )


def _rung_table(rungs: Sequence[dict[str, Any]], trials: Sequence[dict[str, Any]]) -> DataTable:
    rows = []
    for i, rung in enumerate(rungs, start=1):
        reached = sum(len(trial["losses"]) >= i for trial in trials)
        of_rows = "all" if rung["rows"] is None else f"{rung['rows']:,}"
        rows.append(
            [str(i), f"{reached:,}", f"{rung['epochs']:,}", f"{rung['networks']:,}", of_rows]
        )
    header = ["Rung", "Trials", "Epochs", "Networks each", "Training rows"]
    return DataTable("Successive halving", header, rows)


def trial_table(trials: Sequence[dict[str, Any]], most: int = MAX_TABLE_ROWS) -> DataTable:
    """Return the trials as a table, those that came farthest first."""
    ordered = sorted(
        trials,
        key=lambda t: (-t["votes"], -len(t["losses"]), _loss(t), t["number"]),
    )
    rows = [
        [
            trial_name(trial["number"]),
            str(trial["votes"] or "–"),
            f"{trial['epochs']:,}",
            format_number(_loss(trial), 4),
            describe_values(trial["values"]),
        ]
        for trial in ordered[:most]
    ]
    header = ["Trial", "Votes", "Epochs", "Loss", "Settings"]
    return DataTable("Trials", header, rows)


def _loss(trial: dict[str, Any]) -> float:
    last = trial["losses"][-1] if trial["losses"] else None
    return float("inf") if last is None else last
