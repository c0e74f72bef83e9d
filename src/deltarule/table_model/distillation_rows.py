"""The rows of a distillation: those that the students learn from, and test rows to score both models on.

Test rows are split off with the settings of the model. If the table is the one that the model was trained
on, these are the rows that it was tested on, which the score shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.data import Table
from deltarule.errors import DataError, ModelFileError, SettingError
from deltarule.table_model.evaluation import EvaluationRows, evaluation_rows, weight_column
from deltarule.table_model.model import TableModel
from deltarule.table_model.scores import Scores
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.split_rule import RANDOM_SPLIT, SplitRule

Array = NDArray[Any]
MIN_ROWS = 10
_SAME_SCORE = 1e-5
"""Scores of other instruction levels differ by less, relative to the score."""


@dataclass(frozen=True, eq=False)
class DistillationRows:
    """The rows of a distillation.

    Parameters
    ----------
    table : Table
        The rows to learn from.
    weights : ndarray of shape (n_rows,), dtype float64, or None
        Their sample weights.
    test : EvaluationRows
        The rows to score on.
    notes : tuple of str
        What a user should know about the rows, one sentence each.
    """

    table: Table
    weights: Array | None
    test: EvaluationRows
    notes: tuple[str, ...]


def read_rows(model: TableModel, source: Any, **reading: Any) -> Table:
    """Read a table with the columns of the model, its target, and those that weight and split rows."""
    return model.read(source, more={model.target.name, *_role_columns(model)}, **reading)


def distillation_rows(model: TableModel, table: Table, test: Table | None) -> DistillationRows:
    """Return the rows to learn from and the test rows, split off unless `test` is given."""
    settings = stored_settings(model.about)
    if test is not None:
        scored = evaluation_rows(test, model.target, settings.weight)
        weights = None
        if settings.weight is not None and settings.weight in table:
            weights = weight_column(table, settings.weight, np.arange(table.rows))
        _refuse_few(table, table.rows)
        notes = (*table.notes, *test.notes, *scored.notes)
        return DistillationRows(table, weights, scored, tuple(dict.fromkeys(notes)))
    if "sampled_rows" in model.about:
        raise SettingError(
            "test",
            "must be given for a model of a streamed table, nearly all of whose rows trained it",
            hint="Give rows that it has not seen.",
        )
    known = evaluation_rows(table, model.target, settings.weight)
    _refuse_few(table, len(known.truth))
    split = _split_rule(known.table, settings).split(
        known.truth,
        fractions=(0.0, settings.test_fraction),
        seed=settings.seed,
        stratify=model.target.task.stratified,
    )
    training, rest = np.asarray(split.training), np.asarray(split.test)
    if len(training) < MIN_ROWS or not len(rest):
        raise DataError(
            f"{counted(len(known.truth), 'row')} of {table.source} cannot be split into at least "
            f"{MIN_ROWS} rows to learn from and test rows: add rows, or give test rows with `test`."
        )
    weights = known.weights
    return DistillationRows(
        known.table.select(training),
        None if weights is None else weights[training],
        EvaluationRows(
            known.table.select(rest),
            known.truth[rest],
            None if weights is None else weights[rest],
        ),
        (*table.notes, *known.notes),
    )


def are_test_rows(about: dict[str, Any], scores: Scores) -> bool:
    """Whether rows with these scores of a model are those that it was tested on in training."""
    stored = about.get("test_scores")
    if not isinstance(stored, dict) or stored.get("rows") != scores.rows:
        return False
    name = "log_loss" if "log_loss" in stored else "rmse"
    before = stored.get(name)
    if not isinstance(before, float):
        return False
    return bool(abs(before - scores.loss) <= _SAME_SCORE * max(abs(before), abs(scores.loss)))


def stored_settings(about: dict[str, Any]) -> TableSettings:
    """Return the settings that a model was trained with; the defaults if they are not known."""
    try:
        return TableSettings.from_json(about.get("settings"), "settings")
    except ModelFileError:
        return TableSettings()


def _role_columns(model: TableModel) -> set[str]:
    settings = stored_settings(model.about)
    return {name for name in (settings.weight, settings.groups, settings.time) if name is not None}


def _split_rule(table: Table, settings: TableSettings) -> SplitRule:
    """Return the rule of training; at random where the table lacks its column."""
    names = (settings.groups, settings.time)
    if any(name is not None and name not in table for name in names):
        return RANDOM_SPLIT
    return SplitRule.of_table(table, settings)


def _refuse_few(table: Table, rows: int) -> None:
    if rows < MIN_ROWS:
        raise DataError(
            f"{table.source} has {counted(rows, 'row')} to learn from, and at least {MIN_ROWS} are "
            "needed: add rows."
        )
